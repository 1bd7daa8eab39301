"""Rescheduling: all cards replayed with the parameters in use. Offered with its numbers, never done by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max

from accounts.models import Profile, User
from accounts.presence import held
from questions.models import Break, Card, RescheduledCard, Rescheduling, Review
from questions.practice import fitting, rebuilding
from questions.practice.calendar import parameters_version_of, policy_of, today_of
from questions.practice.histories import replayed
from questions.practice.keeping import kept
from questions.practice.limits import Span
from questions.practice.memory import PARAMETERS_VERSION
from questions.practice.recall import Model
from questions.practice.redating import Dated, Outlook, outlook, redated
from questions.practice.scheduling import fuzz_seed
from questions.practice.session import PracticeError
from questions.practice.spreading import Calendar
from questions.practice.stamps import restamp


class NothingToReschedule(PracticeError):
    """All cards follow the parameters in use."""


class NotNewestRescheduling(PracticeError):
    """Only the newest rescheduling can be taken back."""


@dataclass(frozen=True)
class Offer:
    """What pressing the button would do; `days` by question."""

    outlook: Outlook
    days: dict[int, date]


def newest_standing(user: User) -> Rescheduling | None:
    return Rescheduling.objects.for_user(user).standing().last()


def is_called_for(user: User, standing: Rescheduling | None) -> bool:
    """Whether cards may still be as other parameters left them."""
    followed = standing.parameters_version if standing else PARAMETERS_VERSION
    return parameters_version_of(user.profile) != followed


def offer(*, user: User, now: datetime) -> Offer | None:
    """The numbers, before anything is moved; None without a card. Kept until an answer or a setting changes them."""
    profile, today = user.profile, today_of(user.profile, now)
    newest = Review.objects.for_user(user).aggregate(newest=Max("pk"))["newest"]
    state = (newest, profile.practice_stamp, parameters_version_of(profile), profile.desired_retention, today)
    return kept(user.pk, "rescheduling", state, lambda: _offered(user, today))


def _offered(user: User, today: date) -> Offer | None:
    cards = _dated(user, today)
    if not cards:
        return None
    days = redated(cards, today, _calendar(user, today))
    return Offer(outlook(cards, days, today), days)


def _dated(user: User, today: date) -> list[Dated]:
    """Each card with the interval that the parameters in use give its whole history."""
    policy = policy_of(user.profile)
    rows = Review.objects.for_user(user).order_by("study_day", "pk").values_list("question_id", "rating", "study_day")
    histories = fitting.histories_of(fitting.Past(card, rating, day.toordinal()) for card, rating, day in rows)
    stability = fitting.traced(histories, policy.parameters).stability
    model = Model(policy.parameters)
    intervals = model.interval(stability, policy.desired_retention, policy.maximum_interval)
    of_card = dict(zip(histories.cards.tolist(), zip(stability, intervals, strict=True), strict=True))
    return [
        Dated(
            card.question_id,
            card.last_study_day,
            card.due_on,
            int(of_card[card.question_id][1]),
            float(model.recall(of_card[card.question_id][0], (today - card.last_study_day).days)),
            fuzz_seed(user.pk, card.question_id, card.reps),
        )
        for card in Card.objects.filter(user=user, question__in=of_card.keys())
    ]


def _calendar(user: User, today: date) -> Calendar:
    breaks = Break.objects.for_user(user).filter(ends_on__gte=today)
    return Calendar(
        load={} if user.profile.balances_load else None,
        easy_weekdays=tuple(user.profile.easy_weekdays),
        breaks=tuple(Span(row.starts_on, row.ends_on) for row in breaks),
    )


def reschedule(*, user: User, now: datetime) -> Rescheduling:
    """Replays every card with the parameters in use and moves its day. Raises NothingToReschedule when none is left
    to move. What was shown is what is done, unless something was rated in between."""
    with held(user):
        user.profile = Profile.objects.get(user=user)
        if not is_called_for(user, newest_standing(user)):
            raise NothingToReschedule("Your questions follow these parameters already. Nothing was moved.")
        offered = offer(user=user, now=now)
        if offered is None:
            raise NothingToReschedule("There is no question to reschedule yet. Nothing was moved.")
        newest = Review.objects.for_user(user).aggregate(newest=Max("pk"))["newest"]
        row = Rescheduling.objects.create(
            user=user,
            parameters_version=parameters_version_of(user.profile),
            desired_retention=user.profile.desired_retention,
            made_at=now,
            study_day=today_of(user.profile, now),
            last_review_id=newest,
            moved=offered.outlook.moved,
        )
        _move(user, row, offered.days)
        restamp(user)
    return row


def _move(user: User, row: Rescheduling, days: dict[int, date]) -> None:
    """Each card as the replay of its reviews with these parameters leaves it, on its new day."""
    policy = policy_of(user.profile)
    known = {card.question_id: card for card in Card.objects.filter(user=user).select_for_update()}
    met: list[RescheduledCard] = []
    for question_id, history in rebuilding.histories_of(user.pk):
        outcome, card = replayed(history, policy), known.get(question_id)
        if outcome is None or card is None:
            continue
        card.stability, card.difficulty, _ = outcome.memory
        card.due_on = due_on = days[question_id]
        met.append(RescheduledCard(rescheduling=row, question_id=question_id, review_id=history[-1].id, due_on=due_on))
    RescheduledCard.objects.bulk_create(met, batch_size=rebuilding.A_BATCH)
    rebuilding.store([known[one.question_id] for one in met])


def take_back(*, user: User, rescheduling_id: int, now: datetime) -> Rescheduling | None:
    """Every card as its reviews alone make it; one rated since keeps the day that this rating chose.

    None if there is no such rescheduling of theirs, or it was taken back already.
    """
    with held(user):
        row = Rescheduling.objects.for_user(user).standing().filter(pk=rescheduling_id).first()
        if row is None:
            return None
        if newest_standing(user) != row:
            raise NotNewestRescheduling("Only the newest rescheduling can be taken back.")
        row.taken_back_at = now
        row.save(update_fields=["taken_back_at"])
        rebuilding.rebuild_all(user_id=user.pk)
        RescheduledCard.objects.filter(rescheduling=row).delete()
        restamp(user)
    return row


def returning(row: Rescheduling) -> int:
    """How many questions would go back to their earlier day: those that were not rated since."""
    newer = Review.objects.filter(user=row.user_id, pk__gt=row.last_review_id).values("question_id")
    return row.cards.exclude(question__in=newer).count()
