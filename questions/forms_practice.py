"""The forms of practice's settings: how one practises, breaks, and today alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from accounts.models import Profile
from questions.practice.limits import Own
from questions.practice.settings import MOST_OF_A_DAY
from questions.practice.workload import Settings

WEEKDAYS = tuple(enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")))


def _whole(label: str, low: int, high: int, help_text: str = "", *, required: bool = True) -> forms.IntegerField:
    said = f"Write a whole number from {low} to {high}{'' if required else ', or leave it empty'}."
    return forms.IntegerField(
        label=label,
        min_value=low,
        max_value=high,
        required=required,
        help_text=help_text,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), said),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class SettingsForm(forms.Form):
    """In the order of the page: the first wrong one gets the focus."""

    retention = forms.DecimalField(
        label="Desired retention, in percent",
        min_value=Decimal(70),
        max_value=Decimal(97),
        decimal_places=1,
        help_text="How likely you still know a question on the day it returns. Above 90 the work climbs fast: at 95 "
        "questions return after less than half the time, at 97 after less than a quarter. A change counts from each "
        "question’s next rating; nothing that is scheduled moves.",
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value", "max_decimal_places"),
            "Write a number from 70 to 97, with at most one decimal.",
        ),
        widget=forms.NumberInput(attrs={"step": "0.5", "inputmode": "decimal"}),
    )
    minutes_a_day = _whole("Minutes a day", 5, 240, "From 5 to 240.")
    new_a_day = _whole("New questions a day", 0, 100, "At most so many are begun, as far as the minutes allow.")
    reviews_a_day = _whole(
        "Reviews a day", 1, 500, "Questions that return. Empty: no limit but the minutes.", required=False
    )
    easy_weekdays = forms.TypedMultipleChoiceField(
        label="Easy weekdays",
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="On these days the limits are half, and fewer questions return. All seven are the same as none.",
    )
    balances_load = forms.BooleanField(
        label="Even out the days",
        required=False,
        help_text="Of the days on which a question may as well return, the one with the least work is taken.",
    )
    has_two_buttons = forms.BooleanField(
        label="Two rating buttons",
        required=False,
        help_text="Only “Again” and “Good”, if choosing among four holds you up.",
    )

    def fields_to_save(self) -> dict[str, Any]:
        """The arguments of practice.settings.save_settings."""
        values = dict(self.cleaned_data)
        return {"desired_retention": float(values.pop("retention")) / 100, **values}

    def settings(self) -> Settings:
        """What the simulator takes."""
        values = self.fields_to_save()
        return Settings(
            usual=Own(values["minutes_a_day"], values["new_a_day"], values["reviews_a_day"]),
            desired_retention=values["desired_retention"],
            easy_weekdays=tuple(sorted(values["easy_weekdays"])),
            balances_load=values["balances_load"],
            has_two_buttons=values["has_two_buttons"],
        )


def initial_of(profile: Profile) -> dict[str, Any]:
    return {
        "retention": f"{100 * profile.desired_retention:.1f}".removesuffix(".0"),
        **{name: getattr(profile, name) for name in SettingsForm.base_fields if name != "retention"},
    }


def _day(label: str, missing: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": missing, "invalid": "Write the date like 2030-12-24."},
    )


class BreakForm(forms.Form):
    starts_on = _day("First day", "Choose the first day.")
    ends_on = _day("Last day", "Choose the last day; for one day, the same.")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ends_on"].widget.attrs["min"] = today.isoformat()


class TodayForm(forms.Form):
    """All empty: as usual."""

    minutes = _whole("Minutes", 0, MOST_OF_A_DAY["minutes"], required=False)
    new = _whole("New questions", 0, MOST_OF_A_DAY["new"], required=False)
    reviews = _whole("Reviews", 0, MOST_OF_A_DAY["reviews"], required=False)

    def __init__(self, *args: Any, usual: Own, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, value in (("minutes", usual.minutes), ("new", usual.new), ("reviews", usual.reviews)):
            said = "no limit" if value is None else str(value)
            self.fields[name].help_text = f"Usually {said}."
