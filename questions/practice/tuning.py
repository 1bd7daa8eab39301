"""What the memory page shows: the parameters in use, how well they forecast, what is offered and what can go back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.conf import settings

from accounts.models import User
from questions.models import FittedParameters, ParametersUse, Rescheduling, Review
from questions.practice import rescheduling
from questions.practice.calendar import parameters_version_of, today_of
from questions.practice.fits import may_ask
from questions.practice.fitting import Group
from questions.practice.redating import Outlook

SHOWN_USES = 10


class Share(NamedTuple):
    """Reviews of like forecast; the others in percent."""

    reviews: int
    before: int
    predicted: int
    recalled: int


@dataclass(frozen=True)
class Forecast:
    """How a fit did on the reviews that it had not seen. `gain`: by how many percent the log-loss fell, or rose."""

    fit: FittedParameters
    groups: list[Share]
    whole: Share
    gain: float


@dataclass(frozen=True)
class Tuning:
    """`in_use` None: the defaults. `offered`: a newer accepted fit that is not in use."""

    in_use: FittedParameters | None
    since: datetime | None
    reviews: int
    newest: FittedParameters | None
    offered: FittedParameters | None
    can_look: bool
    outlook: Outlook | None
    standing: Rescheduling | None
    returning: int
    uses: list[ParametersUse]

    @property
    def missing(self) -> int:
        """Reviews until the first fit."""
        return max(settings.FIT_LEAST_REVIEWS - self.reviews, 0)

    @property
    def forecasts(self) -> list[Forecast]:
        """Of the fit in use, the one that is offered and the newest one, where these have figures."""
        found = {fit.pk: fit for fit in (self.in_use, self.offered, self.newest) if fit is not None and fit.groups}
        return [_forecast(fit) for fit in found.values()]


def _forecast(fit: FittedParameters) -> Forecast:
    groups = [Group(*values) for values in fit.groups]
    reviews = sum(group.reviews for group in groups)
    before, after = fit.loss_before or 0.0, fit.loss_after or 0.0
    whole = (sum(group.reviews * group[place] for group in groups) / reviews for place in (1, 2, 3))
    return Forecast(
        fit=fit,
        groups=[_share(group.reviews, *group[1:]) for group in groups],
        whole=_share(reviews, *whole),
        gain=100 * (before - after) / before if before else 0.0,
    )


def _share(reviews: int, *shares: float) -> Share:
    return Share(reviews, *(round(100 * share) for share in shares))


def tuning_of(user: User, now: datetime) -> Tuning:
    version = parameters_version_of(user.profile)
    fits = FittedParameters.objects.for_user(user)
    newest = fits.first()
    in_use = _by_version(user, version)
    uses = list(ParametersUse.objects.for_user(user).select_related("fit")[:SHOWN_USES])
    reviews = Review.objects.for_user(user).count()
    accepted = fits.filter(state=FittedParameters.State.ACCEPTED).first()
    standing = rescheduling.newest_standing(user)
    offered = rescheduling.offer(user=user, now=now) if rescheduling.is_called_for(user, standing) else None
    return Tuning(
        in_use=in_use,
        since=uses[0].at if uses else None,
        reviews=reviews,
        newest=newest,
        offered=accepted if accepted != in_use else None,
        can_look=may_ask(newest, reviews) and (newest is None or newest.study_day < today_of(user.profile, now)),
        outlook=offered.outlook if offered else None,
        standing=standing,
        returning=rescheduling.returning(standing) if standing else 0,
        uses=uses,
    )


def _by_version(user: User, version: str) -> FittedParameters | None:
    number = version.removeprefix("fit-")
    return FittedParameters.objects.for_user(user).filter(pk=int(number)).first() if number.isdigit() else None
