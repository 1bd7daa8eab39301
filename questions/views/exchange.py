"""Import of own questions: a file, what it holds, and the word that stores it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from accounts.http import MemberRequest
from questions.own import importing
from questions.own.authoring import OwnError
from questions.own.forms import ImportForm
from questions.own.reading import MOST_BYTES, UnreadableFile
from questions.views.rendering import bank_page

SHOWN = 12
SHOWN_LIKE = 100


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
        return _import_confirmed(request)
    preview = importing.pending(request.user)
    if preview is None:
        return redirect("questions:import")
    return _preview_page(request, preview)


def _import_confirmed(request: MemberRequest) -> HttpResponse:
    if "discard" in request.POST:
        importing.discard(user=request.user)
        messages.info(request, "The file is forgotten: nothing was imported.")
        return redirect("questions:own")
    choice = request.POST.get("choice", importing.ALL)
    title = request.POST.get("title", "") if request.POST.get("collect") else ""
    try:
        done = importing.confirm(
            user=request.user,
            choice=choice if choice in importing.CHOICES else importing.ALL,
            title=title,
            now=timezone.now(),
        )
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
    context = {
        "preview": preview,
        "error": error,
        "shown": preview.found[:SHOWN],
        "same": preview.same[:SHOWN_LIKE],
        "near": preview.near[:SHOWN_LIKE],
        "is_all_compared": preview.compared >= len(preview.found),
        "choice": request.POST.get("choice") or (importing.NOT_THE_SAME if preview.same else importing.ALL),
        "title": request.POST.get("title", preview.name.rpartition(".")[0][:100]),
        "collects": request.method == "GET" or bool(request.POST.get("collect")),
        "too_many": importing.room_for(request.user, preview),
    }
    return bank_page(request, "own/preview.html", context, status=status)
