"""Own questions as an Anki package: the two files of the older form (schema 11), which every Anki opens.

A question keeps its guid, so that a deck imported again updates its notes instead of doubling them.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import sqlite3
import zipfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.html import format_html, format_html_join

from accounts.markdown import render as markdown
from questions.own.format import USUAL_WEIGHT, OwnQuestion
from questions.own.lines import point_line

NOTE_TYPE = 1_795_000_000_011  # ours: the same in every export, so that Anki keeps one note type
FIELDS = ("Title", "Prompt", "Key points", "Reference")
FRONT = "<h2>{{Title}}</h2>\n{{Prompt}}"
BACK = "{{FrontSide}}\n<hr id=answer>\n{{Key points}}\n{{#Reference}}<hr>{{Reference}}{{/Reference}}"
STYLE = ".card { font-family: sans-serif; font-size: 18px; line-height: 1.5; text-align: left; max-width: 42em; }"
TABLES = """
CREATE TABLE col (id integer primary key, crt integer not null, mod integer not null, scm integer not null,
  ver integer not null, dty integer not null, usn integer not null, ls integer not null, conf text not null,
  models text not null, decks text not null, dconf text not null, tags text not null);
CREATE TABLE notes (id integer primary key, guid text not null, mid integer not null, mod integer not null,
  usn integer not null, tags text not null, flds text not null, sfld integer not null, csum integer not null,
  flags integer not null, data text not null);
CREATE TABLE cards (id integer primary key, nid integer not null, did integer not null, ord integer not null,
  mod integer not null, usn integer not null, type integer not null, queue integer not null, due integer not null,
  ivl integer not null, factor integer not null, reps integer not null, lapses integer not null,
  left integer not null, odue integer not null, odid integer not null, flags integer not null, data text not null);
CREATE TABLE revlog (id integer primary key, cid integer not null, usn integer not null, ease integer not null,
  ivl integer not null, lastIvl integer not null, factor integer not null, time integer not null,
  type integer not null);
CREATE TABLE graves (usn integer not null, oid integer not null, type integer not null);
CREATE INDEX ix_notes_usn ON notes (usn);
CREATE INDEX ix_cards_usn ON cards (usn);
CREATE INDEX ix_revlog_usn ON revlog (usn);
CREATE INDEX ix_cards_nid ON cards (nid);
CREATE INDEX ix_cards_sched ON cards (did, queue, due);
CREATE INDEX ix_revlog_cid ON revlog (cid);
CREATE INDEX ix_notes_csum ON notes (csum);
"""


@dataclass(frozen=True)
class Exported:
    """A question with what tells it apart for ever, and when it was changed."""

    slug: str
    changed_at: datetime
    content: OwnQuestion


def to_apkg(questions: Sequence[Exported], *, deck: str, now: datetime) -> bytes:
    """A package with one deck; its name decides the deck's id, so that a later export lands in the same deck."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(TABLES)
        _write(database, questions, deck, now)
        database.commit()
        collection = database.serialize()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("collection.anki2", collection)
        package.writestr("media", "{}")
    return packed.getvalue()


def _write(database: sqlite3.Connection, questions: Sequence[Exported], deck: str, now: datetime) -> None:
    start = int(now.timestamp() * 1000)
    deck_id = 1_400_000_000_000 + int.from_bytes(hashlib.sha256(deck.encode()).digest()[:5], "big") % 300_000_000_000
    database.execute(
        "INSERT INTO col VALUES (1, ?, ?, ?, 11, 0, 0, 0, ?, ?, ?, ?, '{}')",
        (start // 1000, start, start, *map(json.dumps, (_settings(), _models(), _decks(deck_id, deck), _options()))),
    )
    for place, question in enumerate(questions):
        id, changed = start + place, int(question.changed_at.timestamp())
        fields = _fields(question.content)
        database.execute(
            "INSERT INTO notes VALUES (?, ?, ?, ?, -1, ?, ?, ?, ?, 0, '')",
            (
                *(id, guid(question.slug), NOTE_TYPE, changed, _tags(question.content), "\x1f".join(fields)),
                *(fields[0], _checksum(fields[0])),
            ),
        )
        database.execute(
            "INSERT INTO cards VALUES (?, ?, ?, 0, ?, -1, 0, 0, ?, 0, 0, 0, 0, 0, 0, 0, 0, '')",
            (id, id, deck_id, changed, place + 1),
        )


def guid(slug: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(f"onsite:{slug}".encode()).digest()[:9]).decode()


def _fields(content: OwnQuestion) -> list[str]:
    lines = [(point_line(point.weight, point.text, USUAL_WEIGHT),) for point in content.key_points]
    points = format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", lines))
    return [
        str(format_html("{}", content.title)),
        markdown(content.prompt).strip(),
        str(points),
        markdown(content.reference).strip(),
    ]


def _tags(content: OwnQuestion) -> str:
    return f" {' '.join(content.tags)} " if content.tags else ""


def _checksum(field: str) -> int:
    return int(hashlib.sha1(field.encode(), usedforsecurity=False).hexdigest()[:8], 16)


def _models() -> dict[str, Any]:
    template = {"name": "Answer aloud", "ord": 0, "qfmt": FRONT, "afmt": BACK, "bqfmt": "", "bafmt": "", "did": None}
    fields = [
        {"name": name, "ord": place, "sticky": False, "rtl": False, "font": "Arial", "size": 20, "media": []}
        for place, name in enumerate(FIELDS)
    ]
    model = {
        "id": NOTE_TYPE,
        "name": "Onsite question",
        "type": 0,
        "mod": 0,
        "usn": -1,
        "sortf": 0,
        "did": None,
        "tmpls": [template],
        "flds": fields,
        "css": STYLE,
        "latexPre": "",
        "latexPost": "",
        "req": [[0, "any", [0, 1]]],
        "tags": [],
        "vers": [],
    }
    return {str(NOTE_TYPE): model}


def _decks(deck_id: int, name: str) -> dict[str, Any]:
    def one(id: int, name: str) -> dict[str, Any]:
        today = {f"{kind}Today": [0, 0] for kind in ("new", "rev", "lrn", "time")}
        options = {"conf": 1, "dyn": 0, "collapsed": False, "extendNew": 0, "extendRev": 0}
        return {"id": id, "name": name, "desc": "", "mod": 0, "usn": -1, **today, **options}

    return {"1": one(1, "Default"), str(deck_id): one(deck_id, name)}


def _options() -> dict[str, Any]:
    new = {"delays": [1, 10], "ints": [1, 4, 7], "initialFactor": 2500, "order": 1, "perDay": 20, "bury": False}
    review = {"perDay": 200, "ease4": 1.3, "fuzz": 0.05, "ivlFct": 1, "maxIvl": 36500, "minSpace": 1, "bury": False}
    lapse = {"delays": [10], "mult": 0, "minInt": 1, "leechFails": 8, "leechAction": 0}
    options = {"id": 1, "name": "Default", "mod": 0, "usn": 0, "maxTaken": 60, "autoplay": True, "timer": 0}
    return {"1": {**options, "replayq": True, "dyn": False, "new": new, "rev": review, "lapse": lapse}}


def _settings() -> dict[str, Any]:
    lists = {"activeDecks": [1], "curDeck": 1, "curModel": str(NOTE_TYPE), "nextPos": 1, "sortType": "noteFld"}
    return {**lists, "sortBackwards": False, "newSpread": 0, "collapseTime": 1200, "timeLim": 0, "estTimes": True}
