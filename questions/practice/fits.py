"""The life of a fit: asked for, worked out once by a worker, accepted or refused, used and put aside again."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Count, F, OuterRef, Q, Subquery

from accounts.models import Profile, User
from accounts.presence import AccountGone, held
from questions.models import FittedParameters, ParametersUse, Review
from questions.models.fits import FittedParametersQuerySet
from questions.practice import fitting
from questions.practice.calendar import parameters_version_of, policy_of, today_of
from questions.practice.stamps import restamp

logger = logging.getLogger(__name__)

NEW_REVIEWS = 200  # since the last try, before another is worth it
LEASE = timedelta(minutes=10)
MOST_TRIES = 3

State = FittedParameters.State


def ask(*, user: User, now: datetime, is_by_hand: bool = False) -> FittedParameters | None:
    """Notes that a fit is wanted; None where `may_ask` says no."""
    reviews = Review.objects.for_user(user).count()
    last = FittedParameters.objects.for_user(user).first()
    study_day = today_of(user.profile, now)
    if not may_ask(last, reviews) or (is_by_hand and last is not None and last.study_day >= study_day):
        return None
    try:
        with held(user):
            return FittedParameters.objects.create(user=user, asked_at=now, study_day=study_day, reviews=reviews)
    except IntegrityError:  # another tab was first
        return None


def may_ask(last: FittedParameters | None, reviews: int) -> bool:
    """Enough reviews, more than at the last try, and no try open. By hand, once a study day on top of that."""
    if reviews < settings.FIT_LEAST_REVIEWS:
        return False
    return last is None or (not last.is_open and (last.state == State.FAILED or reviews > last.reviews))


def ask_all(*, now: datetime) -> list[int]:
    """Asks for everybody whose reviews have grown enough; the people for whom a fit waits now."""
    last = FittedParameters.objects.filter(user=OuterRef("pk")).order_by("-pk")
    grown = (
        User.objects.filter(is_active=True)
        .alias(n=Count("reviews"), at_last=Subquery(last.values("reviews")[:1]))
        .filter(Q(at_last=None) | Q(n__gte=F("at_last") + NEW_REVIEWS), n__gte=settings.FIT_LEAST_REVIEWS)
        .select_related("profile")
    )
    for user in grown.order_by("pk"):
        try:
            ask(user=user, now=now)
        except AccountGone:
            continue
    waiting = FittedParameters.objects.claimable(now - LEASE)
    return list(waiting.order_by("pk").values_list("user_id", flat=True))


def run(*, user_id: int, now: datetime) -> FittedParameters | None:
    """Works out the fit that waits for this person. None where there is none, or another worker has it."""
    fit = _claimed(user_id, now)
    if fit is None:
        return None
    user = User.objects.select_related("profile").get(pk=user_id)
    try:
        trial = fitting.tried(pasts_of(user), policy_of(user.profile).parameters)
    except Exception:
        logger.exception("Fit %s of user %s failed.", fit.pk, user_id)
        _mine(fit).update(state=State.FAILED, made_at=now)
        return None
    try:
        with held(user):
            return _ended(fit, user, trial, now)
    except AccountGone:
        return None


def _claimed(user_id: int, now: datetime) -> FittedParameters | None:
    """The waiting row, taken by one conditional update: of two workers one gets it."""
    rows = FittedParameters.objects.filter(user_id=user_id).claimable(now - LEASE)
    rows.filter(tries__gte=MOST_TRIES).update(state=State.FAILED, made_at=now)
    if not rows.update(state=State.RUNNING, claimed_at=now, tries=F("tries") + 1):
        return None
    return FittedParameters.objects.get(user_id=user_id, state=State.RUNNING)


def _mine(fit: FittedParameters) -> FittedParametersQuerySet:
    return FittedParameters.objects.filter(pk=fit.pk, state=State.RUNNING, tries=fit.tries)


def pasts_of(user: User) -> list[fitting.Past]:
    """All reviews of a person, as the fit takes them."""
    rows = Review.objects.for_user(user).order_by("study_day", "pk").values_list("question_id", "rating", "study_day")
    return [fitting.Past(card, rating, day.toordinal()) for card, rating, day in rows]


def _ended(fit: FittedParameters, user: User, trial: fitting.Trial | None, now: datetime) -> FittedParameters | None:
    """Writes the outcome, once. An accepted fit is used from now on, unless the person has gone back to the defaults
    by hand or has changed what is in use meanwhile."""
    version = parameters_version_of(user.profile)
    values: dict[str, Any] = {"state": State.REFUSED, "made_at": now, "compared_with": version}
    if trial is not None:
        values |= {
            "state": State.ACCEPTED if trial.is_better else State.REFUSED,
            "parameters": list(trial.parameters),
            "loss_before": trial.loss_before,
            "loss_after": trial.loss_after,
            "held_out_reviews": trial.held_out,
            "confidence": trial.confidence,
            "groups": [list(group) for group in trial.groups],
        }
    if not _mine(fit).update(**values):
        return None
    fit.refresh_from_db()
    is_unchanged = Profile.objects.filter(user=user, fsrs_version=user.profile.fsrs_version).exists()
    if fit.is_accepted and is_unchanged and not has_gone_back(user):
        use(user=user, fit=fit, now=now, is_by_hand=False)
    return fit


def has_gone_back(user: User) -> bool:
    """Whether the last word of the person was: the defaults."""
    last = ParametersUse.objects.for_user(user).first()
    return last is not None and last.is_by_hand and last.fit_id is None


def use(*, user: User, fit: FittedParameters | None, now: datetime, is_by_hand: bool = True) -> ParametersUse | None:
    """New reviews are scheduled with this fit, or with the defaults; None when they are already. No card moves."""
    parameters: Sequence[float] = fit.parameters if fit else []
    version = fit.version if fit else ""
    with held(user):
        rows = Profile.objects.for_user(user).exclude(fsrs_version=version)
        if not rows.update(fsrs_parameters=list(parameters), fsrs_version=version):
            return None
        user.profile.refresh_from_db(fields=["fsrs_parameters", "fsrs_version"])
        restamp(user)
        return ParametersUse.objects.create(user=user, fit=fit, is_by_hand=is_by_hand, at=now)
