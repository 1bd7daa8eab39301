"""Interviews: add, change, delete."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import MemberRequest
from questions.forms_planning import InterviewForm, initial_of
from questions.models import Category, Interview
from questions.practice import interviews
from questions.practice.calendar import today_of
from questions.views.access import member_post


def _today(request: MemberRequest) -> date:
    return today_of(request.user.profile, timezone.now())


def _form(request: MemberRequest, interview: Interview) -> InterviewForm:
    categories = list(Category.objects.filter(questions__is_retired=False).distinct().order_by("position", "pk"))
    shares = interviews.shares_of(interview, {category.slug: category.weight for category in categories})
    data = request.POST if request.method == "POST" else None
    form = InterviewForm(data, initial=initial_of(interview), categories=categories, shares=shares)
    form.fields["on"].widget.attrs["min"] = _earliest(request, interview).isoformat()
    return form


def _earliest(request: MemberRequest, interview: Interview) -> date:
    """Today; an interview that is over may keep its date."""
    return min(_today(request), interview.on) if interview.on else _today(request)


@require_http_methods(["GET", "POST"])
@login_required
def new(request: MemberRequest) -> HttpResponse:
    """An empty form, or the date that was given at set-up with its details to fill in."""
    today = _today(request)
    given = next((row for row in interviews.ahead(request.user, today) if row.pk is None), None)
    interview = given or Interview(user=request.user)
    form = _form(request, interview)
    if form.is_valid():
        try:
            kept = interviews.add(user=request.user, details=form.details(), today=today, now=timezone.now())
        except interviews.InterviewError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Kept: {kept.on:%A, %-d %B %Y}. Today’s order leads up to it now.")
            return redirect("plan:page")
    context = {"section": "plan", "form": form, "interview": None}
    return render(request, "questions/interviews/edit.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@login_required
def edit(request: MemberRequest, interview_id: int) -> HttpResponse:
    interview = _own(request, interview_id)
    form = _form(request, interview)
    if form.is_valid():
        try:
            interviews.change(user=request.user, interview=interview, details=form.details(), today=_today(request))
        except interviews.InterviewError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The interview is saved, and today’s order with it.")
            return redirect("plan:page")
    context = {"section": "plan", "form": form, "interview": interview}
    return render(request, "questions/interviews/edit.html", context, status=400 if form.errors else 200)


@require_POST
@member_post
def delete(request: MemberRequest, interview_id: int) -> HttpResponse:
    interview = _own(request, interview_id)
    interviews.delete(user=request.user, interview_id=interview.pk, today=_today(request))
    messages.success(request, f"The interview of {interview.on:%-d %B %Y} is deleted.")
    return redirect("plan:page")


@require_POST
@member_post
def forget_date(request: MemberRequest) -> HttpResponse:
    """Removes the date of the set-up."""
    interviews.forget_date(user=request.user)
    messages.success(request, "The date is removed. Practice goes by the schedule alone.")
    return redirect("plan:page")


def _own(request: MemberRequest, interview_id: int) -> Interview:
    interview = Interview.objects.for_user(request.user).filter(pk=interview_id).first()
    if interview is None:
        raise Http404
    return interview
