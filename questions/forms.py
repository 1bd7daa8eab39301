"""What a person types into the practice pages."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django import forms

from questions.models import Rating
from questions.practice.session import MAX_CHARACTERS, MAX_SECONDS, BadAnswer, checked_text


def new_token(now: datetime) -> str:
    """One for each form that is shown; it carries the time, for browsers that cannot run the timer."""
    return f"{int(now.timestamp())}-{secrets.token_urlsafe(12)}"


class AnswerForm(forms.Form):
    """The answer, the time at it, and the token that makes a double submit harmless."""

    text = forms.CharField(
        label="Your answer",
        strip=False,
        required=False,
        widget=forms.Textarea(attrs={"rows": 14, "maxlength": None}),
    )
    seconds = forms.CharField(required=False, widget=forms.HiddenInput())
    token = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput())
    base = forms.CharField(required=False, widget=forms.HiddenInput())  # which version of the draft this goes on from

    def clean_text(self) -> str:
        try:
            return checked_text(self.cleaned_data["text"])
        except BadAnswer as error:
            raise forms.ValidationError(str(error), code="bad_answer") from error

    def clean_seconds(self) -> int:
        return whole_seconds(self.cleaned_data["seconds"])

    def seconds_at(self, now: datetime) -> int:
        """What the browser's timer counted, else the time since the form was shown."""
        counted: int = self.cleaned_data["seconds"]
        if counted:
            return counted
        started = whole_number(self.cleaned_data["token"].partition("-")[0])
        elapsed = int(now.timestamp()) - started
        return elapsed if started and 0 <= elapsed <= 4 * 60 * 60 else 0

    def draft_base(self) -> datetime | None:
        return moment(self.cleaned_data["base"])

    def submit_token(self) -> str:
        """The same text sent twice from one form is one answer; an edited text sent from it is another."""
        digest = hashlib.sha256(self.cleaned_data["text"].encode()).hexdigest()[:16]
        return f"{self.cleaned_data['token'] or secrets.token_urlsafe(12)}:{digest}"


def whole_number(raw: str) -> int:
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 12 else 0


def whole_seconds(raw: str) -> int:
    return min(whole_number(raw), MAX_SECONDS)


def moment(raw: str) -> datetime | None:
    """The moment that an ISO text names, None when it names none (or one without a zone)."""
    try:
        at = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return at if at.tzinfo else None


def chosen_rating(raw: str) -> int | None:
    """1..4, or None for anything else."""
    return int(raw) if raw in {str(value) for value in Rating.values} else None


__all__ = ["MAX_CHARACTERS", "AnswerForm", "chosen_rating", "moment", "new_token", "whole_seconds"]
