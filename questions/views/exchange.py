"""Import of own questions: a file, what it holds, and the word that stores it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from accounts.http import MemberRequest
from accounts.markdown import render as markdown
from questions.models import Category, Question
from questions.own import importing
from questions.own.authoring import OwnError
from questions.own.forms import ImportForm
from questions.own.likeness import IN_MEANING, NEARLY, SAME_WORDS
from questions.own.reading import MOST_BYTES, UnreadableFile
from questions.views.rendering import bank_page

PAGE = 50
PARTS = {
    importing.ALL: "All",
    SAME_WORDS: "In the same words",
    NEARLY: "In nearly the same words",
    IN_MEANING: "Close in meaning",
    importing.LOST: "Lost a picture or sound",
}


class BoundedUpload(FileUploadHandler):
    """Keeps at most one byte more than may be: enough to refuse a file, whatever its length."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.kept = bytearray()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        room = MOST_BYTES + 1 - len(self.kept)
        self.kept += raw_data[: max(room, 0)]

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        return InMemoryUploadedFile(
            BytesIO(bytes(self.kept)),
            self.field_name,
            self.file_name or "",
            self.content_type,
            len(self.kept),
            self.charset,
            self.content_type_extra,
        )


@csrf_exempt  # checked below, once the upload is bounded: the check itself reads the whole body
@require_http_methods(["GET", "POST"])
@login_required
def import_file(request: MemberRequest) -> HttpResponse:
    if request.method == "POST":
        request.upload_handlers = [BoundedUpload(request)]
    return _import_file(request)


@csrf_protect
def _import_file(request: MemberRequest) -> HttpResponse:
    if request.method == "GET":
        return _import_page(request, ImportForm())
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _import_page(request, form, status=400)
    now = timezone.now()
    if not importing.may_upload(user=request.user, now=now):
        form.add_error("file", "That is more files than the site reads at a time. Try again in ten minutes.")
        return _import_page(request, form, status=429)
    file = form.cleaned_data["file"]
    try:
        importing.prepare(
            user=request.user,
            name=file.name,
            data=file.read(),
            category=form.cleaned_data["category"],
            level=form.cleaned_data["level"],
            now=now,
            wait=importing.WAIT_SECONDS,
        )
    except UnreadableFile as error:
        form.add_error("file", str(error))
        return _import_page(request, form, status=400)
    return redirect("questions:import_preview")


def _import_page(request: HttpRequest, form: ImportForm, status: int = 200) -> HttpResponse:
    return bank_page(request, "own/import.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@login_required
def import_preview(request: MemberRequest) -> HttpResponse:
    if request.method == "POST":
        return _import_decided(request)
    preview = importing.pending(request.user)
    if preview is None:
        return redirect("questions:import")
    return _preview_page(request, preview)


def _import_decided(request: MemberRequest) -> HttpResponse:
    """Every button of the preview keeps the page's ticks and fields first; the address says what is shown next."""
    if "discard" in request.POST:
        importing.discard(user=request.user)
        messages.info(request, "The file is forgotten: nothing was imported.")
        return redirect("questions:own")
    _keep_decisions(request)
    if "import" in request.POST:
        return _imported(request)
    return redirect(f"{request.get_full_path()}#found")


def _keep_decisions(request: MemberRequest) -> None:
    """What a program leaves out of the form stays as it is."""
    settled: dict[str, Any] = {name: request.POST[name] for name in ("category", "title") if name in request.POST}
    if "title" in request.POST:
        settled["collects"] = "collect" in request.POST
    importing.decide(user=request.user, shown=_places(request, "shown"), taken=_places(request, "taken"), **settled)
    if (all_of_them := request.POST.get("all")) in {"take", "leave"}:
        importing.sweep(user=request.user, part=_part(request), is_taken=all_of_them == "take")


def _places(request: MemberRequest, name: str) -> list[int]:
    return [int(raw) for raw in request.POST.getlist(name) if raw.isascii() and raw.isdigit() and len(raw) < 7]


def _part(request: MemberRequest) -> str:
    part = request.GET.get("show", importing.ALL)
    return part if part in importing.PARTS else importing.ALL


def _imported(request: MemberRequest) -> HttpResponse:
    try:
        done = importing.confirm(user=request.user, now=timezone.now())
    except OwnError as error:
        preview = importing.pending(request.user)
        if preview is None:
            messages.error(request, str(error))
            return redirect("questions:own")
        return _preview_page(request, preview, str(error), status=400)
    messages.success(request, f"Imported: {done.count:,} question{'' if done.count == 1 else 's'}.")
    return redirect("collections:detail", done.collection.pk) if done.collection else redirect("questions:own")


def _preview_page(
    request: MemberRequest, preview: importing.Preview, error: str = "", status: int = 200
) -> HttpResponse:
    part = _part(request)
    page = Paginator(preview.part(part), PAGE).get_page(request.GET.get("page"))
    categories = list(Category.objects.values_list("slug", "name"))
    context = {
        "preview": preview,
        "error": error,
        "part": part,
        "parts": [(name, PARTS[name], count) for name in PARTS if (count := len(preview.part(name)))],
        "page": page,
        "rows": [_row(item, dict(categories)) for item in page],
        "categories": categories,
        "taken": len(preview.taken),
        "doubles": sum(not item.is_taken for item in preview.found if item.like and item.like.how in importing.DOUBLES),
        "is_all_compared": preview.compared >= len(preview.found),
        "too_many": importing.room_for(request.user, preview),
    }
    return bank_page(request, "own/preview.html", context, status=status)


def _row(item: importing.Found, categories: dict[str, str]) -> dict[str, Any]:
    """One question as it would be stored."""
    question = item.question
    return {
        "item": item,
        "question": question,
        "category": categories.get(item.category, item.category),
        "level": Question.Level(question.level).label,
        "kind": Question.Kind(question.kind).label,
        "prompt_html": markdown(question.prompt),
        "reference_html": markdown(question.reference),
    }
