"""Takes the notes out of an Anki package (.apkg): a zip with an SQLite file, both made by strangers.

Everything is bounded before it is believed: what the zip unpacks to, how many files it names, what SQLite may read
and for how long. The database is opened from a private file, read-only, and only `notes` and the names of fields are
read from it.
"""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import zstandard

from questions.own.format import MOST_QUESTIONS
from questions.own.reading import UnreadableFile

# Newest form first: a newer package also holds an older file with one note that says "please update".
COLLECTIONS = ("collection.anki21b", "collection.anki21", "collection.anki2")
MOST_FILES = 20_000
MOST_UNPACKED = 64 * 1024 * 1024
MOST_RATIO = 100  # of unpacked to packed size; decks lie at 3 to 20
SMALL = 4 * 1024 * 1024  # below it no ratio is suspicious
PIECE = 256 * 1024
ZSTD_WINDOW = 32 * 1024 * 1024
MOST_FIELDS = 100  # of one note: Anki's own types have two to five
LONGEST_VALUE = 2 * 1024 * 1024  # bytes of one cell
TURNS, EACH = 4_000, 10_000  # of SQLite's virtual machine: a second or two
READABLE = {"notes": {"mid", "flds", "tags"}, "col": {"models"}, "fields": {"ntid", "ord", "name"}}
# What zipfile, zlib and zstandard raise for bytes that somebody turned.
BROKEN_ZIP = (
    *(zipfile.BadZipFile, zlib.error, zstandard.ZstdError, struct.error),
    *(EOFError, OSError, ValueError, OverflowError, NotImplementedError),
)
# The names of fields only help: where they are missing or nonsense, notes are read by the fields' order.
NO_NAMES = (sqlite3.Error, ValueError, TypeError, KeyError, AttributeError, RecursionError)
NOT_A_PACKAGE = "This is not an Anki package, or it is damaged."


@dataclass(frozen=True)
class Note:
    """One note: HTML by field, with the names of the fields where the package tells them."""

    fields: list[str]
    names: list[str]
    tags: list[str]


def read_notes(data: bytes) -> list[Note]:
    """The notes of a package, at most one more than a person may keep. Raises UnreadableFile."""
    with tempfile.TemporaryDirectory(prefix="onsite-import-") as folder:
        path = Path(folder) / "collection.sqlite"
        with path.open("wb") as out:
            _unpack(data, out)
        return _notes(path)


# --- The zip ---


def _unpack(data: bytes, out: IO[bytes]) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            _check_names(package)
            name = next((name for name in COLLECTIONS if name in package.namelist()), None)
            if name is None:
                raise UnreadableFile("This zip holds no Anki collection (collection.anki2, anki21 or anki21b).")
            info = package.getinfo(name)
            if info.flag_bits & 0x1:
                raise UnreadableFile("This package is encrypted.")
            if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                raise UnreadableFile(NOT_A_PACKAGE)
            with package.open(info) as packed:
                _copy(_unzstd(packed) if name.endswith("21b") else packed, out, len(data))
    except BROKEN_ZIP as error:
        raise UnreadableFile(NOT_A_PACKAGE) from error


def _check_names(package: zipfile.ZipFile) -> None:
    if len(package.infolist()) > MOST_FILES:
        raise UnreadableFile(f"This package holds more than {MOST_FILES:,} files.")


def _unzstd(packed: IO[bytes]) -> IO[bytes]:
    return zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).stream_reader(packed)


def _copy(packed: IO[bytes], out: IO[bytes], packed_size: int) -> None:
    """Counts what really comes out: the sizes that a zip claims may be false."""
    size = 0
    while piece := packed.read(PIECE):
        size += len(piece)
        if size > MOST_UNPACKED or (size > SMALL and size > MOST_RATIO * packed_size):
            raise UnreadableFile("This package unpacks to far more than a deck of notes. It was not read further.")
        out.write(piece)


# --- The database ---


def _notes(path: Path) -> list[Note]:
    try:
        with closing(_opened(path)) as database:
            names = _field_names(database)
            return [_note(row, names) for row in _select(database, "SELECT mid, flds, tags FROM notes LIMIT ?")]
    except (sqlite3.Error, ValueError) as error:  # a damaged schema makes messages that are no UTF-8
        raise UnreadableFile(NOT_A_PACKAGE) from error


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, isolation_level=None)
    database.text_factory = bytes  # whatever it is: decoded by us
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    database.execute("PRAGMA mmap_size = 0")
    database.create_collation("unicase", _unicase)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    database.set_authorizer(_may)
    turns = iter(range(TURNS))
    database.set_progress_handler(lambda: int(next(turns, None) is None), EACH)
    return database


def _unicase(one: str, two: str) -> int:
    """Anki's own order of names; the tables name it, so SQLite wants it to be there."""
    first, second = one.casefold(), two.casefold()
    return (first > second) - (first < second)


def _may(action: int, first: str | None, second: str | None, database: str | None, source: str | None) -> int:
    """Lets SQLite select some columns of three tables: no function, no view's inside, no recursion, no other table."""
    if action == sqlite3.SQLITE_SELECT and source is None:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_READ and source is None and first in READABLE:
        return sqlite3.SQLITE_OK if second in READABLE[first] or second == "" else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_DENY


def _select(database: sqlite3.Connection, query: str) -> Iterator[tuple[object, ...]]:
    """Rows, as long as they hold no more than a package may: a generated column makes gigabytes of a small file."""
    size = 0
    for row in database.execute(query, (MOST_QUESTIONS + 1,)):
        size += sum(len(cell) for cell in row if isinstance(cell, bytes))
        if size > MOST_UNPACKED:
            raise UnreadableFile("This package unpacks to far more than a deck of notes. It was not read further.")
        yield row


def _field_names(database: sqlite3.Connection) -> dict[object, list[str]]:
    """The names of the fields by note type: from the newer tables, else from the older JSON; {} where neither tells."""
    found: dict[object, list[str]] = {}
    with suppress(*NO_NAMES):
        rows = sorted(_select(database, "SELECT ord, ntid, name FROM fields LIMIT ?"))
        for _, note_type, name in rows:
            found.setdefault(note_type, []).append(_text(name))
    if found:
        return found
    with suppress(*NO_NAMES):
        for (models,) in _select(database, "SELECT models FROM col LIMIT ?"):
            for key, model in json.loads(_text(models)).items():
                found[int(key)] = [str(field["name"]) for field in model["flds"]]
    return found


def _note(row: tuple[object, ...], names: dict[object, list[str]]) -> Note:
    note_type, raw, tags = row
    fields = _text(raw).split("\x1f", MOST_FIELDS)
    if len(fields) > MOST_FIELDS:
        raise UnreadableFile(f"A note of this package has more than {MOST_FIELDS} fields. It was not read further.")
    return Note(fields, names.get(note_type, []), _text(tags).split())


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").replace("\x00", "")
    return "" if value is None else str(value)
