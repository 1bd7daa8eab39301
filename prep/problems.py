"""Errors of the API as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

CONTENT_TYPE = "application/problem+json"


def problem(status: int, detail: str, errors: dict[str, Any] | list[Any] | None = None) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    return body


def problem_response(status: int, detail: str) -> JsonResponse:
    return JsonResponse(problem(status, detail), status=status, content_type=CONTENT_TYPE)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's handler with problem+json bodies; what is not an API error goes on to Django."""
    if isinstance(error, RequestDataTooBig):
        return Response(problem(413, "The request is too large."), status=413, content_type=CONTENT_TYPE)
    response = drf_exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        body = problem(response.status_code, _first_message(response.data), response.data)
    elif isinstance(error, Http404):
        body = problem(404, "There is nothing here.")
    elif isinstance(error, PermissionDenied):
        body = problem(403, "You may not do this.")
    else:
        body = problem(response.status_code, _first_message(response.data))
    headers = {k: v for k, v in response.headers.items() if k in {"WWW-Authenticate", "Retry-After", "Allow"}}
    return Response(body, status=response.status_code, headers=headers, content_type=CONTENT_TYPE)


def _first_message(data: Any) -> str:
    """The first message in DRF's nested error data, with the field that it is about."""
    if isinstance(data, dict):
        if "detail" in data and len(data) == 1:
            return str(data["detail"])
        name, value = next(iter(data.items()), ("", ""))
        message = _first_message(value)
        return message if name in {"", "detail", "non_field_errors"} else f"{name}: {message}"
    if isinstance(data, list):
        return _first_message(data[0]) if data else ""
    return str(data)
