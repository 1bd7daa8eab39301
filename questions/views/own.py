"""A person's own questions: the list, a new one, changes, deletion, export."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods

from accounts.http import MemberRequest
from questions.models import Card, Collection, Question
from questions.own import authoring
from questions.own.format import MOST_QUESTIONS, OwnQuestion
from questions.own.forms import OwnQuestionForm
from questions.own.likeness import Alike, alike, basis
from questions.own.writing import to_csv, to_yaml
from questions.own.writing_apkg import Exported, to_apkg
from questions.practice.calendar import today_of
from questions.views.rendering import bank_page

PAGE = 50
FORMATS = {
    "yaml": ("application/yaml; charset=utf-8", "yaml"),
    "csv": ("text/csv; charset=utf-8", "csv"),
    "apkg": ("application/octet-stream", "apkg"),
}


def own_question(request: MemberRequest, slug: str) -> Question:
    """One of this person's own; anything else is the same 404 as what does not exist."""
    questions = Question.objects.filter(owner=request.user).select_related("category").prefetch_related("key_points")
    question = questions.filter(slug=slug).first()
    if question is None:
        raise Http404
    return question


@require_GET
@login_required
def own_list(request: MemberRequest) -> HttpResponse:
    own = Question.objects.filter(owner=request.user).select_related("category")
    counted = own.annotate(points=Count("key_points", filter=Q(key_points__is_retired=False)))
    page = Paginator(counted.order_by("-updated_at", "-pk"), PAGE).get_page(request.GET.get("page"))
    cards = {card.question_id: card for card in Card.objects.for_user(request.user).filter(question__in=list(page))}
    today = today_of(request.user.profile, timezone.now())
    rows = [{"question": question, **_state(cards.get(question.pk), today)} for question in page]
    return bank_page(request, "own/list.html", {"page": page, "rows": rows, "most": MOST_QUESTIONS})


def _state(card: Card | None, today: Any) -> dict[str, Any]:
    if card is None:
        return {"state": "new"}
    is_due = card.due_on <= today and card.last_study_day < today
    return {"state": "due" if is_due else "learned", "due_on": card.due_on}


@require_http_methods(["GET", "POST"])
@login_required
def new(request: MemberRequest) -> HttpResponse:
    if request.method == "GET":
        return _form_page(request, OwnQuestionForm(initial={"category": request.GET.get("category", "")}))
    form = OwnQuestionForm(request.POST)
    if not form.is_valid() or form.content is None:
        return _form_page(request, form, status=400)
    if found := _alike(request, form.content):
        return _form_page(request, form, found=found)
    try:
        question = authoring.create(user=request.user, content=form.content, now=timezone.now())
    except authoring.OwnError as error:
        form.add_error(None, str(error))
        return _form_page(request, form, status=400)
    messages.success(request, f"Kept: {question.title}.")
    return redirect("questions:own")


@require_http_methods(["GET", "POST"])
@login_required
def edit(request: MemberRequest, slug: str) -> HttpResponse:
    question = own_question(request, slug)
    base = authoring.content_of(question)
    if request.method == "GET":
        form = OwnQuestionForm(base=base, initial={"version": question.version})
        return _form_page(request, form, question)
    form = OwnQuestionForm(request.POST, base=base)
    if not form.is_valid() or form.content is None:
        return _form_page(request, form, question, status=400)
    is_reworded = basis(form.content) != basis(base)
    if is_reworded and (found := _alike(request, form.content, question)):
        return _form_page(request, form, question, found=found)
    return _changed(request, form, question, form.content)


def _changed(request: MemberRequest, form: OwnQuestionForm, question: Question, content: OwnQuestion) -> HttpResponse:
    try:
        stored = authoring.update(
            user=request.user, question=question, content=content, version=form.cleaned_data["version"]
        )
    except authoring.Changed as error:
        again = OwnQuestionForm({**request.POST.dict(), "version": question.version}, base=form.base)
        again.add_error(None, f"{error} Yours is below: save again to replace the other one.")
        return _form_page(request, again, question, status=409)
    except authoring.OwnError as error:
        form.add_error(None, str(error))
        return _form_page(request, form, question, status=400)
    messages.success(request, "Saved." if stored.version > question.version else "Nothing changed.")
    return redirect(stored)


def _alike(request: MemberRequest, content: OwnQuestion, question: Question | None = None) -> list[Alike]:
    """What it looks like, unless the person has seen that and saves anyway."""
    if request.POST.get("anyway"):
        return []
    besides = question.pk if question else None
    return alike(user=request.user, content=content, wait=settings.SEARCH_WAIT_SECONDS, besides=besides)


def _form_page(
    request: MemberRequest,
    form: OwnQuestionForm,
    question: Question | None = None,
    found: list[Alike] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "question": question, "alike": found or []}
    return bank_page(request, "own/form.html", context, status=status)


@require_http_methods(["GET", "POST"])
@login_required
def delete(request: MemberRequest, slug: str) -> HttpResponse:
    question = own_question(request, slug)
    if request.method == "GET":
        attached = authoring.attached(user=request.user, question=question)
        return bank_page(request, "own/delete.html", {"question": question, "attached": attached})
    authoring.delete(user=request.user, question=question)
    messages.success(request, f"Deleted: {question.title}.")
    return redirect("questions:own")


@require_GET
@login_required
def export(request: MemberRequest) -> HttpResponse:
    """`?as=yaml|csv|apkg`, of all own questions or of those in `?collection=`."""
    questions: QuerySet[Question] = Question.objects.filter(owner=request.user)
    name = "My own questions"
    if wanted := request.GET.get("collection", ""):
        collection = _collection(request, wanted)
        name = collection.title
        questions = questions.filter(collections=collection).order_by("collection_items__position")
    else:
        questions = questions.order_by("category__position", "title", "pk")
    as_file = request.GET.get("as", "yaml")
    if as_file not in FORMATS:
        raise Http404
    return _file(as_file, name, list(questions.select_related("category").prefetch_related("key_points")))


def _collection(request: MemberRequest, wanted: str) -> Collection:
    is_number = wanted.isascii() and wanted.isdigit() and len(wanted) < 19
    collection = Collection.objects.for_user(request.user).filter(pk=int(wanted)).first() if is_number else None
    if collection is None:
        raise Http404
    return collection


def _file(as_file: str, name: str, questions: list[Question]) -> HttpResponse:
    rows = [Exported(question.slug, question.updated_at, authoring.content_of(question)) for question in questions]
    contents = [row.content for row in rows]
    body: str | bytes
    if as_file == "apkg":
        body = to_apkg(rows, deck=name, now=timezone.now())
    else:
        body = to_csv(contents) if as_file == "csv" else to_yaml(contents)
    content_type, ending = FORMATS[as_file]
    response = HttpResponse(body, content_type=content_type)
    file_name = f"{slugify(name)[:60] or 'questions'}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
