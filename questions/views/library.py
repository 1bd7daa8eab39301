"""Beside a question: saved, notes, a fault report, the person's attempts and their differences, similar questions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.http import MemberRequest
from accounts.links import is_own_path
from questions.browse import library
from questions.browse.attempts import compared, history
from questions.browse.changes import changes
from questions.browse.similar import similar_questions
from questions.models import Answer, Question
from questions.views.access import member_post


def _question(request: MemberRequest, slug: str) -> Question:
    question = Question.objects.visible_to(request.user).select_related("category").filter(slug=slug).first()
    if question is None:
        raise Http404
    return question


def _back(request: MemberRequest, question: Question) -> HttpResponse:
    """To the page that the form stood on."""
    target = request.POST.get("next", "")
    return redirect(target if is_own_path(target) else question.get_absolute_url())


@require_POST
@member_post
def save(request: MemberRequest, slug: str) -> HttpResponse:
    question = _question(request, slug)
    is_saved = library.toggle_saved(user=request.user, question=question, now=timezone.now())
    if request.headers.get("HX-Request"):
        return render(request, "questions/_save.html", {"question": question, "is_saved": is_saved})
    return _back(request, question)


@require_POST
@member_post
def note(request: MemberRequest, slug: str) -> HttpResponse:
    question = _question(request, slug)
    text = request.POST.get("text", "")
    try:
        kept = library.write_note(user=request.user, question=question, text=text, now=timezone.now())
    except library.LibraryError as error:
        context = {"question": question, "note_text": text, "note_error": str(error)}
        return render(request, "questions/note.html", context, status=400)
    messages.success(request, "Your notes are kept." if kept else "Your notes are removed.")
    return _back(request, question)


@require_POST
@member_post
def report(request: MemberRequest, slug: str) -> HttpResponse:
    question = _question(request, slug)
    kind, text = request.POST.get("kind", ""), request.POST.get("text", "")
    try:
        library.report_fault(user=request.user, question=question, kind=kind, text=text, now=timezone.now())
    except library.LibraryError as error:
        context = {"question": question, "report_kind": kind, "report_text": text, "report_error": str(error)}
        return render(request, "questions/report.html", context, status=400)
    messages.success(request, "Thank you. The editors of this site will read your report.")
    return _back(request, question)


@require_GET
@login_required
def similar(request: MemberRequest, slug: str) -> HttpResponse:
    """A part of the question page that arrives later, and a page of its own without scripts."""
    question = _question(request, slug)
    context = {"question": question, "similar": similar_questions(request.user, question)}
    name = "questions/_similar.html" if request.headers.get("HX-Request") else "questions/similar.html"
    return render(request, name, context)


@require_GET
@login_required
def attempts(request: MemberRequest, slug: str) -> HttpResponse:
    """Every attempt at one question, and what changed between two of them (`?from=` and `?to=`, answers' numbers)."""
    question = _question(request, slug)
    answers = history(request.user, question)
    if not answers:
        return redirect(question)
    context: dict[str, Any] = {"question": question, "answers": answers}
    points = dict(question.key_points.filter(is_retired=False).values_list("slug", "text"))
    context.update(compared(answers, request.GET.get("from", ""), request.GET.get("to", ""), points))
    return render(request, "questions/attempts.html", context)


@require_GET
@login_required
def changed(request: MemberRequest, slug: str) -> HttpResponse:
    """What is new since the version that this person answered last (or `?since=`, a version they answered)."""
    question = _question(request, slug)
    answered = set(
        Answer.objects.for_user(request.user).filter(question=question).values_list("question_version", flat=True)
    )
    asked = request.GET.get("since", "")
    since = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else max(answered, default=0)
    if since not in answered:
        return redirect(question)  # what it said is not shown to who has not answered it
    contents = dict(question.versions.filter(version__in=[since, question.version]).values_list("version", "content"))
    found = changes(contents.get(since, {}), contents.get(question.version, {}))
    return render(request, "questions/changes.html", {"question": question, "since": since, "changes": found})
