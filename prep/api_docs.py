"""The API's page for people: the schema as plain HTML, since Swagger's own page needs inline styles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Field:
    name: str
    type: str
    is_required: bool
    note: str


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    method: str
    path: str
    summary: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answers: tuple[tuple[str, tuple[Field, ...]], ...]


@require_GET
def api_docs(request: HttpRequest) -> HttpResponse:
    return render(request, "prep/api_docs.html", {"operations": operations()})


@lru_cache(maxsize=1)
def operations() -> tuple[Operation, ...]:
    """Every operation of the schema, in its order."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return tuple(_operations(schema))


def _operations(schema: dict[str, Any]) -> Iterator[Operation]:
    components = schema.get("components", {}).get("schemas", {})
    for path, methods in schema["paths"].items():
        for method in METHODS:
            if method in methods and not path.endswith("/schema/"):
                yield _operation(path, method, methods[method], components)


def _operation(path: str, method: str, spec: dict[str, Any], components: dict[str, Any]) -> Operation:
    return Operation(
        method=method.upper(),
        path=path,
        summary=spec.get("description", "").strip(),
        parameters=tuple(
            Field(p["name"], _type(p.get("schema", {})), bool(p.get("required")), p.get("description", ""))
            for p in spec.get("parameters", [])
            if p["in"] != "path"
        ),
        body=_fields(spec.get("requestBody", {}), components),
        answers=tuple((code, _fields(answer, components)) for code, answer in spec["responses"].items()),
    )


def _fields(holder: dict[str, Any], components: dict[str, Any]) -> tuple[Field, ...]:
    """The fields of a JSON body; of a list, those of one result."""
    schema = holder.get("content", {}).get("application/json", {}).get("schema", {})
    shape = _resolved(schema, components)
    if "results" in shape.get("properties", {}):
        shape = _resolved(shape["properties"]["results"].get("items", {}), components)
    required = shape.get("required", [])
    return tuple(
        Field(name, _type(_resolved(spec, components) or spec), name in required, spec.get("description", ""))
        for name, spec in shape.get("properties", {}).items()
    )


def _resolved(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = components.get(name, {}) if name else schema
    return found


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"] if value not in ("", None))
    kind = schema.get("format") or schema.get("type") or "object"
    return f"list of {_type(schema.get('items', {}))}" if schema.get("type") == "array" else str(kind)
