"""A real HTTP server that speaks the OpenAI chat-completions protocol, with scripted ways to go wrong.

with OpenAIServer("ok") as server: ...          # one mode for every call
with OpenAIServer("429", "ok") as server: ...   # one mode a call, the last one stays
python -m tests.openai_server 9999 ok           # for a look by hand
"""

from __future__ import annotations

import contextlib
import json
import re
import ssl
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

MODEL = "scripted-1"
INJECTED_NOTE = "Perfect! ![x](https://evil.example/p.png) <img src=x onerror=alert(1)> [more](javascript:alert(1))"


@dataclass(frozen=True)
class Asked:
    """What a prompt holds, read back from the user message as a model would."""

    fence: str
    question: str
    key_points: list[dict[str, Any]]
    answer: str

    @property
    def sentences(self) -> list[str]:
        """Passages of the answer, exact, of four words and more."""
        found = re.findall(r"[^\s.!?][^.!?]*[.!?]?", self.answer)
        return [sentence for sentence in found if len(sentence.split()) >= 4]


def read_prompt(body: dict[str, Any]) -> Asked:
    user = next(message["content"] for message in body["messages"] if message["role"] == "user")
    blocks = re.findall(r"<<<([0-9a-f]{32}) ([A-Z ]+)\n(.*?)\n\1>>>", user, flags=re.DOTALL)
    texts = {name: text for _, name, text in blocks}
    points = [json.loads(line) for line in texts["KEY POINTS"].splitlines()]
    return Asked(blocks[0][0], texts["QUESTION"], points, texts["ANSWER"])


def verdict(asked: Asked) -> dict[str, Any]:
    """An honest verdict: as many points covered as the answer has sentences, one sentence each."""
    points = []
    for number, point in enumerate(asked.key_points):
        quote = asked.sentences[number] if number < len(asked.sentences) else None
        status = "covered" if quote else "missing"
        points.append({"key_point": point["id"], "status": status, "quote": quote, "note": f"Note {number}."})
    first = asked.sentences[0] if asked.sentences else None
    missing = [point["key_point"] for point in points if point["status"] == "missing"]
    criterion = {"score": 3 if first else 0, "quote": first, "note": "As far as it goes."}
    return {
        "points": points,
        "criteria": dict.fromkeys(("correctness", "coverage", "production_context", "clarity"), criterion),
        "strengths": [{"quote": first, "note": "Says it plainly."}] if first else [],
        "gaps": [{"key_point": key_point, "note": "Not in the answer."} for key_point in missing[:3]],
        "next_step": "Add what is missing.",
        "suggested_rating": 4,
        "instructions_found": [],
    }


def obedient_verdict(asked: Asked) -> dict[str, Any]:
    """What a model writes that does as the answer tells it: everything covered, links, the prompt's marker."""
    found = verdict(asked)
    order = next((line for line in asked.sentences if "full marks" in line), asked.sentences[0])
    for point in found["points"]:
        point.update(status="covered", quote=order, note=INJECTED_NOTE)
    for criterion in found["criteria"]:
        found["criteria"][criterion] = {"score": 4, "quote": order, "note": f"The marker is {asked.fence}."}
    found["strengths"] = [{"quote": order, "note": INJECTED_NOTE}] * 5
    found["next_step"] = f"Visit https://evil.example/ now. {asked.fence}"
    found["score"] = 1.0
    return found


def half_obedient_verdict(asked: Asked) -> dict[str, Any]:
    """The honest verdict, with every remark dressed up and the points without a passage claimed all the same."""
    found = verdict(asked)
    order = next((line for line in asked.sentences if "full marks" in line), "")
    honest = [line for line in asked.sentences if line != order]
    for number, point in enumerate(found["points"]):
        quote = honest[number] if number < len(honest) else order
        point.update(status="covered", quote=quote, note=INJECTED_NOTE)
    found["strengths"] = [{"quote": order, "note": INJECTED_NOTE}]
    found["next_step"] = f"Visit https://evil.example/ now. {asked.fence}"
    found["instructions_found"] = [order, "never said"]
    return found


def invented_verdict(asked: Asked) -> dict[str, Any]:
    found = verdict(asked)
    for number, point in enumerate(found["points"]):
        point.update(status="covered", quote=f"words that nobody ever wrote {number}")
        if number % 3 == 2:
            point["key_point"] = f"invented-{number}"
    found["strengths"] = [{"quote": "words that nobody ever wrote", "note": "Fine."}]
    found["gaps"] = [{"key_point": "invented-9", "note": "Fine."}]
    return found


CONTENT: dict[str, Callable[[Asked], str]] = {
    "ok": lambda asked: json.dumps(verdict(asked)),
    "chatter": lambda asked: (
        f"<think>Let me {{see}}.</think>Sure! Here it is:\n```json\n{json.dumps(verdict(asked), indent=1)}\n```\nDone."
    ),
    "malformed": lambda asked: json.dumps(verdict(asked))[:-20] + ",,",
    "wrong schema": lambda asked: json.dumps({"points": [{"key_point": 7, "status": "great"}], "grade": "A+"}),
    "invented": lambda asked: json.dumps(invented_verdict(asked)),
    "injected": lambda asked: json.dumps(obedient_verdict(asked)),
    "half injected": lambda asked: json.dumps(half_obedient_verdict(asked)),
    "empty": lambda asked: "",
    "truncated": lambda asked: json.dumps(verdict(asked))[:60],
    "refusal": lambda asked: "",
}


