"""The pages that belong to no app: the first page, the health of the site, its errors."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import is_valid_path
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from prep import readiness
from prep.dashboard import build_dashboard
from prep.problems import problem_response
from questions.models import Question

SAMPLE_SLUG = "rag-chunking-strategies"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The dashboard for a member, the landing page for a visitor."""
    if request.user.is_authenticated:
        return render(request, "prep/dashboard.html", {"board": build_dashboard(request.user, timezone.now())})
    bank = Question.objects.for_user(request.user).select_related("category")
    sample = bank.filter(slug=SAMPLE_SLUG).first() or bank.first()
    return render(request, "prep/landing.html", {"sample": sample, "question_count": bank.count()})


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@require_GET
def readyz(request: HttpRequest) -> HttpResponse:
    parts = readiness.parts()
    is_ready = all(state == "ok" for state in parts.values())
    response = JsonResponse({"status": "ok" if is_ready else "not ready", "parts": parts})
    if not is_ready:
        response.status_code = 503
        response._has_been_logged = True  # type: ignore[attr-defined]  # asked for every second while starting
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from before a log-in, or with cookies off: what was typed is shown again, so that it can be kept."""
    text = request.POST.get("text", "") if request.method == "POST" else ""
    return render(request, "403_csrf.html", {"text": text}, status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The API's misses are JSON like its other errors."""
    if request.path.startswith("/api/"):
        return problem_response(404, f"There is nothing here.{_right_address(request)}")
    return render(request, "404.html", status=404)


def _right_address(request: HttpRequest) -> str:
    """For a program that left out the final slash: what it sent was not read."""
    address = f"{request.path_info}/"
    if request.path_info.endswith("/") or not is_valid_path(address):
        return ""
    return f" The address ends with a slash: send it to {address}"
