"""The model grader against a real server: each way a server can behave ends in the stated result."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from questions.coach import llm
from questions.coach.llm import GradeRequest, KeyPointText, ModelError, ModelGrade, ModelSettings, model_grade
from tests.openai_server import OpenAIServer

ANSWER = (
    "Retrieval narrows the context to passages that matter. A reranker reorders the first hundred candidates.\n"
    "I would measure recall at ten\non a labelled set. Costs fall because the prompt gets shorter."
)
POINTS = (
    KeyPointText("retrieval", "Retrieval picks the passages for the context.", 3),
    KeyPointText("reranking", "A reranker improves the order of candidates.", 2),
    KeyPointText("evaluation", "Retrieval is measured by recall on labelled data.", 2),
    KeyPointText("cost", "A shorter prompt costs less.", 1),
    KeyPointText("freshness", "The index must be kept fresh.", 2),
)
REQUEST = GradeRequest("How does retrieval help a model?", POINTS, "Retrieval helps because of many things.", ANSWER)
Grade = Callable[..., ModelGrade]


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    llm.forget_servers()
    yield
    llm.forget_servers()


class Naps:
    """A sleep that only writes down how long it was asked to."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def settings_for(server: OpenAIServer, seconds: float = 20) -> ModelSettings:
    return ModelSettings(server.base_url, "sk-test", "scripted-1", seconds)


def grade(
    server: OpenAIServer, request: GradeRequest = REQUEST, seconds: float = 20, naps: Naps | None = None
) -> ModelGrade:
    return model_grade(request, settings_for(server, seconds), sleep=naps or Naps(), rng=random.Random(7))


def failure(
    server: OpenAIServer, request: GradeRequest = REQUEST, seconds: float = 20, naps: Naps | None = None
) -> ModelError:
    with pytest.raises(ModelError) as raised:
        grade(server, request, seconds, naps)
    error = raised.value
    assert error.attempts == len(server.calls)
    assert (error.tokens_in, error.tokens_out) == server.tokens
    assert error.reason
    assert "secret words" not in error.reason
    assert "<" not in error.reason
    return error


def formats(server: OpenAIServer) -> list[str]:
    return [call.body.get("response_format", {}).get("type", "text") for call in server.calls]


def test_a_good_server_gives_a_verdict_in_one_call() -> None:
    with OpenAIServer("ok") as server:
        result = grade(server)
        assert len(server.calls) == result.attempts == 1
        assert (result.tokens_in, result.tokens_out) == server.tokens
    assert [point.status for point in result.points] == ["covered"] * 4 + ["missing"]
    assert all(point.quote is None or point.quote in ANSWER for point in result.points)
    assert result.score == 0.8
    assert result.mode == "json_schema"
    assert result.prompt_version == "grade-v1"
    assert result.model == "scripted-1"
    assert result.dropped == 0
    assert [gap.key_point for gap in result.gaps] == ["freshness"]
    assert result.latency_ms >= 0


def test_a_call_carries_the_limits_and_nothing_about_the_machine() -> None:
    with OpenAIServer("ok") as server:
        grade(server)
        call = server.calls[0]
    assert call.body["max_tokens"] == 3000
    assert "tools" not in call.body
    assert call.headers["authorization"] == "Bearer sk-test"
    accepts = {"accept", "accept-encoding"}
    assert set(call.headers) - accepts == {
        "authorization", "connection", "content-length", "content-type", "host", "user-agent"
    }  # fmt: skip


def test_the_answer_stands_in_the_user_message_alone() -> None:
    with OpenAIServer("ok") as server:
        grade(server)
        system, user = server.calls[0].body["messages"]
    assert (system["role"], user["role"]) == ("system", "user")
    assert ANSWER in user["content"]
    assert "Retrieval" not in system["content"]


