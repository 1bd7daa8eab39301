"""The bank for operators. Questions come from files: here they are read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from questions.models import Category, Feedback, Question


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
    list_display = ("title", "category", "level", "kind", "version", "is_retired", "checked_on")
    list_filter = ("category", "level", "kind", "is_retired")
    search_fields = ("title", "slug")


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
