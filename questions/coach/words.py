"""Words for the local grader: stems, function words, misspelling, language. PURE."""

from __future__ import annotations

import re
import threading
from functools import lru_cache
from itertools import pairwise

import snowballstemmer

MISSPELT = 0.66  # of letter pairs in common
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_STEMMER = snowballstemmer.stemmer("english")
_STEMMING = threading.Lock()  # it keeps the word in itself, and the model worker has 32 threads

FUNCTION_WORDS = frozenset(
    """
    a about above after again against all also although am an and any are aren't as at be because been before
    being below between both but by can can't cannot could couldn't did didn't do does doesn't doing don't
    down during each either else etc even ever every few for from further get gets had hadn't has hasn't have
    haven't having he her here hers him his how however i i'd i'll i'm i've if in into is isn't it it's its
    itself just let like made make makes many may me might more most much must my myself neither no nor not of
    off often on once one only or other our ours out over own per quite rather same shall she should shouldn't
    since so some still such than that that's the their theirs them then there these they they're this those
    though through thus to too under until up upon us very via was wasn't we we'll we're we've were weren't
    what when where whether which while who whom whose why will with within without won't would wouldn't yet
    you you're your yours yourself""".split()
)

NEVER_AFTER_ARTICLE = frozenset(
    """the a an and or of to is are was were be it its in on at for with by from that than so but if when because i we
    they this these has have can may must my our your""".split()
)

# A few words that no English text uses often; enough to tell which language a text of some length is in.
_FOREIGN = frozenset(
    """
    der die das und ist nicht ein eine einen mit für auf wird werden sind auch sich dem den von zu als oder
    wenn le la les des une est pas pour dans que qui sur avec sont du au aux ce cette plus par nous vous el
    los las una es por para con como del se más pero sus al lo este esta son il lo gli che di della delle per
    sono nel una come più questo alla dei o os um uma não com mais como ao dos das em na no foi são isso het
    een van niet met voor zijn dat op worden door ook bij naar jest nie się na do że jak dla lub przez och att
    det som är inte på av til ikke og er ve bir bu için ile olarak yang dan untuk dengan ini tidak""".split()
) - frozenset(
    """
    no do as den on a i o me so die in an at is al ten dan or per se sur plus est son con of was com""".split()
)


def words(text: str) -> list[str]:
    """Lower-case words and numbers, straight apostrophes."""
    return [match.group().lower().replace("’", "'") for match in _WORD.finditer(text)]


def has_words(text: str) -> bool:
    return _WORD.search(text) is not None


@lru_cache(maxsize=32_768)
def stem_of(word: str) -> str:
    with _STEMMING:
        return str(_STEMMER.stemWord(word))


def content_words(text: str) -> list[str]:
    return [word for word in words(text) if word not in FUNCTION_WORDS]


@lru_cache(maxsize=4_096)
def content_stems(text: str) -> frozenset[str]:
    return frozenset(stem_of(word) for word in content_words(text) if len(word) < 40)


def shared_share(wanted: frozenset[str], found: frozenset[str]) -> float:
    """How much of `wanted` is in `found`, 0..1; a misspelt stem counts in part."""
    if not wanted:
        return 0.0
    near = sum(max((_likeness(stem, other) for other in found), default=0.0) for stem in wanted - found)
    return (len(wanted & found) + near) / len(wanted)


@lru_cache(maxsize=65_536)
def _likeness(stem: str, other: str) -> float:
    """Dice coefficient of letter pairs where two stems look like one misspelt word, else 0."""
    if min(len(stem), len(other)) < 4 or abs(len(stem) - len(other)) > 3 or stem[:2] != other[:2]:
        return 0.0
    if any(character.isdigit() for character in stem + other):
        return 0.0
    mine, theirs = _pairs(stem), _pairs(other)
    dice = 2 * len(mine & theirs) / (len(mine) + len(theirs))
    return dice if dice >= MISSPELT else 0.0


def _pairs(stem: str) -> frozenset[str]:
    return frozenset(stem[index : index + 2] for index in range(len(stem) - 1))


def is_heap(text: str) -> bool:
    """Whether the words stand in no order: articles before words that no article precedes."""
    found = words(text)
    after = [right for left, right in pairwise(found) if left in {"the", "an"}]  # "a" may be a label
    misplaced = sum(word in NEVER_AFTER_ARTICLE for word in after)
    return misplaced >= 3 and misplaced > 0.25 * len(after)


def spelled(text: str) -> list[str]:
    """The words without digits."""
    return [word for word in words(text) if word.replace("'", "").isalpha()]


def function_share(text: str) -> float:
    """Share of function words among the words without digits, 0..1; 1 when there are none."""
    found = spelled(text)
    return sum(word in FUNCTION_WORDS for word in found) / len(found) if found else 1.0


def trigrams(text: str) -> list[tuple[str, str, str]]:
    found = words(text)
    return list(zip(found, found[1:], found[2:], strict=False))


def is_english(text: str) -> bool:
    """False when most letters are not Latin, or words of another language outnumber English function words."""
    letters = [character for character in text if character.isalpha()]
    if not letters:
        return True
    latin = sum(character < "\u0250" for character in letters)
    if latin < 0.7 * len(letters):
        return False
    found = words(text)
    foreign = sum(word in _FOREIGN and word not in FUNCTION_WORDS for word in found)
    english = sum(word in FUNCTION_WORDS for word in found)
    return foreign < 3 or foreign <= english or foreign < 0.1 * len(found)
