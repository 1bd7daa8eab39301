"""Shows where a text holds the words of a query (PURE but for Django's escaping)."""

from __future__ import annotations

import re

from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString

from questions.coach.words import FUNCTION_WORDS

EXCERPT = 180
SHORTEST_WORD = 3
# Words that every question holds tell nothing about why one was found.
COMMON = FUNCTION_WORDS | frozenset("use used using model models system answer answers question questions".split())
MARKUP = re.compile(r"```.*?```|[`*_#>]|!?\[([^\]]*)\]\([^)]*\)", re.DOTALL)


def query_words(query: str) -> list[str]:
    words = {word for word in re.findall(r"[\w@.+-]+", query.lower()) if len(word) >= SHORTEST_WORD}
    return sorted(words - COMMON, key=len, reverse=True)


def marked(text: str, query: str) -> SafeString:
    """`text` as HTML with the query's words (and longer forms of them) in <mark>."""
    words = query_words(query)
    if not words:
        return escape(text)
    pattern = re.compile(r"\b(?:" + "|".join(re.escape(_stem(word)) for word in words) + r")\w*", re.IGNORECASE)
    pieces: list[tuple[str, str]] = []
    end = 0
    for found in pattern.finditer(text):
        pieces.append((text[end : found.start()], found[0]))
        end = found.end()
    return format_html_join("", "{}<mark>{}</mark>", pieces) + escape(text[end:])


def _stem(word: str) -> str:
    """Enough of a word to find its other forms."""
    return word if len(word) < 6 else re.sub(r"(?:ings?|ed|es|s|ion|ions)$", "", word)


def excerpt(markdown: str, query: str) -> str:
    """The sentence of a prompt that holds most words of the query, plain and short; else its beginning."""
    plain = " ".join(MARKUP.sub(lambda found: found[1] or " ", markdown).split())
    sentences = re.split(r"(?<=[.?!])\s+", plain)
    stems = [_stem(word) for word in query_words(query)]
    best = max(sentences, key=lambda sentence: sum(stem in sentence.lower() for stem in stems))
    return best if len(best) <= EXCERPT else best[:EXCERPT].rsplit(" ", 1)[0] + " …"
