"""The chat-completions protocol as far as a grade needs it: what is sent, what comes back (pure)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from questions.coach.attempts import Fault, Way
from questions.coach.prompts import MAX_ANSWER_CHARS, MAX_KEY_POINTS, GradeRequest

OPENAI_URL = "https://api.openai.com/v1"
MAX_REPLY_TOKENS = 3_000
# Models that want `max_completion_tokens` spend part of it on thinking.
MAX_THINKING_REPLY_TOKENS = 8_000


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    completion_tokens: Annotated[int, Field(ge=0, le=10_000_000)] | None = None


class Completion(BaseModel):
    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: _Usage | None = None


def read_completion(body: bytes) -> Completion:
    try:
        return Completion.model_validate_json(body)
    except ValidationError:
        raise Fault("not_openai") from None


def request_options(way: Way, schema: dict[str, Any]) -> dict[str, Any]:
    """The part of a request that servers differ in."""
    options: dict[str, Any] = (
        {"max_completion_tokens": MAX_THINKING_REPLY_TOKENS}
        if way.is_modern
        else {"max_tokens": MAX_REPLY_TOKENS, "temperature": 0}
    )
    if way.mode == "json_schema":
        named = {"name": "grade", "strict": True, "schema": schema}
        options["response_format"] = {"type": "json_schema", "json_schema": named}
    elif way.mode == "json_object":
        options["response_format"] = {"type": "json_object"}
    return options


def check_request(request: GradeRequest, base_url: str, api_key: str) -> None:
    """Refuse what no call can help."""
    if not request.answer.strip():
        raise Fault("no_text")
    if not 0 < len(request.key_points) <= MAX_KEY_POINTS:
        raise Fault("no_key_points")
    if len(request.answer) > MAX_ANSWER_CHARS:
        raise Fault("too_long")
    if not base_url.startswith(("http://", "https://")):
        raise Fault("address")
    if not (api_key.isascii() and api_key.isprintable()):
        raise Fault("key_refused")
