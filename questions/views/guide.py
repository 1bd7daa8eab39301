"""The guide: public pages that lead into the bank."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.markdown import render as markdown
from questions.browse.guide import guide_pages


@require_safe
def guide_index(request: HttpRequest) -> HttpResponse:
    pages = guide_pages()
    context = {"pages": pages, "minutes": sum(page.minutes for page in pages)}
    return render(request, "questions/guide/index.html", context)


@require_safe
def guide_page(request: HttpRequest, slug: str) -> HttpResponse:
    pages = guide_pages()
    place = next((number for number, page in enumerate(pages) if page.slug == slug), None)
    if place is None:
        raise Http404
    context = {
        "page": pages[place],
        "pages": pages,
        "body_html": markdown(pages[place].body),
        "previous": pages[place - 1] if place else None,
        "next": pages[place + 1] if place + 1 < len(pages) else None,
    }
    return render(request, "questions/guide/page.html", context)
