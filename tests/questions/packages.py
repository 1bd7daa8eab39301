"""Anki packages as tests need them: right ones made by hand, and every kind of broken or hostile one."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import zstandard

REAL = Path(__file__).parent / "anki"  # exported by Anki 26.9: modern.apkg, and older.apkg for its earlier versions
NOTES = (("What is HNSW?", "A graph index. It trades memory for recall."), ("Why rerank?", "It reads both together."))


def database(*statements: str, notes: Sequence[Sequence[str]] = (), models: object = None) -> bytes:
    """An SQLite file with the older form's `col` and `notes`, unless `statements` make other tables."""
    with closing(sqlite3.connect(":memory:")) as connection:
        if statements:
            connection.executescript(";".join(statements))
        else:
            connection.executescript("CREATE TABLE col (models); CREATE TABLE notes (id, mid, tags, flds)")
            connection.execute("INSERT INTO col VALUES (?)", [json.dumps(models or {})])
            rows = [(number, 1, " tag ", "\x1f".join(fields)) for number, fields in enumerate(notes)]
            connection.executemany("INSERT INTO notes VALUES (?, ?, ?, ?)", rows)
        connection.commit()
        return connection.serialize()


def package(
    collection: bytes | None, name: str = "collection.anki2", others: Mapping[str, bytes] | None = None
) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        if collection is not None:
            zipped.writestr(name, zstandard.compress(collection) if name.endswith("21b") else collection)
        for other, content in (others or {}).items():
            zipped.writestr(other, content)
    return packed.getvalue()


def deck(notes: Sequence[Sequence[str]] = NOTES, name: str = "collection.anki2") -> bytes:
    return package(database(notes=notes), name)


def bomb(megabytes: int = 20) -> bytes:
    """A zip of a few kilobytes that unpacks to as many megabytes of nothing."""
    return package(b"SQLite format 3\x00" + bytes(megabytes * 1024 * 1024))


def lying_bomb() -> bytes:
    """The same, but the zip says that the file has 100 bytes."""
    data = bytearray(bomb())
    size = (20 * 1024 * 1024 + 16).to_bytes(4, "little")
    while (place := data.find(size)) >= 0:
        data[place : place + 4] = (100).to_bytes(4, "little")
    return bytes(data)


def zstd_bomb() -> bytes:
    return package(b"SQLite format 3\x00" + bytes(200 * 1024 * 1024), "collection.anki21b")
