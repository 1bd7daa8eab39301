"""The bank for operators and editors. Questions come from files: here they are read, and reports are answered."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from questions.browse.usage import point_use, with_usage
from questions.models import Category, Feedback, Question, QuestionReport


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Category)
class CategoryAdmin(ReadOnlyAdmin):
    list_display = ("name", "weight", "position")


@admin.register(Question)
class QuestionAdmin(ReadOnlyAdmin):
    """The shared bank with its use; people's own questions are theirs alone."""

    list_display = (
        *("title", "category", "level", "version", "answers", "people", "rating", "reported", "is_retired"),
        "checked_on",
    )
    list_filter = ("category", "level", "kind", "is_retired")
    search_fields = ("title", "slug")
    fields = (
        *("title", "slug", "category", "level", "kind", "minutes", "version", "checked_on", "is_retired"),
        *("answers", "people", "rating", "misses", "prompt", "reference"),
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        return with_usage(super().get_queryset(request).filter(owner=None))

    @admin.display(ordering="answers_count")
    def answers(self, question: Any) -> int:
        return question.answers_count or 0

    @admin.display(ordering="people_count")
    def people(self, question: Any) -> int:
        return question.people_count or 0

    @admin.display(ordering="average_rating", description="average rating (1–4)")
    def rating(self, question: Any) -> str:
        return "" if question.average_rating is None else f"{question.average_rating:.2f}"

    @admin.display(boolean=True, ordering="has_open_reports", description="open reports")
    def reported(self, question: Any) -> bool:
        return bool(question.has_open_reports)

    @admin.display(description="misses per key point")
    def misses(self, question: Question) -> SafeString:
        """Of the answers that coaching graded on the point, how many lacked it."""
        rows = [
            (point.text, f"{point.missed} of {point.graded}" if point.graded else "not graded yet")
            for point in point_use(question)
        ]
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: <b>{}</b></li>", rows))


@admin.register(QuestionReport)
class QuestionReportAdmin(admin.ModelAdmin[QuestionReport]):
    """The editors' queue. Who reported is not shown."""

    list_display = ("created_at", "question", "kind", "status", "question_version")
    list_filter = ("status", "kind", "question__category")
    search_fields = ("question__title", "text")
    fields = ("question", "question_version", "kind", "text", "created_at", "status", "editors_note", "closed_at")
    readonly_fields = ("question", "question_version", "kind", "text", "created_at", "closed_at")
    list_select_related = ("question",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuestionReport]:
        # Somebody's own question is nobody else's business, even when they report it.
        return super().get_queryset(request).filter(question__owner=None)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: QuestionReport, form: Any, change: bool) -> None:
        obj.closed_at = None if obj.status == QuestionReport.Status.OPEN else obj.closed_at or timezone.now()
        super().save_model(request, obj, form, change)


@admin.register(Feedback)
class FeedbackAdmin(ReadOnlyAdmin):
    """The queue and its cost; what people wrote is not shown to operators."""

    list_display = (
        "pk",
        "status",
        "grader",
        "attempts",
        "calls",
        "tokens_in",
        "tokens_out",
        "latency_ms",
        "created_at",
    )
    list_filter = ("status", "grader")
    fields = (*list_display, "fallback_reason", "dropped", "finished_at")
    readonly_fields = fields
