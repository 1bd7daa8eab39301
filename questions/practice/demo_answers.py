"""Answers as a candidate might type them, made from a question's key points: for the demonstration account. PURE."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

OPENERS = (
    "I would start from the problem, not from the tool.",
    "Let me think about what matters most here.",
    "I have seen this in a project last year, so I will answer from that.",
    "There are a few things that I would bring up.",
    "My short answer first, then the reasons.",
)
LEADS = ("First, ", "Then ", "I would also say that ", "In my experience ", "As far as I know ", "And ")
PLAIN_LEADS = ("", "", "", "", "Also: ", "Another point: ", "The main thing: ")
# A first word that loses its capital inside a sentence; any other might be a name.
COMMON = frozenset("a an the each every one before after only when with without in on at for if no not most".split())
VAGUE = (
    "In the end it depends on the use case and on the data.",
    "I would look at the metrics and then decide.",
    "We would have to test that in practice.",
    "I am not completely sure about the details here.",
    "There are trade-offs on both sides.",
    "I would read up on that before the real thing.",
)
CLOSERS = (
    "That is how I would approach it.",
    "If there were more time I would measure it before changing anything else.",
    "I would check the result with the team before rolling it out.",
    "In a real interview I would now ask which of these matters most to you.",
)
IN_OTHER_WORDS = (
    (" such as ", " like "),
    (" because ", " since "),
    (", for example ", ", say "),
    (" therefore ", " so "),
    (" whereas ", " while "),
    (" several ", " a few "),
    (" is not ", " isn't "),
    (" does not ", " doesn't "),
    (" cannot ", " can't "),
    (" in order to ", " to "),
)
# A clause after one of these can be left out and a sentence remains.
TAIL = re.compile(r"(?:, (?:so|and|but|which|because|since|rather|not|at|with|for)\b|;| \().*$")


def compose(points: Sequence[str], share: float, rng: Random) -> str:
    """Markdown that makes about `share` (0..1) of the points, the rest left out; weak answers are short and vague."""
    count = min(len(points), max(1 if share > 0.1 else 0, round(share * len(points))))
    made = sorted(rng.sample(range(len(points)), count))
    sentences = [_said(points[index], rng, is_full=rng.random() < 0.5 * share) for index in made]
    vague = rng.sample(VAGUE, k=1 + (count < 2) + (count == 0) if share < 0.6 else int(rng.random() < 0.2))
    if rng.random() < 0.6:
        sentences.insert(0, rng.choice(OPENERS))
    sentences += vague
    if share > 0.5 and rng.random() < 0.6:
        sentences.append(rng.choice(CLOSERS))
    return _laid_out(sentences, rng)


def _said(point: str, rng: Random, *, is_full: bool) -> str:
    """One point in the first person's words, without its last clause unless it is said in full."""
    text = point.strip().rstrip(".")
    for written, spoken in IN_OTHER_WORDS:
        if rng.random() < 0.7:
            text = text.replace(written, spoken)
    short = TAIL.sub("", text)
    if not is_full and len(short.split()) >= 7:
        text = short
    is_common = text.split(maxsplit=1)[0].lower() in COMMON
    lead = rng.choice(LEADS if is_common and rng.random() < 0.8 else PLAIN_LEADS)
    if lead and not lead.endswith(": "):
        text = text[0].lower() + text[1:]
    return f"{lead}{text}."


def _laid_out(sentences: Sequence[str], rng: Random) -> str:
    """Paragraphs of two or three sentences, or one list."""
    if len(sentences) >= 5 and rng.random() < 0.25:
        head, *rest = sentences
        return "\n".join([head, "", *(f"- {sentence}" for sentence in rest)])
    paragraphs: list[str] = []
    left = list(sentences)
    while left:
        size = rng.choice((2, 3, 3))
        paragraphs.append(" ".join(left[:size]))
        left = left[size:]
    return "\n\n".join(paragraphs)