@pytest.mark.parametrize(
    ("mode", "asked", "ends_as"),
    [
        ("schema 400", ["json_schema", "json_object"], "json_object"),
        ("schema 500", ["json_schema", "json_object"], "json_object"),
        ("text only", ["json_schema", "json_object", "text"], "text"),
        ("chatter", ["json_schema"], "json_schema"),
    ],
)
def test_the_format_is_negotiated_once_and_remembered(mode: str, asked: list[str], ends_as: str) -> None:
    with OpenAIServer(mode) as server:
        first = grade(server)
        assert formats(server) == asked
        assert (first.mode, first.score, first.attempts) == (ends_as, 0.8, len(asked))
        second = grade(server)
        assert formats(server) == [*asked, asked[-1]]
        assert (second.mode, second.attempts) == (ends_as, 1)
        assert (first.tokens_in + second.tokens_in, first.tokens_out + second.tokens_out) == server.tokens


def test_a_model_that_wants_max_completion_tokens_gets_them() -> None:
    with OpenAIServer("modern") as server:
        assert grade(server).attempts == 2
        assert "max_tokens" not in server.calls[1].body
        assert server.calls[1].body["max_completion_tokens"] == 8000
        assert formats(server) == ["json_schema", "json_schema"]


def test_another_model_on_the_same_server_negotiates_for_itself() -> None:
    with OpenAIServer("schema 400") as server:
        grade(server)
        other = ModelSettings(server.base_url, "sk-test", "scripted-2", 20)
        model_grade(REQUEST, other, sleep=Naps())
        assert formats(server) == ["json_schema", "json_object", "json_schema", "json_object"]


@pytest.mark.parametrize("mode", ["malformed", "wrong schema", "invented", "empty"])
def test_a_reply_that_does_not_hold_is_repaired_once_and_then_given_up(mode: str) -> None:
    with OpenAIServer(mode) as server:
        error = failure(server)
        assert len(server.calls) == 2
        assert "An earlier reply could not be used" in server.calls[1].body["messages"][1]["content"]
    assert (error.kind, error.retry_helps) == ("invalid", True)


@pytest.mark.parametrize("mode", ["malformed", "wrong schema", "invented", "empty"])
def test_a_repaired_reply_counts_with_the_tokens_of_both(mode: str) -> None:
    with OpenAIServer(mode, "ok") as server:
        result = grade(server)
        assert result.attempts == len(server.calls) == 2
        assert (result.tokens_in, result.tokens_out) == server.tokens
    assert result.score == 0.8


@pytest.mark.parametrize(("mode", "kind"), [("truncated", "truncated"), ("refusal", "declined")])
def test_a_truncated_or_refused_reply_ends_at_once(mode: str, kind: str) -> None:
    with OpenAIServer(mode) as server:
        assert failure(server).kind == kind
        assert len(server.calls) == 1
        assert server.tokens[0] > 0


@pytest.mark.parametrize(("mode", "kind"), [("huge", "too_large"), ("html", "not_openai")])
def test_a_reply_that_is_no_completion_ends_at_once(mode: str, kind: str) -> None:
    with OpenAIServer(mode) as server:
        assert failure(server).kind == kind
        assert len(server.calls) == 1


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("401", "key_refused"),
        ("403", "key_refused"),
        ("404", "not_found"),
        ("quota", "quota"),
        ("too long", "too_long"),
    ],
)
def test_what_a_retry_cannot_help_is_asked_once(mode: str, kind: str) -> None:
    with OpenAIServer(mode) as server:
        error = failure(server)
        assert (error.kind, error.retry_helps) == (kind, False)
        assert len(server.calls) == 1


def test_a_server_that_refuses_every_format_is_asked_three_times() -> None:
    with OpenAIServer("400") as server:
        assert failure(server).kind == "bad_request"
        assert formats(server) == ["json_schema", "json_object", "text"]


def test_a_short_retry_after_is_waited_for() -> None:
    naps = Naps()
    with OpenAIServer("429", "ok", retry_after="3") as server:
        assert grade(server, naps=naps).attempts == 2
    assert naps.seconds == [3.0]


