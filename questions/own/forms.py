"""What a person types into the pages of their own questions and collections."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from pydantic import ValidationError

from questions.models import Category, Question
from questions.own.collections import LONGEST_DESCRIPTION
from questions.own.collections import LONGEST_TITLE as LONGEST_NAME
from questions.own.format import LONGEST_PROMPT, LONGEST_REFERENCE, LONGEST_TITLE, USUAL_WEIGHT, OwnQuestion, faults_of
from questions.own.lines import filled, follow_up_line, point_line
from questions.own.reading import MOST_BYTES

FIELDS = (
    *("title", "prompt", "key_points", "reference", "follow_ups"),
    *("category", "kind", "level", "minutes", "tags"),
)


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class OwnQuestionForm(forms.Form):
    """One own question; `content` is what it says once the form is valid. What the form does not show stays."""

    title = forms.CharField(label="Title", max_length=LONGEST_TITLE)
    prompt = forms.CharField(
        label="Question",
        widget=_area(5),
        help_text=f"As an interviewer would ask it. Markdown works; up to {LONGEST_PROMPT:,} characters.",
    )
    key_points = forms.CharField(
        label="Key points",
        required=False,
        widget=_area(6),
        help_text="What a good answer says, one point a line: answers are graded by these. "
        "<b>3:</b> in front marks an essential one, <b>1:</b> an extra. "
        "Left empty, they are taken from the reference answer.",
    )
    reference = forms.CharField(
        label="Reference answer",
        required=False,
        widget=_area(8),
        help_text=f"Shown after you have answered. Markdown works; up to {LONGEST_REFERENCE:,} characters.",
    )
    follow_ups = forms.CharField(
        label="Follow-up questions",
        required=False,
        widget=_area(3),
        help_text="One a line; a hint may come after “ | ”.",
    )
    category = forms.ChoiceField(label="Category")
    kind = forms.ChoiceField(label="Kind", choices=Question.Kind.choices, initial=Question.Kind.CONCEPT)
    level = forms.ChoiceField(label="Level", choices=Question.Level.choices, initial=Question.Level.MID)
    minutes = forms.IntegerField(label="Minutes", min_value=1, max_value=120, initial=5)
    tags = forms.CharField(
        label="Tags", required=False, max_length=450, help_text="Separated by commas, such as retrieval, vector-db."
    )

    version = forms.IntegerField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, base: OwnQuestion | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.base = base
        self.content: OwnQuestion | None = None
        choices = cast(forms.ChoiceField, self.fields["category"])
        # None is chosen beforehand: a behavioural question would go to the first category unnoticed.
        choices.choices = [("", "Choose one"), *Category.objects.values_list("slug", "name")]
        if base is not None and not self.is_bound:
            self.initial.update(as_typed(base))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.errors:
            return values
        try:
            self.content = OwnQuestion.model_validate(self._merged(values))
        except ValidationError as error:
            for where, message in faults_of(error):
                name = str(where[0]) if where else "key_points"
                # `title: is too long` -> `Is too long`: the field stands beside it.
                said = message.partition(": ")[2] if where else message
                self.add_error(name if name in self.fields else None, f"{said[:1].upper()}{said[1:]}.")
        return values

    def _merged(self, values: dict[str, Any]) -> dict[str, Any]:
        base = self.base.content() if self.base else {}
        why = {point["text"]: point["why"] for point in base.get("key_points", [])}
        answered = {item["question"]: item["key_point"] for item in base.get("follow_ups", [])}
        typed = {
            **{name: values[name] for name in FIELDS},
            "key_points": filled(values["key_points"]),
            "follow_ups": filled(values["follow_ups"]),
            "tags": values["tags"].split(","),
        }
        read = OwnQuestion.model_validate(typed).content()
        for point in read["key_points"]:
            point["why"] = why.get(point["text"], "")
        for item in read["follow_ups"]:
            item["key_point"] = answered.get(item["question"], "")
        return {**base, **{name: read[name] for name in FIELDS}}


def as_typed(content: OwnQuestion) -> dict[str, Any]:
    """A question as the form's fields hold it."""
    points = [point_line(point.weight, point.text, USUAL_WEIGHT) for point in content.key_points]
    follow_ups = [follow_up_line(item.question, item.hint) for item in content.follow_ups]
    return {
        **{name: getattr(content, name) for name in FIELDS},
        "key_points": "\n".join(points),
        "follow_ups": "\n".join(follow_ups),
        "tags": ", ".join(content.tags),
    }


class ImportForm(forms.Form):
    file = forms.FileField(
        label="File",
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml,.csv,.tsv,.apkg"}),
        help_text=f"YAML, CSV or an Anki deck (.apkg), up to {MOST_BYTES // 1024 // 1024} MB.",
        error_messages={"empty": "This file is empty."},
    )
    category = forms.ChoiceField(
        label="Category of the whole file",
        help_text="A question that names one of ours, in a category column or as a tag, keeps its own. "
        "You can choose another one when you see what was read.",
    )
    level = forms.ChoiceField(
        label="Level, where the file names none", choices=Question.Level.choices, initial=Question.Level.MID
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = cast(forms.ChoiceField, self.fields["category"])
        choices.choices = list(Category.objects.values_list("slug", "name"))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"This file is larger than {MOST_BYTES // 1024 // 1024} MB.")
        return file


class CollectionForm(forms.Form):
    title = forms.CharField(label="Name", max_length=LONGEST_NAME)
    description = forms.CharField(
        label="What it is for", required=False, max_length=LONGEST_DESCRIPTION, widget=_area(3)
    )
