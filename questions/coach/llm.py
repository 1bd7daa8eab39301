"""The model grader: any OpenAI-compatible server, ≤ 4 calls, one deadline. The only module that opens a socket."""

from __future__ import annotations

import hashlib
import queue
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpcore2
import httpx2
import openai

from questions.coach.attempts import (
    MOST_CALLS,
    Deadline,
    Fault,
    ModelError,
    Way,
    fault_of_status,
    next_way,
    pause_seconds,
    retry_after_seconds,
)
from questions.coach.breaker import Breaker, Memory
from questions.coach.completions import OPENAI_URL, Completion, check_request, read_completion, request_options
from questions.coach.prompts import (
    PROMPT_VERSION,
    GradeRequest,
    KeyPointText,
    grade_messages,
    reply_schema,
)
from questions.coach.verdict import (
    CriterionGrade,
    Evidence,
    Gap,
    InvalidVerdict,
    ModelGrade,
    PointGrade,
    Strength,
    Verdict,
    read_verdict,
)

__all__ = [
    "CriterionGrade",
    "Gap",
    "GradeRequest",
    "KeyPointText",
    "ModelError",
    "ModelGrade",
    "ModelSettings",
    "PointGrade",
    "Strength",
    "forget_servers",
    "model_grade",
]

MAX_REPLY_BYTES = 256 * 1024
CONNECT_SECONDS = 5.0
# The SDK adds what it knows of the machine and of the operator's organisation; a model server needs none of it.
_SENT_HEADERS = {b"host", b"authorization", b"content-type", b"content-length", b"accept", b"connection"}

_ways: Memory[Way] = Memory()
_breaker = Breaker()


@dataclass(frozen=True)
class ModelSettings:
    """One model on one OpenAI-compatible server. An empty `base_url` is OpenAI's own; a key may be empty."""

    base_url: str
    api_key: str
    model: str
    deadline_seconds: float = 60.0


def model_grade(
    request: GradeRequest,
    settings: ModelSettings,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    rng: random.Random | None = None,
    evidence: Evidence | None = None,
    may_call: Callable[[], bool] = lambda: True,
) -> ModelGrade:
    """Grade one answer with at most 4 calls within the deadline, or raise `ModelError`.

    `evidence(quote, key_point_id)` may refuse a quote that does not bear on its point (the local grader's view).
    `may_call()` is asked just before each call, to count it or to refuse it.
    """
    started = clock()
    talk = _Talk(settings, Deadline(clock, settings.deadline_seconds), sleep, rng or random.SystemRandom(), may_call)
    server = (settings.base_url, settings.model, hashlib.sha256(settings.api_key.encode("utf-8", "replace")).digest())
    try:
        check_request(request, settings.base_url or OPENAI_URL, settings.api_key)
        if not _breaker.may_pass(server, started):
            raise Fault("resting")
        verdict = _verdict(talk, request, evidence)
    except Fault as fault:
        _record(server, fault, clock())
        raise ModelError(
            fault.kind, fault.reason, retry_helps=fault.retry_helps, **_cost(talk, clock() - started)
        ) from None
    _breaker.succeeded(server)
    return ModelGrade(
        **vars(verdict),
        model=settings.model,
        prompt_version=PROMPT_VERSION,
        mode=talk.way.mode,
        **_cost(talk, clock() - started),
    )


def forget_servers() -> None:
    """Forget how servers take requests, which of them failed, and which certificates are trusted."""
    _tls.cache_clear()
    _ways.clear()
    _breaker.clear()


def _record(server: Hashable, fault: Fault, now: float) -> None:
    if fault.counts_for_breaker:
        _breaker.failed(server, now)
    elif fault.kind in {"truncated", "declined", "invalid"}:
        # The server is well; what its model wrote is another matter.
        _breaker.succeeded(server)


