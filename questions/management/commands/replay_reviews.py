"""Replays a review log (CSV on standard input) to the memory of each card (CSV on standard output)."""

from __future__ import annotations

import csv
import io
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.zones import known_zones
from questions.practice import replaying

SHOWN_FAULTS = 20


class Command(BaseCommand):
    help = (
        "Replay reviews. Input: CSV card_id,rating,timestamp (ISO with offset, rows in any order). Output: CSV "
        "card_id,stability,difficulty,due,n for each card after its last review, in order of first appearance."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--config",
            type=Path,
            required=True,
            metavar="FILE",
            help="JSON {params: 21 numbers or null, desired_retention, tz, rollover_hour, max_interval}",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        config = _config(options["config"])
        try:
            text = sys.stdin.buffer.read().decode("utf-8-sig")
            rows = replaying.read_log(io.StringIO(text, newline=""))
        except UnicodeDecodeError as error:
            line = 1 + error.object[: error.start].count(b"\n")
            raise CommandError(f"line {line}: it is not UTF-8. Nothing was replayed.") from error
        except replaying.LogError as error:
            for fault in error.faults[:SHOWN_FAULTS]:
                self.stderr.write(fault)
            raise CommandError(f"{len(error.faults)} line(s) cannot be read. Nothing was replayed.") from error
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(replaying.RESULT_COLUMNS)
        writer.writerows(replaying.results(rows, config))  # csv writes a float by its repr
        self.stdout.write(out.getvalue(), ending="")


def _config(path: Path) -> replaying.Config:
    try:
        text = path.read_text(encoding="utf-8-sig")
        return replaying.read_config(text, known_zones())
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise CommandError(f"{path}: {reason}.") from error
    except replaying.ConfigError as error:
        raise CommandError(f"{path}: {error}.") from error
