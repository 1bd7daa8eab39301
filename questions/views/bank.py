"""The bank: searched, filtered, sorted; everything chosen stands in the address."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_GET

from accounts.http import MemberRequest
from questions.bank.query_vectors import read_query
from questions.browse.bank import Row, Shelf, browse
from questions.browse.coverage import coverage
from questions.browse.filters import read_filters
from questions.browse.marking import best_wording, excerpt, marked
from questions.practice.calendar import today_of

SHORT_ACRONYM = 5
NOTHING_NEAR = "No question matches the search with these filters"
LIKENESS = ((0.5, "Very close in meaning"), (0.35, "Close in meaning"), (-1.0, "Near in meaning"))


@require_GET
@login_required
def question_list(request: MemberRequest) -> HttpResponse:
    filters = read_filters(request.GET)
    today = today_of(request.user.profile, timezone.now())
    shelf = browse(request.user, filters, today, read_query)
    context = {"shelf": shelf, "filters": shelf.filters, "groups": _groups(shelf), "summary": _summary(shelf)}
    response = render(request, "questions/list.html", context)
    if request.headers.get("HX-Request"):
        # Typing refines one step of the browser's history instead of adding one at each pause.
        typed_on = "q=" in request.headers.get("HX-Current-URL", "").partition("?")[2]
        response.headers["HX-Replace-Url" if typed_on else "HX-Push-Url"] = request.path + shelf.filters.address
    return response


@require_GET
@login_required
def coverage_page(request: MemberRequest) -> HttpResponse:
    return render(request, "questions/coverage.html", {"coverage": coverage(request.user)})


def _groups(shelf: Shelf) -> list[dict[str, Any]]:
    """The rows under their category, in order; one group without a heading when they are not sorted by it."""
    if not shelf.is_grouped:
        query = shelf.filters.q
        return [
            {
                "name": "",
                "slug": "",
                "is_flat": True,
                "rows": [_shown(row, query, shelf.is_nearest) for row in shelf.matched],
            },
            {
                "name": f"Similar to “{shelf.rows[0].title}”" if shelf.only_near else "",
                "slug": "near",
                "is_flat": True,
                "rows": [_shown(row, query, True) for row in shelf.only_near],
            },
        ]
    groups: list[dict[str, Any]] = []
    for row in shelf.rows:
        if not groups or groups[-1]["slug"] != row.category_slug:
            groups.append(
                {"name": row.category_name, "slug": row.category_slug, "summary": row.category_summary, "rows": []}
            )
        groups[-1]["rows"].append(_shown(row, ""))
    return groups


def _shown(row: Row, query: str, is_only_near: bool = False) -> dict[str, Any]:
    shown: dict[str, Any] = {"row": row, "title": marked(row.title, query)}
    if query:
        shown["excerpt"] = marked(excerpt(row.prompt, query), query)
        shown["why"] = "" if is_only_near else _why(row, query)
    return shown


def _as_typed(term: str, query: str) -> str:
    """The term in the query's own letters; hnsw, typed small, in capitals."""
    typed = next((word for word in query.split() if word.strip(".,?!").lower() == term), term)
    return typed.upper() if typed.islower() and typed.isalpha() and len(typed) <= SHORT_ACRONYM else typed


def _why(row: Row, query: str) -> str:
    """Why a search found it, in words; the highlighted words speak for themselves."""
    if row.hit is None:
        return ""
    seen = f"{row.title}\n{row.prompt}".lower()
    if hidden := [term for term in row.hit.terms if term not in seen]:
        return "Its answer is about " + ", ".join(_as_typed(term, query) for term in hidden)
    if row.hit.terms or row.hit.likeness is None:
        return ""
    if wording := best_wording(row.asked_as, query):
        return format_html("Also asked: {}", marked(wording, query))
    return next(text for least, text in LIKENESS if row.hit.likeness >= least)


def _summary(shelf: Shelf) -> str:
    total = shelf.total - len(shelf.only_near)
    count = f"{total} question{'' if total == 1 else 's'}"
    if not shelf.filters.q:
        return count
    if shelf.is_nearest:
        return f"No question matches “{shelf.filters.q}”. The nearest in meaning:" if shelf.total else NOTHING_NEAR
    if shelf.is_cut and not shelf.filters.chosen:
        return f"The {count} nearest to “{shelf.filters.q}”"
    return f"{count} for “{shelf.filters.q}”"