def _cost(talk: _Talk, seconds: float) -> dict[str, Any]:
    return {
        "tokens_in": talk.tokens_in,
        "tokens_out": talk.tokens_out,
        "latency_ms": round(seconds * 1000),
        "attempts": talk.calls,
    }


def _verdict(talk: _Talk, request: GradeRequest, evidence: Evidence | None) -> Verdict:
    """The verdict of the first reply that holds, with one repair."""
    fence = f"{talk.rng.getrandbits(128):032x}"
    schema = reply_schema([point.id for point in request.key_points])
    problems: Sequence[str] = ()
    with _client(talk.settings, talk.deadline) as client:
        for _ in range(2):
            reply = talk.ask(client, grade_messages(request, fence=fence, problems=problems), schema)
            try:
                return read_verdict(reply, request, fence=fence, evidence=evidence)
            except InvalidVerdict as error:
                problems = error.problems
            if talk.calls >= MOST_CALLS:
                break
    raise Fault("invalid")


class _Talk:
    """The calls of one grade: counts them, finds the way the server takes them, waits between them."""

    def __init__(
        self,
        settings: ModelSettings,
        deadline: Deadline,
        sleep: Callable[[float], None],
        rng: random.Random,
        may_call: Callable[[], bool],
    ) -> None:
        self.settings = settings
        self.deadline = deadline
        self.rng = rng
        self.way = _ways.get((settings.base_url, settings.model), Way)
        self.calls = self.tokens_in = self.tokens_out = 0
        self._sleep = sleep
        self._may_call = may_call
        self._retries = 0

    def ask(self, client: openai.OpenAI, messages: list[dict[str, str]], schema: dict[str, Any]) -> str:
        """The text of the first reply that came through; a `Fault` when none did."""
        while True:
            if not self._may_call():
                raise Fault("too_many_calls")
            self.calls += 1
            try:
                completion = read_completion(
                    _call(client, self.settings.model, messages, request_options(self.way, schema))
                )
            except Fault as fault:
                self._recover(fault)
                continue
            _ways.put((self.settings.base_url, self.settings.model), self.way)
            return self._text(completion)

    def _recover(self, fault: Fault) -> None:
        """Steps down, or waits; raises the fault when another call is not worth it, or not to be had."""
        way = next_way(fault, self.way)
        if self.calls >= MOST_CALLS or not (way or fault.is_worth_another):
            raise fault
        if way:
            self.way = way
            return
        pause = pause_seconds(fault, self._retries, self.rng)
        if pause >= self.deadline.left():
            raise fault
        self._retries += 1
        self._sleep(pause)

    def _text(self, completion: Completion) -> str:
        if completion.usage:
            self.tokens_in += completion.usage.prompt_tokens or 0
            self.tokens_out += completion.usage.completion_tokens or 0
        choice = completion.choices[0]
        if choice.message.refusal or choice.finish_reason == "content_filter":
            raise Fault("declined")
        if choice.finish_reason == "length":
            raise Fault("truncated")
        return choice.message.content or ""


def _call(client: openai.OpenAI, model: str, messages: list[dict[str, str]], options: dict[str, Any]) -> bytes:
    """The body of one successful HTTP call. Errors lose their origin: it holds the key and the server's words."""
    completions: Any = client.chat.completions.with_raw_response
    try:
        return bytes(completions.create(model=model, messages=messages, extra_body=options).http_response.content)
    except openai.APIStatusError as error:
        raise _status_fault(error) from None
    except (httpx2.InvalidURL, httpcore2.UnsupportedProtocol, UnicodeError):
        raise Fault("address") from None
    except (openai.OpenAIError, httpx2.HTTPError, httpcore2.ProtocolError, httpcore2.NetworkError, OSError):
        raise Fault("cut") from None


def _status_fault(error: openai.APIStatusError) -> Fault:
    code, param = (value if isinstance(value, str) else "" for value in (error.code, error.param))
    return fault_of_status(
        error.status_code,
        code=code,
        param=param,
        message=str(error),
        retry_after=retry_after_seconds(error.response.headers),
    )


