"""A person's study days: their profile turned into the values that the pure scheduler takes."""

from __future__ import annotations

from datetime import date, datetime

from accounts.models import Profile
from questions.practice.memory import PARAMETERS_VERSION, Policy, as_parameters


def today_of(profile: Profile, now: datetime) -> date:
    """The study day that holds `now` in this person's zone, with their day start."""
    return profile.study_day(now)


def policy_of(profile: Profile) -> Policy:
    return Policy(desired_retention=profile.desired_retention)


def stored_policy(parameters_version: str, desired_retention: float) -> Policy:
    """The settings that a review was made with, so that replay gives the same due date."""
    if parameters_version != PARAMETERS_VERSION:
        raise LookupError(f"unknown FSRS parameters {parameters_version!r}")
    return Policy(parameters=as_parameters(None), desired_retention=desired_retention)
