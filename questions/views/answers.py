"""An answer after it is submitted: the reference, the coaching as it arrives, the rating and its undo."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import F, FilteredRelation, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.http import MemberRequest
from accounts.markdown import render as markdown
from questions.browse.library import answers_with_own
from questions.forms import chosen_rating
from questions.models import Answer, Card, Question, Rating, Review
from questions.practice import hints, session
from questions.practice.calendar import today_of
from questions.views.access import member_post
from questions.views.course import course_of, onward, with_course
from questions.views.outbox import kept_posts
from questions.views.panels import coaching, rating_choices, reference, samples

CARD_COLUMNS = ("id", "stability", "difficulty", "due_on", "last_study_day", "last_rating", "reps", "lapses")
LEECH = "Forgotten four times or more, so it is paused. Another form may help more than another try."
NEW_DAY = "A new study day has begun since this page was opened, so the dates have moved. Choose again."


def _own_answer(request: MemberRequest, answer_id: int) -> Answer:
    answers = Answer.objects.for_user(request.user).select_related("question__category", "feedback", "review")
    answer: Answer | None = answers_with_own(answers, request.user).filter(pk=answer_id).first()
    if answer is None:
        raise Http404
    return answer


@require_GET
@login_required
def detail(request: MemberRequest, answer_id: int) -> HttpResponse:
    answer = _own_answer(request, answer_id)
    return _answer_page(request, answer)


def _answer_page(request: MemberRequest, answer: Answer, error: str = "", status: int = 200) -> HttpResponse:
    now = timezone.now()
    question = answer.question
    points = list(question.key_points.filter(is_retired=False))
    card = Card.objects.filter(user=request.user, question=question).first()
    context = {
        "answer": answer,
        "answer_html": markdown(answer.text),
        "question": question,
        "prompt_html": markdown(question.prompt),
        "feedback": coaching(getattr(answer, "feedback", None), points, steps=answer.hints),
        "error": error,
        "is_saved": getattr(answer, "is_saved", False),
        "note_text": getattr(answer, "note_text", ""),
        "samples": samples(question, points),
        "next_url": onward(course := course_of(request, question.pk)),
        "course": course,
        **rating_state(request, answer, card, now),
        **reference(question),
    }
    return render(request, "questions/answer.html", context, status=status)


def rating_state(request: MemberRequest, answer: Answer, card: Card | None, now: datetime) -> dict[str, Any]:
    """Whether the answer can be rated (`ratings`), was (`rated`), or the question was today (`already_today`)."""
    today = today_of(request.user.profile, now)
    review = getattr(answer, "review", None)
    if review is not None:
        is_newest = session.newest_review_id(request.user) == review.pk
        rated = {
            "review_id": review.pk,
            "label": review.get_rating_display(),
            "due_on": review.due_on,
            "can_undo": is_newest,
        }
        return {"rated": rated, "ratings": [], "already_today": ""}
    if answer.question.is_retired or not answer.is_ratable(today):
        return {"rated": None, "ratings": [], "already_today": "This answer is from an earlier day and was not rated."}
    if card is not None and card.last_study_day >= today:
        return {"rated": None, "ratings": [], **_rated_today(request, card)}
    found = answer.feedback.suggested_rating if hasattr(answer, "feedback") else None
    suggested = hints.capped(found, answer.hints)
    choices = rating_choices(user=request.user, question=answer.question, card=card, now=now, suggested=suggested)
    cap = {"steps": answer.hints, "highest": hints.cap_label(answer.hints)} if answer.hints else None
    return {"rated": None, "ratings": choices, "already_today": "", "study_day": today, "hint_cap": cap}


def _rated_today(request: MemberRequest, card: Card) -> dict[str, Any]:
    """What is said beside a later answer of the day, with the way back to that rating while it is the newest."""
    newest = Review.objects.for_user(request.user).order_by("-reviewed_at", "-pk").first()
    is_newest = newest is not None and newest.question_id == card.question_id
    text = f"You rated this question {Rating(card.last_rating).label} today; it returns on {card.due_on:%-d %B %Y}."
    return {"already_today": text, "undo_review_id": newest.pk if newest and is_newest else None}


@require_GET
@login_required
def feedback(request: MemberRequest, answer_id: int) -> HttpResponse:
    """The coaching panel alone; the page asks for it until it is final, and hears 204 while nothing has changed."""
    answer = _own_answer(request, answer_id)
    if request.headers.get("HX-Request") and hasattr(answer, "feedback") and not answer.feedback.is_final:
        return HttpResponse(status=204)
    points = list(answer.question.key_points.filter(is_retired=False))
    context = {"answer": answer, "feedback": coaching(getattr(answer, "feedback", None), points, steps=answer.hints)}
    return render(request, "questions/_feedback.html", context)


def _answer_to_rate(request: MemberRequest, answer_id: int) -> tuple[Answer, Card | None]:
    """The answer and its question's card, in one query: rating is what is done most."""
    card = FilteredRelation("question__cards", condition=Q(question__cards__user=request.user))
    columns = {f"card_{name}": F(f"own_card__{name}") for name in CARD_COLUMNS}
    answer: Any = (
        Answer.objects.for_user(request.user)
        .select_related("question")
        .only("seconds", "study_day", "user_id", "question__title", "question__is_retired", "question__owner_id")
        .annotate(own_card=card)
        .annotate(**columns)
        .filter(pk=answer_id)
        .first()
    )
    if answer is None:
        raise Http404
    values = {name: getattr(answer, f"card_{name}") for name in CARD_COLUMNS}
    if values["id"] is None:
        return answer, None
    return answer, Card(user_id=request.user.pk, question_id=answer.question_id, **values)


