"""Progress: the page, its tables as CSV, and the history of one question."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.http import MemberRequest
from questions.models import Card, Question
from questions.practice import history, tables
from questions.practice.calendar import today_of
from questions.practice.stats import PERIODS, Stats, Tally, stats

WEEKS = 26
YEAR = 53 * 7


class Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


@require_GET
@login_required
def page(request: MemberRequest) -> HttpResponse:
    today = today_of(request.user.profile, timezone.now())
    found = stats(request.user, today)
    period = request.GET.get("days", "90")
    period = period if period in PERIODS else "90"
    context: dict[str, Any] = {
        "section": "progress",
        "stats": found,
        "period": period,
        "periods": {"30": "30 days", "90": "90 days", "365": "a year", "all": "all"},
        "retention": _retention(found, period),
        "target": round(100 * found.target),
        "forecast_total": sum(count for _, count in found.forecast),
        "busiest": max(found.forecast, key=lambda row: row[1]),
        "weeks": found.by_week(WEEKS),
        "year": _year(found, today),
        "months": _months(found, today),
        "has_cards": bool(found.practised),
        "tables": tables.NAMES,
    }
    return render(request, "questions/progress/page.html", context)


def _retention(found: Stats, period: str) -> dict[str, Any]:
    """The period's figures; categories in the order of the bank, only those with a rating to count."""
    retention = found.past.periods[period]
    by_category: list[tuple[str, str, Tally]] = [
        (category.name, category.slug, retention.by_category[category.pk])
        for category in found.categories
        if category.pk in retention.by_category
    ]
    return {
        "all": retention.all,
        "young": retention.young,
        "mature": retention.mature,
        "by_category": by_category,
    }


def _year(found: Stats, today: date) -> list[tuple[date, int]]:
    """Each day from the Monday a year ago to today, with the questions answered on it."""
    first = today - timedelta(days=YEAR - 7 + today.weekday())
    return [
        (day, found.days.get(day, (0, 0))[0])
        for day in (first + timedelta(days=n) for n in range((today - first).days + 1))
    ]


def _months(found: Stats, today: date) -> list[tuple[date, int, int, int]]:
    """The last twelve months: first day, days practised, answers, minutes."""
    rows: dict[date, list[int]] = {}
    for day, (answered, seconds) in found.days.items():
        row = rows.setdefault(day.replace(day=1), [0, 0, 0])
        row[0] += 1
        row[1] += answered
        row[2] += seconds
    return [(month, days, answers, round(seconds / 60)) for month, (days, answers, seconds) in sorted(rows.items())][
        -12:
    ]


@require_GET
@login_required
def download(request: MemberRequest, table: str) -> HttpResponseBase:
    """One table as CSV, streamed."""
    if table not in tables.NAMES:
        raise Http404
    today = today_of(request.user.profile, timezone.now())
    writer = csv.writer(Echo())

    def lines() -> Iterator[str]:
        yield "\ufeff"  # spreadsheets take UTF-8 for Latin-1 without it
        for row in tables.rows(table, request.user, today):
            yield writer.writerow([tables.safe(value) for value in row])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="onsite-{table}-{today.isoformat()}.csv"'
    return response


@require_GET
@login_required
def question_history(request: MemberRequest, slug: str) -> HttpResponse:
    """Each rating of one question, with what was expected of it."""
    user = request.user
    question = Question.objects.visible_to(user).select_related("category").filter(slug=slug).first()
    if question is None:
        raise Http404
    today = today_of(user.profile, timezone.now())
    rows = history.ratings(user, question)
    context = {
        "section": "progress",
        "question": question,
        "rows": rows,
        "card": Card.objects.filter(user=user, question=question).first(),
        "curve": history.curve(user, question, today) if rows else [],
    }
    return render(request, "questions/progress/history.html", context)
