"""Finds questions by meaning, and by exact term where a query holds one that the bank knows.

Meaning: cosine with the vector of question and reference together, exact (no index: the bank is small, and a person's
own questions are filtered by owner, where an approximate index loses rows). Exact terms (HNSW, 429) come first: a
vector blurs them. The other words count a little beside the meaning (BM25, questions.bank.lexical).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.db.models import Case, Count, Exists, FilteredRelation, FloatField, Func, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce
from pgvector import HalfVector, SparseVector
from pgvector.django import CosineDistance, MaxInnerProduct

from questions.bank import lexical
from questions.bank.spelling import british
from questions.bank.state import local_model_name
from questions.bank.terms import candidates
from questions.coach.words import content_stems
from questions.models import Question, QuestionVector

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

COMMON_SHARE = 0.08  # a term of more questions than this (LLM, RAG) tells nothing
FEW_WORDS = 4  # a query this short that holds an exact term asks for that term
BONUS_SHORT, BONUS_LONG = 1.0, 0.12
IN_TITLE, ONLY_IN_REFERENCE = 1.3, 0.4  # shares of the bonus where the term stands in the title, in the reference alone
BONUS_TITLE = 0.2  # where the title holds all of a short query
LEAST_LIKENESS = 0.12  # below it a question has nothing to do with the query
# Own questions that are not embedded yet are compared by the words of a text of theirs: weaker evidence.
BY_WORDS_ALONE = 0.6
# What is shown as found: off-topic queries stay below, and the tail is noise (docs/decisions/search.md).
LEAST_NEARNESS, WITHOUT_A_WORD, LEAST_SHARE, NEAR = 0.28, 0.42, 0.7, 0.5
NEAREST = 5
MOST = 60
CANDIDATES = 100  # nearest in meaning: only of these the words are compared, which costs more than the meaning
MOST_TERMS = 12
WORDS_SHARE = 0.2  # of BM25 beside the cosine (docs/decisions/search.md)
NOTHING = Value(0.0, output_field=FloatField())


@dataclass(frozen=True)
class Query:
    """What was asked. `vector`: the query's unit vector, None when there is no encoder to ask just now.

    `words`: its words and their shares (questions.bank.lexical.query).
    """

    text: str
    vector: Sequence[float] | None
    words: Mapping[int, float] | None = None


@dataclass(frozen=True)
class Hit:
    """One question found. `score` orders: `nearness` (likeness 0..1 and shared words) plus the bonus of exact terms.

    `terms`: the exact terms that it holds. `in_title`: its title holds every word of a short query.
    """

    question_id: int
    score: float
    nearness: float
    likeness: float | None
    terms: tuple[str, ...]
    in_title: bool = False


def search(user: User | AnonymousUser, query: Query, *, most: int = MOST) -> list[Hit]:
    """The questions that this person may see, best first. A blank query finds nothing.

    Four database queries at most, and once in ten minutes another for the size of the bank.
    """
    if not query.text.strip():
        return []
    known = rare_terms(user, candidates(query.text))
    visible: Any = Question.objects.for_user(user)
    nearest = _nearest(visible, query, max(CANDIDATES, most))
    # The bank is embedded when it is loaded: only where few are can some of it be missing.
    unread = visible if len(nearest) < CANDIDATES else visible.filter(owner=user.pk) if user.pk else visible.none()
    likeness = nearest | _not_embedded(unread, query)
    hits = _hits(visible, query, known, likeness)
    return sorted(hits, key=lambda hit: (-hit.score, hit.question_id))[:most]


def _nearest(visible: Any, query: Query, most: int) -> dict[int, float]:
    """The likeness of the nearest questions by their number; every vector is compared, and once."""
    if query.vector is None:
        questions = visible.annotate(likeness=_share_of_words(query.text))
    else:
        fits = Q(vectors__model=local_model_name(), vectors__dimensions=len(query.vector))
        distance = CosineDistance("own_vector__vector", HalfVector(list(query.vector)), output_field=FloatField())
        known = visible.annotate(own_vector=FilteredRelation("vectors", condition=fits))
        questions = known.filter(own_vector__isnull=False).annotate(likeness=Value(1.0) - distance)
    return dict(questions.order_by("-likeness", "pk").values_list("pk", "likeness")[:most])


def _not_embedded(questions: Any, query: Query) -> dict[int, float]:
    """Questions that were just written are compared by their words."""
    if query.vector is None:
        return {}
    read = QuestionVector.objects.filter(question=OuterRef("pk"), model=local_model_name())
    words = _long_words(query.text)
    found = {}
    for pk, title, prompt, tags in questions.filter(~Exists(read)).values_list("pk", "title", "prompt", "tags"):
        text = " ".join((title, prompt, *tags)).lower()
        found[pk] = BY_WORDS_ALONE * sum(word in text for word in words) / max(len(words), 1)
    return found


def _hits(visible: Any, query: Query, known: Sequence[str], likeness: Mapping[int, float]) -> list[Hit]:
    """The nearest ones and those that hold an exact term, with what words and terms add; in no order."""
    shared: Any = _shared_words(query.words) if query.vector is not None and query.words else NOTHING
    bonus = BONUS_SHORT if len(query.text.split()) <= FEW_WORDS else BONUS_LONG
    rows = (
        visible.filter(Q(pk__in=list(likeness)) | Q(terms__overlap=known))
        .annotate(own_vector=FilteredRelation("vectors", condition=Q(vectors__model=local_model_name())))
        .annotate(shared=shared, bonus=_bonus(known, bonus))
        .values_list("pk", "shared", "bonus", "terms", "title")
    )
    wanted, furthest = set(known), min(likeness.values(), default=0.0)
    asked = _stems(query.text) if len(query.text.split()) <= FEW_WORDS else frozenset()
    found = []
    for pk, words, worth, terms, title in rows:
        held, like = tuple(sorted(wanted & set(terms))), likeness.get(pk, furthest)
        in_title = bool(asked) and asked <= _stems(title)
        if like >= LEAST_LIKENESS or held or in_title:
            near = round(like + words, 4)
            score = round(near + worth + in_title * BONUS_TITLE, 4)
            found.append(Hit(pk, score, near, None if query.vector is None else round(like, 4), held, in_title))
    return found


def _stems(text: str) -> frozenset[str]:
    return content_stems(british(text))


def matching(hits: Sequence[Hit]) -> list[Hit]:
    """Those that answer the query: they hold its exact term, or are near enough, by themselves and beside the best.

    Empty when nothing is: the first few of `hits` are then the nearest there is.
    """
    best = max((hit.nearness for hit in hits), default=0.0)
    # Of words that no question holds (asdf) the encoder makes something all the same.
    shares_words = any(hit.likeness is None or hit.nearness > hit.likeness for hit in hits)
    least = max(LEAST_NEARNESS if shares_words else WITHOUT_A_WORD, min(LEAST_SHARE * best, NEAR))
    return [hit for hit in hits if hit.terms or hit.in_title or hit.nearness >= least]


def rare_terms(user: User | AnonymousUser, words: Sequence[str]) -> list[str]:
    """Those of `words` that are exact terms of the bank, and of few enough questions to tell them apart."""
    words = words[:MOST_TERMS]
    if not words:
        return []
    held = {f"t{number}": Count("pk", filter=Q(terms__contains=[word])) for number, word in enumerate(words)}
    # The overlap goes through the index: ordinary words are no terms, and cost nothing.
    counts = Question.objects.for_user(user).filter(terms__overlap=list(words)).aggregate(**held)
    limit = max(3, COMMON_SHARE * _bank_size())
    return [word for number, word in enumerate(words) if 0 < counts[f"t{number}"] <= limit]


def _bank_size() -> int:
    """How many questions the shared bank holds, roughly: asked once in ten minutes."""
    size: int | None = cache.get("bank-size")
    if size is None:
        size = Question.objects.shared().count()
        cache.set("bank-size", size, 600)
    return size


def _shared_words(words: Mapping[int, float]) -> Any:
    """BM25 of the question's words, weighed so that it orders what is alike in meaning and seldom overrules it."""
    found = MaxInnerProduct("own_vector__lexical", SparseVector(dict(words), lexical.SIZE), output_field=FloatField())
    return Coalesce(Value(-WORDS_SHARE) * found, NOTHING)  # the operator gives the negative product


def _long_words(text: str) -> list[str]:
    return [word for word in text.lower().split() if len(word) > 3][:8]


def _share_of_words(text: str) -> Any:
    """How many of the query's longer words the title, the prompt or a tag holds, 0..1."""
    words = _long_words(text)
    total: Any = Value(0.0, output_field=FloatField())
    for word in words:
        held = Q(title__icontains=word) | Q(prompt__icontains=word) | Q(tags__contains=[word])
        total = total + Case(When(held, then=Value(1.0)), default=Value(0.0), output_field=FloatField())
    return total / Value(float(max(len(words), 1)))


def _bonus(known: Iterable[str], bonus: float) -> Func | Value:
    total: Value | Func = Value(0.0, output_field=FloatField())
    for term in known:
        in_title = Q(main_terms__contains=[term], title__iregex=rf"\m{re.escape(term)}\M")
        worth = Case(
            When(in_title, then=Value(bonus * IN_TITLE)),
            When(main_terms__contains=[term], then=Value(bonus)),
            When(terms__contains=[term], then=Value(bonus * ONLY_IN_REFERENCE)),
            default=Value(0.0),
            output_field=FloatField(),
        )
        total = total + worth  # type: ignore[assignment]
    return total
