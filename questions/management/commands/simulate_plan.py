"""`manage.py simulate_plan`: orders of practice before an interview, compared in a simulated world."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser

from questions.practice.simulation import (
    POLICIES,
    Policy,
    Result,
    World,
    compare,
    equal_weights,
    greedy,
    mean_and_interval,
)

LEAST_RECALL = 0.724  # of greedy, with the default weights
MOST_BEHIND_WEAKEST = 0.005  # with equal weights
LEAST_OVER_NEW_FIRST = 0.09  # with a quarter of the days missed
MISSED = 0.25


@dataclass(frozen=True)
class Row:
    """One policy: mean recall, half widths of the 95 % intervals, the paired difference to greedy, mean coverage."""

    policy: str
    recall: float
    interval: float
    difference: float
    difference_interval: float
    answered: float


class Command(BaseCommand):
    help = "Compare orders of practice before an interview in a simulated world."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--users", type=int, default=100, help="simulated people (2 to 10,000)")
        parser.add_argument("--questions", type=int, default=150, help="unseen questions (1 to 5,000)")
        parser.add_argument("--minutes", type=float, default=30.0, help="a day (1 to 1,000)")
        parser.add_argument("--days", type=int, default=21, help="until the interview (1 to 365)")
        parser.add_argument("--weights", default="", help="of the categories, such as .35,.25,.18,.12,.07,.03")
        parser.add_argument("--missed", type=float, default=0.0, help="share of the days without study, 0 to .9")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--all", action="store_true", help="the three scenarios and their floors; exit 1 on a miss")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        world, users, seed = world_of(options), options["users"], options["seed"]
        if options["all"]:
            self._all(world, users, seed, as_json=options["json"])
            return
        rows = table(world, users, seed)
        self._show("", rows, as_json=options["json"])

    def _show(self, title: str, rows: list[Row], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"scenario": title, "policies": [asdict(row) for row in rows]}))
            return
        if title:
            self.stdout.write(f"\n{title}")
        self.stdout.write(f"{'policy':16}{'recall on the day':>22}{'beside greedy':>22}{'answered':>12}")
        for row in rows:
            recall = f"{row.recall:.4f} ± {row.interval:.4f}"
            beside = f"{row.difference:+.4f} ± {row.difference_interval:.4f}"
            self.stdout.write(f"{row.policy:16}{recall:>22}{beside:>22}{row.answered:>12.1f}")

    def _all(self, world: World, users: int, seed: int, *, as_json: bool) -> None:
        weighted = table(world, users, seed)
        equal = table(equal_weights(world), users, seed)
        missed = table(World(**{**asdict(world), "missed": MISSED}), users, seed)
        self._show("The categories' weights", weighted, as_json=as_json)
        self._show("Equal weights", equal, as_json=as_json)
        self._show("A quarter of the days missed", missed, as_json=as_json)
        floors = (
            (f"weighted recall at least {LEAST_RECALL}", _of(weighted, "greedy") >= LEAST_RECALL),
            (
                f"equal weights: not below weakest-first by more than {MOST_BEHIND_WEAKEST}",
                _of(equal, "greedy") >= _of(equal, "weakest-first") - MOST_BEHIND_WEAKEST,
            ),
            (
                f"days missed: at least {LEAST_OVER_NEW_FIRST} over new-first",
                _of(missed, "greedy") >= _of(missed, "new-first") + LEAST_OVER_NEW_FIRST,
            ),
        )
        if not as_json:
            self.stdout.write("")
            for text, is_held in floors:
                self.stdout.write(f"{'held' if is_held else 'MISSED':8}{text}")
        broken = [text for text, is_held in floors if not is_held]
        if broken:
            raise CommandError("; ".join(broken))


def _of(rows: list[Row], policy: str) -> float:
    return next(row.recall for row in rows if row.policy == policy)


def table(world: World, users: int, seed: int) -> list[Row]:
    """A row a policy; every policy meets the same people and the same luck."""
    policies: dict[str, Policy] = {**POLICIES, "greedy, floor": greedy(has_floor=True), "broad": greedy("broad")}
    results = compare(world, policies, users, seed)
    own = np.array([result.recall for result in results["greedy"]])
    return [_row(name, found, own) for name, found in results.items()]


def _row(name: str, found: list[Result], own: Any) -> Row:
    recalls = np.array([result.recall for result in found])
    mean, half = mean_and_interval(recalls.tolist())
    difference, difference_half = mean_and_interval((recalls - own).tolist())
    answered = float(np.mean([result.answered for result in found]))
    return Row(name, mean, half, difference, difference_half, answered)


def world_of(options: dict[str, Any]) -> World:
    """The options as a world, or CommandError with the one that is wrong."""
    _between("--users", options["users"], 2, 10_000)
    _between("--questions", options["questions"], 1, 5_000)
    _between("--minutes", options["minutes"], 1, 1_000)
    _between("--days", options["days"], 1, 365)
    _between("--missed", options["missed"], 0, 0.9)
    _between("--seed", options["seed"], 0, 2**63)
    weights = _weights(options["weights"]) if options["weights"] else World().weights
    return World(
        questions=options["questions"],
        minutes=options["minutes"],
        days=options["days"],
        weights=weights,
        missed=options["missed"],
    )


def _between(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise CommandError(f"{name} must be from {low} to {high}, not {value}.")


def _weights(text: str) -> tuple[float, ...]:
    try:
        weights = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise CommandError(f"--weights must be numbers such as .5,.3,.2, not {text!r}.") from None
    if not all(0 <= weight < float("inf") for weight in weights) or not sum(weights):
        raise CommandError("--weights must be 0 or more, and one of them above 0.")
    return weights
