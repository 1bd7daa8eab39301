"""Where an answer may say the opposite of a key point: one of the two is negated, or they use opposite words. PURE.

A hint, not a judgement: it compares clauses by their words (docs/decisions/local-grader.md has the false alarms).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise

from questions.coach.words import content_stems, stem_of, words

FEWEST_SHARED = 2  # content stems of two clauses that speak of the same thing
DENIED_SHARE = 0.6  # of what a negation denies: that much must be what the other side says
SAME_SHARE = 0.6  # of a clause's other stems that stand on the other side, where two words are opposites

NEGATIONS = frozenset("no not never none neither cannot without nothing nobody lacks lack lacking".split())
# Words that deny without a "not": on one side only they excuse a difference, they do not make one.
_SOFT = """avoid prevent unlike hardly rarely seldom few fewer little less least stop exclude absent absence refuse
ignore only unless zero fail fails failure false wrong except weak poor poorly badly unable limited different differ
beyond alone merely enough necessarily always"""
_OPPOSITES = """increase decrease|raise lower|raise reduce|raise drop|increase reduce|increase lower|increase shrink
inflate reduce|inflate deflate|add reduce|add remove|add subtract|high low|higher lower|more less|more fewer|large small
larger smaller|bigger smaller|big small|long short|longer shorter|fast slow|faster slower|cheap expensive
cheaper costlier|cheaper expensive|cheap costly|better worse|best worst|improve worsen|improve degrade|improve hurt
help hurt|rise fall|rise drop|rise decrease|grow shrink|grow fall|grow decrease|grow drop|gain lose|flat fall|flat rise
flat grow|sharpen flatten|times divided|multiply divide|plus times|plus minus|add multiply|before after|first last
early late|earlier later|same different|strong weak|stronger weaker|deterministic random|open closed|stateful stateless
synchronous asynchronous|dependent independent|above below|over below|above under|upper lower|over under|easy hard
easier harder|simple complex|maximize minimize|maximise minimise|maximum minimum|maximum least|connected disconnected
success failure|succeed fail|inside outside|possible impossible|sufficient insufficient|relevant irrelevant|true false
up down|sparse dense|overfit underfit|supervised unsupervised|labelled unlabelled|labeled unlabeled|trusted untrusted
safe unsafe|enable disable|necessary unnecessary|all none|strict loose|accept reject|allow forbid|allow deny
include exclude|wide narrow|broad narrow|rare common|rare frequent|unchanging variable|fixed variable|static dynamic
mutable immutable|public private|local global|parallel sequential|forward backward|positive negative|bounded unbounded
comparable incomparable|keep discard|keep forget|remember forget|encourage discourage|agree disagree|equal unequal
start stop|online offline|truthful untruthful|durable temporary|precise blurred"""
_IRREGULAR = {"rose": "rise", "risen": "rise", "fell": "fall", "fallen": "fall", "grew": "grow", "lost": "lose"}
_DEGREES = frozenset("more less fewer most least".split())  # opposite only of the same thing: more tokens, fewer tokens

_CLAUSE_STARTS = re.compile(
    r"[,;:()\u2013\u2014|]|[.!?]\s|\b(?:and|or|but|while|whereas|because|since|so|although|though|which|when|if|unless"
    r"|yet|therefore|even)\b",
    re.IGNORECASE,
)
_STATEMENT_STARTS = re.compile(r"[.;!?]\s|\b(?:so|because|since|which|while|whereas|but|although)\b", re.IGNORECASE)
# "rather than X" and ", not X" name what is not meant: neither side says it.
_NOT_MEANT = re.compile(
    r"\b(?:rather than|instead of)\b.*|(?:,|\u2014|\()\s*(?:and )?not\b.*", re.IGNORECASE | re.DOTALL
)
# Not asserted: a condition, and what holds only "not before" something.
_SUPPOSED = re.compile(r"\W*(?:and |or |but |so )?(?:if|unless|when|whenever|without|until|otherwise)\b", re.IGNORECASE)
_NOT_BEFORE = re.compile(
    r"(?:\b(?:no|not|never|cannot|nothing)|n['’]t)\b.*\b(?:before|until|unless)\b", re.IGNORECASE | re.DOTALL
)
_A_FEW = re.compile(r"\ba (?:few|little)\b", re.IGNORECASE)
_EDGES = " ,;:.|*-\u2013\u2014"


@dataclass(frozen=True)
class Opposition:
    """Two clauses that seem to contradict; `words` are the opposite ones, or None for a negation on one side."""

    mine: str
    theirs: str
    words: tuple[str, str] | None


@dataclass(frozen=True)
class _Clause:
    text: str
    stems: frozenset[str]  # of the content words
    spoken: tuple[str, ...]  # every word, in order
    denied: frozenset[str] | None  # content stems after an odd number of negations
    before: frozenset[str]  # content stems in front of the first negation
    subject: frozenset[str] = frozenset()  # the same from the start of the statement: a subject may be a list

    @cached_property
    def roots(self) -> dict[str, str]:
        """Stem to word, of every word."""
        return {_root(word): word for word in self.spoken}

    @cached_property
    def labels(self) -> frozenset[str]:
        """Letters and numbers that name things: bulb A, terminal 6."""
        named = {word for word in self.spoken if word.isdigit() or (len(word) == 1 and word != "a")}
        return frozenset(named | ({"a"} if re.search(r"\bA\b", self.text) else set()))


@dataclass(frozen=True)
class _Side:
    clauses: tuple[_Clause, ...]
    stems: frozenset[str]
    all_stems: frozenset[str]
    denials: tuple[frozenset[str], ...]  # what its statements deny, each to its end


def opposition(mine: str, theirs: str) -> Opposition | None:
    """The first clause of `mine` that seems to contradict a clause of `theirs`; None when no two can be compared."""
    answer, point = _side(mine), _side(theirs)
    for left in answer.clauses:
        nearest_first = sorted(point.clauses, key=lambda right: -len(left.stems & right.stems))
        for right in nearest_first:
            if _name_other_things(left, right):
                continue
            opposites = _opposite_words(left, right)
            if not opposites and _is_negated_once(left, right, answer, point):
                return Opposition(left.text, right.text, None)
            if len(opposites) == 1 and _is_contrast(left, right, opposites[0], answer, point):
                return Opposition(left.text, right.text, opposites[0])
    return None


def _is_negated_once(left: _Clause, right: _Clause, answer: _Side, point: _Side) -> bool:
    if len(left.stems & right.stems) < FEWEST_SHARED or (left.denied is None) == (right.denied is None):
        return False
    if left.denied is not None:
        clause, other, said = left, point, point.stems
    else:
        clause, other, said = right, answer, left.stems
    if not clause.denied:  # "is not just": nothing to compare but what it is said of; "they do not" says too little
        return clause.before <= said and not _is_negation(clause.spoken[-1])
    return not _is_excused(left, right) and _denies(clause, other, said)


def _denies(clause: _Clause, other: _Side, said: frozenset[str]) -> bool:
    """Whether the clause denies what the other side said of the same thing, and the other does not deny it too."""
    denied = clause.denied or frozenset()
    if clause.subject and not clause.subject & other.stems:
        return False
    if any(their_denial & denied for their_denial in other.denials):
        return False
    if any(OPPOSITES.get(stem, frozenset()) & other.all_stems for stem in denied):
        return False  # "not later" is "earlier"
    return len(denied & said) >= DENIED_SHARE * len(denied)


def _is_contrast(left: _Clause, right: _Clause, pair: tuple[str, str], answer: _Side, point: _Side) -> bool:
    """Whether two clauses say the same of the same thing but for two opposite words."""
    if (left.denied is None) != (right.denied is None):
        return False  # a negation and an opposite make the same again
    own, other = _root(pair[0]), _root(pair[1])
    rest = left.stems - {own, other}
    shared, known = rest & right.stems, rest & point.stems
    if not shared or len(known) < SAME_SHARE * len(rest):
        return False
    if len(shared) < max(len(rest & clause.stems) for clause in point.clauses):
        return False  # another clause is nearer
    if len(shared) < FEWEST_SHARED and (own in point.all_stems or (len(known) < FEWEST_SHARED and known != rest)):
        return False
    if _DEGREES & {own, other} and _follower(left, own) != _follower(right, other):
        return False
    return not (_says(point, right, own, rest, len(shared)) or _says(answer, left, other, rest, len(shared)))


def _says(side: _Side, but: _Clause, word: str, about: frozenset[str], least: int) -> bool:
    """Whether another clause of that side uses the word of the same thing: then both sides hold both words."""
    return any(
        word in clause.roots and len(about & clause.stems) >= least for clause in side.clauses if clause is not but
    )


def _opposite_words(left: _Clause, right: _Clause) -> list[tuple[str, str]]:
    """(mine, theirs): words whose opposite is on the other side, when neither side holds both."""
    mine, theirs = left.roots, right.roots
    return [
        (mine[own], theirs[other])
        for own in sorted((mine.keys() - theirs.keys()) & OPPOSITES.keys())
        for other in sorted(OPPOSITES.get(own, frozenset()) & theirs.keys() - mine.keys())
    ]


def _follower(clause: _Clause, degree: str) -> str | None:
    """The content stem after a word of degree: what there is more or less of."""
    roots = [_root(word) for word in clause.spoken]
    return next((root for root in roots[roots.index(degree) + 1 :] if root in clause.stems), None)


def _is_excused(left: _Clause, right: _Clause) -> bool:
    differing = left.roots.keys() ^ right.roots.keys()
    return bool(differing & _soft()) or any(_is_undone(word) for word in differing)


def _is_undone(word: str) -> bool:
    """Words like "unevenly" or "unbounded" deny by themselves."""
    return (
        word.startswith("un")
        and len(word) > 5
        and not word.startswith(("under", "until", "unit", "uniq", "union", "unifi", "univ"))
    )


def _name_other_things(left: _Clause, right: _Clause) -> bool:
    """Whether both name things by letter or number, and not the same: bulb A and bulb C."""
    return bool(left.labels - right.labels and right.labels - left.labels)


@lru_cache(maxsize=1_024)
def _side(text: str) -> _Side:
    return _Side(
        clauses=_clauses(text),
        stems=content_stems(text),
        all_stems=frozenset(_root(word) for word in words(text)),
        denials=tuple(
            clause.denied
            for start, end in _pieces(text, _STATEMENT_STARTS)
            if (clause := _clause(text[start:end])).denied is not None
        ),
    )


def _clauses(text: str) -> tuple[_Clause, ...]:
    """The clauses; one with a single content stem is read together with what stands before it."""
    found: list[_Clause] = []
    begun: int | None = None
    for start, end in _pieces(text, _CLAUSE_STARTS):
        if begun is not None and _NOT_MEANT.match(text[start:end]):
            continue
        clause = _clause(_NOT_MEANT.sub("", text[start:end]))
        if not clause.stems:
            continue
        clause = replace(clause, subject=clause.before | content_stems(text[_statement_start(text, start) : start]))
        if begun is not None and len(clause.stems) < FEWEST_SHARED:
            clause = _joined(found[-1], clause, text[begun:end])
        else:
            begun = start
        found.append(clause)
    return tuple(found)


def _joined(first: _Clause, second: _Clause, text: str) -> _Clause:
    is_denied_later = second.denied is not None
    return _Clause(
        text=text.strip(_EDGES),
        stems=first.stems | second.stems,
        spoken=first.spoken + second.spoken,
        denied=second.denied if is_denied_later else first.denied,
        before=first.stems | second.before if is_denied_later else first.before,
        subject=second.subject if is_denied_later else first.subject,
    )


def _statement_start(text: str, position: int) -> int:
    return max((match.end() for match in _STATEMENT_STARTS.finditer(text) if match.start() <= position), default=0)


def _clause(text: str) -> _Clause:
    spoken = tuple(words(_A_FEW.sub("some", text)))
    negated_at = [index for index, word in enumerate(spoken) if _is_negation(word)]
    is_negated = len(negated_at) % 2 == 1 and not _SUPPOSED.match(text) and not _NOT_BEFORE.search(text)
    return _Clause(
        text=text.strip(_EDGES),
        stems=content_stems(text),
        spoken=spoken,
        denied=content_stems(" ".join(spoken[negated_at[0] + 1 :])) if is_negated else None,
        before=content_stems(" ".join(spoken[: negated_at[0]])) if is_negated else frozenset(),
    )


def _is_negation(word: str) -> bool:
    return word in NEGATIONS or word.endswith("n't")


def _pieces(text: str, starts: re.Pattern[str]) -> list[tuple[int, int]]:
    cuts = [0, *(match.start() for match in starts.finditer(text) if match.start() > 0), len(text)]
    return list(pairwise(cuts))


def _root(word: str) -> str:
    return stem_of(_IRREGULAR.get(word, word))


@lru_cache(maxsize=1)
def _soft() -> frozenset[str]:
    return frozenset(_root(word) for word in _SOFT.split())


def _opposite_table() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for pair in _OPPOSITES.replace("\n", "|").split("|"):
        left, right = (_root(word) for word in pair.split())
        table.setdefault(left, set()).add(right)
        table.setdefault(right, set()).add(left)
    return {word: frozenset(others) for word, others in table.items()}


OPPOSITES = _opposite_table()
