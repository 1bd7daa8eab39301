"""What a search could have meant: a word spelled otherwise, or a whole category by its name."""

from __future__ import annotations

import re
import time
from difflib import get_close_matches
from functools import lru_cache

from django.core.cache import cache

from questions.bank.spelling import british
from questions.coach.words import content_stems, stem_of
from questions.models import Category, KeyPoint, Question

KEPT_SECONDS = 60 * 60
SHORTEST = 5  # shorter words are alike by chance
LONG_WORD = re.compile(r"[a-z]{4,}")
LEAST_LIKENESS = 0.85  # of difflib: one letter in seven, two in thirteen
LONGEST_QUERY = 8  # words: who types more is not stopped by one misspelt
# Words around a category's name that say nothing: "behavioural interview questions".
AROUND = content_stems("interview interviews question questions round category ask")


@lru_cache(maxsize=1)
def _bank_words(slot: int) -> dict[str, list[str]]:
    """By first letter, the words of the shared bank; read once a `slot`."""
    shared = Question.objects.shared()
    texts = [text for row in shared.values_list("title", "prompt", "reference") for text in row]
    texts += KeyPoint.objects.filter(question__in=shared, is_retired=False).values_list("text", flat=True)
    by_letter: dict[str, list[str]] = {}
    for word in sorted(set(LONG_WORD.findall("\n".join(texts).lower()))):
        by_letter.setdefault(word[0], []).append(word)
    return by_letter


def respelled(query: str) -> str:
    """The query with words that the bank does not know put as it knows them; empty when there is nothing to change."""
    typed = query.split()
    if not 0 < len(typed) <= LONGEST_QUERY:
        return ""
    slot = int(time.monotonic()) // KEPT_SECONDS
    known = [_known(word, slot) for word in typed]
    return " ".join(known) if known != typed else ""


def _known(word: str, slot: int) -> str:
    plain = british(word.lower())
    if len(plain) < SHORTEST or not plain.isalpha():
        return word
    held, stem = _bank_words(slot).get(plain[0], []), stem_of(plain)
    if plain in held or any(stem_of(other) == stem for other in held if other[:4] == plain[:4]):
        return word
    alike = [other for other in held if abs(len(other) - len(plain)) <= 2]
    return next(iter(get_close_matches(plain, alike, n=1, cutoff=LEAST_LIKENESS)), word)


def category_named(query: str) -> tuple[str, str] | None:
    """Slug and name of the category that a query names, whatever other words about interviews stand beside it."""
    asked = content_stems(british(query))
    if not asked - AROUND:
        return None
    for slug, name in cache.get_or_set("category-names", _category_names, KEPT_SECONDS) or ():
        stems = content_stems(british(name))
        if asked in (stems, stems - AROUND) or asked - AROUND == stems - AROUND:
            return slug, name
    return None


def _category_names() -> list[tuple[str, str]]:
    return list(Category.objects.values_list("slug", "name"))
