"""The answering page and what it posts: answer, draft, reveal, and the way to the next question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.http import MemberRequest
from accounts.markdown import render as markdown
from questions.browse.library import with_own
from questions.forms import MAX_CHARACTERS, AnswerForm, moment, new_token, whole_seconds
from questions.models import Answer, Card, Draft, KeyPoint, Question
from questions.practice import closing, hints, queue, session, writing
from questions.practice.calendar import today_of
from questions.practice.pace import seconds_to_wait, span
from questions.views.access import member_post
from questions.views.course import course_of, onward, with_course
from questions.views.outbox import kept_posts
from questions.views.panels import attempts, coaching, rating_choices, reference, samples

SHOWN_ATTEMPTS = 20


@require_GET
@login_required
def next_question(request: MemberRequest) -> HttpResponse:
    """The one button: leads to what is to be practised now, or says how the session went."""
    now = timezone.now()
    item = queue.next_item(request.user, now)
    if item is None:
        return render(request, "questions/done.html", {"closing": closing.closing(request.user, now)})
    if item.answer_id is not None:
        return redirect("answers:detail", item.answer_id)
    return redirect(item.question)


@require_GET
@login_required
def detail(request: MemberRequest, slug: str) -> HttpResponse:
    questions = Question.objects.for_user(request.user).select_related("category")
    question = with_own(questions, request.user).filter(slug=slug).first()
    if question is None:
        return gone(request, "")
    return answering_page(request, question, AnswerForm(initial={"token": new_token(timezone.now())}))


def answering_page(request: MemberRequest, question: Question, form: AnswerForm, status: int = 200) -> HttpResponse:
    user, now = request.user, timezone.now()
    card = Card.objects.filter(user=user, question=question).first()
    draft = Draft.objects.for_user(user).filter(question=question).first()
    answers = Answer.objects.for_user(user).filter(question=question).select_related("review").defer("text")
    if draft and not form.is_bound:
        form.initial.update(text=draft.text, seconds=draft.seconds, base=draft.updated_at.isoformat())
    newest = list(answers[:SHOWN_ATTEMPTS])
    shown_attempts, today = attempts(newest), today_of(user.profile, now)
    context = {
        "question": question,
        "prompt_html": markdown(question.prompt),
        "form": form,
        "draft": draft,
        "card": card,
        "attempts": shown_attempts,
        "changed_since": _changed_since(question, shown_attempts),
        "is_saved": getattr(question, "is_saved", False),
        "note_text": getattr(question, "note_text", ""),
        "reason": _reason(card, today),
        "unrated": _unrated(newest, card, today),
        "rated_today": card if card and card.last_study_day >= today else None,
        "ladder": hints.ladder_of(user, question, today),
        "writer": writing.writer_of(user.pk, question.pk, now) if draft else None,
        "limit": MAX_CHARACTERS,
        "course": course_of(request, question.pk),
    }
    return render(request, "questions/detail.html", context, status=status)


def _changed_since(question: Question, shown: Sequence[dict[str, Any]]) -> int | None:
    """The version that this person answered last, where the question says something else by now."""
    last = shown[0]["version"] if shown else question.version
    return last if last < question.version else None


def _unrated(newest: Sequence[Answer], card: Card | None, today: date) -> Answer | None:
    """The last answer to this question, where it still waits for its rating."""
    is_rated = card is not None and card.last_study_day >= today
    if not newest or is_rated or hasattr(newest[0], "review") or not newest[0].is_ratable(today):
        return None
    return newest[0]


def _reason(card: Card | None, today: date) -> str:
    is_due = card is not None and card.due_on <= today and card.last_study_day < today
    return queue.due_reason(card.due_on, today) if card and is_due else ""


def gone(request: HttpRequest, text: str) -> HttpResponse:
    """The same page whether a question never was, is retired, or is another's: with the text that was sent."""
    return render(request, "questions/gone.html", {"text": text}, status=404)


