"""A person's study days: their profile turned into the values that the pure scheduler takes."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from accounts.models import Profile
from questions.models import FittedParameters
from questions.practice.memory import PARAMETERS_VERSION, Policy, as_parameters
from questions.practice.recall import Model


def today_of(profile: Profile, now: datetime) -> date:
    """The study day that holds `now` in this person's zone, with their day start."""
    return profile.study_day(now)


def policy_of(profile: Profile) -> Policy:
    return Policy(as_parameters(profile.fsrs_parameters or None), profile.desired_retention)


def parameters_version_of(profile: Profile) -> str:
    """The name that a review keeps of the parameters it was made with."""
    return profile.fsrs_version or PARAMETERS_VERSION


def model_of(profile: Profile) -> Model:
    """The forgetting model that looks ahead with this person's parameters."""
    return Model(policy_of(profile).parameters)


def stored_policy(parameters_version: str, desired_retention: float) -> Policy:
    """The settings that a review was made with, so that replay gives the same memory. LookupError if unknown."""
    return Policy(stored_parameters(parameters_version), desired_retention)


def stored_parameters(version: str) -> tuple[float, ...]:
    if version == PARAMETERS_VERSION:
        return as_parameters(None)
    name, _, number = version.partition("-")
    if name != "fit" or not number.isdigit():
        raise LookupError(f"unknown FSRS parameters {version!r}")
    return _fitted(int(number))


@lru_cache(maxsize=1024)  # an accepted fit never changes
def _fitted(fit_id: int) -> tuple[float, ...]:
    found = FittedParameters.objects.filter(pk=fit_id, state=FittedParameters.State.ACCEPTED)
    values = found.values_list("parameters", flat=True).first()
    if values is None:
        raise LookupError(f"unknown FSRS parameters 'fit-{fit_id}'")
    return as_parameters(values)
