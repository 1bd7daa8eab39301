"""The bank: searched, filtered, sorted; everything chosen stands in the address."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.http import MemberRequest
from questions.bank.query_vectors import read_query
from questions.browse.bank import Row, Shelf, browse
from questions.browse.coverage import coverage
from questions.browse.filters import read_filters
from questions.browse.marking import excerpt, marked
from questions.practice.calendar import today_of

LIKENESS = ((0.5, "Very close in meaning"), (0.35, "Close in meaning"), (-1.0, "Related"))


@require_GET
@login_required
def question_list(request: MemberRequest) -> HttpResponse:
    filters = read_filters(request.GET)
    today = today_of(request.user.profile, timezone.now())
    shelf = browse(request.user, filters, today, read_query)
    context = {"shelf": shelf, "filters": shelf.filters, "groups": _groups(shelf), "summary": _summary(shelf)}
    return render(request, "questions/list.html", context)


@require_GET
@login_required
def coverage_page(request: MemberRequest) -> HttpResponse:
    return render(request, "questions/coverage.html", {"coverage": coverage(request.user)})


def _groups(shelf: Shelf) -> list[dict[str, Any]]:
    """The rows under their category, in order; one group without a heading when they are not sorted by it."""
    if not shelf.is_grouped:
        return [{"name": "", "slug": "", "rows": [_shown(row, shelf.filters.q) for row in shelf.rows]}]
    groups: list[dict[str, Any]] = []
    for row in shelf.rows:
        if not groups or groups[-1]["slug"] != row.category_slug:
            groups.append(
                {"name": row.category_name, "slug": row.category_slug, "summary": row.category_summary, "rows": []}
            )
        groups[-1]["rows"].append(_shown(row, ""))
    return groups


def _shown(row: Row, query: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"row": row, "title": marked(row.title, query)}
    if query:
        shown["excerpt"] = marked(excerpt(row.prompt, query), query)
        shown["why"] = _why(row)
    return shown


def _why(row: Row) -> str:
    """Why a search found it, in words; the highlighted words speak for themselves."""
    if row.hit is None:
        return ""
    if row.hit.terms:
        return "Holds " + ", ".join(row.hit.terms)
    if row.hit.likeness is None:
        return ""
    return next(text for least, text in LIKENESS if row.hit.likeness >= least)


def _summary(shelf: Shelf) -> str:
    count = f"{shelf.total} question{'' if shelf.total == 1 else 's'}"
    return f"{count} for “{shelf.filters.q}”" if shelf.filters.q else count
