"""A file of questions read into the own format (PURE): what could be read, and each fault with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from questions.own.format import LONGEST_TITLE, MOST_QUESTIONS, MOST_TAGS, OwnQuestion, faults_of
from questions.own.lines import cut, plain, tag_of

MOST_PARTS = 10  # of a tag such as `ai::rag::chunking`
MOST_BYTES = 5 * 1024 * 1024
KEPT_FAULTS = 100
# What the bank's files hold besides, and an own question does not keep.
NOT_KEPT = frozenset({"slug", "samples", "asked_as", "checked_on"})

Place = Callable[[tuple[str | int, ...]], int]  # a path into a question -> the number of its line, row or note


class UnreadableFile(Exception):
    """Nothing of the file can be taken; the message is for the person."""


@dataclass(frozen=True)
class Known:
    """What a file may leave out. `categories`: slugs and names in small letters, each with the slug."""

    categories: Mapping[str, str]
    category: str
    level: str

    @cached_property
    def tags(self) -> dict[str, str]:
        """The categories by slug and by name, written as tags are."""
        return {_hyphened(name): slug for name, slug in self.categories.items()}

    def category_in(self, tags: Any) -> str | None:
        """The first category that one of the tags names, or a part of one (`ai::rag`); None where none does."""
        written = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
        parts = (part for tag in written[:MOST_TAGS] for part in (tag, *reversed(tag.split("::", MOST_PARTS))))
        return next((self.tags[tag] for part in parts if (tag := _hyphened(part)) in self.tags), None)


def _hyphened(name: str) -> str:
    return tag_of(name.replace("_", " "))  # Anki's tags hold no blanks


@dataclass(frozen=True)
class Row:
    """A question that could be read. `lost`: what was left behind ("picture", "sound"), "" for nothing."""

    number: int
    question: OwnQuestion
    names_category: bool = False
    lost: str = ""


@dataclass(frozen=True)
class Fault:
    number: int
    message: str


@dataclass
class Reading:
    """What a file holds. `unit`: what its numbers count; `fault_count` goes on where `faults` are no longer kept."""

    unit: str
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    fault_count: int = 0
    strange: list[str] = field(default_factory=list)  # categories that this site does not have

    def refuse(self, number: int, message: str) -> None:
        self.fault_count += 1
        if len(self.faults) < KEPT_FAULTS:
            self.faults.append(Fault(number, message))

    def take(self, values: dict[str, Any], known: Known, place: Place, lost: str = "") -> None:
        """One question as names and values, added or refused."""
        if len(self.rows) + self.fault_count >= MOST_QUESTIONS:
            raise UnreadableFile(
                f"This file has more than {MOST_QUESTIONS:,} questions, which is as many as one person can keep. "
                "Split it, and import only what you want to practise."
            )
        named = self._category(values, known)
        try:
            question = OwnQuestion.model_validate(self._completed(values, known, named))
        except ValidationError as error:
            for where, message in faults_of(error)[:5]:
                self.refuse(place(where), message)
        else:
            self.rows.append(Row(place(()), question, named is not None, lost))

    def _completed(self, values: dict[str, Any], known: Known, category: Any) -> dict[str, Any]:
        """Without what is not kept, with its category by slug, and with what was left out."""
        given = {name: value for name, value in values.items() if name not in NOT_KEPT and value is not None}
        if not _has_text(given.get("title")) and _has_text(given.get("prompt")):
            given["title"] = _short(given["prompt"])
        elif not _has_text(given.get("prompt")) and _has_text(given.get("title")):
            given["prompt"] = given["title"]
        given.setdefault("level", known.level)
        given["category"] = known.category if category is None else category
        return given

    def _category(self, values: dict[str, Any], known: Known) -> Any:
        """The category that the question names itself, in its field or as a tag; None where it names none of ours."""
        named = values.get("category")
        if named and not isinstance(named, str):
            return named  # refused with the other faults
        name = " ".join(named.split()) if named else ""
        found = known.categories.get(name.lower()) or known.category_in(values.get("tags"))
        if name and found is None and name not in self.strange:
            self.strange.append(name)
        return found


def _has_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _short(text: str) -> str:
    """A title made of a prompt's first line."""
    return cut(next(filter(None, map(plain, text.split("\n"))), ""), LONGEST_TITLE)


def read_file(*, name: str, data: bytes, known: Known) -> Reading:
    """Raises UnreadableFile. What the file is shows in its bytes first, then in its name."""
    from questions.own import reading_apkg, reading_csv, reading_yaml

    if not data.strip():
        raise UnreadableFile("This file is empty.")
    if len(data) > MOST_BYTES:
        raise UnreadableFile(f"This file is larger than {MOST_BYTES // 1024 // 1024} MB.")
    ending = name.lower().rpartition(".")[2]
    if data[:2] == b"PK" or ending in {"apkg", "colpkg"}:
        return _said(reading_apkg.read(data, known), "")
    readers = {"yaml": reading_yaml.read, "yml": reading_yaml.read, "csv": reading_csv.read, "tsv": reading_csv.read}
    if ending not in readers:
        raise UnreadableFile("Choose a file that ends in .yaml, .csv or .apkg.")
    text, remark = decoded(data)
    return _said(readers[ending](text, known), remark)


def _said(reading: Reading, remark: str) -> Reading:
    """The reading with what is to be said of the whole file. Raises UnreadableFile when it holds nothing."""
    if not reading.rows and not reading.fault_count:
        raise UnreadableFile("There is no question in this file.")
    if remark:
        reading.remarks.insert(0, remark)
    if reading.strange:
        names = ", ".join(f"“{name[:40]}”" for name in reading.strange[:5])
        more = f" and {len(reading.strange) - 5} more" if len(reading.strange) > 5 else ""
        reading.remarks.append(f"Not a category here: {names}{more}. Such questions go into the one that you chose.")
    return reading


def decoded(data: bytes) -> tuple[str, str]:
    """The file's text, and what is to be said about its encoding. Raises UnreadableFile."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _strictly(data, encoding), ""
    if b"\x00" in data[:2000]:
        return _strictly(data, "utf-16-be" if data[:1] == b"\x00" else "utf-16-le"), "The file was read as UTF-16."
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError:
        text = _strictly(data, "cp1252")
    return text, "The file is not in UTF-8; it was read as Windows-1252. Check the accents below."


def _strictly(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFile("This is not a text file in UTF-8 or UTF-16. Save it again as UTF-8.") from error
    if "\x00" in text:
        raise UnreadableFile("This file holds NUL characters, so it is not a text file. Save it again as UTF-8.")
    return text
