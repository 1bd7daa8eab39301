"""Ninety days of practice for one marked account, made through the same use cases as everybody's."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from accounts.models import Profile, User
from questions.bank.embeddings import Encoder
from questions.coach.feedback import local_columns
from questions.coach.local import local_grade
from questions.models import Answer, Card, Feedback, Interview, KeyPoint, Question, Rating
from questions.practice import memory, queue, session
from questions.practice.calendar import policy_of, today_of
from questions.practice.demo_answers import compose
from questions.practice.stamps import restamp

DAYS = 90
STREAK_DAYS = 5  # up to yesterday; the day before them was missed
MISSED = 0.24  # of the other days
INTERVIEW_IN_DAYS = 21
COMPANY = "Northlight Labs"  # made up
MOST_A_DAY = 5
DUE_FROM_THE_EVE = 3  # at least so many of the last evening's questions return today
PROFILE = {
    "time_zone": "Europe/Berlin",
    "day_starts_at_hour": 4,
    "minutes_a_day": 25,
    "target_level": "mid",
    "new_a_day": 5,
    "desired_retention": 0.9,
    "interview_on": None,  # until the history is told
}

Progress = Callable[[int, int], None]


@dataclass
class Told:
    """What was made."""

    days: int = 0
    answers: int = 0
    lapses: int = 0
    due_today: int = 0


@dataclass
class _Story:
    user: User
    encoder: Encoder
    rng: Random
    bank_size: int
    points: dict[int, list[KeyPoint]] = field(default_factory=dict)
    told: Told = field(default_factory=Told)


def prepare_profile(user: User, now: datetime) -> None:
    """How the account is set up: a candidate who is here since the first day."""
    Profile.objects.filter(user=user).update(
        **PROFILE, is_demo=True, set_up_at=now - timedelta(days=DAYS), held_study_day=None, held_until=None
    )
    User.objects.filter(pk=user.pk).update(date_joined=now - timedelta(days=DAYS))
    restamp(user)


def tell(user: User, now: datetime, encoder: Encoder, rng: Random, progress: Progress) -> Told:
    """Writes answers, coaching and reviews of the 90 study days before the one of `now`; the account must be empty."""
    story = _Story(user, encoder, rng, bank_size=Question.objects.shared().count())
    today = today_of(user.profile, now)
    # Drawn before anything is told: what is due depends on the rows' ids, which days are studied must not.
    studied = {number for number in range(DAYS, 0, -1) if _is_studied(number, rng)}
    for number in range(DAYS, 0, -1):
        if number in studied:
            _tell_day(story, today - timedelta(days=number), days_left=number)
            story.told.days += 1
        progress(DAYS - number + 1, DAYS)
    set_date(user, today, now)
    story.told.lapses = sum(Card.objects.filter(user=user).values_list("lapses", flat=True))
    story.told.due_today = queue.standing(user, today).due_count
    return story.told


def set_date(user: User, today: date, now: datetime) -> None:
    """The invitation has just come: an interview in three weeks. Until now practice went by the schedule alone."""
    on = today + timedelta(days=INTERVIEW_IN_DAYS)
    Interview.objects.create(user=user, on=on, company=COMPANY, round=Interview.Round.DEEP, created_at=now)
    Profile.objects.filter(user=user).update(interview_on=on)
    user.profile.interview_on = on
    restamp(user)


def _is_studied(days_ago: int, rng: Random) -> bool:
    if days_ago <= STREAK_DAYS or days_ago == DAYS:
        return True
    return days_ago != STREAK_DAYS + 1 and rng.random() >= MISSED


def _tell_day(story: _Story, day: date, *, days_left: int) -> None:
    """One evening: what is due, then some new questions, until the time or the will is used up."""
    rng = story.rng
    at = datetime.combine(day, time(rng.randint(17, 20), rng.randint(0, 59)), tzinfo=story.user.profile.zone)
    is_eve = days_left == 1
    # What did not come to mind on the last evening is due today: the demonstration opens with something to do.
    new_left = 3 if is_eve else 2 if days_left == DAYS else _new_today(story)
    if queue.standing(story.user, day).due_count == 0:
        new_left = max(1, new_left)  # a day of study is practised even when nothing is due
    for _ in range(MOST_A_DAY + new_left if is_eve else rng.randint(2, MOST_A_DAY)):
        is_missed = is_eve and _returning_tomorrow(story, day) < DUE_FROM_THE_EVE
        question = _next_question(story, at, is_missed, may_be_new=new_left > 0)
        if question is None:
            return
        card = Card.objects.filter(user=story.user, question=question).first()
        if card is None and new_left == 0:
            return
        new_left -= card is None
        share = rng.uniform(0.25, 0.35) if is_missed else _share_of_points(story, card, day, days_left)
        at += timedelta(seconds=_tell_answer(story, question, at, share) + rng.randint(40, 120))


def _returning_tomorrow(story: _Story, day: date) -> int:
    """A missed question that was known well returns only in some days, so misses alone are not counted."""
    return Card.objects.filter(user=story.user, last_study_day=day, due_on=day + timedelta(days=1)).count()


def _next_question(story: _Story, at: datetime, is_missed: bool, *, may_be_new: bool) -> Question | None:
    """The queue's next, or its next due one; for an answer to be missed, one from the bank when the queue is done.

    Due days depend on the fuzz, hence on the rows' ids: on some eves little is due and a long new question fills the
    minutes, and there would be less to do today than the demonstration wants to show.
    """
    lines = queue.standing(story.user, today_of(story.user.profile, at)).lines
    line = next((line for line in lines if may_be_new or line.kind != "new"), None)
    if line is not None or not is_missed:
        return Question.objects.get(pk=line.question_id) if line else None
    practised = Card.objects.filter(user=story.user).values("question")
    return Question.objects.shared().exclude(pk__in=practised).order_by("minutes", "pk").first()


def _new_today(story: _Story) -> int:
    """About a third of the bank in all, and one a day where the bank is large."""
    mean = min(1.0, story.bank_size / 3 / (DAYS * (1 - MISSED)))
    return sum(story.rng.random() < mean / 2 for _ in range(2))


def _share_of_points(story: _Story, card: Card | None, day: date, days_left: int) -> float:
    """How much of a question comes to mind: little when it is new or forgotten, more with practice and time."""
    rng, skill = story.rng, 0.15 * (1 - days_left / DAYS)
    if card is None:
        return min(1.0, max(0.0, rng.gauss(0.36 + skill, 0.16)))
    known = memory.Memory(card.stability, card.difficulty, card.last_study_day)
    recall = memory.retrievability(known, day, policy_of(story.user.profile))
    if rng.random() > recall:
        return rng.uniform(0.1, 0.35)
    return min(1.0, max(0.3, rng.gauss(0.5 + skill + 0.05 * min(card.reps, 5), 0.14)))


def _tell_answer(story: _Story, question: Question, at: datetime, share: float) -> int:
    """Keeps, grades and rates one answer; the seconds that it took."""
    if question.pk not in story.points:
        story.points[question.pk] = list(question.key_points.filter(is_retired=False).order_by("position"))
    points, rng = story.points[question.pk], story.rng
    text = compose([point.text for point in points], share, rng)
    pace = math.exp(rng.gauss(-0.1, 0.3)) * (0.5 + share / 2)
    seconds = min(max(round(question.minutes * 60 * pace), 45), 30 * 60)
    submitted_at = at + timedelta(seconds=seconds)
    answer = session.record_answer(
        user=story.user,
        question=question,
        text=text,
        seconds=seconds,
        token=f"demo:{story.told.answers}",
        now=submitted_at,
    )
    _grade(answer, points, story.encoder)
    rated_at = submitted_at + timedelta(seconds=30)
    session.rate(user=story.user, question=question, rating=_rating(share), answer=answer, now=rated_at)
    story.told.answers += 1
    return seconds + 30


def _rating(share: float) -> int:
    """The learner's own judgement of an answer that made this share of the points."""
    if share <= 0.35:
        return Rating.AGAIN
    if share <= 0.55:
        return Rating.HARD
    return Rating.GOOD if share <= 0.92 else Rating.EASY


def _grade(answer: Answer, points: list[KeyPoint], encoder: Encoder) -> None:
    Feedback.objects.create(
        answer=answer,
        status=Feedback.Status.DONE,
        attempts=1,
        rung_at=answer.created_at,
        created_at=answer.created_at,
        finished_at=answer.created_at + timedelta(seconds=2),
        # Made from the key points, these answers would all pass for copies.
        **local_columns(local_grade(answer, points, encoder, finds_copies=False), points),
    )
