"""Shows where a text holds the words of a query, or an error (PURE but for Django's escaping)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString

from accounts.markdown import render
from questions.coach.words import FUNCTION_WORDS, stem_of

EXCERPT = 180
Error = Mapping[str, str]  # quote, why
OPEN, CLOSE = "\ue000", "\ue001"
SHORTEST_WORD = 3
WORD = re.compile(r"[\w@](?:[\w@.+/-]*[\w@+])?")
# Words that every question holds tell nothing about why one was found.
COMMON = FUNCTION_WORDS | frozenset("use used using model models system answer answers question questions".split())
MARKUP = re.compile(r"```.*?```|[`*_#>]|!?\[([^\[\]]{0,300})\]\([^()]{0,500}\)", re.DOTALL)
LONGEST_PROMPT = 4_000  # characters that are looked at for an excerpt


def query_words(query: str) -> list[str]:
    words = {word for word in WORD.findall(query.lower()) if len(word) >= SHORTEST_WORD}
    return sorted(words - COMMON, key=len, reverse=True)


def _stems(query: str) -> dict[str, frozenset[str]]:
    """The stems of a query's words by their first two letters."""
    found: dict[str, set[str]] = {}
    for word in query_words(query):
        found.setdefault(word[:2], set()).add(stem_of(word))
    return {head: frozenset(stems) for head, stems in found.items()}


def _is_one_of(word: str, stems: Mapping[str, frozenset[str]]) -> bool:
    """Stemming costs a tenth of a millisecond: only words that begin alike are stemmed."""
    alike = stems.get(word[:2])
    return alike is not None and stem_of(word) in alike


def _shared(text: str, stems: Mapping[str, frozenset[str]]) -> set[str]:
    return {stem_of(word) for word in WORD.findall(text.lower()) if _is_one_of(word, stems)}


def marked(text: str, query: str) -> SafeString:
    """`text` as HTML with the query's words (and longer forms of them) in <mark>."""
    stems = _stems(query)
    pieces: list[tuple[str, str]] = []
    end = 0
    for found in WORD.finditer(text):
        if _is_one_of(found[0].lower(), stems):
            pieces.append((text[end : found.start()], found[0]))
            end = found.end()
    return format_html_join("", "{}<mark>{}</mark>", pieces) + escape(text[end:])


def with_errors(text: str, errors: Sequence[Error]) -> tuple[SafeString, list[Error]]:
    """A sample's Markdown as HTML with each error's quote in <mark> and its number, and the errors in that order.

    The marks travel through Markdown as characters that no text holds (private use), and become tags behind it. A
    quote around which tags would not nest is only listed, last.
    """
    text = text.replace(OPEN, "").replace(CLOSE, "")
    places: dict[int, tuple[int, int]] = {}
    for number, error in enumerate(errors):
        found = re.search(r"\s+".join(map(re.escape, error["quote"].split())), text)
        if found and _is_plain(found[0], text[: found.start()]):
            places[number] = found.span()
    in_order = sorted(places, key=lambda number: places[number])
    for number in reversed(in_order):
        start, end = places[number]
        text = f"{text[:start]}{OPEN}{text[start:end]}{CLOSE}{text[end:]}"
    numbers = iter(range(1, len(errors) + 1))
    html = render(text).replace(OPEN, '<mark class="wrong">')
    html = re.sub(CLOSE, lambda _: f"</mark><sup>{next(numbers)}</sup>", html)
    unmarked = [number for number in range(len(errors)) if number not in places]
    return SafeString(html), [errors[number] for number in (*in_order, *unmarked)]


def _is_plain(quote: str, before: str) -> bool:
    """Whether tags put around the quote nest well: it opens no markup that it does not close, and is in none."""
    is_whole = "\n\n" not in quote and not re.search(r"\n\s*(?:[-*]|\d+\.)\s", quote)
    return is_whole and not any(part.count(sign) % 2 for part in (quote, before) for sign in ("`", "**"))


def best_wording(wordings: Sequence[str], query: str) -> str:
    """The one that shares most words with the query, where it shares two at least; else nothing."""
    stems = _stems(query)
    shared = {text: len(_shared(text, stems)) for text in wordings}
    best = max(shared, key=shared.__getitem__, default="")
    return best if shared.get(best, 0) > 1 else ""


def excerpt(markdown: str, query: str) -> str:
    """The sentence of a prompt that holds most words of the query, plain and short; else its beginning."""
    plain = " ".join(MARKUP.sub(lambda found: found[1] or " ", markdown[:LONGEST_PROMPT]).split())
    sentences = re.split(r"(?<=[.?!])\s+", plain)
    stems = _stems(query)
    best = max(sentences, key=lambda sentence: len(_shared(sentence, stems)))
    return best if len(best) <= EXCERPT else best[:EXCERPT].rsplit(" ", 1)[0] + " …"
