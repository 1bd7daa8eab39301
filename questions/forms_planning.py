"""The form of an interview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.forms import BoundField

from questions.models import Category, Interview
from questions.practice.interviews import LONGEST_COMPANY, Details

BY_HAND = "hand"
SOURCES = (
    ("round", "As usual for the round (or, while it is not known, as the guide says)"),
    (BY_HAND, "By hand: I know what they ask"),
)


class InterviewForm(forms.Form):
    """One interview. Shares by hand are whole percent, a field a category; they are made to add up when kept."""

    on = forms.DateField(label="Date", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    company = forms.CharField(
        label="Company",
        max_length=LONGEST_COMPANY,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    round = forms.ChoiceField(label="Round", choices=Interview.Round.choices, required=False)
    format = forms.ChoiceField(label="Format", choices=Interview.Format.choices, required=False)
    aim = forms.ChoiceField(
        label="What to aim at", choices=Interview.Aim.choices, widget=forms.RadioSelect, initial=Interview.Aim.SOLID
    )
    has_floor = forms.BooleanField(
        label="Each category once first", required=False, initial=True,
        help_text="One question of every category that may come up, before any is deepened.",
    )  # fmt: skip
    source = forms.ChoiceField(
        label="What is likely to be asked", choices=SOURCES, widget=forms.RadioSelect, initial="round"
    )

    def __init__(self, *args: Any, categories: Sequence[Category], shares: Mapping[str, float], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.categories = categories
        for category in categories:
            self.fields[f"share_{category.slug}"] = forms.IntegerField(
                label=category.name, min_value=0, max_value=100, required=False,
                initial=round(100 * shares.get(category.slug, 0.0)),
            )  # fmt: skip

    @property
    def share_fields(self) -> list[BoundField]:
        return [self[f"share_{category.slug}"] for category in self.categories]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("source") == BY_HAND and not self._has_share(cleaned):
            self.add_error("source", "Give at least one category a share above 0.")
        return cleaned

    def _has_share(self, cleaned: Mapping[str, Any]) -> bool:
        names = [f"share_{category.slug}" for category in self.categories]
        return any(cleaned.get(name) for name in names) or any(name in self.errors for name in names)

    def details(self) -> Details:
        data = self.cleaned_data
        weights = None
        if data["source"] == BY_HAND:
            weights = {c.slug: (data.get(f"share_{c.slug}") or 0) / 100 for c in self.categories}
        day: date = data["on"]
        return Details(
            on=day, company=data["company"], round=data["round"], format=data["format"], aim=data["aim"],
            has_floor=data["has_floor"], weights=weights,
        )  # fmt: skip


def initial_of(interview: Interview) -> dict[str, Any]:
    """What the form shows of an interview that is kept."""
    return {
        "on": interview.on,
        "company": interview.company,
        "round": interview.round,
        "format": interview.format,
        "aim": interview.aim,
        "has_floor": interview.has_floor,
        "source": BY_HAND if interview.weights else "round",
    }
