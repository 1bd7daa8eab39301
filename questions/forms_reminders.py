"""The form of reminders."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from accounts.models import Profile

HOURS = [(hour, f"{hour:02d}:00") for hour in range(24)]


class RemindersForm(forms.Form):
    reminds_daily = forms.BooleanField(
        label="A daily reminder, if something is due",
        required=False,
        help_text="One mail a day at most; none on days when there is nothing to do, or in a break.",
    )
    reports_weekly = forms.BooleanField(
        label="A weekly report, on Mondays",
        required=False,
        help_text="What you did, what you remember, and what comes back.",
    )
    reminder_hour = forms.TypedChoiceField(
        label="At", choices=HOURS, coerce=int, help_text="Your local time, in the zone of your profile."
    )
    snoozed_until = forms.DateField(
        label="No mail before",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Quiet until this day. Leave it empty to hear from the site.",
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["snoozed_until"].widget.attrs["min"] = today.isoformat()

    def clean_snoozed_until(self) -> date | None:
        day: date | None = self.cleaned_data["snoozed_until"]
        if day is not None and day <= self.today:
            raise forms.ValidationError("Choose a day after today, or leave it empty.")
        return day


def initial_of(profile: Profile, today: date) -> dict[str, Any]:
    """A snooze that is over is none."""
    until = profile.snoozed_until
    return {
        "reminds_daily": profile.reminds_daily,
        "reports_weekly": profile.reports_weekly,
        "reminder_hour": profile.reminder_hour,
        "snoozed_until": until if until is not None and until > today else None,
    }
