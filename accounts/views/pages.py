"""Privacy and terms."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.pages import page


@require_GET
def site_page(request: HttpRequest, slug: str) -> HttpResponse:
    found = page(
        slug,
        site_name=settings.SITE_NAME,
        operator_email=settings.OPERATOR_EMAIL,
        uses_model=settings.COACH_USES_MODEL,
    )
    return render(request, "accounts/page.html", {"page": found})
