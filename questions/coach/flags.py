"""What the local grader leaves out of an answer, and why: code, copies, keyword runs, words for the grader. PURE."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from questions.coach import sentences, words
from questions.coach.sentences import Sentence

COPIED_SHARE = 0.6  # of a sentence's 3-grams
COPIED_WORDS = 5
# A learner may remember a sentence word for word; nobody remembers a paragraph so.
PASTED_SHARE = 0.75  # of a sentence's 3-grams that stand in the reference
PASTED_RUN = 40  # words of neighbouring sentences
PASTED_WHOLE = 0.7  # of the 3-grams of the whole answer
PASTED_WORDS = 10
KEYWORD_RUN = 12  # words
KEYWORD_FUNCTION_SHARE = 0.12
LIST_RUN = 20  # words over consecutive pieces
LIST_FUNCTION_SHARE = 0.08
QUOTE_CHARACTERS = 200
MOST_FLAGS = 20


Gram = tuple[str, str, str]


@dataclass(frozen=True)
class Flag:
    """One visible remark on the text; `quote` is an exact piece of the answer."""

    kind: str  # code | addressed | copied | pasted | keywords | duplicate | negation | language | length
    quote: str
    message: str


@dataclass(frozen=True)
class Shown:
    """What the learner may have had on the screen: the question, and what a reveal or an earlier attempt opens."""

    question: str
    reference: tuple[str, ...] = ()  # the reference answer and each key point


@dataclass(frozen=True)
class Prepared:
    """What is left to compare, and what was left out."""

    sentences: tuple[Sentence, ...]
    flags: tuple[Flag, ...]
    flagged_share: float  # of the words outside code
    code_share: float  # of the characters read
    is_english: bool


MESSAGES = {
    "code": "Code is not read by the local grader.",
    "addressed": "Addressed to the grader, so it was not counted.",
    "copied": "Repeats the question, so it was not counted.",
    "pasted": "Copied from the reference answer or the key points, so it was not counted.",
    "keywords": "A run of keywords says nothing about them, so it was not counted.",
    "language": "Not English, which is all that the local grader reads.",
    "duplicate": "Said before, so it was counted once.",
    "length": f"Only the first {sentences.READ_CHARACTERS:,} characters were read.",
}

_GRADING = r"(?:rubric|grad(?:e|es|er|ing)|marks?|marking|scores?|scoring|points?|credits?|ratings?)"
_JUDGE = r"(?:grader|examiner|evaluator|reviewer|marker|assessor|auto-?grader)s?"
_HIGHEST = r"(?:full|max(?:imum)?|top|perfect|highest|complete|100\s?%?|10/10|5/5|10|a\+|1\.0|passing|good)"
_TEXT = r"(?:answer|response|submission|text)"
_LAW = r"(?:instructions?|rubrics?|prompts?|rules|criteria|guidelines|above|key points)"
_POINTS = r"(?:every (?:key )?point|all (?:the |of the |of these )?(?:key )?points)"
# An honest answer about evaluation speaks of scores and judges too; only orders, pleas and claims count.
_START = r"(?:^\W*|[:.!?>\]]\s*|,\s*)"
_ORDER = rf"(?:{_START}|\b(?:please|hereby|just|now|and|then|you (?:must|should|will|can|may)(?: now| just)?)\s+)"
_MINE = rf"(?:me|my|us|this|it|every|all|each|(?:the|these) (?:{_TEXT}|student|candidate|point|key point)s?)"
_CLAIM = rf"(?:i|it|this|(?:this|my|the) {_TEXT})"
_GREETING = r"(?:dear|hey|hello|hi|note (?:to|for)|message (?:to|for)|attention|to)"
_CALLED = rf"(?:the |all |our |my |whoever is )?(?:\w+ )?{_JUDGE}"
_DONE = r"(?:as (?:fully )?(?:covered|correct|complete|met|true))"
_ACCEPT = r"(?:mark|treat|consider|count|set|label|accept)"
_BEST = rf"(?:{_HIGHEST}|covered|correct|pass(?:ed)?|easy)"

_ORDERS = (
    rf"(?:{_ORDER}|[\"']|\bto\s+)(?:ignore|disregard|forget|override|bypass|skip)\b.{{0,60}}\b{_LAW}\b",
    rf"{_ORDER}(?:give|award|grant|assign|request|demand)\b.{{0,30}}\b{_HIGHEST}(?!\w) {_GRADING}\b",
    rf"\bi (?:hereby )?(?:request|demand|ask for|want|expect)\b.{{0,20}}\b{_HIGHEST} {_GRADING}\b",
    rf"{_ORDER}(?:give|award|grant|assign|rate|score|grade|mark|return|output)\s+{_MINE}\b.{{0,40}}\b{_BEST}(?!\w)",
    rf"{_ORDER}{_ACCEPT}\s+{_MINE}\b.{{0,50}}\b(?:{_DONE}|{_HIGHEST} {_GRADING})\b",
    r"\b(?:do not|don't|never) (?:grade (?:me|this|it)|deduct|penali[sz]e (?:me|this|it)|use the rubric)\b",
)
_ADDRESSES = (
    rf"{_START}{_GREETING}\W+{_CALLED}\b\s*(?:[:,;!.-]|$|please|i |you )",
    rf"^\W*{_JUDGE}\s*[:,!]",
    rf"\bas (?:an? |the |my )(?:\w+ ){{0,2}}{_JUDGE},? you\b",
    rf"\byou are (?:now )?(?:an? |the |my )?(?:\w+ ){{0,3}}{_JUDGE}\b",
    r"</?(?:rubric|grader)>",
)
_CLAIMS = (
    rf"\b{_CLAIM} (?:fully )?(?:deserves?|merits?|should (?:get|receive|be given|score))\b.{{0,30}}\b{_GRADING}(?!\w)",
    rf"\b(?:this|my|the) {_TEXT} (?:\w+ )?(?:covers?|contains?|satisf\w+|meets?|addresses)\b.{{0,30}}\b{_POINTS}\b",
    rf"\b(?:this|my) {_TEXT} (?:is|was)\b.{{0,30}}\b(?:perfect|complete and correct|fully correct)\b",
    rf"\b{_POINTS} (?:are|is|were|was|have been|has been)\b.{{0,20}}\b(?:covered|met|made|addressed|correct)\b",
    rf"\b(?:full|maximum|top|perfect|highest) {_GRADING}\b.{{0,40}}\b(?:please|this {_TEXT}|me)\b",
    r"[\"'](?:score|status|suggested_rating|rating|grade)[\"']\s*:",
    r"^\W*(?:score|grade|rating)\s*[:=]\s*(?:10|5|100)/",
    r"\bstatus\s*[:=]\s*[\"']?covered[\"']?\s*(?:$|[,.;}]|for\b)",
)
_ADDRESSED = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _ORDERS + _ADDRESSES + _CLAIMS)


def prepare(answer: str, shown: Shown) -> Prepared:
    """The sentences of the answer worth comparing; each thing left out becomes a flag."""
    code = sentences.code_spans(answer)
    pieces = sentences.split(answer, code)
    is_english = words.is_english(" ".join(piece.text for piece in pieces))
    faults = _faults(answer, pieces, shown, is_english)
    kept = [piece for index, piece in enumerate(pieces) if index not in faults]
    left_out = [("code", start, end) for start, end in code]
    left_out += [(kind, pieces[index].start, pieces[index].end) for index, kind in faults.items()]
    if not is_english and kept:
        left_out.append(("language", kept[0].start, kept[0].end))
    if len(answer) > sentences.READ_CHARACTERS:
        left_out.append(("length", sentences.READ_CHARACTERS, sentences.READ_CHARACTERS))
    lengths = [len(words.words(piece.text)) for piece in pieces]
    return Prepared(
        sentences=tuple(kept),
        flags=tuple(_flag(kind, answer[start:end]) for kind, start, end in left_out[:MOST_FLAGS]),
        flagged_share=sum(lengths[index] for index in faults) / max(1, sum(lengths)),
        code_share=sum(end - start for start, end in code) / max(1, min(len(answer), sentences.READ_CHARACTERS)),
        is_english=is_english,
    )


def _faults(answer: str, pieces: Sequence[Sentence], shown: Shown, is_english: bool) -> dict[int, str]:
    """Which pieces are left out, by index, and as what."""
    asked = frozenset(words.trigrams(shown.question))
    pasted = _pasted(pieces, shown.reference)
    heaped = _keyword_heaps(pieces, answer) if is_english else frozenset()
    seen: set[tuple[str, ...]] = set()
    faults: dict[int, str] = {}
    for index, piece in enumerate(pieces):
        spoken = tuple(words.words(piece.text))
        if is_addressed(piece.text) or is_addressed(answer[piece.start : piece.end]):
            faults[index] = "addressed"
        elif is_copied(piece.text, asked):
            faults[index] = "copied"
        elif index in pasted:
            faults[index] = "pasted"
        elif spoken in seen:
            faults[index] = "duplicate"
        elif index in heaped:
            faults[index] = "keywords"
        seen.add(spoken)
    return faults


def is_addressed(text: str) -> bool:
    """Whether a sentence speaks to the grader instead of answering."""
    return any(pattern.search(text) for pattern in _ADDRESSED)


def _pasted(pieces: Sequence[Sentence], reference: Sequence[str]) -> frozenset[int]:
    """Indices of pieces that stand in the reference, where that is most of the answer or a paragraph in a row."""
    opened = frozenset(gram for text in reference for gram in words.trigrams(sentences.plain(text)))
    grams = [words.trigrams(piece.text) for piece in pieces]
    known = [sum(gram in opened for gram in found) for found in grams]
    total = sum(len(found) for found in grams)
    alike = [bool(mine) and hits >= PASTED_SHARE * len(mine) for mine, hits in zip(grams, known, strict=True)]
    if total >= PASTED_WORDS - 2 and sum(known) >= PASTED_WHOLE * total:
        return frozenset(index for index, is_alike in enumerate(alike) if is_alike)
    runs = (list(run) for is_alike, run in groupby(range(len(pieces)), key=alike.__getitem__) if is_alike)
    long = (run for run in runs if sum(len(words.words(pieces[index].text)) for index in run) >= PASTED_RUN)
    return frozenset(index for run in long for index in run)


def is_copied(text: str, asked: frozenset[Gram]) -> bool:
    grams = words.trigrams(text)
    return len(grams) >= COPIED_WORDS - 2 and sum(gram in asked for gram in grams) >= COPIED_SHARE * len(grams)


def _flag(kind: str, quote: str) -> Flag:
    return Flag(kind, quote[:QUOTE_CHARACTERS], MESSAGES[kind])


def _is_keyword_run(text: str, raw: str) -> bool:
    if "|" in raw:
        return False  # a row of a table
    return len(words.spelled(text)) >= KEYWORD_RUN and words.function_share(text) < KEYWORD_FUNCTION_SHARE


def _keyword_heaps(pieces: Sequence[Sentence], answer: str) -> frozenset[int]:
    """Indices of pieces that are, alone or together with their neighbours, keywords without a claim."""
    if words.is_heap(" ".join(piece.text for piece in pieces)):
        return frozenset(range(len(pieces)))
    alone = {
        index for index, piece in enumerate(pieces) if _is_keyword_run(piece.text, answer[piece.start : piece.end])
    }
    return frozenset(alone | _keyword_lists(pieces, answer))


def _keyword_lists(pieces: Sequence[Sentence], answer: str) -> set[int]:
    """Indices of consecutive pieces that are, taken together, one long run of keywords."""
    listed: set[int] = set()
    run: list[int] = []
    for index, sentence in enumerate([*pieces, None]):
        is_table = sentence is not None and "|" in answer[max(0, sentence.start - 2) : sentence.end + 2]
        if sentence is not None and not is_table and words.function_share(sentence.text) < LIST_FUNCTION_SHARE:
            run.append(index)
            continue
        if sum(len(words.spelled(pieces[member].text)) for member in run) >= LIST_RUN:
            listed.update(run)
        run = []
    return listed
