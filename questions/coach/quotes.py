"""What counts as a quote of an answer, and what is left of a remark as plain text (pure)."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

MIN_WORDS = 4
MAX_QUOTE_CHARS = 600

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


# Words to whoever grades, in the languages that turn up most. Talk about graders and judges is a subject of this bank,
# so each pattern asks for the imperative or the claim, not for the noun.
_TO_THE_GRADER = _any_of(
    r"full (?:marks|score|credit)",
    r"(?:perfect|maximum|highest|top) (?:score|marks?|rating|grade)\b",
    r"\b(?:rate|grade|score|mark) (?:this|my|the) answer\b",
    r"\b(?:rate|grade|score|mark) (?:this|me|it|everything) "
    r"(?:as |at |with )?(?:an? )?(?:\d|full|max|high|perfect|top)",
    r"\bgive (?:me|(?:my|this|the) answer) (?:\S+ ){0,3}(?:scores?|marks?|rating|credit|points|grade|stars)\b",
    r"\b(?:dear|hello|hi|hey|note to|attention),? "
    r"(?:the )?(?:grader|examiner|evaluator|reviewer|marker|assistant|ai)\b",
    r"\bgrader,? (?:you )?(?:should|must|will|please|is to|has to)\b",
    r"\b(?:mark|treat|count|consider|set|report) (?:\S+ ){0,6}(?:as )?\"?covered\b",
    r"\b(?:all|every|each)(?: one)?(?: of)?(?: the)? (?:key )?points? (?:is|are|as) (?:\S+ )?(?:covered|met|correct)",
    r"\bkey_point\b|\bsuggested_rating\b|\binstructions_found\b|\"status\" ?: ?\"covered",
    r"\b(?:volle punktzahl|bestnote|höchstpunktzahl|puntuación máxima|máxima puntuación|note maximale)\b|满分",
)
_TO_THE_MODEL = _any_of(
    r"(?:^|[.!?:;,\"'“”(*-] ?|\b(?:please|now|and|then) |\byou (?:must|should|can|will|may) )"
    r"(?:ignore|disregard|forget|override|bypass) "
    r"(?:(?:all|any|the|your|these|those|previous|prior|above|earlier|of) ){0,5}"
    r"(?:instructions?|rubric|system prompt|prompts?|rules|guidelines|key points)\b",
    r"\b(?:ignore|disregard|forget) (?:everything|all|anything) (?:that came )?(?:above|before)(?:$|[.,;:!])",
    r"\b(?:print|reveal|repeat|output|show) "
    r"(?:me )?(?:(?:the|your|full|whole) ){1,3}(?:system )?(?:prompt|instructions)\b",
    r"\byou are (?:now|the) (?:\S+ ){0,4}(?:grader|evaluator|examiner|dan)\b",
    r"\bas an ai(?: language model)?,",
    r"\b(?:ignorier\w*|vergiss) (?:\S+ ){0,4}(?:anweisungen|regeln)",
    r"\bignora (?:\S+ ){0,4}instruc",
    r"\bignore[zr]? (?:\S+ ){0,4}(?:consignes|directives)",
    r"忽略.{0,10}(?:指令|说明|提示)",
)
# A question about injection is answered with its vocabulary; such a sentence is still evidence.
_ABOUT_ATTACKS = re.compile(r"\b(?:attack\w*|inject\w*|jailbreak\w*|malicious|adversar\w*|untrusted)\b", re.IGNORECASE)

_IMAGE_OR_LINK = re.compile(r"!?\[([^\[\]]{0,300})\](?:\([^()\s]{0,2000}[^()]{0,300}\)|\[[^\[\]]{0,100}\])")
_TAG = re.compile(r"<!--.{0,2000}?-->|</?[A-Za-z!?][^<>]{0,2000}>", re.DOTALL)
_OPEN_TAG = re.compile(r"<+(?=[A-Za-z/!?])")
_URL = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]{0,20}:/+\S*|//\S+|(?:javascript|vbscript):\S+|\b(?:data|mailto|file|blob|tel):\S+|\bwww\.\S+"
    r"|\b[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,4}\.(?:com|net|org|io|dev|app|co|xyz|ru|cn|info|example)\b\S*"
    r"|[\w.+-]{1,64}@[a-z][a-z0-9-]{0,63}(?:\.[a-z0-9-]{1,63}){0,4}\.[a-z]{2,}",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[`*]+|^\s*#+ ")


def find_span(quote: str, text: str) -> tuple[int, int] | None:
    """Where `quote` stands in `text`, word for word; only white space may differ. None when it does not."""
    wanted = " ".join(quote.split())
    if not wanted or len(quote) > MAX_QUOTE_CHARS:
        return None
    words = list(re.finditer(r"\S+", text))
    offsets = list(accumulate((len(word[0]) + 1 for word in words), initial=0))
    at = " ".join(word[0] for word in words).find(wanted)
    if at < 0:
        return None
    first, last = bisect_right(offsets, at) - 1, bisect_right(offsets, at + len(wanted) - 1) - 1
    return (
        words[first].start() + at - offsets[first],
        words[last].start() + at + len(wanted) - offsets[last],
    )


def addresses_grader(text: str) -> bool:
    """Whether a passage speaks to whoever grades instead of answering."""
    flat = " ".join(text.split())
    if _TO_THE_GRADER.search(flat):
        return True
    return bool(_TO_THE_MODEL.search(flat)) and not _ABOUT_ATTACKS.search(flat)


def can_be_evidence(quote: str, question: str) -> bool:
    """Whether a quote can show anything: ≥ 4 words, not addressed to the grader, not copied from the question."""
    words = _WORD.findall(quote[: MAX_QUOTE_CHARS + 1].casefold())
    if len(quote) > MAX_QUOTE_CHARS or len(words) < MIN_WORDS or addresses_grader(quote):
        return False
    return f" {' '.join(words)} " not in f" {' '.join(_WORD.findall(question.casefold()))} "


def overlap(one: tuple[int, int], other: tuple[int, int]) -> float:
    """Shared length of two spans over their joint length, 0 to 1."""
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return max(0, shared) / (max(one[1], other[1]) - min(one[0], other[0]))


def overused(spans: Iterable[tuple[int, int] | None], limit: int = 2) -> list[bool]:
    """For each span, whether (nearly) the same passage serves more than `limit` of them."""
    all_spans = list(spans)
    return [
        span is not None and sum(1 for other in all_spans if other and overlap(span, other) >= 0.8) > limit
        for span in all_spans
    ]


def plain_text(text: str, limit: int) -> tuple[str, bool]:
    """`text` on one line, without links, images, HTML or marks, at most `limit` characters; and whether any was cut."""
    text = _MARKS.sub("", "".join(_seen(character) for character in text[: limit * 8]))
    clean, before = text, ""
    while clean != before:
        before = clean
        clean = _OPEN_TAG.sub("", _URL.sub("", _TAG.sub(" ", _IMAGE_OR_LINK.sub(r"\1", clean))))
        clean = clean.replace("](", "] ").replace("://", " ")
    was_cut = clean != text
    clean = " ".join(clean.split())
    return (clean if len(clean) <= limit else clean[: limit - 1].rstrip() + "…"), was_cut


def _seen(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cf", "Cs", "Co"}:
        return ""
    return " " if category.startswith("Z") or category == "Cc" else character
