"""What the model is asked: pure text, built from values; the words are versioned files in `prompt_texts/`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PROMPT_VERSION = "grade-v1"
CRITERIA = ("correctness", "coverage", "production_context", "clarity")
STATUSES = ("covered", "unsure", "missing")
MAX_ANSWER_CHARS = 30_000
MAX_CONTEXT_CHARS = 12_000
MAX_KEY_POINTS = 40
MAX_KEY_POINT_CHARS = 1_000

# Unicode tags and control characters carry text that people do not see: the model does not get it either.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\U000e0000-\U000e007f\ud800-\udfff]")


@dataclass(frozen=True)
class KeyPointText:
    """One thing a good answer says. `id` is unique in its question; `weight` is relative (> 0)."""

    id: str
    text: str
    weight: float = 1.0


@dataclass(frozen=True)
class GradeRequest:
    """All that a grader may read about one answer."""

    question_prompt: str
    key_points: tuple[KeyPointText, ...]
    reference: str
    answer: str


@cache
def prompt_text(version: str = PROMPT_VERSION) -> str:
    """The words of one prompt version, with `{fence}` where the marker goes."""
    return (Path(__file__).parent / "prompt_texts" / f"{version}.md").read_text(encoding="utf-8")


def grade_messages(request: GradeRequest, *, fence: str, problems: Sequence[str] = ()) -> list[dict[str, str]]:
    """The two messages of one call. `problems` are ours (never the model's words) and ask for a repair."""
    blocks = (
        ("QUESTION", request.question_prompt[:MAX_CONTEXT_CHARS]),
        ("KEY POINTS", _key_points(request.key_points)),
        ("REFERENCE", request.reference[:MAX_CONTEXT_CHARS]),
        ("ANSWER", request.answer[:MAX_ANSWER_CHARS]),
    )
    parts = [f"<<<{fence} {name}\n{_visible(text).replace(fence, '')}\n{fence}>>>" for name, text in blocks]
    parts.append("Grade the ANSWER. Reply with the JSON object only.")
    if problems:
        parts.append("An earlier reply could not be used:\n" + "\n".join(f"- {problem}" for problem in problems))
    return [
        {"role": "system", "content": prompt_text().replace("{fence}", fence)},
        {"role": "user", "content": "\n\n".join(parts)},
    ]


def _visible(text: str) -> str:
    return _UNSEEN.sub("", text)


def _key_points(points: Sequence[KeyPointText]) -> str:
    rows = ({"id": point.id, "weight": point.weight, "text": point.text[:MAX_KEY_POINT_CHARS]} for point in points)
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def reply_schema(ids: Sequence[str]) -> dict[str, Any]:
    """The JSON schema of a reply (OpenAI's strict subset: everything required, nothing extra)."""
    key_point = {"type": "string", "enum": list(ids)}
    text, quote = {"type": "string"}, {"type": ["string", "null"]}
    criterion = _object(score={"type": "integer", "enum": [0, 1, 2, 3, 4]}, quote=quote, note=text)
    point = _object(key_point=key_point, status={"type": "string", "enum": list(STATUSES)}, quote=quote, note=text)
    return _object(
        points=_array(point),
        criteria=_object(**dict.fromkeys(CRITERIA, criterion)),
        strengths=_array(_object(quote=text, note=text)),
        gaps=_array(_object(key_point=key_point, note=text)),
        next_step=text,
        suggested_rating={"type": "integer", "enum": [1, 2, 3, 4]},
        instructions_found=_array(text),
    )


def _object(**properties: object) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _array(items: object) -> dict[str, Any]:
    return {"type": "array", "items": items}
