"""Questions from the notes of an Anki package: the front is title and prompt, the back the reference answer."""

from __future__ import annotations

import re
from typing import Any

from questions.own.format import LONGEST_PROMPT, LONGEST_REFERENCE, LONGEST_TITLE, MOST_POINTS, MOST_TAGS
from questions.own.html_text import markdown_of, media_in, text_of
from questions.own.lines import LIST_ITEM, cut, filled, plain
from questions.own.packages import Note, read_notes
from questions.own.reading import Known, Reading, UnreadableFile

MOST_HTML = 4_000_000  # characters of all notes: two thousand of two pages each
MOST_TAGGED = 200_000  # characters of all tags
MOST_MARKUP = 300_000  # tags and entities of all notes: what reading them costs, about seven seconds at worst
CLOZE = re.compile(r"\{\{c\d{1,3}::((?:[^{}]|\{[^{}]{0,200}\})*+)\}\}")  # possessive: linear, whatever is in it
LONGEST_HINT = 200
HABITS = {"leech", "marked"}  # tags that tell of practice in Anki, not of the question


def read(data: bytes, known: Known) -> Reading:
    """Raises UnreadableFile. Faults carry the note's place in the package, from 1."""
    notes = read_notes(data)
    if not notes:
        raise UnreadableFile("This package holds no notes.")
    fields = [field for note in notes for field in note.fields]
    markup = sum(field.count("<") + field.count("&") for field in fields)
    tagged = sum(len(tag) for note in notes for tag in note.tags)
    if sum(map(len, fields)) > MOST_HTML or markup > MOST_MARKUP or tagged > MOST_TAGGED:
        raise UnreadableFile("The notes of this package are too long. Export one deck instead of all.")
    reading = Reading("note")
    for number, note in enumerate(notes, start=1):
        values, media = _values(note), media_in(" ".join(note.fields))
        if media and (fault := _textless(values, media)):
            reading.refuse(number, fault)
        else:
            values["category"] = known.category_in(note.tags)
            reading.take(values, known, lambda where, number=number: number, media)  # type: ignore[misc]
    if any(map(media_in, fields)):
        reading.remarks.append("Pictures and sounds are not taken over: only the text of the notes.")
    if any(CLOZE.search(note.fields[0]) for note in notes):
        reading.remarks.append("Cloze notes ask for what was hidden; their full text is the reference answer.")
    return reading


def _textless(values: dict[str, Any], media: str) -> str:
    """Why a note with pictures or sounds is no question: a side of it has no text besides. "" where both have some."""
    asked = values.get("title") or values["prompt"]
    told = values["reference"] or " ".join(values.get("key_points", []))
    if not asked and not told:
        return f"both sides are only a {media}: there is no text"
    if not asked:
        return f"the front is only a {media}, without a text to ask; the back says “{_begin(told)}”"
    if not told:
        return f"the back is only a {media}, without a text to grade by; the front says “{_begin(asked)}”"
    return ""


def _begin(text: str) -> str:
    return cut(" ".join(map(plain, text.split("\n"))).strip(), 80)


def _values(note: Note) -> dict[str, Any]:
    named = {name.strip().lower(): field for name, field in zip(note.names, note.fields, strict=False)}
    # The fields of our own note type, and of anybody who names theirs like this.
    values = _ours(named) if {"prompt", "reference"} <= set(named) else _front_and_back(note.fields)
    tags = [tag for tag in note.tags if tag.lower() not in HABITS]
    values["tags"] = [tag.replace("::", " ") for tag in tags[:MOST_TAGS]]
    return values


def _ours(named: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {key: markdown_of(named[key]) for key in ("prompt", "reference")}
    values["title"] = text_of(named.get("title", ""))[:LONGEST_TITLE]
    lines = filled(text_of(named.get("key points", "")))
    values["key_points"] = [found[1] if (found := LIST_ITEM.match(line)) else line for line in lines][:MOST_POINTS]
    return values


def _front_and_back(fields: list[str]) -> dict[str, Any]:
    front, *rest = fields
    back = "\n\n".join(filter(None, (markdown_of(field) for field in rest if field)))
    if CLOZE.search(front):
        asked = markdown_of(CLOZE.sub(lambda found: f"[{_parted(found[1])[1] or '…'}]", front))
        back = "\n\n".join(filter(None, [markdown_of(CLOZE.sub(lambda found: _parted(found[1])[0], front)), back]))
    else:
        asked = markdown_of(front)
    return {"prompt": asked[:LONGEST_PROMPT], "reference": back[:LONGEST_REFERENCE]}


def _parted(cloze: str) -> tuple[str, str]:
    """What a cloze hides, and its hint: what follows the first `::` that leaves a short rest without braces."""
    start = max(len(cloze) - LONGEST_HINT - 2, cloze.rfind("{") + 1, cloze.rfind("}") + 1, 0)
    at = cloze.find("::", start)
    return (cloze, "") if at < 0 else (cloze[:at], cloze[at + 2 :])
