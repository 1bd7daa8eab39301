"""The stamp of a person's plan: whatever was worked out for a study day holds only while it stands still."""

from __future__ import annotations

from django.db.models import F

from accounts.models import Profile, User


def restamp(user: User) -> None:
    """Called in the transaction of whatever changes a plan beside answers and ratings: dates, limits, pauses."""
    Profile.objects.filter(user=user).update(practice_stamp=F("practice_stamp") + 1)
    user.profile.refresh_from_db(fields=["practice_stamp"])


def restamp_all() -> None:
    """The bank has changed: every plan is worked out anew."""
    Profile.objects.update(practice_stamp=F("practice_stamp") + 1)
