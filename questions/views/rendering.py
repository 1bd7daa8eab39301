"""Pages that belong to the bank's part of the site."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def bank_page(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Rendered with the bank marked in the navigation."""
    return render(request, f"questions/{name}", {"section": "bank", **context}, status=status)
