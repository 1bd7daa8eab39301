"""How allauth behaves on this site: who may sign up, where links lead, how mail looks, what is logged."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import transaction
from django.forms import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts import invitations
from accounts.links import absolute, is_own_path
from accounts.models import ApiToken, Invitation, User

log = logging.getLogger(__name__)

INVITATION_KEY = "invitation"  # in the session: the hash of the invitation's token
MAX_PASSWORD_LENGTH = 128
ACCOUNT_LIMIT = "login_failed_account"  # in ACCOUNT_RATE_LIMITS: wrong passwords for one account, wherever from


class AccountAdapter(DefaultAccountAdapter):
    _account_usage: ratelimit.RateLimitUsage | None = None

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "This address and password do not belong together.",
        "email_taken": "There is an account with this address already. Log in, or reset the password.",
        "unknown_email": "There is no account with this address.",
        "incorrect_password": "This is not your password.",
        "enter_current_password": "This is not your current password.",
        "rate_limited": "Too many tries. Wait a few minutes.",
    }

    # --- Who may sign up
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        if settings.SIGNUP_MODE == "open":
            return True
        return settings.SIGNUP_MODE == "invite" and pending_invitation(request) is not None

    def clean_password(self, password: str, user: Any = None) -> str:
        if len(password) > MAX_PASSWORD_LENGTH:
            raise ValidationError(f"At most {MAX_PASSWORD_LENGTH} characters.", code="password_too_long")
        return str(super().clean_password(password, user))

    # --- Where to go
    def is_safe_url(self, url: str | None) -> bool:
        return bool(url) and is_own_path(str(url))

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:setup")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:security")

    def post_login(self, request: HttpRequest, user: Any, **details: Any) -> HttpResponse:
        """After sign-up the set-up comes first; it hands on to where the newcomer was going."""
        target = details.get("redirect_url")
        if details.get("signup") and target:
            details["redirect_url"] = f"{reverse('accounts:setup')}?{urlencode({'next': target})}"
        response: HttpResponse = super().post_login(request, user, **details)
        return response

    # --- Links in mails lead to SITE_URL, whatever Host the request claimed
    def get_reset_password_from_key_url(self, key: str) -> str:
        return absolute(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return absolute(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        links = {key: absolute(value) for key, value in context.items() if key.endswith("_url") and value}
        message = self.render_mail(template_prefix, email, {**context, **links, "email": email})
        try:
            message.send()
        except (OSError, SMTPException) as error:  # the mail server's trouble must not undo what was done
            log.error("a mail was not sent: %s", type(error).__name__)
            messages.error(self.request, "The message could not be sent just now. Please try again later.")

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Each notice also knows how many API tokens still open the account."""
        tokens = ApiToken.objects.for_user(user).working(timezone.now()).count()
        super().send_notification_mail(template_prefix, user, {**(context or {}), "working_tokens": tokens}, email)

    def render_mail(
        self, template_prefix: str, email: str | list[str], context: dict[str, Any], headers: Any = None
    ) -> EmailMessage:
        """`account/email/password_reset_key` is written in templates/emails/password-reset-key-{subject,body}."""
        name = "emails/" + template_prefix.rpartition("/")[2].replace("_", "-")
        values = {**context, "site_name": settings.SITE_NAME, "site_url": settings.SITE_URL}
        subject = " ".join(render_to_string(f"{name}-subject.txt", values).split())
        to = [email] if isinstance(email, str) else email
        text = render_to_string(f"{name}-body.txt", values).strip() + "\n"
        message = EmailMultiAlternatives(subject, text, settings.DEFAULT_FROM_EMAIL, to, headers=headers)
        message.attach_alternative(render_to_string(f"{name}-body.html", values), "text/html")
        return message

    # --- Limits
    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """By account and network address: whoever guesses from elsewhere does not lock the owner out.

        The Host header has no part in it, or each would open a fresh count.
        """
        return f"{_account_key(credentials)}:{ratelimit.get_ip(request)}"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts this try as failed until it succeeds, for its network address and then for the whole account."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            raise self._refusal(request, "login") from None
        self._account_usage = ratelimit.consume(
            request, app="allauth.account", action=ACCOUNT_LIMIT, key=_account_key(credentials)
        )
        if self._account_usage is None:
            raise self._refusal(request, "account")

    def _refusal(self, request: HttpRequest, reason: str) -> ImmediateHttpResponse:
        log.warning("log-in limit (%s) reached from %s", reason, self.get_client_ip(request))
        return ImmediateHttpResponse(render(request, "429.html", {"reason": reason}, status=429))

    def _rollback_login_failed_rl_usage(self) -> None:
        super()._rollback_login_failed_rl_usage()
        if self._account_usage is not None:
            self._account_usage.rollback()

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """After a reset by mail the owner may log in at once."""
        super()._delete_login_attempts_cached_email(request, **credentials)
        ratelimit.clear(request, app="allauth.account", action=ACCOUNT_LIMIT, key=_account_key(credentials))

    # --- What is logged: ids and addresses of machines, never passwords, tokens or mail
    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        log.warning("log-in failed from %s", self.get_client_ip(request))

    def login(self, request: HttpRequest, user: Any) -> None:
        super().login(request, user)
        log.info("user %s logged in from %s", user.pk, self.get_client_ip(request))

    def logout(self, request: HttpRequest) -> None:
        user_id = request.user.pk
        super().logout(request)
        log.info("user %s logged out", user_id)

    def set_password(self, user: Any, password: str) -> None:
        super().set_password(user, password)
        log.info("password of user %s changed", user.pk)


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    error_messages = {
        **DefaultSocialAccountAdapter.error_messages,
        "email_taken": "There is an account with this address already. Log in to it first, then connect %s.",
        "no_password": "This is your only way in. Set a password first.",
        "connected_other": "This account of the other site is connected to somebody else here.",
    }

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        """Signs up through another site, under the same invitation rule as with a password."""
        try:
            with transaction.atomic():
                user: User = super().save_user(request, sociallogin, form)
                use_invitation(request, user)
                return user
        except invitations.InvitationRefused:
            raise ImmediateHttpResponse(redirect("accounts:invitation_refused")) from None

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        parts = (data.get("first_name"), data.get("last_name"))
        user.name = str(data.get("name") or " ".join(part for part in parts if part))[:100]
        return user

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        log.warning("log-in through %s failed: %s", getattr(provider, "id", provider), error)


def _account_key(credentials: dict[str, Any]) -> str:
    return "login:" + str(credentials.get("email", "")).lower()


def pending_invitation(request: HttpRequest) -> Invitation | None:
    """The invitation that this browser opened, while it can still be used."""
    token_hash = request.session.get(INVITATION_KEY)
    return invitations.find(token_hash=token_hash, now=timezone.now()) if token_hash else None


def use_invitation(request: HttpRequest, user: User) -> None:
    """Uses up the invitation that this browser opened. Raises InvitationRefused where sign-up needs one."""
    token_hash = request.session.get(INVITATION_KEY)
    is_needed = settings.SIGNUP_MODE != "open"
    if token_hash is None and not is_needed:
        return
    try:
        invitations.redeem(token_hash=token_hash or "", user=user, now=timezone.now())
    except invitations.InvitationRefused:
        if is_needed:
            raise
    request.session.pop(INVITATION_KEY, None)
