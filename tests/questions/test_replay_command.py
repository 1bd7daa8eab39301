"""`manage.py replay_reviews`, run for real: what it reads, prints and refuses."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import subprocess
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import fsrs
import pytest

from questions.practice.replaying import ConfigError, LogError, read_config, read_log, results

ROOT = Path(__file__).resolve().parents[2]
CONFIG = {
    "params": None,
    "desired_retention": 0.9,
    "tz": "Australia/Lord_Howe",
    "rollover_hour": 4,
    "max_interval": 365,
}
ZONES = frozenset({"UTC", "Europe/Berlin", "Australia/Lord_Howe"})
HEADER = "card_id,rating,timestamp\n"


def run(folder: Path, log: str | bytes, config: object = None) -> subprocess.CompletedProcess[str]:
    """The command as a person runs it, with no service in reach."""
    file = folder / "config.json"
    file.write_text(config if isinstance(config, str) else json.dumps(config or CONFIG))
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    done = subprocess.run(
        [sys.executable, "manage.py", "replay_reviews", "--config", str(file)],
        cwd=ROOT,
        env={**kept, "VAR_DIR": str(folder / "var"), "DJANGO_SETTINGS_MODULE": "prep.settings"},
        input=log.encode() if isinstance(log, str) else log,
        capture_output=True,
        check=False,
        timeout=100,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def expected(rows: list[tuple[str, int, datetime]]) -> dict[str, tuple[float, float, str, int]]:
    """What FSRS itself says of the same log, fed 12:00 UTC of each study day."""
    scheduler = fsrs.Scheduler(learning_steps=(), relearning_steps=(), maximum_interval=365, enable_fuzzing=False)
    cards: dict[str, tuple[fsrs.Card, int]] = {}
    for card_id, rating, at in sorted(rows, key=lambda row: row[2]):
        card, count = cards.get(card_id, (fsrs.Card(card_id=1), 0))
        day = (at.astimezone(ZoneInfo("Australia/Lord_Howe")).replace(tzinfo=None) - timedelta(hours=4)).date()
        noon = datetime.combine(day, time(12), tzinfo=UTC)
        cards[card_id] = (scheduler.review_card(card, fsrs.Rating(rating), review_datetime=noon)[0], count + 1)
    return {
        card_id: (card.stability or 0, card.difficulty or 0, card.due.date().isoformat(), count)
        for card_id, (card, count) in cards.items()
    }


def test_a_long_log_in_disorder_gives_what_fsrs_gives(tmp_path):
    rng = random.Random(7)
    start = datetime(2025, 9, 1, tzinfo=UTC)
    moments = rng.sample(range(200 * 86_400), 600)
    rows = [(f"q-{rng.randrange(40)}", rng.choice((1, 2, 3, 3, 4)), start + timedelta(seconds=s)) for s in moments]
    offsets = [ZoneInfo(name) for name in ("UTC", "Asia/Kolkata", "America/New_York")]
    log = HEADER + "".join(f"{c},{r},{at.astimezone(rng.choice(offsets)).isoformat()}\n" for c, r, at in rows)

    done = run(tmp_path, log)

    found = list(csv.DictReader(io.StringIO(done.stdout)))
    truth = expected(rows)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(found[0]) == ["card_id", "stability", "difficulty", "due", "n"]
    assert [row["card_id"] for row in found] == list(dict.fromkeys(card for card, _, _ in rows))
    for row in found:
        stability, difficulty, due, count = truth[row["card_id"]]
        assert float(row["stability"]) == pytest.approx(stability, abs=1e-6)
        assert float(row["difficulty"]) == pytest.approx(difficulty, abs=1e-6)
        assert (row["due"], int(row["n"])) == (due, count)
        assert repr(float(row["stability"])) == row["stability"]


def test_bad_lines_are_named_and_nothing_is_printed(tmp_path):
    log = HEADER + "a,3,2026-01-01T00:00:00Z\nb,5,2026-01-01T00:00:00Z\n\nc,3,2026-01-01T00:00:00\n"

    done = run(tmp_path, log)

    assert (done.returncode, done.stdout) == (1, "")
    assert "line 3: rating must be 1, 2, 3 or 4" in done.stderr
    assert "line 5: timestamp needs an offset" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("config", ["{", "[]", json.dumps({**CONFIG, "tz": "Mars/Olympus"})])
def test_a_bad_configuration_is_named_and_nothing_is_printed(tmp_path, config):
    done = run(tmp_path, HEADER, config)

    assert (done.returncode, done.stdout) == (1, "")
    assert "config.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_bytes_that_are_no_text_are_named(tmp_path):
    done = run(tmp_path, HEADER.encode() + b"a,3,2026-01-01T00:00:00Z\n\xff\xfe,3,2026-01-01T00:00:00Z\n")

    assert (done.returncode, done.stdout) == (1, "")
    assert "line 3" in done.stderr


# --- The reading itself, without a process -----------------------------------------------------


def replayed(log: str, **config: object) -> list[tuple[object, ...]]:
    return list(results(read_log(io.StringIO(log, newline="")), read_config(json.dumps({**CONFIG, **config}), ZONES)))


def test_columns_and_line_ends_may_differ_and_a_log_without_rows_is_no_fault():
    log = '\ttimestamp,card_id,rating\r\n2026-01-01T00:00:00Z,"a,b",3\r\n'.lstrip()

    assert [row[0] for row in replayed(log)] == ["a,b"]
    assert replayed(HEADER) == []


def test_every_row_of_a_day_counts_in_the_order_of_the_input_when_the_moment_is_the_same():
    at = "2026-01-01T00:00:00Z"
    again_then_easy = replayed(f"{HEADER}a,1,{at}\na,4,{at}\n")
    easy_then_again = replayed(f"{HEADER}a,4,{at}\na,1,{at}\n")

    assert again_then_easy[0][4] == easy_then_again[0][4] == 2
    assert again_then_easy[0][1] != easy_then_again[0][1]


def test_the_day_start_and_the_zone_decide_which_day_it_is():
    log = HEADER + "a,3,2026-01-01T02:59:59Z\n"

    assert replayed(log, tz="Europe/Berlin")[0][3] == "2026-01-02"  # 03:59 in Berlin is still New Year's Eve
    assert replayed(log, tz="Europe/Berlin", rollover_hour=3)[0][3] == "2026-01-03"


def test_parameters_retention_and_the_longest_interval_are_heard():
    log = HEADER + "a,4,2026-01-01T12:00:00Z\na,4,2026-01-10T12:00:00Z\n"
    plain = replayed(log)[0]

    assert replayed(log, params=list(fsrs.Scheduler().parameters))[0] == plain
    assert str(replayed(log, desired_retention=0.97)[0][3]) < str(plain[3])
    assert replayed(log, max_interval=3)[0][3] == "2026-01-13"


def test_a_date_that_returns_with_the_clock_is_no_day_before():
    there = {**CONFIG, "tz": "America/St_Johns", "rollover_hour": 0}
    # On 7 November 2010 the clocks there went from 00:01 back to 23:01 of the day before.
    log = HEADER + "a,3,2010-11-07T02:30:30Z\na,3,2010-11-07T02:45:00Z\n"

    (row,) = results(
        read_log(io.StringIO(log, newline="")), read_config(json.dumps(there), frozenset({"America/St_Johns"}))
    )

    assert row.n == 2


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("a,0,2026-01-01T00:00:00Z", "rating"),
        ("a,x,2026-01-01T00:00:00Z", "rating"),
        ("a,,2026-01-01T00:00:00Z", "rating"),
        ("a,3.0,2026-01-01T00:00:00Z", "rating"),
        ("a,٣,2026-01-01T00:00:00Z", "rating"),
        (",3,2026-01-01T00:00:00Z", "card_id"),
        ("a,3,2026-01-01T00:00:00", "offset"),
        ("a,3,2026-02-30T00:00:00Z", "ISO"),
        ("a,3,yesterday", "ISO"),
        ("a,3,", "ISO"),
        ("a,3,0001-01-01T00:00:00+14:00", "years"),
        ("a,3,9999-12-31T23:59:59-14:00", "years"),
        ("a,3", "fields"),
        ("a,3,2026-01-01T00:00:00Z,more", "fields"),
        ('"a,3,2026-01-01T00:00:00Z', "CSV"),
    ],
)
def test_a_row_that_cannot_be_is_named(row, fault):
    with pytest.raises(LogError, match=f"line 2: .*{fault}"):
        read_log(io.StringIO(f"{HEADER}{row}\n"))


@pytest.mark.parametrize(
    "header", ["", "card_id,rating\n", "card_id,rating,timestamp,due\n", "card_id,rating,rating\n"]
)
def test_another_header_is_refused(header):
    with pytest.raises(LogError, match="line 1: the header"):
        read_log(io.StringIO(f"{header}a,3,2026-01-01T00:00:00Z\n"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("params", [1.0] * 20),
        ("params", [0.0] * 21),
        ("params", ["1"] * 21),
        ("params", [True] * 21),
        ("params", "default"),
        ("desired_retention", 0.69),
        ("desired_retention", 1),
        ("desired_retention", None),
        ("desired_retention", True),
        ("desired_retention", "0.9"),
        ("tz", "Mars/Olympus"),
        ("tz", "../../etc/passwd"),
        ("tz", None),
        ("tz", ["UTC"]),
        ("rollover_hour", -1),
        ("rollover_hour", 24),
        ("rollover_hour", 4.0),
        ("rollover_hour", False),
        ("max_interval", 0),
        ("max_interval", 36_501),
        ("max_interval", None),
    ],
)
def test_a_setting_that_cannot_be_is_named(key, value):
    with pytest.raises(ConfigError, match=key if key != "params" else "param"):
        read_config(json.dumps({**CONFIG, key: value}), ZONES)


@pytest.mark.parametrize("key", CONFIG)
def test_a_missing_setting_is_named(key):
    with pytest.raises(ConfigError, match=key):
        read_config(json.dumps({name: value for name, value in CONFIG.items() if name != key}), ZONES)


def test_an_unknown_and_a_double_setting_are_refused():
    with pytest.raises(ConfigError, match="weights"):
        read_config(json.dumps({**CONFIG, "weights": []}), ZONES)
    with pytest.raises(ConfigError, match="twice"):
        read_config('{"tz": "UTC", "tz": "UTC"}', ZONES)
    with pytest.raises(ConfigError, match="NaN"):
        read_config(json.dumps({**CONFIG, "desired_retention": float("nan")}), ZONES)
