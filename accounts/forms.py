"""The forms of sign-up, first-run set-up, profile and API tokens."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

from allauth.account import app_settings as account_settings
from allauth.account import forms as allauth_forms
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.models import EmailAddress
from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.adapter import MAX_PASSWORD_LENGTH, use_invitation
from accounts.invitations import InvitationRefused
from accounts.models import ApiToken, Level, Profile, User
from accounts.tokens import revoke_all
from accounts.zones import is_zone, validate_zone, zone_called


class PlainMixin:
    """Labels say what a field is; placeholders that repeat them only get in the way."""

    fields: dict[str, forms.Field]

    def plain(self) -> None:
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        for name in ("email", "login"):
            if name in self.fields:
                self.fields[name].label = "E-mail address"


class NewPasswordMixin(PlainMixin):
    """One field with a button that shows what was typed, instead of typing it twice."""

    def ask_once(self) -> None:
        self.fields.pop("password2", None)
        field = self.fields["password1"]
        field.widget.attrs.update(maxlength=MAX_PASSWORD_LENGTH, minlength=8, autocomplete="new-password")
        field.help_text = "At least 8 characters. A few unrelated words are strong and easy to keep."
        self.plain()


class LoginForm(PlainMixin, allauth_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""  # the page has its own link to the reset
        self.plain()


class SignupForm(NewPasswordMixin, allauth_forms.SignupForm):
    """E-mail and one password; the browser adds its time zone. An invitation in the session is used up."""

    time_zone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-time-zone": ""}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask_once()

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """The new user, or the response that tells why there is none. User and invitation change together."""
        if self.account_already_exists:
            User().set_password(self.cleaned_data["password1"])  # takes as long as a new address would
        try:
            with transaction.atomic():
                user, response = super().try_save(request)
                if user is not None:
                    use_invitation(request, user)
                return user, response
        except InvitationRefused:
            return None, redirect("accounts:invitation_refused")
        except IntegrityError:  # the same address signed up between our check and our write
            return self._already_exists(request)

    def _already_exists(self, request: HttpRequest) -> tuple[None, HttpResponse]:
        if account_settings.PREVENT_ENUMERATION:
            self.account_already_exists = True
            _, response = super().try_save(request)
            return None, response
        messages.error(request, "This address has just been signed up. Log in with it.")
        return None, redirect("account_login")

    def signup(self, request: HttpRequest, user: User) -> None:
        name = self.cleaned_data.get("time_zone", "")
        if is_zone(name):
            Profile.objects.for_user(user).update(time_zone=name)


class ChangePasswordForm(NewPasswordMixin, allauth_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = "Current password"
        self.fields["oldpassword"].help_text = ""
        self.fields["password1"].label = "New password"
        self.ask_once()
        if count := ApiToken.objects.for_user(self._user).working(timezone.now()).count():
            self.fields["revokes_tokens"] = _revokes_tokens(count)

    @property
    def _user(self) -> User:
        return cast(User, self.user)

    def save(self) -> None:
        with transaction.atomic():
            super().save()
            if self.cleaned_data.get("revokes_tokens"):
                revoke_all(user=self._user, now=timezone.now())


def _revokes_tokens(count: int) -> forms.BooleanField:
    opens = "1 token opens" if count == 1 else f"{count} tokens open"
    return forms.BooleanField(
        label="Revoke my API tokens as well",
        required=False,
        initial=True,
        help_text=f"{opens} the API without the password. Keep the tick if somebody else may have known it.",
    )


class SetPasswordForm(NewPasswordMixin, allauth_forms.SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask_once()


class ResetPasswordForm(PlainMixin, allauth_forms.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plain()


class ResetPasswordKeyForm(NewPasswordMixin, allauth_forms.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = "New password"
        self.ask_once()

    def save(self) -> None:
        """Whoever needed a reset may have lost the account for a while, so nothing made before it opens the API."""
        with transaction.atomic():
            super().save()
            revoke_all(user=cast(User, self.user), now=timezone.now())


class AddEmailForm(PlainMixin, allauth_forms.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plain()
        self.fields["email"].label = "New e-mail address"

    def save(self, request: HttpRequest) -> EmailAddress:
        """An address that was never confirmed is replaced at once: allauth would remove it, and the user's with it."""
        user = cast(User, self.user)
        own = EmailAddress.objects.filter(user=user, email=user.email, verified=False).first()
        if own is None:
            return cast(EmailAddress, super().save(request))
        wanted = self.cleaned_data["email"].lower()
        if not User.objects.filter(email=wanted).exists():
            with transaction.atomic():
                User.objects.filter(pk=user.pk).update(email=wanted)
                EmailAddress.objects.filter(pk=own.pk).update(email=wanted)
            user.email = own.email = wanted
            send_verification_email_to_address(request, own)
        return own


