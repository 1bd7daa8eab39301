"""The breaker's one probe a minute, and the bound on what is remembered."""

from __future__ import annotations

import pytest

from questions.coach.attempts import fault_of_status
from questions.coach.breaker import FAILURES_TO_OPEN, MOST_KEYS, Breaker, Memory


def test_while_a_probe_is_under_way_nobody_else_passes() -> None:
    breaker = Breaker()
    for _ in range(FAILURES_TO_OPEN):
        breaker.failed("server", 100.0)
    assert [breaker.may_pass("server", now) for now in (159.9, 160.0, 160.1, 219.9, 220.0)] == [
        False, True, False, False, True
    ]  # fmt: skip


def test_other_servers_pass() -> None:
    breaker = Breaker()
    for _ in range(FAILURES_TO_OPEN):
        breaker.failed("server", 100.0)
    assert breaker.may_pass("another", 100.0)


def test_the_oldest_key_is_forgotten_first() -> None:
    memory: Memory[int] = Memory()
    for number in range(MOST_KEYS + 1):
        memory.put(number, number)
    assert memory.get(MOST_KEYS, int) == MOST_KEYS
    assert memory.get(1, lambda: -1) == 1
    assert memory.get(0, lambda: -1) == -1


@pytest.mark.parametrize(
    ("code", "kind"),
    [("context_length_exceeded", "too_long"), ("content_filter", "declined"), ("other", "bad_request")],
)
def test_a_fault_of_one_answer_is_not_held_against_the_server(code: str, kind: str):
    fault = fault_of_status(400, code=code)
    assert fault.kind == kind
    assert fault.counts_for_breaker == (kind == "bad_request")