@require_POST
@kept_posts
@member_post
def rate(request: MemberRequest, answer_id: int) -> HttpResponse:
    answer, card = _answer_to_rate(request, answer_id)
    rating = chosen_rating(request.POST.get("rating", ""))
    if rating is None:
        return _answer_page(request, _own_answer(request, answer_id), "Choose one of the four ratings.", status=400)
    if request.POST.get("study_day", "") not in ("", today_of(request.user.profile, timezone.now()).isoformat()):
        return _answer_page(request, _own_answer(request, answer_id), NEW_DAY, status=409)
    try:
        rated = session.rate(
            user=request.user, question=answer.question, rating=rating, answer=answer, now=timezone.now(), card=card
        )
    except session.PracticeError as error:
        return _answer_page(request, _own_answer(request, answer_id), str(error), status=409)
    _say_rated(request, rated)
    return redirect(onward(course_of(request, answer.question_id)))


@require_POST
@kept_posts
@member_post
def rate_revealed(request: MemberRequest, slug: str) -> HttpResponse:
    """A rating after a reveal, without an answer: Again, or Hard at most."""
    question = Question.objects.for_user(request.user).filter(slug=slug).first()
    if question is None:
        raise Http404
    now = timezone.now()
    rating = chosen_rating(request.POST.get("rating", ""))
    is_allowed = session.has_revealed_today(user=request.user, question=question, now=now)
    if rating is None or rating > Rating.HARD or not is_allowed:
        messages.error(request, "Without an answer of your own, only Again and Hard can be chosen.")
        return redirect(with_course(reverse("questions:detail", args=[slug]), course_of(request)))
    try:
        rated = session.rate(user=request.user, question=question, rating=rating, now=now)
    except session.PracticeError as error:
        messages.error(request, str(error))
        return redirect(with_course(reverse("questions:revealed", args=[slug]), course_of(request)))
    _say_rated(request, rated)
    return redirect(onward(course_of(request, question.pk)))


def _say_rated(request: MemberRequest, rated: session.Rated) -> None:
    review = rated.review
    text = f"{review.question.title}: {Rating(review.rating).label}. It returns on {review.due_on:%A, %-d %B}."
    messages.success(request, text, extra_tags=f"{'again' if review.rating == Rating.AGAIN else 'undo'}:{review.pk}")
    if rated.is_leech:
        messages.warning(request, LEECH, extra_tags=f"leech:{review.question.slug}")


@require_POST
@member_post
def undo(request: MemberRequest, review_id: int) -> HttpResponse:
    try:
        review = session.undo(user=request.user, review_id=review_id)
    except session.NotNewest as error:
        messages.error(request, str(error))
        rated = Review.objects.for_user(request.user).filter(pk=review_id, answer__isnull=False).first()
        return redirect("answers:detail", rated.answer_id) if rated else redirect("dashboard")
    if review is None:
        raise Http404
    messages.info(request, "The rating is undone: choose again.")
    if review.answer_id is None:
        url = reverse("questions:revealed", args=[review.question.slug])
    else:
        url = reverse("answers:detail", args=[review.answer_id])
    return redirect(with_course(url, course_of(request)))


@require_GET
@login_required
def again(request: MemberRequest, review_id: int) -> HttpResponse:
    """The question of a rating, to be tried once more: kept as an attempt, not rated again."""
    review = Review.objects.for_user(request.user).select_related("question").filter(pk=review_id).first()
    if review is None:
        raise Http404
    return redirect(with_course(review.question.get_absolute_url(), course_of(request)))
