"""The fixed cast and a small bank: Alice owns, Bob does not, Olga operates; six questions in three categories."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.test import Client

from accounts.models import Profile, User
from accounts.people import create_person
from accounts.tokens import create_token
from questions.models import Answer, Card, Category, Feedback, KeyPoint, Question, Review
from questions.own import authoring
from questions.own.format import OwnQuestion
from questions.practice import session

PASSWORD = "four-plain-unrelated-words"
# A Monday at noon, far from any day start; tests that call the use cases pass it, pages use the real clock.
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LEAKS = ("Alice wrote this sentence", "alice@example.org", "Alice Example")
ALICE_TEXT = "Alice wrote this sentence about overlap between chunks, and about sentence borders."


def person(email: str, *, is_staff: bool = False, name: str = "", **profile: Any) -> User:
    user = create_person(email=email, password=PASSWORD)
    User.objects.filter(pk=user.pk).update(is_staff=is_staff, is_superuser=is_staff, name=name)
    if profile:
        Profile.objects.filter(user=user).update(**profile)
    return fresh(user)


def fresh(user: User) -> User:
    """The user as a request loads them."""
    return User.objects.select_related("profile").get(pk=user.pk)


def client_of(user: User, *, checks_csrf: bool = False) -> Client:
    client = Client(enforce_csrf_checks=checks_csrf)
    client.force_login(user)
    return client


class TokenClient:
    """Speaks to /api/v1/ as a program does."""

    def __init__(self, user: User | None) -> None:
        self.client = Client(raise_request_exception=False)
        key = create_token(user=user, label="test", now=datetime.now(UTC))[1] if user else ""
        self.headers = {"Authorization": f"Token {key}"} if user else {}

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """`body`: JSON-able, or bytes to be sent as they are."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.generic(method, f"/api/v1/{path}", data, content_type="application/json", headers=sent)

    def get(self, path: str, **headers: str) -> Any:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("POST", path, body, **headers)

    def delete(self, path: str) -> Any:
        return self("DELETE", path)


CATEGORIES = (("rag", "RAG", 0.5), ("agents", "Agents", 0.3), ("behavioural", "Behavioural", 0.2))
QUESTIONS = (
    ("rag", "chunking", "mid"),
    ("rag", "hybrid-search", "senior"),
    ("agents", "agent-memory", "junior"),
    ("agents", "tool-calling", "mid"),
    ("behavioural", "hard-decision", "mid"),
    ("behavioural", "failed-project", "mid"),
)
POINTS = (
    ("overlap", "Overlap between neighbouring chunks keeps a sentence that stands on the border findable.", 3),
    ("size", "Chunk size trades precision of retrieval against the context that the model needs.", 2),
    ("structure", "Splitting along headings and paragraphs keeps units of meaning together.", 2),
    ("measure", "The choice is measured with recall on a labelled set of queries, never guessed.", 1),
)


def small_bank() -> dict[str, Question]:
    """Six questions by slug; each has the four key points of POINTS."""
    categories = {
        slug: Category.objects.create(
            slug=slug, name=name, summary=f"About {name}.", intent="To see judgement.", weight=weight, position=position
        )
        for position, (slug, name, weight) in enumerate(CATEGORIES)
    }
    return {
        slug: make_question(categories[category], slug, level, position)
        for position, (category, slug, level) in enumerate(QUESTIONS)
    }


def make_question(category: Category, slug: str, level: str = "mid", position: int = 0) -> Question:
    question = Question.objects.create(
        category=category,
        slug=slug,
        title=f"The title of {slug}",
        prompt=f"How would you go about {slug.replace('-', ' ')}, and what would you **measure**?",
        intent="Whether you can name the trade-off.",
        kind=Question.Kind.CONCEPT,
        level=level,
        levels={"junior": "Names it.", "mid": "Explains it.", "senior": "Weighs it."},
        minutes=6,
        tags=["retrieval", slug],
        reference="SECRET-REFERENCE: a strong answer names overlap, size, structure and measurement.",
        mistakes=["SECRET-MISTAKE: choosing a size by feeling."],
        follow_ups=[{"question": "SECRET-FOLLOW-UP?", "key_point": "size", "hint": "Think of context."}],
        sources=[{"title": "SECRET-SOURCE", "author": "A. Nobody", "year": 2024, "kind": "paper"}],
        checked_on=date(2026, 11, 1),
        position=position,
        content_hash="0" * 64,
    )
    for place, (point, text, weight) in enumerate(POINTS):
        KeyPoint.objects.create(
            question=question, slug=point, text=f"SECRET-POINT {text}", why="It decides.", weight=weight, position=place
        )
    return question


def own_question(user: User, *, title: str = "Reranking at work", now: datetime = NOW, **fields: Any) -> Question:
    """One of this person's own questions, in the first category."""
    values = {
        "title": title,
        "prompt": "Why do we rerank passages before the model reads them?",
        "category": CATEGORIES[0][0],
        "key_points": ["3: A cross-encoder reads query and passage together.", "It is slow, so it sees few."],
        "reference": "SECRET-OWN-REFERENCE: it trades time for precision.",
        **fields,
    }
    return authoring.create(user=user, content=OwnQuestion.model_validate(values), now=now)


def answered(
    user: User, question: Question, *, now: datetime = NOW, text: str = ALICE_TEXT, seconds: int = 300
) -> Answer:
    token = f"cast-{user.pk}-{question.pk}-{now.timestamp()}-{hash(text)}"
    return session.submit_answer(user=user, question=question, text=text, seconds=seconds, token=token, now=now).answer


def coached(answer: Answer, *, score: float | None = 0.5, suggested: int = 3) -> Feedback:
    """The answer's feedback, done, with one quote from it."""
    quote = answer.text[:20]
    points = [
        {
            "key_point": "overlap",
            "text": "About overlap",
            "status": "covered",
            "quote": quote,
            "note": "",
            "score": 0.8,
        },
        {"key_point": "size", "text": "About size", "status": "missing", "quote": None, "note": "", "score": 0.1},
    ]
    Feedback.objects.filter(answer=answer).update(
        status=Feedback.Status.DONE,
        grader="local",
        score=score,
        suggested_rating=suggested,
        is_abstaining=score is None,
        result={"points": points, "flags": [], "band": [0.4, 0.6], "abstain_reason": ""},
        finished_at=answer.created_at + timedelta(seconds=1),
    )
    return Feedback.objects.get(answer=answer)


def rated(
    user: User, question: Question, rating: int = 3, *, now: datetime = NOW, answer: Answer | None = None
) -> Review:
    return session.rate(user=user, question=question, rating=rating, now=now, answer=answer).review


LAST, DUE = NOW.date() - timedelta(days=20), NOW.date() - timedelta(days=1)


def known(
    user: User, question: Question, *, stability: float = 20.0, last: date = LAST, due_on: date = DUE, reps: int = 2
) -> Card:
    """A card in the middle of its life, with the review that it stands on."""
    Review.objects.create(
        user=user, question=question, rating=3, reviewed_at=datetime.combine(last, NOW.timetz()), study_day=last,
        parameters_version="fsrs-6-default", desired_retention=0.9, stability=stability, difficulty=5, due_on=due_on,
    )  # fmt: skip
    return Card.objects.create(
        user=user, question=question, stability=stability, difficulty=5, due_on=due_on, last_study_day=last,
        last_rating=3, reps=reps,
    )  # fmt: skip
