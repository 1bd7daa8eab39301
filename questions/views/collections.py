"""Collections: made, filled, ordered, shared by link, and seen through one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.http import MemberRequest
from accounts.links import absolute, is_own_path
from accounts.markdown import render as markdown
from questions.bank.query_vectors import read_query
from questions.browse.bank import browse
from questions.browse.filters import read_filters
from questions.models import Collection, Question
from questions.own import collections, rehearsal, sharing
from questions.own.authoring import OwnError
from questions.own.forms import CollectionForm
from questions.practice.calendar import today_of
from questions.views.access import member_post
from questions.views.rendering import bank_page

PAGE, SHARED_PAGE = 100, 50


def _own(request: MemberRequest, collection_id: int) -> Collection:
    collection = Collection.objects.for_user(request.user).filter(pk=collection_id).first()
    if collection is None:
        raise Http404
    return collection


@require_http_methods(["GET", "POST"])
@login_required
def collection_list(request: MemberRequest) -> HttpResponse:
    form = CollectionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = _created(request, form)
        if made is not None:
            return redirect("collections:detail", made.pk)
    today = today_of(request.user.profile, timezone.now())
    context = {"collections": collections.with_counts(request.user, today), "form": form}
    return bank_page(request, "collections/list.html", context, status=400 if form.errors else 200)


def _created(request: MemberRequest, form: CollectionForm) -> Collection | None:
    """The new collection; None, with the reason in the form, when there can be none."""
    try:
        return collections.create(user=request.user, now=timezone.now(), **form.cleaned_data)
    except OwnError as error:
        form.add_error("title", str(error))
        return None


@require_POST
@member_post
def gather(request: MemberRequest) -> HttpResponse:
    """A collection of what a list of the bank shows: its first page, in its order. The address is that of the list."""
    today = today_of(request.user.profile, timezone.now())
    shelf = browse(request.user, read_filters(request.GET), today, read_query)
    back = reverse("questions:list") + shelf.filters.address
    if not shelf.can_be_gathered:
        messages.info(request, "This list is too long or too short for a collection. Search, or choose filters.")
        return redirect(back)
    title = ", ".join(filter(None, [shelf.filters.q, *(choice.name for choice in shelf.chosen)]))
    if not any(map(str.isalnum, title)):
        title = "A list from the bank"
    try:
        with transaction.atomic():
            title = title[: collections.LONGEST_TITLE]
            made = collections.create(user=request.user, title=title, description="", now=timezone.now())
            # Read after the lock of `create`: one of them may have been deleted in another tab meanwhile.
            there = Question.objects.for_user(request.user).in_bulk([row.pk for row in shelf.rows])
            listed = [there[row.pk] for row in shelf.rows if row.pk in there]
            collections.fill(collection=made, questions=listed)
    except OwnError as error:
        messages.error(request, str(error))
        return redirect(back)
    messages.success(request, "Your list is a collection now. Run through it in this order, today or on the eve.")
    return redirect("collections:detail", made.pk)


@require_GET
@login_required
def detail(request: MemberRequest, collection_id: int) -> HttpResponse:
    return _page(request, _own(request, collection_id))


def _page(request: MemberRequest, collection: Collection) -> HttpResponse:
    listed = collections.entries(request.user, collection, today_of(request.user.profile, timezone.now()))
    page = Paginator(listed, PAGE).get_page(request.GET.get("page"))
    context = {
        "collection": collection,
        "description_html": markdown(collection.description),
        "page": page,
        "total": len(listed),
        "out": _taken_out(request, listed),
        "back": _number(request.GET.get("back", "")),
        "next": collections.next_in(listed),
        "due": sum(entry.state == "due" for entry in listed),
        "new": sum(entry.state == "new" for entry in listed),
        "own": sum(entry.question.owner_id is not None for entry in listed),
        "run": _run(request, collection, listed),
    }
    return bank_page(request, "collections/detail.html", context)


def _run(request: MemberRequest, collection: Collection, listed: Sequence[collections.Entry]) -> dict[str, int]:
    """The rehearsal under way: how many are `done`, and `left` (0: there is none to go on with)."""
    done = len(rehearsal.done_in(request.user, collection, listed))
    return {"done": done, "left": len(listed) - done if done else 0}


def _taken_out(request: MemberRequest, listed: Sequence[collections.Entry]) -> dict[str, Any] | None:
    """The question that was taken out just now (`?out=<slug>&at=<place>`), to be put back."""
    slug = request.GET.get("out", "")[:100].replace("\x00", "")
    if not slug or any(entry.question.slug == slug for entry in listed):
        return None
    question = Question.objects.for_user(request.user).filter(slug=slug).first()
    place = min(max(_number(request.GET.get("at", "")), 1), len(listed) + 1)
    return {"question": question, "place": place} if question else None


@require_http_methods(["GET", "POST"])
@login_required
def edit(request: MemberRequest, collection_id: int) -> HttpResponse:
    collection = _own(request, collection_id)
    initial = {"title": collection.title, "description": collection.description}
    form = CollectionForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            collections.rename(collection=collection, now=timezone.now(), **form.cleaned_data)
        except OwnError as error:
            form.add_error("title", str(error))
        else:
            return redirect("collections:detail", collection.pk)
    context = {"collection": collection, "form": form}
    return bank_page(request, "collections/edit.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@login_required
def delete(request: MemberRequest, collection_id: int) -> HttpResponse:
    collection = _own(request, collection_id)
    if request.method == "GET":
        context = {"collection": collection, "own": len(collections.own_questions(request.user, collection))}
        return bank_page(request, "collections/delete.html", context)
    deleted = collections.delete(user=request.user, collection=collection, with_own=bool(request.POST.get("with_own")))
    text = f" with {deleted} of your own questions" if deleted else ""
    messages.success(request, f"Deleted: {collection.title}{text}.")
    return redirect("collections:list")


# --- What is in it ---


@require_http_methods(["GET", "POST"])
@login_required
def add(request: MemberRequest, collection_id: int) -> HttpResponse:
    """Searches the bank and puts questions in, one press each."""
    collection = _own(request, collection_id)
    filters = read_filters(request.GET)
    if request.method == "POST":
        question = _toggled(request, collection, request.POST.get("question", ""))
        return redirect(f"{request.get_full_path()}#{question.slug}")
    shelf = browse(request.user, filters, today_of(request.user.profile, timezone.now()), read_query)
    held = set(collection.items.values_list("question_id", flat=True))
    context = {"collection": collection, "shelf": shelf, "filters": shelf.filters, "held": held}
    return bank_page(request, "collections/add.html", context)


def _toggled(request: MemberRequest, collection: Collection, slug: str) -> Question:
    """Puts the question in, or takes it out where it is in; says so."""
    question = _readable(request, slug)
    if collections.remove(collection=collection, question_id=question.pk):
        messages.info(request, f"Taken out of “{collection.title}”: {question.title}.")
        return question
    try:
        collections.add(user=request.user, collection=collection, question=question)
        messages.success(request, f"Put into “{collection.title}”: {question.title}.")
    except OwnError as error:
        messages.error(request, str(error))
    return question


def _readable(request: MemberRequest, slug: str) -> Question:
    question = Question.objects.for_user(request.user).filter(slug=slug[:100].replace("\x00", "")).first()
    if question is None:
        raise Http404
    return question


@require_POST
@member_post
def arrange(request: MemberRequest, collection_id: int) -> HttpResponse:
    """One entry's form: `item` with `go` (top, up, down, out, or a place in `to`); or `back`, what was taken out."""
    collection = _own(request, collection_id)
    if "back" in request.POST:
        return _put_back(request, collection)
    number = _number(request.POST.get("item", ""))
    if not number:
        return redirect("collections:detail", collection.pk)
    item = collection.items.filter(pk=number).select_related("question").first()
    if item is None:
        raise Http404
    place = collections.place_of(user=request.user, collection=collection, item_id=item.pk)
    go = request.POST.get("go", "")
    if go == "out":
        collections.remove(collection=collection, question_id=item.question_id)
        return _arranged(collection, place, "put-back", out=item.question.slug, at=str(place))
    moves = {"top": 1, "up": place - 1, "down": place + 1, "to": _number(request.POST.get("to", "")) or place}
    go = go if go in moves else "to"
    now_at = collections.move(user=request.user, collection=collection, item_id=item.pk, to=moves[go])
    return _arranged(collection, now_at, f"{go}-{item.pk}")


