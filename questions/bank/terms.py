"""Exact terms (PURE): codes, acronyms and names that a meaning vector blurs, such as HNSW, LoRA, BM25, 429, top-p."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from questions.coach.words import FUNCTION_WORDS

TOKEN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.+#@/-]*[A-Za-z0-9+#])?")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
MAX_LENGTH = 60


def tokens(text: str) -> list[str]:
    return [token for token in TOKEN.findall(text) if len(token) <= MAX_LENGTH]


@lru_cache(maxsize=1 << 16)  # 257 questions hold 160,000 tokens, 10,000 different ones
def is_exact(token: str) -> bool:
    """Whether a token is a code or an acronym: two capitals, or letters with digits, or a number of three figures."""
    digits = sum(character.isdigit() for character in token)
    letters = sum(character.isalpha() for character in token)
    if digits and not letters:
        return len(token) == 3 and token.isdigit()  # a status code; other numbers are quantities
    capitals = sum(character.isupper() for character in token)
    return bool(digits and letters) or capitals >= 2 or (letters > 1 and token.endswith(("-p", "-k", "@k")))


def exact_terms(texts: Iterable[str]) -> list[str]:
    """The exact terms of some texts, lower case, sorted, each once.

    Words in capitals that stand in code alone (SELECT, CONFLICT) are no acronyms, though they look it.
    """
    in_code, outside = set[str](), set[str]()
    for text in texts:
        in_code.update(token for code in CODE.findall(text) for token in tokens(code))
        outside.update(tokens(CODE.sub(" ", text)))
    shouted = {token for token in in_code - outside if token.isalpha() and token.isupper()}
    found = {token.lower() for token in (in_code | outside) - shouted if is_exact(token)}
    return sorted(found - FUNCTION_WORDS)


def candidates(query: str) -> list[str]:
    """What of a query could be an exact term, lower case: who searches for hnsw does not press Shift."""
    return sorted({token.lower() for token in tokens(query)})
