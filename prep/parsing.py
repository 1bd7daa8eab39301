"""JSON as the API reads it: what PostgreSQL cannot keep, or would hurt to read, is refused with a reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64
MAX_INTEGER = 2**53


class TooLarge(APIException):
    status_code = 413
    default_detail = "The request is larger than 1 MB."
    default_code = "too_large"


class StrictJSONParser(JSONParser):
    """Refuses NaN, infinities, NUL, lone surrogates, deep nesting, huge integers (400) and big bodies (413)."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        raw = stream.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise TooLarge()
        try:
            data = json.loads(raw.decode("utf-8") if raw else "", parse_constant=_refuse_constant)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"This is not JSON: {error}") from error
        _check(data, 0)
        return data


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ParseError("The JSON is nested too deeply.")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, int | float) and abs(value) > MAX_INTEGER:
        raise ParseError("A number is too large.")  # 1e999 is read as infinity
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_text(key)
            _check(item, depth + 1)


def _check_text(value: str) -> None:
    if "\x00" in value:
        raise ParseError("Text must not contain NUL characters.")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise ParseError("Text must not contain lone surrogates.")
