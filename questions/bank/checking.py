"""What is wrong with a whole bank, beyond the format of each file (PURE; vectors come from the encoder given).

Read level: the Coleman-Liau index (M. Coleman and T. L. Liau, 1975), which needs letters and sentences only.
Order of grade and length: Spearman's rank correlation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from questions.bank.reading import Bank, Fault, Located

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]  # texts to unit rows, shape (n, d)

SIMILAR_QUESTIONS = 0.82  # cosine of title and prompt; the bank's closest pair lies at 0.73
SIMILAR_POINTS = 0.88  # cosine of two key points of one question; the closest that say different things: 0.86
HARD_TO_READ = 15.0  # Coleman-Liau; the prompts and references of the bank lie at 4 to 13
COPIED_WORDS = 12  # words in a row that two texts share
LENGTH_TELLS = 0.2  # |rho| of grade and length over the bank
LONG_WEAK_SHARE = 1 / 3  # questions whose weak sample is at least as long as the strong one
EVERYDAY_SHARE = 1 / 3
GRADES = {"weak": 1, "fair": 2, "strong": 3}
SMALL_BANK = 30  # below it shares and correlations say nothing

WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
LINK = re.compile(r"\]\(/questions/([a-z0-9-]+)/?[^)]*\)")
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)


def check_texts(bank: Bank) -> list[Fault]:
    """The faults that need no vectors."""
    faults = [fault for item in bank.located for fault in _check_alone(item)]
    faults += _dead_links(bank.located)
    faults += _copied_prompts(bank.located, bank.allowed)
    faults += _telling_samples(bank.located)
    faults += _sources_at_odds(bank.located)
    faults += _wordings_of_two(bank.located)
    return faults


def _wordings_of_two(bank: Sequence[Located]) -> Iterator[Fault]:
    """Another wording that is a title, or stands in a second place: it tells search nothing, or leads astray."""
    known = {" ".join(WORD.findall(item.question.title.lower())): "is the title of" for item in bank}
    for item in bank:
        for index, wording in enumerate(item.question.asked_as):
            plain = " ".join(WORD.findall(wording.lower()))
            if plain in known:
                yield item.fault(("asked_as", index), f"the wording {wording!r} {known[plain]} a question already")
            known.setdefault(plain, "leads to")


def _sources_at_odds(bank: Sequence[Located]) -> Iterator[Fault]:
    """One paper or book that two questions name differently: at least one of them is wrong."""
    first: dict[str, tuple[str, str, int]] = {}
    for item in bank:
        for index, source in enumerate(item.question.sources):
            if source.kind == "docs":
                continue
            named = (source.title, source.author, source.year)
            known = first.setdefault(" ".join(WORD.findall(source.title.lower())), named)
            if known != named:
                text = f"source {named} is {known} in another question"
                yield item.fault(("sources", index), text)


def check_likeness(whole: Bank, encode: Encode) -> list[Fault]:
    """Questions that ask the same, and key points that say the same."""
    bank, allowed = whole.located, whole.allowed
    asked = encode([f"{item.question.title}\n{item.question.prompt}" for item in bank])
    faults = [
        _alike(bank[one], bank[two], cosine)
        for one, two, cosine in _close_pairs(asked, SIMILAR_QUESTIONS)
        if frozenset((bank[one].question.slug, bank[two].question.slug)) not in allowed
    ]
    for item in bank:
        faults += _repeated_points(item, encode)
    return faults


def _alike(one: Located, two: Located, cosine: float) -> Fault:
    what = f"asks what {one.question.slug!r} asks (similarity {cosine:.2f})"
    return two.fault(("prompt",), f"{what}; if both are wanted, name them in _similar.yaml")


def _repeated_points(item: Located, encode: Encode) -> Iterator[Fault]:
    points = item.question.key_points
    for one, two, cosine in _close_pairs(encode([point.text for point in points]), SIMILAR_POINTS):
        message = f"key point {points[two].id!r} says what {points[one].id!r} says (similarity {cosine:.2f})"
        yield item.fault(("key_points", two, "text"), message)


def _close_pairs(rows: Vectors, least: float) -> list[tuple[int, int, float]]:
    cosines = rows @ rows.T
    found = np.argwhere(np.triu(cosines, k=1) >= least)
    return [(int(one), int(two), float(cosines[one, two])) for one, two in found]


# --- One question ---


def _check_alone(item: Located) -> Iterator[Fault]:
    question = item.question
    if not question.samples:
        yield item.fault(("slug",), "samples: a weak, a fair and a strong one are missing")
    for name in ("prompt", "reference"):
        grade = reading_grade(getattr(question, name))
        if grade > HARD_TO_READ:
            text = f"{name}: hard to read (Coleman-Liau {grade:.1f}, at most {HARD_TO_READ:.0f}): shorten the sentences"
            yield item.fault((name,), text)
    for index, point in enumerate(question.key_points):
        if shared_run(point.text, question.prompt) >= COPIED_WORDS:
            yield item.fault(("key_points", index, "text"), f"key point {point.id!r} copies the prompt")
    for index, sample in enumerate(question.samples):
        if shared_run(sample.text, question.reference) >= COPIED_WORDS:
            yield item.fault(("samples", index, "text"), f"the {sample.grade} sample copies the reference")
        for point in question.key_points:
            if shared_run(sample.text, point.text) >= COPIED_WORDS:
                message = f"the {sample.grade} sample copies the key point {point.id!r}"
                yield item.fault(("samples", index, "text"), message)


def reading_grade(text: str) -> float:
    """Coleman-Liau: years of school that a text asks for; 0 for fewer than 30 words. Code is left out."""
    words = re.findall(r"[A-Za-z]+", CODE.sub(" ", text))
    if len(words) < 30:
        return 0.0
    sentences = max(1, len(re.findall(r"[.!?:;](?:\s|$)|\n\s*(?:[-*|]|\d+\.)|\n\n", CODE.sub(" ", text))))
    letters = sum(map(len, words))
    return 5.88 * letters / len(words) - 29.6 * sentences / len(words) - 15.8


def words_of(text: str) -> list[str]:
    return WORD.findall(text.lower())


def shared_run(one: str, two: str) -> int:
    """COPIED_WORDS where both texts hold so long a run of words, else 0. Two who calculate get the same numbers."""
    ours, theirs = ([word for word in words_of(text) if not word.isdigit()] for text in (one, two))
    runs = set(_runs(theirs, COPIED_WORDS))
    return COPIED_WORDS if any(run in runs for run in _runs(ours, COPIED_WORDS)) else 0


def _runs(words: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    return (tuple(words[start : start + size]) for start in range(len(words) - size + 1))


# --- Between questions ---


def _dead_links(bank: Sequence[Located]) -> Iterator[Fault]:
    slugs = {item.question.slug for item in bank}
    for item in bank:
        for name in ("prompt", "reference", "intent"):
            for slug in LINK.findall(getattr(item.question, name)):
                if slug not in slugs:
                    yield item.fault((name,), f"{name}: leads to the question {slug!r}, which does not exist")


def _copied_prompts(bank: Sequence[Located], allowed: frozenset[frozenset[str]]) -> Iterator[Fault]:
    seen: dict[tuple[str, ...], str] = {}
    for item in bank:
        slug = item.question.slug
        runs = set(_runs(words_of(item.question.prompt), COPIED_WORDS))
        others = {seen[run] for run in runs if run in seen} - {slug}
        for other in sorted(other for other in others if frozenset((slug, other)) not in allowed):
            yield item.fault(("prompt",), f"prompt: shares {COPIED_WORDS} words in a row with {other!r}")
        for run in runs:
            seen.setdefault(run, slug)


def _telling_samples(bank: Sequence[Located]) -> Iterator[Fault]:
    """A bank in which the longer sample is the better one lets a grader pass that only counts words."""
    full = [item for item in bank if item.question.samples]
    if len(full) < SMALL_BANK:
        return
    for message in _tell_tales(full):
        yield full[0].fault(("samples",), f"samples: {message}")


def _tell_tales(full: Sequence[Located]) -> Iterator[str]:
    samples = [sample for item in full for sample in item.question.samples]
    rho = spearman([GRADES[sample.grade] for sample in samples], [len(sample.text.split()) for sample in samples])
    if abs(rho) > LENGTH_TELLS:
        yield f"length tells the grade (rho {rho:+.2f} over the bank, at most {LENGTH_TELLS})"
    long_weak = sum(_words(item, "weak") >= _words(item, "strong") for item in full)
    if long_weak < LONG_WEAK_SHARE * len(full):
        yield f"{long_weak} of {len(full)} weak ones are as long as the strong; a third is wanted"
    everyday = sum(any(sample.wording == "everyday" for sample in item.question.samples) for item in full)
    if everyday < EVERYDAY_SHARE * len(full):
        yield f"{everyday} of {len(full)} questions have them in everyday words; a third is wanted"


def _words(item: Located, grade: str) -> int:
    return next(len(s.text.split()) for s in item.question.samples if s.grade == grade)


def spearman(one: Sequence[float], two: Sequence[float]) -> float:
    """Rank correlation, ties at their mean rank; 0 when one side never varies."""
    first, second = _ranks(one), _ranks(two)
    if first.std() == 0 or second.std() == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    _, inverse, counts = np.unique(array, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    means: NDArray[np.float64] = (ends - (counts - 1) / 2)[inverse]
    return means
