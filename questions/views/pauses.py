"""What is skipped, put off or paused: the buttons beside a question, the list, and what to do about a leech."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.http import MemberRequest
from questions.models import Card, Pause, Question
from questions.practice import pausing
from questions.practice.calendar import today_of
from questions.views.access import member_post
from questions.views.course import course_of, onward

A_PAGE = 50
SAID = {
    Pause.Kind.SKIPPED: "“{title}” comes last today.",
    Pause.Kind.BURIED: "“{title}” is put off until tomorrow.",
    Pause.Kind.SUSPENDED: "“{title}” is paused until you take it up again.",
}


def _pauses(kind: Pause.Kind) -> Callable[..., HttpResponse]:
    @require_POST
    @member_post
    def view(request: MemberRequest, slug: str) -> HttpResponse:
        question = _open(request, slug)
        pausing.pause(user=request.user, question=question, kind=kind, now=timezone.now())
        messages.info(request, SAID[kind].format(title=question.title), extra_tags=f"resume:{question.slug}")
        return redirect(onward(course_of(request, question.pk)))

    return view


skip = _pauses(Pause.Kind.SKIPPED)
bury = _pauses(Pause.Kind.BURIED)
suspend = _pauses(Pause.Kind.SUSPENDED)


@require_POST
@member_post
def resume(request: MemberRequest, slug: str) -> HttpResponse:
    question = _open(request, slug)
    if pausing.resume(user=request.user, question=question):
        messages.success(request, f"“{question.title}” is asked again as its schedule says.")
    return redirect("pauses:list" if request.POST.get("from") == "list" else question)


def _open(request: HttpRequest, slug: str) -> Question:
    question = Question.objects.for_user(request.user).filter(slug=slug).first()
    if question is None:
        raise Http404
    return question


@require_GET
@login_required
def pause_list(request: MemberRequest) -> HttpResponse:
    """Everything that rests today, what was forgotten too often first."""
    today = today_of(request.user.profile, timezone.now())
    rows = (
        Pause.objects.for_user(request.user)
        .in_force(today)
        .filter(question__in=Question.objects.for_user(request.user))
        .select_related("question__category")
        .defer("question__prompt", "question__reference", "question__samples")
    )
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "questions/pauses/list.html", {"section": "practise", "page": page})


@require_GET
@login_required
def leech(request: MemberRequest, slug: str) -> HttpResponse:
    """Three things to do about a question that was forgotten again and again."""
    question = _open(request, slug)
    card = Card.objects.filter(user=request.user, question=question).first()
    if card is None:
        raise Http404
    pause = Pause.objects.for_user(request.user).filter(question=question).first()
    points = question.key_points.filter(is_retired=False).order_by("-weight", "position")
    context = {
        "section": "practise",
        "question": question,
        "card": card,
        "pause": pause,
        "point": points.first(),
        "is_own": question.owner_id == request.user.pk,
    }
    return render(request, "questions/pauses/leech.html", context)
