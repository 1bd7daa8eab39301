"""Shows where a text holds the words of a query (PURE but for Django's escaping)."""

from __future__ import annotations

import re

from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString

from questions.coach.words import FUNCTION_WORDS, stem_of

EXCERPT = 180
SHORTEST_WORD = 3
WORD = re.compile(r"[\w@](?:[\w@.+/-]*[\w@+])?")
# Words that every question holds tell nothing about why one was found.
COMMON = FUNCTION_WORDS | frozenset("use used using model models system answer answers question questions".split())
MARKUP = re.compile(r"```.*?```|[`*_#>]|!?\[([^\]]*)\]\([^)]*\)", re.DOTALL)


def query_words(query: str) -> list[str]:
    words = {word for word in WORD.findall(query.lower()) if len(word) >= SHORTEST_WORD}
    return sorted(words - COMMON, key=len, reverse=True)


def marked(text: str, query: str) -> SafeString:
    """`text` as HTML with the query's words (and longer forms of them) in <mark>."""
    stems = {stem_of(word) for word in query_words(query)}
    pieces: list[tuple[str, str]] = []
    end = 0
    for found in WORD.finditer(text):
        if stem_of(found[0].lower()) in stems:
            pieces.append((text[end : found.start()], found[0]))
            end = found.end()
    return format_html_join("", "{}<mark>{}</mark>", pieces) + escape(text[end:])


def excerpt(markdown: str, query: str) -> str:
    """The sentence of a prompt that holds most words of the query, plain and short; else its beginning."""
    plain = " ".join(MARKUP.sub(lambda found: found[1] or " ", markdown).split())
    sentences = re.split(r"(?<=[.?!])\s+", plain)
    stems = {stem_of(word) for word in query_words(query)}
    best = max(sentences, key=lambda sentence: len(stems & {stem_of(word) for word in WORD.findall(sentence.lower())}))
    return best if len(best) <= EXCERPT else best[:EXCERPT].rsplit(" ", 1)[0] + " …"
