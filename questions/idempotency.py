"""A request to the API that is sent again with its Idempotency-Key has no second effect and gets the first body."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from accounts.http import member
from accounts.presence import held
from questions.models import KeyedRequest

FIELD = "idempotency_key"


class KeyReused(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = (
        "This Idempotency-Key came with another request before. Nothing was kept of this one: send it with a new key."
    )
    default_code = "key_reused"


def once(request: Request, act: Callable[[], Response], *, now: datetime) -> Response:
    """What `act` responds; for a key (header, or `idempotency_key` in the body) that was seen: 200 with the first body.

    The key and the effect are one transaction: of two requests at once the second waits for the first, and an
    error of the first leaves the key free. Raises KeyReused for a key that came with another body.
    """
    key = key_of(request)
    if not key:
        return act()
    named = {"user": member(request), "address": f"{request.method} {request.path}"[:200], "key_hash": _hash(key)}
    content = content_hash(request)
    try:
        with held(member(request)), transaction.atomic():
            row = KeyedRequest.objects.create(**named, content_hash=content, created_at=now)
            response = act()
            KeyedRequest.objects.filter(pk=row.pk).update(body=json.dumps(response.data, cls=JSONEncoder))
            return response
    except IntegrityError:
        first = KeyedRequest.objects.filter(**named).first()
        if first is None:
            raise
    if first.content_hash != content:
        raise KeyReused
    return Response(json.loads(first.body), status=status.HTTP_200_OK)


def key_of(request: Request) -> str:
    """Raises ValidationError for a key in the body that is no text: ignored, it would protect from nothing."""
    sent = request.data.get(FIELD) if isinstance(request.data, dict) else None
    if not isinstance(sent, str | None):
        raise ValidationError({FIELD: ["Send the key as a string."]})
    return request.headers.get("Idempotency-Key") or sent or ""


def content_hash(request: Request) -> str:
    """Of the JSON that was sent, without the key: it may stand in the header one time and in the body the next."""
    data: Any = request.data
    if isinstance(data, dict):
        data = {name: value for name, value in data.items() if name != FIELD}
    return _hash(json.dumps(data, sort_keys=True))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
