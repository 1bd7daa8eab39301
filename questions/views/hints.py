"""The hint ladder beside a question: each step is asked for, and kept for the study day."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.http import MemberRequest
from questions.forms import AnswerForm, moment, whole_number, whole_seconds
from questions.models import Question
from questions.practice import hints, session
from questions.views.access import member_post
from questions.views.course import course_of, with_course
from questions.views.practice import answering_page, gone


@require_POST
@member_post
def hint(request: MemberRequest, slug: str) -> HttpResponse:
    """Opens the ladder up to `step`. The script gets the ladder alone; without it, the typed text becomes a draft."""
    question = Question.objects.for_user(request.user).select_related("category").filter(slug=slug).first()
    if question is None:
        return gone(request, request.POST.get("text", ""))
    now = timezone.now()
    step = whole_number(request.POST.get("step", ""))
    ladder = hints.open_step(user=request.user, question=question, step=step, now=now)
    if request.headers.get("HX-Request"):
        context = {"ladder": ladder, "question": question, "course": course_of(request)}
        return render(request, "questions/_hints.html", context)
    try:
        _keep_text(request, question)
    except session.PracticeError:  # another tab's draft, or too long: the page shows both, and nothing is lost
        return answering_page(request, question, AnswerForm(request.POST), status=409)
    return redirect(with_course(reverse("questions:detail", args=[slug]), course_of(request)) + "#hints")


def _keep_text(request: MemberRequest, question: Question) -> None:
    text = request.POST.get("text", "")
    if text.strip():
        session.save_draft(
            user=request.user,
            question=question,
            text=text,
            seconds=whole_seconds(request.POST.get("seconds", "")),
            base=moment(request.POST.get("base", "")),
            now=timezone.now(),
        )
