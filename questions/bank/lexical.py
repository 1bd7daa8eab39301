"""The words of a text as a sparse vector whose inner product with a query's is its BM25 (PURE).

BM25: S. Robertson and H. Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009. The document's side
holds the saturated term frequencies, the query's side the inverse document frequencies, divided by their sum: so the
product lies between 0 and K1 + 1, whatever the query's length. Stems are hashed to SIZE numbers.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Mapping

from questions.bank.spelling import british
from questions.coach.words import content_words, stem_of

SIZE = 1 << 20
K1, B = 1.2, 0.75
TYPICAL_LENGTH = 600  # content words of a question of the bank with all its parts; own questions count as short
LONGEST_WORD = 40


def _terms(text: str) -> list[int]:
    return [
        zlib.crc32(stem_of(word).encode()) % SIZE for word in content_words(british(text)) if len(word) < LONGEST_WORD
    ]


def document(text: str) -> dict[int, float]:
    """Term number to saturated frequency."""
    terms = _terms(text)
    length = K1 * (1 - B + B * len(terms) / TYPICAL_LENGTH)
    return {term: round(count * (K1 + 1) / (count + length), 3) for term, count in Counter(terms).items()}


def query(text: str, frequencies: Mapping[int, int], documents: int) -> dict[int, float]:
    """Term number to its share of the query's weight, for the words that stand in some document.

    Words that stand in none keep their share, so that a query of which the bank knows one word in three finds little.
    """
    weights = {term: _rarity(frequencies.get(term, 0), documents) for term in _terms(text)}
    total = sum(weights.values())
    return {term: weight / total for term, weight in weights.items() if term in frequencies} if total else {}


def _rarity(frequency: int, documents: int) -> float:
    return math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))
