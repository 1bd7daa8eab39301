"""How a password becomes a user, and a session becomes a user with a profile in one query."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models import Profile, User


class EmailBackend(AuthenticationBackend):
    def get_user(self, user_id: Any) -> User | None:
        """The active user of a session with `profile` loaded; a profile that is missing is made."""
        user = User.objects.select_related("profile").filter(pk=user_id).first()
        if user is None or not self.user_can_authenticate(user):
            return None
        if not hasattr(user, "profile"):
            Profile.objects.get_or_create(user=user)
            user.refresh_from_db()
        return user
