"""The bank and practice under /api/v1/."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import api_view
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from accounts.http import member
from accounts.models import User
from questions import idempotency
from questions.bank.query_vectors import read_query
from questions.bank.search import matching, search
from questions.models import Answer, Card, Category, Feedback, Question, Reveal, Review
from questions.practice import hints, queue, session
from questions.practice.activity import activity_of
from questions.practice.calendar import today_of
from questions.practice.pace import seconds_to_wait
from questions.serializers import (
    AnswerInput,
    AnswerSerializer,
    CategorySerializer,
    FeedbackSerializer,
    NextSerializer,
    QuestionRowSerializer,
    QuestionSerializer,
    ReviewInput,
    ReviewSerializer,
    TodaySerializer,
)

STATES = ("due", "new", "learned")
KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="For 24 hours the same request with the same key gets the first body again, with status 200, and has "
    "no second effect; another body with that key is 422.",
)


class Conflict(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class AnswerRate(BaseThrottle):
    """Answers cost a grader's time, so posting them has a rate of its own, shared with the pages."""

    seconds = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        if request.method == "POST":
            self.seconds = seconds_to_wait(member(request).pk, timezone.now())
        return not self.seconds

    def wait(self) -> float:
        return self.seconds


class CategoryList(ListAPIView[Category]):
    """The categories, how many questions each holds and how many you have rated."""

    serializer_class = CategorySerializer
    queryset = Category.objects.none()

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        stands = {c.pk: c for c in queue.category_standings(member(request))}
        rows = list(Category.objects.all())
        for row in rows:
            stand = stands.get(row.pk)
            row.total = stand.total if stand else 0  # type: ignore[attr-defined]
            row.answered = stand.answered if stand else 0  # type: ignore[attr-defined]
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


def _one_of(request: Request, name: str, allowed: list[str] | tuple[str, ...]) -> str:
    value = request.query_params.get(name, "")
    if value and value not in allowed:
        raise ValidationError({name: [f"Choose one of: {', '.join(allowed)}."]})
    return value


@extend_schema(
    parameters=[
        OpenApiParameter("category", str, description="A category's slug."),
        OpenApiParameter("level", str, enum=Question.Level.values),
        OpenApiParameter("kind", str, enum=Question.Kind.values),
        OpenApiParameter("state", str, enum=STATES),
        OpenApiParameter("q", str, description="A search by meaning; exact terms such as BM25 come first. Best first."),
    ]
)
class QuestionList(ListAPIView[Question]):
    """The bank. Filters combine."""

    serializer_class = QuestionRowSerializer
    queryset = Question.objects.none()

    def get_queryset(self) -> QuerySet[Question]:
        request = self.request
        questions: QuerySet[Any] = Question.objects.for_user(member(request)).select_related("category")
        if category := request.query_params.get("category", ""):
            questions = questions.filter(category__slug=_text(category, "category"))
        if level := _one_of(request, "level", Question.Level.values):
            questions = questions.filter(level=level)
        if kind := _one_of(request, "kind", Question.Kind.values):
            questions = questions.filter(kind=kind)
        if words := request.query_params.get("q", ""):
            questions = _found(member(request), questions, _text(words, "q"))
        return _in_state(questions, request, _one_of(request, "state", STATES))


def _text(value: str, name: str) -> str:
    if "\x00" in value or len(value) > 200:
        raise ValidationError({name: ["At most 200 characters, and no NUL."]})
    return value


def _found(user: User, questions: Any, words: str) -> Any:
    """Those that a search finds, best first."""
    hits = matching(search(user, read_query(words)))
    places = [When(pk=hit.question_id, then=Value(place)) for place, hit in enumerate(hits)]
    if not places:
        return questions.none()
    order = Case(*places, default=None, output_field=IntegerField())
    return questions.annotate(place=order).exclude(place=None).order_by("place")


def _in_state(questions: QuerySet[Question], request: Request, state: str) -> QuerySet[Question]:
    cards = Card.objects.for_user(member(request))
    today = today_of(member(request).profile, timezone.now())
    if state == "new":
        return questions.exclude(pk__in=cards.values("question"))
    if state == "due":
        return questions.filter(pk__in=cards.due(today).values("question"))
    if state == "learned":
        return questions.filter(pk__in=cards.filter(due_on__gt=today).values("question"))
    return questions


