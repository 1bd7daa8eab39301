"""Key points, follow-ups and tags as lines that a person types, and back (PURE)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator

POINTS_FROM_REFERENCE = 12
LONGEST_TAG = 40
WEIGHED = re.compile(r"([123])\s*:\s*(?=\S)")
LIST_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+(.+)")
CODE = re.compile(r"^[ \t]*(?:```|~~~).*?(?:^[ \t]*(?:```|~~~)[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9“\"(])")
BAR = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|`[^`]*`|\|")
MARKUP = re.compile(r"\*\*|__|`|^#{1,6}\s+|^>\s?|\\(?=[\\`*_#>])")


def weighed(line: str, usual: int) -> tuple[int, str]:
    """`3: Essential claim` -> (3, "Essential claim"); without a weight the usual one."""
    found = WEIGHED.match(line.strip())
    return (int(found[1]), line.strip()[found.end() :]) if found else (usual, line.strip())


def point_line(weight: int, text: str, usual: int) -> str:
    """What `weighed` reads back; the usual weight is left out where that cannot be misread."""
    return text if weight == usual and not WEIGHED.match(text) else f"{weight}: {text}"


def followed_up(line: str) -> tuple[str, str]:
    """`Question? | hint` -> ("Question?", "hint")."""
    question, _, hint = line.strip().partition(" | ")
    return question, hint


def follow_up_line(question: str, hint: str) -> str:
    return f"{question} | {hint}" if hint else question


def plain(line: str) -> str:
    """A line of Markdown without its marks, for what is shown as it is: titles and key points."""
    return " ".join(MARKUP.sub("", line).split())


def filled(text: str) -> list[str]:
    """The lines that hold something."""
    return [line.strip() for line in text.replace("\r\n", "\n").split("\n") if line.strip()]


def split_points(line: str) -> list[str]:
    """`One|Two | Three` -> its parts. A bar in brackets or code is none of ours: `P(A|B)`, `` `cat x | sort` ``."""
    parts, start = [], 0
    for found in BAR.finditer(line):
        if found[0] == "|":
            parts.append(line[start : found.start()])
            start = found.end()
    return [part.strip() for part in (*parts, line[start:]) if part.strip()]


def point_id(text: str, taken: Container[str]) -> str:
    """A short id made of the text's first words, such as `overlap-keeps-a-sentence`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    base = "-".join(re.findall(r"[a-z0-9]+", plain)[:6])[:48].strip("-") or "point"
    id, number = base, 1
    while id in taken:
        number += 1
        id = f"{base}-{number}"
    return id


def tag_of(raw: str) -> str:
    """A tag in the site's form: `Vector DBs` -> `vector-dbs`. Empty when nothing is left of it."""
    # Cut before it is normalised: some signs become eighteen.
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", raw[: 2 * LONGEST_TAG]).lower())
    return "-".join(words)[:LONGEST_TAG].strip("-_")


def points_in(reference: str, longest: int) -> list[str]:
    """Key points taken from a reference answer: its list items, else its sentences; at most twelve."""
    text = CODE.sub(" ", reference)
    items = [found[1] for line in text.split("\n") if (found := LIST_ITEM.match(line))]
    return list(_bounded(items if len(items) > 1 else _sentences(text), longest))


def _sentences(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", text):
        yield from SENTENCE.split(" ".join(plain(line) for line in paragraph.split("\n")))


def _bounded(texts: Iterable[str], longest: int) -> Iterator[str]:
    found = 0
    for text in texts:
        said = plain(text)
        if said and found < POINTS_FROM_REFERENCE:
            found += 1
            yield cut(said, longest)


def cut(line: str, longest: int) -> str:
    """The line, or as many of its words as fit."""
    return line if len(line) <= longest else line[: longest - 2].rsplit(" ", 1)[0] + " …"
