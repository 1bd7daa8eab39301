"""An answer cut into sentences, each with its exact place in the text. PURE."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from questions.coach import words

READ_CHARACTERS = 30_000  # of one answer, about 5,000 words
LONGEST_WORDS = 60  # of one sentence; text without full stops is cut there
LONGEST_CHARACTERS = 600
FRAGMENT_WORDS = 3  # a piece this short is read together with the next one
WRAPPED_LINE = 60  # characters; a line that ends earlier was ended on purpose

Span = tuple[int, int]

_FENCE = re.compile(r"^[ \t]*(```+|~~~+)[^\n]*(?:\n|\Z).*?(?:^[ \t]*\1[^\n]*$|\Z)", re.MULTILINE | re.DOTALL)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_CODE_LINE = re.compile(
    r"[;{}]\s*$"
    r"|^\s*(?:def \w+\(|class \w+[(:]|import \w|from \S+ import |return\b|#include)"
    r"|^\s*(?:for|if|elif|while|with|try)\b.*:\s*$"
    r"|^\s*[\w.\[\]]+ ?(?:=|\+=|:=) ?\S|^\s*[\w.]+\(.*\)\s*$"
)
_CODE_LINES = 3  # that many in a row are code even without a fence
_BULLET = re.compile(r"\s*(?:(?:[-*+•●○–—]|\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])[.)])(?=\s)|#{1,6}(?=\s)|>+|\|)\s*")
# Runs are bounded, and start where they start: a page of full stops must not cost a page of time each.
_STOP = re.compile(r"(?<![.!?…])[.!?…]{1,8}[\"'”’)\]*_`]{0,8}(?=\s)|[。！？]")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[])(?:e\.g|i\.e|eg|ie|vs|cf|fig|eq|approx|resp|dr|mr|ms|st|\d{1,2}|[b-hj-z])$", re.IGNORECASE
)
_TAG = re.compile(r"<!--.{0,2000}?(?:-->|\Z)|</?[A-Za-z][^<>\n]{0,200}>", re.DOTALL)
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\u00ad\ufeff]")
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\n]{0,500}\)")
_ADDRESS = re.compile(r"https?://\S+")
_MARKS = re.compile(r"[*_`#|~]+")
_SPACE = re.compile(r"\s+")
_EDGES = " \t\r\n\f\v*_`#|>~"


@dataclass(frozen=True)
class Sentence:
    """`answer[start:end]` is the quote; `text` is the same without markup."""

    start: int
    end: int
    text: str


def split(answer: str, left_out: list[Span]) -> list[Sentence]:
    """The sentences outside the spans left out, in order; pieces without a word are dropped."""
    read = min(len(answer), READ_CHARACTERS)
    pieces: list[Span] = []
    for start, end in _between(left_out, read):
        for block in _blocks(answer, start, end):
            pieces.extend(_stops(answer, *block))
    whole = [part for piece in _joined(answer, pieces) for part in _short_enough(answer, *piece)]
    sentences = (Sentence(start, end, plain(answer[start:end])) for start, end in whole)
    return [sentence for sentence in sentences if words.words(sentence.text)]


def plain(text: str) -> str:
    """Text without tags, links' targets, Markdown marks and characters that nobody sees."""
    text = _LINK.sub(r"\1", _TAG.sub(" ", _UNSEEN.sub("", text)))
    return _SPACE.sub(" ", _MARKS.sub(" ", _ADDRESS.sub(" ", text))).strip()


def code_spans(answer: str) -> list[Span]:
    """Fenced blocks, and three or more lines in a row that look like code."""
    read = answer[:READ_CHARACTERS]
    fenced = [match.span() for match in _FENCE.finditer(read)]
    return sorted(fenced + [span for gap in _between(fenced, len(read)) for span in _bare_code(read, *gap)])


def _bare_code(text: str, start: int, end: int) -> Iterator[Span]:
    run: list[Span] = []
    for line in [*_lines(text, start, end), (end, end)]:
        content = text[line[0] : line[1]]
        if _CODE_LINE.search(content):
            run.append(line)
        elif run and content.strip() == "" and line[0] < end:
            continue  # an empty line inside code
        else:
            if len(run) >= _CODE_LINES:
                yield run[0][0], run[-1][1]
            run = []


def _between(spans: list[Span], end: int) -> Iterator[Span]:
    position = 0
    for start, stop in spans:
        if start > position:
            yield position, start
        position = max(position, stop)
    if position < end:
        yield position, end


def _lines(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end:
        match = _LINE.match(text, start, end)
        stop = match.end() if match else end
        yield start, max(stop, start + 1)
        start = max(stop, start + 1)


def _blocks(text: str, start: int, end: int) -> Iterator[Span]:
    """Paragraphs, list items and headings: lines that only wrap belong together."""
    open_at: int | None = None
    before = ""
    last = start
    for line_start, line_end in _lines(text, start, end):
        content = text[line_start:line_end].strip()
        if open_at is not None and (not content or _begins_anew(before, content)):
            yield open_at, last
            open_at = None
        if content:
            open_at = line_start if open_at is None else open_at
            before, last = content, line_end
    if open_at is not None:
        yield open_at, last


def _begins_anew(before: str, line: str) -> bool:
    if _BULLET.match(line) or before[0] in "#|" or before.endswith((".", "!", "?", ":", ";")):
        return True
    return len(before) < WRAPPED_LINE and not line[0].islower()


def _stops(text: str, start: int, end: int) -> Iterator[Span]:
    """One block at its full stops, without its bullet and the marks around it."""
    bullet = _BULLET.match(text, start, end)
    start = bullet.end() if bullet else start
    for stop in _STOP.finditer(text, start, end):
        if not _ABBREVIATION.search(text[max(start, stop.start() - 12) : stop.start()]):
            yield start, stop.end()
            start = stop.end()
    if text[start:end].strip():
        yield start, end


def _joined(text: str, pieces: list[Span]) -> Iterator[Span]:
    """A heading or a bare "No." says something only together with what follows."""
    held: Span | None = None
    for start, end in pieces:
        if not words.has_words(text[start : min(end, start + 400)]):
            continue  # a table's rule, a row of dashes
        if held and (end - held[0] > LONGEST_CHARACTERS or _is_far(text, held[1], start)):
            yield held
            held = None
        merged = (held[0] if held else start, end)
        if len(words.words(text[merged[0] : min(merged[1], merged[0] + 200)])) <= FRAGMENT_WORDS:
            held = merged
        else:
            yield merged
            held = None
    if held:
        yield held


def _is_far(text: str, start: int, end: int) -> bool:
    return end - start > 40 or "```" in text[start:end]


def _short_enough(text: str, start: int, end: int) -> Iterator[Span]:
    """The span without outer marks and spaces, cut at spaces where it is far too long for one sentence."""
    while start < end:
        while start < end and text[start] in _EDGES:
            start += 1
        stop = _cut(text, start, end)
        trimmed = stop
        while trimmed > start and text[trimmed - 1] in _EDGES:
            trimmed -= 1
        if trimmed > start:
            yield start, trimmed
        start = stop


def _cut(text: str, start: int, end: int) -> int:
    for count, space in enumerate(_SPACE.finditer(text, start, min(end, start + LONGEST_CHARACTERS)), start=1):
        if count == LONGEST_WORDS:
            return space.end()
    if end - start <= LONGEST_CHARACTERS:
        return end
    at = text.rfind(" ", start + 1, start + LONGEST_CHARACTERS)
    return at if at > start else start + LONGEST_CHARACTERS