def _question(request: Request, slug: str) -> Question:
    question = Question.objects.for_user(member(request)).select_related("category").filter(slug=slug).first()
    if question is None:
        raise Http404
    return question


@extend_schema(responses=QuestionSerializer)
@api_view(["GET"])
def question_detail(request: Request, slug: str) -> Response:
    """One question; its key points and reference once you have answered or revealed it."""
    question = _question(request, slug)
    card = Card.objects.filter(user=member(request), question=question).first()
    is_met = (
        card is not None
        or Answer.objects.for_user(member(request)).filter(question=question).exists()
        or Reveal.objects.filter(user=member(request), question=question).exists()
    )
    context = {"is_met": is_met, "due_on": card.due_on if card else None}
    return Response(QuestionSerializer(question, context=context).data)


@extend_schema(request=None, responses=QuestionSerializer)
@api_view(["POST"])
def question_reveal(request: Request, slug: str) -> Response:
    """Opens key points and reference without an answer. Recorded; caps today's suggested rating at Hard."""
    question = _question(request, slug)
    session.reveal(user=member(request), question=question, now=timezone.now())
    card = Card.objects.filter(user=member(request), question=question).first()
    context = {"is_met": True, "due_on": card.due_on if card else None}
    return Response(QuestionSerializer(question, context=context).data)


@extend_schema(responses=NextSerializer)
@api_view(["GET"])
def practice_next(request: Request) -> Response:
    """What to practise now and why; `question` is null when nothing is left today."""
    item = queue.next_item(member(request), timezone.now())
    if item is None:
        return Response({"question": None, "reason": "Nothing is due and today's new questions are done."})
    return Response({"question": QuestionRowSerializer(item.question).data, "reason": item.reason})


@extend_schema(responses=TodaySerializer)
@api_view(["GET"])
def practice_today(request: Request) -> Response:
    """The day: what waits, what fits into its limits, and the ordered list with the reason for each question."""
    user, now = member(request), timezone.now()
    today = today_of(user.profile, now)
    activity = activity_of(user, today)
    stand = queue.standing(user, today, activity)
    body = {"stand": stand, "activity": activity, "items": queue.titled(user, stand.lines)}
    return Response(TodaySerializer(body).data)


class AnswerList(ListAPIView[Answer]):
    """Your answers, newest first. POST keeps a new one and asks for coaching."""

    serializer_class = AnswerSerializer
    queryset = Answer.objects.none()
    throttle_classes = [*ListAPIView.throttle_classes, AnswerRate]

    def get_queryset(self) -> QuerySet[Answer]:
        return Answer.objects.for_user(member(self.request)).select_related("question", "feedback")

    @extend_schema(
        request=AnswerInput,
        responses={200: AnswerSerializer, 201: AnswerSerializer},
        parameters=[KEY],
    )
    def post(self, request: Request) -> Response:
        data = AnswerInput(data=request.data)
        data.is_valid(raise_exception=True)
        now = timezone.now()
        return idempotency.once(request, lambda: _submit(request, data.validated_data, now), now=now)


def _submit(request: Request, values: dict[str, Any], now: datetime) -> Response:
    try:
        submitted = session.submit_answer(
            user=member(request),
            question=_open_question(request, values["question"]),
            text=values["text"],
            seconds=values["seconds"],
            token=_submit_token(request),
            now=now,
        )
    except session.BadAnswer as error:
        raise ValidationError({"text": [str(error)]}) from error
    code = status.HTTP_201_CREATED if submitted.is_new else status.HTTP_200_OK
    return Response(AnswerSerializer(_with_feedback(submitted.answer)).data, status=code)


def _open_question(request: Request, slug: str) -> Question:
    question = Question.objects.for_user(member(request)).filter(slug=slug).first()
    if question is None:
        raise ValidationError({"question": ["There is no such question, or it was withdrawn."]})
    return question


def _with_feedback(answer: Answer) -> Answer:
    return Answer.objects.select_related("question", "feedback").get(pk=answer.pk)


