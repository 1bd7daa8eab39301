"""The memory page: the parameters in use, what a fit forecasts, and rescheduling with its numbers beforehand."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.http import MemberRequest
from questions import tasks
from questions.models import FittedParameters
from questions.practice import fits, rescheduling
from questions.practice.session import PracticeError
from questions.practice.tuning import tuning_of
from questions.views.access import member_post

LARGEST_ID = 2**63 - 1


@require_GET
@login_required
def page(request: MemberRequest) -> HttpResponse:
    tuning = tuning_of(request.user, timezone.now())
    return render(request, "questions/memory/page.html", {"tuning": tuning})


@require_POST
@member_post
def look(request: MemberRequest) -> HttpResponse:
    """Asks for a fit now; it comes from a worker."""
    if fits.ask(user=request.user, now=timezone.now(), is_by_hand=True):
        tasks.ring_fit(request.user.pk)
        messages.info(request, "Your reviews are being looked at. The result stands here in a minute or two.")
    else:
        messages.info(request, "There is nothing new to look at yet.")
    return redirect("memory:page")


@require_POST
@member_post
def use(request: MemberRequest) -> HttpResponse:
    accepted = FittedParameters.objects.for_user(request.user).filter(state=FittedParameters.State.ACCEPTED)
    fit = accepted.filter(pk=_id(request, "fit")).first()
    if fit is None:
        raise Http404
    if fits.use(user=request.user, fit=fit, now=timezone.now()):
        messages.success(request, "New ratings are scheduled with your own parameters from now on.")
    return redirect("memory:page")


@require_POST
@member_post
def go_back(request: MemberRequest) -> HttpResponse:
    if fits.use(user=request.user, fit=None, now=timezone.now()):
        messages.success(request, "New ratings are scheduled with the default parameters from now on.")
    return redirect("memory:page")


@require_POST
@member_post
def reschedule(request: MemberRequest) -> HttpResponse:
    try:
        row = rescheduling.reschedule(user=request.user, now=timezone.now())
    except PracticeError as error:
        messages.info(request, str(error))
    else:
        many = f"{row.moved:,} question{'s have' if row.moved != 1 else ' has'}"
        messages.success(request, f"Rescheduled: {many} another day. You can take it back below.")
    return redirect("memory:page")


@require_POST
@member_post
def take_back(request: MemberRequest) -> HttpResponse:
    try:
        row = rescheduling.take_back(
            user=request.user, rescheduling_id=_id(request, "rescheduling"), now=timezone.now()
        )
    except PracticeError as error:
        messages.info(request, str(error))
        return redirect("memory:page")
    if row is None:
        raise Http404
    messages.success(request, "The rescheduling is taken back.")
    return redirect("memory:page")


def _id(request: MemberRequest, name: str) -> int:
    """A row's number from the form; anything else is nobody's row."""
    text = request.POST.get(name, "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
    if not 0 < number <= LARGEST_ID:
        raise Http404
    return number