@require_http_methods(["GET", "POST"])
@kept_posts
@member_post
def answer(request: MemberRequest, slug: str) -> HttpResponse:
    if request.method == "GET":  # the address of a refused answer, reloaded or opened again
        return redirect(with_course(reverse("questions:detail", args=[slug]), course_of(request)))
    # A question retired while somebody was answering it still takes that answer: nothing typed is lost.
    question = Question.objects.visible_to(request.user).select_related("category").filter(slug=slug).first()
    if question is None:
        question = _drafted(request, slug)
    if question is None:
        return gone(request, request.POST.get("text", ""))
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return answering_page(request, question, form, status=400)
    now = timezone.now()
    if wait := seconds_to_wait(request.user.pk, now):
        return _asked_to_wait(request, question, form, wait)
    submitted = session.submit_answer(
        user=request.user,
        question=question,
        text=form.cleaned_data["text"],
        seconds=form.seconds_at(now),
        token=form.submit_token(),
        draft_base=form.draft_base(),
        now=now,
    )
    if question.is_retired:
        messages.warning(request, "This question was withdrawn meanwhile. Your answer is kept.")
    return redirect(with_course(reverse("answers:detail", args=[submitted.answer.pk]), course_of(request)))


def _asked_to_wait(request: MemberRequest, question: Question, form: AnswerForm, seconds: int) -> HttpResponse:
    form.add_error(
        "text", f"That is more answers than the site takes at a time. Submit this one again in {span(seconds)}."
    )
    response = answering_page(request, question, form, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _drafted(request: MemberRequest, slug: str) -> Question | None:
    return Question.objects.filter(slug=slug, drafts__user=request.user).select_related("category").first()


@require_POST
@login_required
def draft(request: MemberRequest, slug: str) -> HttpResponse:
    """The page's autosave. Answers JSON: {saved_at} or {error}."""
    question = Question.objects.for_user(request.user).filter(slug=slug).first()
    if question is None:
        return JsonResponse({"error": "This question was withdrawn."}, status=404)
    now = timezone.now()
    try:
        kept = session.save_draft(
            user=request.user,
            question=question,
            text=request.POST.get("text", ""),
            seconds=whole_seconds(request.POST.get("seconds", "")),
            now=now,
            base=moment(request.POST.get("base", "")),
        )
    except session.DraftConflict as conflict:
        other = conflict.draft
        body = {"error": str(conflict), "text": other.text, "seconds": other.seconds}
        return JsonResponse({**body, "saved_at": other.updated_at.isoformat()}, status=409)
    except session.BadAnswer as error:
        return JsonResponse({"error": str(error)}, status=413)
    if kept:
        writing.note(user_id=request.user.pk, question_id=question.pk, tab=request.POST.get("tab", ""), now=now)
    return JsonResponse({"saved_at": kept.updated_at.isoformat() if kept else None})


@require_POST
@member_post
def reveal(request: MemberRequest, slug: str) -> HttpResponse:
    question = Question.objects.for_user(request.user).filter(slug=slug).first()
    if question is None:
        return gone(request, "")
    session.reveal(user=request.user, question=question, now=timezone.now())
    return redirect(with_course(reverse("questions:revealed", args=[slug]), course_of(request)))


@require_GET
@login_required
def revealed(request: MemberRequest, slug: str) -> HttpResponse:
    """The reference without an answer, for who has asked for it today."""
    user, now = request.user, timezone.now()
    question = Question.objects.for_user(user).select_related("category").filter(slug=slug).first()
    if question is None:
        return gone(request, "")
    if not session.has_revealed_today(user=user, question=question, now=now):
        return redirect(with_course(question.get_absolute_url(), course_of(request)))
    points: list[KeyPoint] = list(question.key_points.filter(is_retired=False))
    card = Card.objects.filter(user=user, question=question).first()
    is_rated = card is not None and card.last_study_day >= today_of(user.profile, now)
    context = {
        "question": question,
        "prompt_html": markdown(question.prompt),
        "feedback": coaching(None, points),
        "already_today": f"Rated today; returns on {card.due_on:%-d %B %Y}." if card and is_rated else "",
        "ratings": []
        if is_rated
        else rating_choices(user=user, question=question, card=card, now=now, suggested=1, highest=2),
        "samples": samples(question, points),
        "next_url": onward(course := course_of(request, question.pk)),
        "course": course,
        **reference(question),
    }
    return render(request, "questions/revealed.html", context)