class ReauthenticateForm(PlainMixin, allauth_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""
        self.plain()


class FutureInterview(forms.ModelForm[Profile]):
    """A form that knows which day it is for the person, and takes no new interview date before it."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        if "interview_on" in self.fields:
            self.fields["interview_on"].widget.attrs["min"] = today.isoformat()

    def clean_interview_on(self) -> date | None:
        day: date | None = self.cleaned_data["interview_on"]
        if day and day < self.today and "interview_on" in self.changed_data:
            raise forms.ValidationError("This day is over. Choose today or a later day, or leave it empty.")
        return day


class LevelStep(FutureInterview):
    class Meta:
        model = Profile
        fields = ("target_level",)
        widgets = {"target_level": forms.RadioSelect}
        labels = {"target_level": "Which level are you preparing for?"}


class InterviewStep(FutureInterview):
    class Meta:
        model = Profile
        fields = ("interview_on",)
        widgets = {"interview_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
        labels = {"interview_on": "When is your interview?"}
        help_texts = {"interview_on": "Leave it empty if you have no date yet."}


class MinutesStep(FutureInterview):
    class Meta:
        model = Profile
        fields = ("minutes_a_day",)
        labels = {"minutes_a_day": "How many minutes a day?"}
        help_texts = {"minutes_a_day": "From 5 to 240. A question takes about ten minutes."}


class ProfileForm(FutureInterview):
    name = forms.CharField(max_length=100, required=False, help_text="How the site greets you.")
    time_zone = forms.CharField(
        max_length=64,
        help_text="Type a city and pick it from the list, such as Berlin. Not every city is a zone of its own.",
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}),
    )

    class Meta:
        model = Profile
        # In the order of the page: the first wrong one gets the focus.
        fields = (
            "target_level",
            "interview_on",
            "time_zone",
            "day_starts_at_hour",
            "has_shortcuts",
        )
        widgets = {
            "interview_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "time_zone": forms.TextInput(
                attrs={
                    "list": "time-zones",
                    "autocomplete": "off",
                    "spellcheck": "false",
                }
            ),
            "day_starts_at_hour": forms.Select(choices=[(hour, f"{hour:02d}:00") for hour in range(13)]),
            "target_level": forms.Select(choices=Level.choices),
        }
        labels = {
            "day_starts_at_hour": "Your day starts at",
            "target_level": "Target level",
            "interview_on": "Interview date",
            "has_shortcuts": "Single-key shortcuts",
        }
        help_texts = {
            "day_starts_at_hour": "Practice before this hour counts for the day before.",
            "interview_on": "Leave it empty if you have no date.",
            "has_shortcuts": "Keys such as 1 to 4 for a rating. Switch them off if you dictate or they disturb you.",
        }
        error_messages = {
            "day_starts_at_hour": dict.fromkeys(("min_value", "max_value"), "Choose an hour from 00:00 to 12:00."),
        }

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].initial = self.instance.user.name
        self.order_fields(["name", *self.Meta.fields])
        self._hold = self.instance.hold_before_change(now)
        self._day = (self.instance.time_zone, self.instance.day_starts_at_hour)

    def clean_time_zone(self) -> str:
        name = zone_called(str(self.cleaned_data["time_zone"]))
        validate_zone(name)
        return name

    @property
    def held_until(self) -> datetime | None:
        """The end of the running study day, when what is saved here changes where days begin."""
        is_moved = self._day != (self.cleaned_data["time_zone"], self.cleaned_data["day_starts_at_hour"])
        return self._hold.until if is_moved else None

    def save(self, commit: bool = True) -> Profile:
        """Writes the shown fields of profile and user, and no others but the hold on the running study day."""
        user = self.instance.user
        user.name = self.cleaned_data["name"].strip()
        written = list(self.Meta.fields)
        if self.held_until is not None:
            self.instance.held_study_day, self.instance.held_until = self._hold
            written += ["held_study_day", "held_until"]
        with transaction.atomic():
            user.save(update_fields=["name"])
            self.instance.save(update_fields=written)
        return self.instance


class TokenForm(forms.ModelForm[ApiToken]):
    days = forms.TypedChoiceField(
        label="Expires",
        coerce=int,
        choices=[(90, "in 90 days"), (365, "in a year"), (0, "never")],
        initial=90,
    )

    class Meta:
        model = ApiToken
        fields = ("label",)
        widgets = {"label": forms.TextInput(attrs={"placeholder": "laptop script"})}


class DeletionForm(forms.Form):
    email = forms.CharField(
        label="Type your e-mail address to confirm",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        if self.cleaned_data["email"].strip().lower() != self.user.email:
            raise forms.ValidationError("This is not the address of this account.")
        return self.user.email
