"""The form of reminders."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from accounts.models import Profile

FIELDS = ("reminds_daily", "reminder_hour", "reports_weekly", "snoozed_until")


class RemindersForm(forms.ModelForm[Profile]):
    class Meta:
        model = Profile
        fields = FIELDS
        widgets = {
            "reminder_hour": forms.Select(choices=[(hour, f"{hour:02d}:00") for hour in range(24)]),
            "snoozed_until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
        labels = {
            "reminds_daily": "A daily reminder, if something is due",
            "reminder_hour": "At",
            "reports_weekly": "A weekly report, on Mondays",
            "snoozed_until": "No mail before",
        }
        help_texts = {
            "reminds_daily": "One mail a day at most; none on days when there is nothing to do, or in a break.",
            "reports_weekly": "What you did, what you remember, and what comes back.",
            "snoozed_until": "Quiet until this day. Leave it empty to hear from the site.",
        }

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["reports_weekly"].required = False
        self.fields["snoozed_until"].widget.attrs["min"] = today.isoformat()

    def clean_snoozed_until(self) -> date | None:
        day: date | None = self.cleaned_data["snoozed_until"]
        return None if day and day <= self.today else day

    def save(self, commit: bool = True) -> Profile:
        """Writes the shown fields and no others."""
        self.instance.save(update_fields=FIELDS)
        return self.instance
