"""The shapes of the API: what it reads and what it answers."""

from __future__ import annotations

from datetime import date
from typing import Any

from rest_framework import serializers

from questions.models import Answer, Category, Feedback, Question, Review
from questions.practice.activity import Activity
from questions.practice.session import MAX_CHARACTERS, MAX_SECONDS

POINT_STATUSES = [("covered", "covered"), ("unsure", "unsure"), ("missing", "missing")]


class CategorySerializer(serializers.ModelSerializer[Category]):
    total = serializers.IntegerField(read_only=True)
    answered = serializers.IntegerField(read_only=True)

    class Meta:
        model = Category
        fields = ["slug", "name", "summary", "intent", "weight", "total", "answered"]


class QuestionRowSerializer(serializers.ModelSerializer[Question]):
    """A question as lists and `practice/next/` show it."""

    category = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    tags = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Question
        fields = ["slug", "title", "prompt", "category", "level", "kind", "minutes", "tags"]


class KeyPointSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(source="slug")
    text = serializers.CharField()
    weight = serializers.IntegerField()
    why = serializers.CharField()


class QuestionSerializer(QuestionRowSerializer):
    """One question. Key points, reference and the rest come once it is answered or revealed; else they are null."""

    key_points = serializers.SerializerMethodField()
    reference = serializers.SerializerMethodField()
    mistakes = serializers.SerializerMethodField()
    follow_ups = serializers.SerializerMethodField()
    sources = serializers.SerializerMethodField()
    due = serializers.SerializerMethodField()

    class Meta(QuestionRowSerializer.Meta):
        fields = [
            *QuestionRowSerializer.Meta.fields,
            *("version", "due", "key_points", "reference", "mistakes", "follow_ups", "sources"),
        ]

    def _if_met(self, value: Any) -> Any:
        return value if self.context.get("is_met") else None

    def get_key_points(self, question: Question) -> list[dict[str, Any]] | None:
        if not self.context.get("is_met"):
            return None
        rows = question.key_points.filter(is_retired=False)
        return [dict(row) for row in KeyPointSerializer(rows, many=True).data]

    def get_reference(self, question: Question) -> str | None:
        value: str | None = self._if_met(question.reference)
        return value

    def get_mistakes(self, question: Question) -> list[str] | None:
        value: list[str] | None = self._if_met(question.mistakes)
        return value

    def get_follow_ups(self, question: Question) -> list[dict[str, str]] | None:
        value: list[dict[str, str]] | None = self._if_met(question.follow_ups)
        return value

    def get_sources(self, question: Question) -> list[dict[str, Any]] | None:
        value: list[dict[str, Any]] | None = self._if_met(question.sources)
        return value

    def get_due(self, question: Question) -> str | None:
        due_on = self.context.get("due_on")
        return due_on.isoformat() if due_on else None


class NextSerializer(serializers.Serializer[Any]):
    question = QuestionRowSerializer(allow_null=True)
    reason = serializers.CharField()


class TodayItemSerializer(serializers.Serializer[Any]):
    """One question of the day. `gain`: what an answer adds to its expected recall on the interview's date."""

    question = serializers.CharField()
    title = serializers.CharField()
    category = serializers.CharField()
    minutes = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=["due", "new", "early"])
    reason = serializers.CharField()
    due = serializers.DateField(allow_null=True)
    gain = serializers.FloatField(allow_null=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        line, question = instance
        return {
            "question": question.slug,
            "title": question.title,
            "category": question.category.slug,
            "minutes": line.minutes,
            "kind": line.kind,
            "reason": line.reason,
            "due": line.due_on.isoformat() if line.due_on else None,
            "gain": None if line.gain is None else round(line.gain, 4),
        }


class TodaySerializer(serializers.Serializer[Any]):
    """How the study day stands. `waiting`: all that is due, in today's list or not."""

    study_day = serializers.DateField(source="stand.study_day")
    waiting = serializers.IntegerField(source="stand.due_count")
    due = serializers.IntegerField(source="stand.due_today")
    new = serializers.IntegerField(source="stand.new_left")
    early = serializers.IntegerField(source="stand.early_today")
    paused = serializers.IntegerField(source="stand.paused_count")
    answered = serializers.SerializerMethodField()
    minutes_done = serializers.SerializerMethodField()
    minutes_planned = serializers.IntegerField(source="stand.minutes_planned")
    minutes_goal = serializers.IntegerField(source="stand.limits.minutes")
    interview_on = serializers.SerializerMethodField()
    items = TodayItemSerializer(many=True)

    def get_answered(self, body: dict[str, Any]) -> int:
        activity: Activity = body["activity"]
        return len(activity.answered)

    def get_minutes_done(self, body: dict[str, Any]) -> int:
        activity: Activity = body["activity"]
        return round(activity.seconds / 60)

    def get_interview_on(self, body: dict[str, Any]) -> date | None:
        target = body["stand"].target
        return target.on if target else None


class FeedbackStatusSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=Feedback.Status.choices)


class AnswerSerializer(serializers.ModelSerializer[Answer]):
    question = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    feedback = FeedbackStatusSerializer(read_only=True)

    class Meta:
        model = Answer
        fields = ["id", "question", "text", "seconds", "created_at", "feedback"]


class AnswerInput(serializers.Serializer[Any]):
    question = serializers.CharField(max_length=100)
    text = serializers.CharField(max_length=MAX_CHARACTERS, trim_whitespace=False)
    seconds = serializers.IntegerField(min_value=0, max_value=MAX_SECONDS, default=0)
    idempotency_key = serializers.CharField(max_length=100, required=False)


class PointSerializer(serializers.Serializer[Any]):
    key_point = serializers.CharField()
    status = serializers.ChoiceField(choices=POINT_STATUSES)
    quote = serializers.CharField(allow_null=True)
    note = serializers.CharField(allow_blank=True)
    score = serializers.FloatField()


class FeedbackSerializer(serializers.Serializer[Any]):
    """The coaching of an answer. Every quote is an exact piece of the answer."""

    status = serializers.ChoiceField(choices=Feedback.Status.choices)
    grader = serializers.CharField(help_text='"local" or the name of a model; empty until done.')
    abstain = serializers.BooleanField()
    score = serializers.FloatField(allow_null=True, help_text="0 to 1; null while unknown or when abstaining.")
    points = PointSerializer(many=True)
    suggested_rating = serializers.IntegerField(allow_null=True)
    fallback_reason = serializers.CharField(allow_null=True)
    band = serializers.ListField(child=serializers.FloatField(), allow_null=True)
    flags = serializers.ListField(child=serializers.JSONField())
    criteria = serializers.ListField(child=serializers.JSONField())
    strengths = serializers.ListField(child=serializers.JSONField())
    gaps = serializers.ListField(child=serializers.JSONField())
    next_step = serializers.CharField(allow_blank=True)
    tokens_in = serializers.IntegerField()
    tokens_out = serializers.IntegerField()


class ReviewSerializer(serializers.ModelSerializer[Review]):
    question = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    answer = serializers.PrimaryKeyRelatedField[Any](read_only=True)
    due = serializers.DateField(source="due_on", read_only=True)

    class Meta:
        model = Review
        fields = ["id", "question", "answer", "rating", "reviewed_at", "study_day", "due", "stability", "difficulty"]


class ReviewInput(serializers.Serializer[Any]):
    question = serializers.CharField(max_length=100)
    rating = serializers.IntegerField(min_value=1, max_value=4)
    answer = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=2**62)
    idempotency_key = serializers.CharField(max_length=100, required=False)