def _put_back(request: MemberRequest, collection: Collection) -> HttpResponse:
    question = _readable(request, request.POST["back"])
    place = _number(request.POST.get("to", ""))
    try:
        place = collections.put_back(user=request.user, collection=collection, question=question, place=place)
    except OwnError as error:
        messages.error(request, str(error))
        return redirect("collections:detail", collection.pk)
    item = collection.items.get(question=question)
    return _arranged(collection, place, f"out-{item.pk}", back=str(item.pk))


def _arranged(collection: Collection, place: int, focus: str, **query: str) -> HttpResponse:
    """Back to the page of the list that holds this place, with the keyboard on the button named by `focus`."""
    page = (max(place, 1) - 1) // PAGE + 1
    values = {**({"page": str(page)} if page > 1 else {}), **query}
    address = reverse("collections:detail", args=[collection.pk])
    return redirect(f"{address}{'?' if values else ''}{urlencode(values)}#{focus}")


def _number(raw: str) -> int:
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 19 else 0


@require_http_methods(["GET", "POST"])
@login_required
def choose(request: MemberRequest, slug: str) -> HttpResponse:
    """From a question's page: the collections that it is in or could be put into."""
    question = Question.objects.for_user(request.user).filter(slug=slug).first()
    if question is None:
        raise Http404
    form = CollectionForm(request.POST if "title" in request.POST else None)
    if request.method == "POST":
        collection = _chosen(request, form)
        if collection is not None:
            _toggled(request, collection, slug)
            target = request.POST.get("next", "")
            return redirect(target if is_own_path(target) else reverse("questions:collect", args=[slug]))
    mine = Collection.objects.for_user(request.user)
    held = set(mine.filter(items__question=question).values_list("pk", flat=True))
    context = {"question": question, "collections": mine, "held": held, "form": form}
    return bank_page(request, "collections/choose.html", context, status=400 if form.errors else 200)