def _submit_token(request: Request) -> str:
    """Made of key and content, so that a request sent again finds its answer when its key is long forgotten."""
    key = idempotency.key_of(request)
    content = f"{idempotency.content_hash(request)} {key}".encode("utf-8", "surrogatepass")
    # Hashed: a key from outside can neither be too long nor meet a token of the site's own forms.
    return "api:" + (hashlib.sha256(content).hexdigest()[:48] if key else secrets.token_urlsafe(24))


def _answer(request: Request, answer_id: int) -> Answer:
    answer = (
        Answer.objects.for_user(member(request)).select_related("question", "feedback").filter(pk=answer_id).first()
    )
    if answer is None:
        raise Http404
    return answer


@extend_schema(responses=AnswerSerializer)
@api_view(["GET"])
def answer_detail(request: Request, answer_id: int) -> Response:
    return Response(AnswerSerializer(_answer(request, answer_id)).data)


@extend_schema(responses=FeedbackSerializer)
@api_view(["GET"])
def answer_feedback(request: Request, answer_id: int) -> Response:
    """The coaching of one answer; ask again while `status` is pending or running."""
    answer = _answer(request, answer_id)
    return Response(_feedback_body(answer.feedback, answer.hints))


def _feedback_body(feedback: Feedback, opened_hints: int) -> dict[str, Any]:
    """As the pages show it: hints that were opened before the answer lower the suggested rating."""
    result = feedback.result or {}
    return {
        "status": feedback.status,
        "grader": feedback.grader,
        "abstain": feedback.is_abstaining,
        "score": feedback.score,
        "points": result.get("points", []),
        "suggested_rating": hints.capped(feedback.suggested_rating, opened_hints),
        "fallback_reason": feedback.fallback_reason or None,
        "band": result.get("band"),
        "flags": result.get("flags", []),
        "criteria": result.get("criteria", []),
        "strengths": result.get("strengths", []),
        "gaps": result.get("gaps", []),
        "next_step": result.get("next_step", ""),
        "tokens_in": feedback.tokens_in,
        "tokens_out": feedback.tokens_out,
    }


class ReviewList(ListAPIView[Review]):
    """Your ratings, newest first. POST rates a question and schedules it."""

    serializer_class = ReviewSerializer
    queryset = Review.objects.none()

    def get_queryset(self) -> QuerySet[Review]:
        return Review.objects.for_user(member(self.request)).select_related("question")

    @extend_schema(request=ReviewInput, responses={200: ReviewSerializer, 201: ReviewSerializer}, parameters=[KEY])
    def post(self, request: Request) -> Response:
        data = ReviewInput(data=request.data)
        data.is_valid(raise_exception=True)
        now = timezone.now()
        return idempotency.once(request, lambda: _rate(request, data.validated_data, now), now=now)


def _rate(request: Request, values: dict[str, Any], now: datetime) -> Response:
    question = _open_question(request, values["question"])
    answer = _answer_of_review(request, question, values.get("answer"))
    try:
        rated = session.rate(user=member(request), question=question, rating=values["rating"], answer=answer, now=now)
    except session.AlreadyReviewed as error:
        raise Conflict(str(error)) from error
    code = status.HTTP_201_CREATED if rated.is_new else status.HTTP_200_OK
    return Response(ReviewSerializer(rated.review).data, status=code)


def _answer_of_review(request: Request, question: Question, answer_id: int | None) -> Answer | None:
    if answer_id is None:
        return None
    answer = Answer.objects.for_user(member(request)).filter(pk=answer_id, question=question).first()
    if answer is None:
        raise ValidationError({"answer": ["You have no such answer to this question."]})
    return answer


@extend_schema(methods=["GET"], responses=ReviewSerializer)
@extend_schema(methods=["DELETE"], responses={204: None})
@api_view(["GET", "DELETE"])
def review_detail(request: Request, review_id: int) -> Response:
    """One rating. DELETE takes back your newest one, and the question's schedule with it."""
    if request.method == "GET":
        review = Review.objects.for_user(member(request)).select_related("question").filter(pk=review_id).first()
        if review is None:
            raise Http404
        return Response(ReviewSerializer(review).data)
    try:
        undone = session.undo(user=member(request), review_id=review_id)
    except session.NotNewest as error:
        raise Conflict(str(error)) from error
    if undone is None:
        raise Http404
    return Response(status=status.HTTP_204_NO_CONTENT)
