"""Practice of one collection: carried in the address (`?in=<collection>`) from question to answer to the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.http import MemberRequest
from questions.models import Answer, Collection
from questions.own.collections import Entry, entries, next_in
from questions.practice import queue
from questions.practice.calendar import today_of


@dataclass(frozen=True)
class Course:
    """Where a person stands in the collection being practised. `place` counts from 1; None for a question not in it."""

    collection: Collection
    listed: Sequence[Entry]
    place: int | None = None

    @property
    def query(self) -> str:
        """What every address on the way ends in."""
        return f"?in={self.collection.pk}"

    @property
    def total(self) -> int:
        return len(self.listed)

    @property
    def waiting(self) -> int:
        """How many are still due or new."""
        return sum(entry.state != "learned" for entry in self.listed)

    @property
    def next_url(self) -> str:
        return reverse("collections:practise", args=[self.collection.pk])


def course_of(request: MemberRequest, question_id: int | None = None) -> Course | None:
    """The course that the address names; None when it names none, or somebody else's. Three queries, else none."""
    raw = request.GET.get("in", "")
    if not (raw.isascii() and raw.isdigit() and len(raw) < 10):
        return None
    collection = Collection.objects.for_user(request.user).filter(pk=int(raw)).first()
    if collection is None:
        return None
    listed = entries(request.user, collection, _today(request))
    places = (place for place, entry in enumerate(listed, start=1) if entry.question.pk == question_id)
    return Course(collection, listed, next(places, None))


def with_course(url: str, course: Course | None) -> str:
    return url + course.query if course else url


def onward(course: Course | None) -> str:
    """Where practice goes on after a question."""
    return course.next_url if course else reverse("practice:next")


def _today(request: MemberRequest) -> date:
    return today_of(request.user.profile, timezone.now())


@require_GET
@login_required
def practise(request: MemberRequest, collection_id: int) -> HttpResponse:
    """Leads to what the collection has for now (an unrated answer, what is due, what is new), or says it is done."""
    collection = Collection.objects.for_user(request.user).filter(pk=collection_id).first()
    if collection is None:
        raise Http404
    today = _today(request)
    course = Course(collection, entries(request.user, collection, today))
    newest = queue.newest_answer(request.user)
    in_course = {entry.question.pk for entry in course.listed}
    if newest is not None and newest.question_id in in_course and queue.is_unrated(newest, today):
        return redirect(with_course(reverse("answers:detail", args=[newest.pk]), course))
    entry = next_in(course.listed)
    if entry is not None:
        return redirect(with_course(entry.question.get_absolute_url(), course))
    return render(request, "questions/collections/finished.html", _finished(request, course, today))


def _finished(request: MemberRequest, course: Course, today: date) -> dict[str, Any]:
    answers = Answer.objects.for_user(request.user).filter(
        study_day=today, question__in=[entry.question.pk for entry in course.listed]
    )
    dates = sorted(entry.due_on for entry in course.listed if entry.due_on and entry.due_on > today)
    return {
        "section": "bank",
        "collection": course.collection,
        "total": course.total,
        "answered_today": answers.values("question").distinct().count(),
        "next_due_on": dates[0] if dates else None,
        "next_due_count": dates.count(dates[0]) if dates else 0,
        "queue_item": queue.next_item(request.user, timezone.now()),
    }