def _client(settings: ModelSettings, deadline: Deadline) -> openai.OpenAI:
    """The SDK on our own transport: no retries, redirects or proxies but ours, and every read under the deadline."""
    base_url = settings.base_url or OPENAI_URL
    http = httpx2.Client(
        transport=_Transport(base_url, deadline), follow_redirects=False, trust_env=False, timeout=None
    )
    try:
        return openai.OpenAI(
            base_url=base_url, api_key=settings.api_key or "none", max_retries=0, timeout=None, http_client=http
        )
    except (httpx2.InvalidURL, UnicodeError):
        raise Fault("address") from None


@cache
def _tls() -> ssl.SSLContext:
    return httpx2.create_ssl_context()


class _Transport(httpx2.BaseTransport):
    """One request at a time over `_Network`, read whole; sends only the headers that a model server needs."""

    def __init__(self, base_url: str, deadline: Deadline) -> None:
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_tls() if base_url.startswith("https:") else None,
            network_backend=_Network(deadline),
            max_keepalive_connections=0,
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        headers = [(name, value) for name, value in request.headers.raw if name.lower() in _SENT_HEADERS]
        url = httpcore2.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        # `identity`: a small compressed reply must not unpack into a large one.
        headers += [(b"Accept-Encoding", b"identity"), (b"User-Agent", b"onsite")]
        response = self._pool.handle_request(
            httpcore2.Request(request.method, url, headers=headers, content=request.read())
        )
        try:
            if any(name.lower() == b"content-encoding" and value != b"identity" for name, value in response.headers):
                raise Fault("not_openai")
            return httpx2.Response(response.status, headers=response.headers, content=response.read())
        finally:
            response.close()

    def close(self) -> None:
        self._pool.close()


class _Network(httpcore2.NetworkBackend):
    """Opens sockets that keep the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        for family, kind, protocol, _, address in _addresses(host, port, self._deadline.some()):
            seconds = min(CONNECT_SECONDS, self._deadline.some())
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(seconds)
                sock.connect(address)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError:
                sock.close()
                continue
            return _Stream(sock, self._deadline)
        raise Fault("unreachable")


class _Stream(httpcore2.NetworkStream):
    """A socket that reads and writes until the deadline, and reads no more than `MAX_REPLY_BYTES`."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline
        self._received = 0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._sock.settimeout(self._deadline.some())
        try:
            data = self._sock.recv(max_bytes)
        except TimeoutError:
            raise Fault("timeout") from None
        self._received += len(data)
        if self._received > MAX_REPLY_BYTES:
            raise Fault("too_large")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        view = memoryview(buffer)
        while view:
            self._sock.settimeout(self._deadline.some())
            try:
                view = view[self._sock.send(view) :]
            except TimeoutError:
                raise Fault("timeout") from None
            except OSError as error:
                # A server may refuse before it has read everything: httpcore then reads the reply.
                raise httpcore2.WriteError(str(error)) from None

    def close(self) -> None:
        with suppress(OSError):
            self._sock.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        try:
            self._sock.settimeout(self._deadline.some())
            return _Stream(ssl_context.wrap_socket(self._sock, server_hostname=server_hostname), self._deadline)
        except ssl.SSLCertVerificationError:
            raise Fault("certificate") from None
        except TimeoutError:
            raise Fault("timeout") from None
        except OSError:
            raise Fault("unreachable") from None


def _addresses(host: str, port: int, seconds: float) -> list[Any]:
    """What the name resolves to. The resolver knows no deadline, so it gets a thread that ends when it does."""
    found: queue.SimpleQueue[list[Any]] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            found.put([])

    threading.Thread(target=look_up, name="model-server-name", daemon=True).start()
    try:
        return found.get(timeout=seconds)
    except queue.Empty:
        raise Fault("timeout") from None
