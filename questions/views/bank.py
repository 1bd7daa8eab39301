"""The bank as a list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.http import MemberRequest
from questions.models import Card, Category, Question, Rating
from questions.practice.calendar import today_of


@require_GET
@login_required
def question_list(request: MemberRequest) -> HttpResponse:
    """Every question by category, with where the member stands; `?category=` shows one."""
    today = today_of(request.user.profile, timezone.now())
    categories = list(Category.objects.all())
    chosen = next((c for c in categories if c.slug == request.GET.get("category")), None)
    questions = Question.objects.for_user(request.user).select_related("category").defer("reference", "prompt")
    if chosen:
        questions = questions.filter(category=chosen)
    cards = {card.question_id: card for card in Card.objects.for_user(request.user)}
    groups = [
        {"category": category, "questions": [_row(question, cards.get(question.pk), today) for question in group]}
        for category, group in groupby(questions, key=lambda question: question.category)
    ]
    context = {"groups": groups, "categories": categories, "chosen": chosen, "total": _total(groups)}
    return render(request, "questions/list.html", context)


def _row(question: Question, card: Card | None, today: date) -> dict[str, Any]:
    state = "new" if card is None else "due" if card.due_on <= today else "learning"
    return {
        "slug": question.slug,
        "title": question.title,
        "level": question.get_level_display(),
        "kind": question.get_kind_display(),
        "minutes": question.minutes,
        "state": state,
        "due_on": card.due_on if card else None,
        "last_rating": Rating(card.last_rating).label if card else "",
    }


def _total(groups: Iterable[dict[str, Any]]) -> int:
    return sum(len(group["questions"]) for group in groups)