def _chosen(request: MemberRequest, form: CollectionForm) -> Collection | None:
    """The collection named by its number, or the new one; None when the new one cannot be made."""
    if form.is_bound:
        return _created(request, form) if form.is_valid() else None
    return _own(request, _number(request.POST.get("collection", "")))


# --- The link ---


@require_POST
@member_post
def share(request: MemberRequest, collection_id: int) -> HttpResponse:
    """Makes a link and shows it this once; an older one ends."""
    collection = _own(request, collection_id)
    now = timezone.now()
    token = sharing.share(collection=collection, now=now)
    context = {
        "collection": collection,
        "link": absolute(reverse("shared_collection", args=[token])),
        "made_at": now,
        "ended_at": collection.shared_at,
    }
    return bank_page(request, "collections/link.html", context)


@require_POST
@member_post
def unshare(request: MemberRequest, collection_id: int) -> HttpResponse:
    collection = _own(request, collection_id)
    sharing.revoke(collection=collection)
    messages.success(request, "The link no longer opens this collection.")
    return redirect("collections:detail", collection.pk)


def _shared(token: str) -> Collection:
    collection = sharing.shared(token)
    if collection is None:
        raise Http404
    return collection


@require_GET
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Open to anybody with the link, with or without an account. Has no form: a page without referrer can send none."""
    collection = _shared(token)
    questions = sharing.seen(collection)
    page = Paginator(questions, SHARED_PAGE).get_page(request.GET.get("page"))
    context = {
        "collection": collection,
        "token": token,
        "description_html": markdown(collection.description),
        "page": page,
        "rows": [{"question": question, "prompt_html": markdown(question.prompt)} for question in page],
        "total": len(questions),
        "minutes": sum(question.minutes for question in questions),
        "is_mine": request.user.pk == collection.user_id,
    }
    response = bank_page(request, "collections/shared.html", context)
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is the key
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "POST"])
@login_required
def adopt(request: MemberRequest, token: str) -> HttpResponse:
    collection = _shared(token)
    if collection.user_id == request.user.pk:
        return redirect("collections:detail", collection.pk)
    if request.method == "POST":
        try:
            done = sharing.adopt(user=request.user, collection=collection, now=timezone.now())
        except OwnError as error:
            messages.error(request, str(error))
        else:
            copied = f", {done.copied} of them as private copies" if done.copied else ""
            messages.success(request, f"Added: {done.total} questions{copied}.")
            return redirect("collections:detail", done.collection.pk)
    questions = sharing.seen(collection)
    copies = sum(question.owner_id is not None for question in questions)
    context = {"collection": collection, "total": len(questions), "copies": copies, "token": token}
    response = bank_page(request, "collections/adopt.html", context)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