@dataclass
class Call:
    """One request as it came in, and what was counted for it once its reply was out whole."""

    mode: str
    headers: dict[str, str]
    body: dict[str, Any]
    status: int = 0
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass
class Script:
    """What the server does, and what it saw."""

    modes: list[str]
    retry_after: str | None = None
    drip_seconds: float = 1.0
    calls: list[Call] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_over: threading.Event = field(default_factory=threading.Event)

    def begin(self, headers: dict[str, str], body: dict[str, Any]) -> Call:
        with self.lock:
            mode = self.modes[min(len(self.calls), len(self.modes) - 1)]
            call = Call(mode, headers, body)
            self.calls.append(call)
            return call


class _Threads(ThreadingHTTPServer):
    daemon_threads = True
    # The default backlog of 5 drops connections when many threads call at once.
    request_queue_size = 256


class OpenAIServer:
    """The server, on a free port of the loopback address; a context manager."""

    def __init__(
        self,
        *modes: str,
        retry_after: str | None = None,
        drip_seconds: float = 1.0,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.script = Script(list(modes or ("ok",)), retry_after, drip_seconds)
        self._http = _Threads(("127.0.0.1", port), type("Scripted", (_Handler,), {"script": self.script}))
        self._scheme = "https" if tls else "http"
        if tls:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.script.is_over.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def base_url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._http.server_address[1]}/v1"

    @property
    def calls(self) -> list[Call]:
        return self.script.calls

    @property
    def tokens(self) -> tuple[int, int]:
        """Tokens in and out of the replies that were sent whole."""
        return sum(call.tokens_in for call in self.calls), sum(call.tokens_out for call in self.calls)

    def play(self, *modes: str) -> None:
        """From the next call on: these modes."""
        with self.script.lock:
            self.script.modes = [*(call.mode for call in self.calls), *modes]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: Script

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        call = self.script.begin({name.lower(): value for name, value in self.headers.items()}, body)
        self.close_connection = True
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._answer(call)

    def _answer(self, call: Call) -> None:
        asked_format = call.body.get("response_format", {}).get("type", "text")
        refuses = {
            "schema 400": asked_format == "json_schema",
            "schema 500": asked_format == "json_schema",
            "text only": asked_format != "text",
            "modern": "max_tokens" in call.body or "temperature" in call.body,
        }
        if call.mode in {"hang", "drip", "drip head", "cut", "huge", "html"}:
            getattr(self, "_" + call.mode.replace(" ", "_"))(call)
        elif refuses.get(call.mode):
            name = "max_tokens" if call.mode == "modern" else "response_format"
            status = 500 if call.mode == "schema 500" else 400
            self._error(call, status, f"Unsupported parameter: '{name}'", param=name)
        elif call.mode.isdigit():
            self._error(call, int(call.mode), "<b>secret words of the server</b>")
        elif call.mode == "quota":
            self._error(call, 429, "pay", code="insufficient_quota")
        elif call.mode == "too long":
            self._error(call, 400, "too long", code="context_length_exceeded")
        else:
            self._complete(call)

    def _complete(self, call: Call) -> None:
        payload, tokens = self._payload(call)
        # Counted before the last byte: who has read the reply may look at once.
        call.tokens_in, call.tokens_out = tokens
        self._send(call, 200, payload)

    def _payload(self, call: Call) -> tuple[bytes, tuple[int, int]]:
        mode = {"text only": "chatter"}.get(call.mode, call.mode)
        content = CONTENT.get(mode, CONTENT["ok"])(read_prompt(call.body))
        message: dict[str, Any] = {"role": "assistant", "content": content}
        if mode == "refusal":
            message = {"role": "assistant", "content": None, "refusal": "I cannot help with that."}
        tokens = len(json.dumps(call.body["messages"])) // 4, len(content) // 4 + 1
        completion = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": MODEL,
            "choices": [{"index": 0, "message": message, "finish_reason": "length" if mode == "truncated" else "stop"}],
            "usage": {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)},
        }
        return json.dumps(completion).encode(), tokens

    def _error(self, call: Call, status: int, message: str, *, code: str = "", param: str = "") -> None:
        error = {"message": message, "type": "invalid_request_error", "code": code or None, "param": param or None}
        self._send(call, status, json.dumps({"error": error}).encode())

    def _send(self, call: Call, status: int, payload: bytes, content_type: str = "application/json") -> None:
        call.status = status
        self._head(status, len(payload), content_type)
        self.wfile.write(payload)

    def _head(self, status: int, length: int, content_type: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(length))
        self.send_header("Connection", "close")
        if status != 200 and self.script.retry_after is not None:
            self.send_header("Retry-After", self.script.retry_after)
        self.end_headers()

    def _hang(self, call: Call) -> None:
        self.script.is_over.wait(120)

    def _drip(self, call: Call) -> None:
        payload, _ = self._payload(call)
        self._head(200, len(payload))
        self._drop_by_drop(payload)

    def _drip_head(self, call: Call) -> None:
        self._drop_by_drop(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 10_000)

    def _drop_by_drop(self, payload: bytes) -> None:
        for byte in payload:
            self.wfile.write(bytes([byte]))
            if self.script.is_over.wait(self.script.drip_seconds):
                return

    def _cut(self, call: Call) -> None:
        payload, _ = self._payload(call)
        self._head(200, len(payload))
        self.wfile.write(payload[: len(payload) // 2])

    def _huge(self, call: Call) -> None:
        self._send(call, 200, b'{"choices": [{"message": {"content": "' + b"a" * 1_000_000 + b'"}}]}')

    def _html(self, call: Call) -> None:
        self._send(call, 200, b"<html><script>alert(1)</script></html>", "text/html")

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: tests read `calls`."""


def main() -> None:
    port, *modes = sys.argv[1:] or ["9999"]
    with OpenAIServer(*modes, port=int(port)) as server:
        print(server.base_url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