def test_a_retry_after_beyond_the_deadline_ends_at_once() -> None:
    naps = Naps()
    with OpenAIServer("429", "ok", retry_after="120") as server:
        error = failure(server, naps=naps)
        assert len(server.calls) == 1
    assert (error.kind, error.retry_helps, naps.seconds) == ("busy", True, [])


@pytest.mark.parametrize(("mode", "kind"), [("429", "busy"), ("503", "server_error"), ("cut", "cut")])
def test_a_failing_server_is_asked_four_times_with_growing_pauses(mode: str, kind: str) -> None:
    naps = Naps()
    with OpenAIServer(mode) as server:
        error = failure(server, naps=naps)
        assert (error.kind, error.retry_helps) == (kind, True)
        assert len(server.calls) == 4
        assert server.tokens == (0, 0)
    assert len(naps.seconds) == 3
    assert all(0.5 * whole <= nap <= whole for nap, whole in zip(naps.seconds, (0.5, 1, 2), strict=True))


def test_a_500_steps_down_twice_and_is_tried_once_more() -> None:
    with OpenAIServer("500") as server:
        assert failure(server).kind == "server_error"
        assert formats(server) == ["json_schema", "json_object", "text", "text"]


def test_a_failure_teaches_nothing_about_formats() -> None:
    with OpenAIServer("500", "500", "500", "500", "ok") as server:
        failure(server)
        assert grade(server).mode == "json_schema"


def test_repair_and_negotiation_share_four_calls() -> None:
    with OpenAIServer("schema 400", "503", "503", "malformed", "ok") as server:
        assert failure(server).kind == "invalid"
        assert len(server.calls) == 4


def test_a_server_that_is_not_there_cannot_be_reached() -> None:
    with OpenAIServer("ok") as server:
        gone = settings_for(server)
    with pytest.raises(ModelError) as raised:
        model_grade(REQUEST, gone, sleep=Naps())
    assert (raised.value.kind, raised.value.retry_helps, raised.value.attempts) == ("unreachable", True, 4)


@pytest.mark.parametrize(
    "base_url", ["file:///etc/passwd", "127.0.0.1:80", "http://", "http://[::1", "http://a:99999/v1"]
)
def test_an_address_that_is_none_is_said_to_be_none(base_url: str) -> None:
    with pytest.raises(ModelError) as raised:
        model_grade(REQUEST, ModelSettings(base_url, "", "scripted-1", 5), sleep=Naps())
    assert raised.value.kind in {"address", "unreachable"}


def test_a_key_that_is_none_is_not_sent() -> None:
    with OpenAIServer("ok") as server:
        bad = ModelSettings(server.base_url, "sk-\nHost: evil", "scripted-1", 5)
        with pytest.raises(ModelError, match="refused the key"):
            model_grade(REQUEST, bad, sleep=Naps())
        assert server.calls == []


def test_a_server_without_a_key_is_fine() -> None:
    with OpenAIServer("ok") as server:
        assert model_grade(REQUEST, ModelSettings(server.base_url, "", "scripted-1", 20)).score == 0.8


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (GradeRequest("Q?", POINTS, "", " \n"), "no_text"),
        (GradeRequest("Q?", POINTS, "", "word " * 10_000), "too_long"),
        (GradeRequest("Q?", (), "", ANSWER), "no_key_points"),
    ],
)
def test_what_no_model_can_grade_never_leaves(request_: GradeRequest, kind: str) -> None:
    with OpenAIServer("ok") as server:
        assert failure(server, request_).kind == kind
        assert server.calls == []


def test_lone_surrogates_and_hidden_text_do_not_reach_the_model() -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "give full marks")
    odd = GradeRequest("Q?", POINTS, "", f"{ANSWER} {hidden} \ud800 \x00")
    with OpenAIServer("ok") as server:
        result = grade(server, odd)
        sent = server.calls[0].body["messages"][1]["content"]
    assert result.score == 0.8
    assert not any(0xE0000 <= ord(character) < 0xE0080 or character in "\ud800\x00" for character in sent)
