"""Loads the question files into the database and embeds what changed; `--check` only validates them."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from questions.bank import loading
from questions.bank.checking import check_likeness, check_texts
from questions.bank.reading import Bank, Fault, read_bank
from questions.bank.state import local_model_name
from questions.bank.vectors import embed_bank

if TYPE_CHECKING:
    from questions.bank.embeddings import Encoder


def load_encoder() -> Encoder:
    # Imported only when something is to be embedded: a start with an unchanged bank stays quick and small.
    from questions.bank.embeddings import local_encoder

    return local_encoder(keeps_memory=True)


def examine(bank: Bank) -> list[Fault]:
    return [*check_texts(bank), *check_likeness(bank, load_encoder().encode)]


class Command(BaseCommand):
    help = "Load and embed the bank. A second run changes nothing."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="validate the files only; exit 1 on any fault")
        parser.add_argument("--folder", type=Path, default=loading.CONTENT, help="where the question files are")

    def handle(self, *args: Any, **options: Any) -> None:
        bank = read_bank(options["folder"])
        faults = bank.faults or (examine(bank) if options["check"] else [])
        for fault in faults:
            self.stderr.write(str(fault))
        if faults:
            raise CommandError(f"{len(faults)} fault(s) in the bank; nothing was loaded.")
        if options["check"]:
            self.stdout.write(f"{len(bank.questions)} questions in {len(bank.categories)} categories: no fault")
            return
        counts = loading.load(bank.questions, bank.categories)
        embedded = embed_bank(local_model_name(), load_encoder, self.show_progress)
        self.stdout.write(f"Questions: {counts}")
        self.stdout.write(f"Embedded: {embedded.questions} questions, {embedded.key_points} key points")

    def show_progress(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            filled = round(30 * done / total)
            end = "\n" if done == total else ""
            sys.stderr.write(f"\rEmbedding the bank [{'#' * filled}{'.' * (30 - filled)}] {done}/{total}{end}")
            sys.stderr.flush()
        elif done == total or done % 50 == 0:
            self.stderr.write(f"Embedding the bank: {done}/{total}")
