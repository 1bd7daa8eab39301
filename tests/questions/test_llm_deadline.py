"""The deadline holds whatever a server does with its bytes, and the breaker gives a failing server a rest."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from questions.coach import llm
from questions.coach.llm import ModelError, ModelSettings, model_grade
from tests.openai_server import OpenAIServer
from tests.questions.test_llm import REQUEST, Naps, failure, grade, settings_for


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    llm.forget_servers()
    yield
    llm.forget_servers()


class Hand:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def ask(server: OpenAIServer, clock: Hand, key: str = "sk-test") -> str:
    """ "ok", or the kind of the failure."""
    try:
        model_grade(REQUEST, ModelSettings(server.base_url, key, "scripted-1", 20), clock=clock, sleep=Naps())
    except ModelError as error:
        return error.kind
    return "ok"


# With a socket's own timeouts these would end after minutes or never: the reply is thousands of seconds long.
@pytest.mark.timeout(30)
@pytest.mark.parametrize("mode", ["hang", "drip", "drip head"])
def test_the_deadline_holds_against_a_server_that_is_slow(mode: str) -> None:
    with OpenAIServer(mode) as server:
        error = failure(server, seconds=1.5)
        assert len(server.calls) == 1
    assert (error.kind, error.retry_helps) == ("timeout", True)


@pytest.mark.timeout(30)
def test_the_deadline_holds_against_a_fast_drip() -> None:
    with OpenAIServer("drip", drip_seconds=0.02) as server:
        assert failure(server, seconds=1).kind == "timeout"


@pytest.mark.timeout(30)
def test_a_deadline_that_has_passed_opens_no_socket() -> None:
    with OpenAIServer("ok") as server:
        assert failure_kind(server, seconds=0) == "timeout"
        assert server.calls == []


def failure_kind(server: OpenAIServer, seconds: float) -> str:
    with pytest.raises(ModelError) as raised:
        grade(server, seconds=seconds)
    return raised.value.kind


@pytest.mark.timeout(30)
def test_no_thread_and_no_socket_stays_behind() -> None:
    psutil = pytest.importorskip("psutil")
    with OpenAIServer("hang", "drip", "cut", "huge", "ok") as server:
        for _ in range(5):
            with contextlib.suppress(ModelError):
                grade(server, seconds=1)
        mine = [thread.name for thread in threading.enumerate() if thread.name == "model-server-name"]
        ours = [
            found
            for found in psutil.Process().net_connections("tcp")
            if found.raddr
            and found.raddr.port == int(server.base_url.split(":")[2].split("/")[0])
            and found.status != "CLOSE"
        ]
        assert mine == []
        assert ours == []


def test_after_five_failures_nothing_is_asked_for_a_minute_then_one_probe_is() -> None:
    clock = Hand()
    with OpenAIServer("401") as server:
        assert [ask(server, clock) for _ in range(5)] == ["key_refused"] * 5
        clock.now += 59
        assert ask(server, clock) == "resting"
        assert len(server.calls) == 5
        clock.now += 2
        assert [ask(server, clock) for _ in range(3)] == ["key_refused", "resting", "resting"]
        server.play("ok")
        clock.now += 61
        assert [ask(server, clock) for _ in range(3)] == ["ok"] * 3


@pytest.mark.parametrize(("mode", "outcome"), [("ok", "ok"), ("refusal", "declined")])
def test_a_reply_between_failures_keeps_the_breaker_shut(mode: str, outcome: str) -> None:
    clock = Hand()
    with OpenAIServer(*["401"] * 4, mode, *["401"] * 4, "ok") as server:
        outcomes = [ask(server, clock) for _ in range(10)]
    assert outcomes == ["key_refused"] * 4 + [outcome] + ["key_refused"] * 4 + ["ok"]


def test_one_key_that_is_refused_does_not_bar_another() -> None:
    clock = Hand()
    with OpenAIServer("401") as server:
        for _ in range(6):
            ask(server, clock, key="sk-bad")
        server.play("ok")
        assert ask(server, clock, key="sk-good") == "ok"
        assert ask(server, clock, key="sk-bad") == "resting"


def test_answers_that_a_model_declines_do_not_open_the_breaker() -> None:
    clock = Hand()
    with OpenAIServer("refusal") as server:
        assert [ask(server, clock) for _ in range(7)] == ["declined"] * 7


@pytest.mark.timeout(60)
def test_thirty_two_threads_share_what_was_negotiated() -> None:
    with OpenAIServer("schema 400") as server:
        grade(server)
        with ThreadPoolExecutor(32) as pool:
            results = list(pool.map(lambda _: model_grade(REQUEST, settings_for(server, 40)), range(64)))
        assert {(result.score, result.attempts) for result in results} == {(0.8, 1)}
        assert len(server.calls) == 2 + 64
