"""Practice of one collection: carried in the address from question to answer to the next one.

`?in=<collection>` goes by the schedule: what is due, then what is new. `&run=1` is a rehearsal: all of it, in order.
"""

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
from django.views.decorators.http import require_GET, require_POST

from accounts.http import MemberRequest
from questions.models import Answer, Collection
from questions.own import rehearsal
from questions.own.collections import Entry, entries, next_in
from questions.practice import queue
from questions.practice.calendar import today_of
from questions.views.access import member_post


@dataclass(frozen=True)
class Course:
    """Where a person stands in the collection being practised. `place` counts from 1; None for a question not in it.

    `done`: the questions of the rehearsal that are done; None when it is no rehearsal.
    """

    collection: Collection
    listed: Sequence[Entry]
    place: int | None = None
    done: frozenset[int] | None = None

    @property
    def is_rehearsal(self) -> bool:
        return self.done is not None

    @property
    def query(self) -> str:
        """What every address on the way ends in."""
        return f"?in={self.collection.pk}" + ("&run=1" if self.is_rehearsal else "")

    @property
    def total(self) -> int:
        return len(self.listed)

    @property
    def waiting(self) -> int:
        """How many are still to come: due or new, or not yet done in the rehearsal."""
        if self.done is None:
            return sum(entry.state != "learned" for entry in self.listed)
        return self.total - len(self.done)

    @property
    def next_url(self) -> str:
        url = reverse("collections:practise", args=[self.collection.pk])
        if not self.is_rehearsal:
            return url
        return f"{url}?run=1" + (f"&past={self.place}" if self.place else "")


def course_of(request: MemberRequest, question_id: int | None = None) -> Course | None:
    """The course that the address names; None when it names none, or somebody else's. Five queries at most."""
    number = _number(request.GET.get("in", ""))
    collection = Collection.objects.for_user(request.user).filter(pk=number).first() if number else None
    if collection is None:
        return None
    course = _course(request, collection)
    places = (place for place, entry in enumerate(course.listed, start=1) if entry.question.pk == question_id)
    return Course(collection, course.listed, next(places, None), course.done)


def _course(request: MemberRequest, collection: Collection) -> Course:
    listed = entries(request.user, collection, _today(request))
    is_rehearsal = bool(request.GET.get("run")) and collection.rehearsed_from is not None
    done = rehearsal.done_in(request.user, collection, listed) if is_rehearsal else None
    return Course(collection, listed, done=done)


def _number(raw: str) -> int:
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else 0


def with_course(url: str, course: Course | None) -> str:
    return url + course.query if course else url


def onward(course: Course | None) -> str:
    """Where practice goes on after a question."""
    return course.next_url if course else reverse("practice:next")


def _today(request: MemberRequest) -> date:
    return today_of(request.user.profile, timezone.now())


def _own(request: MemberRequest, collection_id: int) -> Collection:
    collection = Collection.objects.for_user(request.user).filter(pk=collection_id).first()
    if collection is None:
        raise Http404
    return collection


@require_POST
@member_post
def rehearse(request: MemberRequest, collection_id: int) -> HttpResponse:
    """Begins a run through the whole collection, in its order."""
    collection = _own(request, collection_id)
    rehearsal.begin(collection=collection, now=timezone.now())
    return redirect(reverse("collections:practise", args=[collection.pk]) + "?run=1")


@require_GET
@login_required
def practise(request: MemberRequest, collection_id: int) -> HttpResponse:
    """Leads to what comes next (an unrated answer first), or says that it is done."""
    course = _course(request, _own(request, collection_id))
    newest = queue.newest_answer(request.user)
    in_course = {entry.question.pk for entry in course.listed}
    if newest is not None and newest.question_id in in_course and queue.is_unrated(newest, _today(request)):
        return redirect(with_course(reverse("answers:detail", args=[newest.pk]), course))
    if course.done is None:
        entry = next_in(course.listed)
    else:
        entry = rehearsal.next_in(course.listed, course.done, _number(request.GET.get("past", "")))
    if entry is not None:
        return redirect(with_course(entry.question.get_absolute_url(), course))
    if course.is_rehearsal:
        return render(request, "questions/collections/rehearsed.html", _rehearsed(course))
    return render(request, "questions/collections/finished.html", _finished(request, course))


def _rehearsed(course: Course) -> dict[str, Any]:
    done = course.done or frozenset()
    return {
        "section": "bank",
        "collection": course.collection,
        "course": course,
        "done_count": len(done),
        "passed_over": [entry for entry in course.listed if entry.question.pk not in done],
    }


def _finished(request: MemberRequest, course: Course) -> dict[str, Any]:
    today = _today(request)
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
