"""The use cases of practice: answer, reveal, rate, undo. The pages and the API both call these."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, Subquery

from accounts.models import User
from accounts.presence import held
from questions import tasks
from questions.models import Answer, Card, Draft, Feedback, HintUse, Pause, Question, Rating, Reveal, Review
from questions.practice import memory, pausing, scheduling
from questions.practice.calendar import parameters_version_of, policy_of, today_of
from questions.practice.rebuilding import rebuild_card
from questions.practice.stamps import restamp

logger = logging.getLogger(__name__)

MAX_CHARACTERS = 50_000
MAX_SECONDS = 24 * 60 * 60
OVERTAKEN = timedelta(minutes=1)
TRIES = 3


class PracticeError(Exception):
    """Something that the person can mend or must be told; the message is for them."""


class BadAnswer(PracticeError):
    """The answer or the rating cannot be kept as it is."""


class DraftConflict(PracticeError):
    """Another version of the draft was saved meanwhile; `draft` is that one."""

    def __init__(self, draft: Draft) -> None:
        super().__init__("Another tab or device has saved a different version of this answer.")
        self.draft = draft


class AlreadyReviewed(PracticeError):
    """This question was rated on this study day."""


class NotNewest(PracticeError):
    """Only the newest review can be undone."""


@dataclass(frozen=True)
class Submitted:
    answer: Answer
    is_new: bool


@dataclass(frozen=True)
class Rated:
    """`is_leech`: this rating has paused the question, which was forgotten too often."""

    review: Review
    is_new: bool
    is_leech: bool = False


class Unread:
    """Stands for a card that nobody has looked up yet."""


UNREAD = Unread()


class _Overtaken(Exception):
    """The card was rated or undone elsewhere after it was read."""


def checked_text(text: str) -> str:
    """The answer's text, or BadAnswer with what to do about it."""
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise BadAnswer("The answer is empty. Write a sentence or two, or choose “Show me” if you cannot answer yet.")
    if "\x00" in text:
        raise BadAnswer("The answer contains NUL characters. Remove them and submit again.")
    if _has_surrogates(text):
        raise BadAnswer("The answer contains broken characters (lone surrogates). Remove them and submit again.")
    if len(text) > MAX_CHARACTERS:
        raise BadAnswer(
            f"The answer has {len(text):,} characters; at most {MAX_CHARACTERS:,} fit. Shorten it and submit again."
        )
    return text


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def submit_answer(
    *,
    user: User,
    question: Question,
    text: str,
    seconds: int,
    token: str,
    now: datetime,
    draft_base: datetime | None = None,
) -> Submitted:
    """Keeps an answer and asks for coaching, in one transaction. The same token finds the first answer again.

    The draft goes with it when it is the version of `draft_base` (or older), or says nothing that the answer does
    not say; what another device has saved since stays.
    """
    text = checked_text(text)
    seconds = min(max(seconds, 0), MAX_SECONDS)
    try:
        with held(user):
            answer = record_answer(user=user, question=question, text=text, seconds=seconds, token=token, now=now)
            feedback = Feedback.objects.create(answer=answer, created_at=now, rung_at=now)
            _end_draft(answer, draft_base)
            transaction.on_commit(lambda: tasks.ring(feedback.pk))
    except IntegrityError:
        first = Answer.objects.for_user(user).select_related("question").filter(submit_token=token).first()
        if first is None:
            raise
        return Submitted(first, is_new=False)
    return Submitted(answer, is_new=True)


def _end_draft(answer: Answer, base: datetime | None) -> None:
    draft = Draft.objects.filter(user=answer.user, question=answer.question).first()
    if draft is None:
        return
    if _is_in(draft.text, answer.text) or (base is not None and draft.updated_at <= base):
        draft.delete()


def _is_in(part: str, text: str) -> bool:
    return part.replace("\r\n", "\n").strip() in text


def record_answer(*, user: User, question: Question, text: str, seconds: int, token: str, now: datetime) -> Answer:
    """The answer's row alone, with no coaching asked for: submit_answer and the demonstration's history."""
    today = today_of(user.profile, now)
    opened = HintUse.objects.filter(user=user, question=question, study_day=today).values("steps")[:1]
    looked = Reveal.objects.filter(user=user, question=question, study_day=today)
    is_peeked, hints = (
        Question.objects.filter(pk=question.pk)
        .annotate(is_peeked=Exists(looked), hints=Subquery(opened))
        .values_list("is_peeked", "hints")
        .get()
    )
    return Answer.objects.create(
        user=user,
        question=question,
        question_version=question.version,
        text=text,
        word_count=len(text.split()),
        seconds=seconds,
        study_day=today,
        is_peeked=is_peeked,
        hints=hints or 0,
        submit_token=token,
        created_at=now,
    )


def save_draft(
    *, user: User, question: Question, text: str, seconds: int, now: datetime, base: datetime | None = None
) -> Draft | None:
    """Keeps what is being typed; an empty text forgets the draft. Raises BadAnswer when it cannot be kept.

    `base` is the time of the version that this one goes on from, None for none: when another tab or device has
    saved something else since, DraftConflict carries that version and nothing is overwritten.
    """
    if "\x00" in text or len(text) > MAX_CHARACTERS * 2 or _has_surrogates(text):
        raise BadAnswer(
            "This draft is too long, or holds characters that cannot be kept: it stays on this computer only."
        )
    with held(user):
        stored = Draft.objects.filter(user=user, question=question).first()
        if stored is not None and stored.updated_at != base and stored.text.strip() != text.strip():
            raise DraftConflict(stored)
        if stored is None and _was_just_submitted(user, question, text, now):
            return None
        if not text.strip():
            Draft.objects.filter(user=user, question=question).delete()
            return None
        draft, _ = Draft.objects.update_or_create(
            user=user,
            question=question,
            defaults={"text": text, "seconds": min(max(seconds, 0), MAX_SECONDS), "updated_at": now},
        )
    return draft


def _was_just_submitted(user: User, question: Question, text: str, now: datetime) -> bool:
    """Whether this is the autosave of a page whose answer has overtaken it."""
    latest = Answer.objects.for_user(user).filter(question=question, created_at__gte=now - OVERTAKEN).first()
    return latest is not None and _is_in(text, latest.text)


def reveal(*, user: User, question: Question, now: datetime) -> Reveal:
    """Notes that the reference was opened before an answer; it caps the suggested rating that day."""
    with held(user):
        row, _ = Reveal.objects.get_or_create(
            user=user, question=question, study_day=today_of(user.profile, now), defaults={"created_at": now}
        )
    return row


def has_revealed_today(*, user: User, question: Question, now: datetime) -> bool:
    return Reveal.objects.filter(user=user, question=question, study_day=today_of(user.profile, now)).exists()


def memory_of(card: Card | None) -> memory.Memory | None:
    return memory.Memory(card.stability, card.difficulty, card.last_study_day) if card else None


def preview(*, user: User, question: Question, card: Card | None, now: datetime) -> dict[int, memory.Outcome]:
    """What each rating would do now; the dates are those that `rate` will store."""
    today, known, policy = today_of(user.profile, now), memory_of(card), policy_of(user.profile)
    if known is not None and today < known.last_day:
        today = known.last_day
    seed = scheduling.fuzz_seed(user.pk, question.pk, (card.reps if card else 0) + 1)
    days = scheduling.windows_of(known, memory.RATINGS, today, policy)
    calendar = scheduling.calendar_of(user, question.pk, days)
    return {
        rating: scheduling.outcome_of(known, rating, today, policy, calendar=calendar, seed=seed)
        for rating in memory.RATINGS
    }


def rate(
    *,
    user: User,
    question: Question,
    rating: int,
    now: datetime,
    answer: Answer | None = None,
    card: Card | Unread | None = UNREAD,
) -> Rated:
    """Records a rating and schedules the question. One review per question and study day.

    The same answer with the same rating finds the first review again (`is_new` False). `card`: the question's, where
    it was read already; it is only believed if it still stands when the rating is stored.
    Raises BadAnswer for a rating outside 1..4, AlreadyReviewed for a second review on the study day.
    """
    if isinstance(rating, bool) or rating not in Rating.values:
        raise BadAnswer("A rating is 1 (again), 2 (hard), 3 (good) or 4 (easy).")
    today = today_of(user.profile, now)
    for _ in range(TRIES):
        known = Card.objects.filter(user=user, question=question).first() if isinstance(card, Unread) else card
        if known is not None and known.last_study_day >= today:
            break
        try:
            return _stored(user, question, known, rating, answer, today, now)
        except _Overtaken:
            card = UNREAD
        except IntegrityError:
            logger.info("A second review of question %s met the first one.", question.pk)
            break
    return Rated(_first_review(user, question, rating, answer), is_new=False)


def _first_review(user: User, question: Question, rating: int, answer: Answer | None) -> Review:
    """The review that stands in the way, if it is this very one; else AlreadyReviewed says what it was."""
    reviews = Review.objects.for_user(user).filter(question=question).order_by("-study_day")
    own = reviews.filter(answer=answer).first() if answer else None
    if own is not None and own.rating == rating:
        return own
    first = own or reviews.first()
    if first is None:
        raise AlreadyReviewed("This answer was rated already.")
    raise AlreadyReviewed(
        f"You rated this {'answer' if own else 'question'} {Rating(first.rating).label} on {first.study_day:%-d %B}; "
        f"it returns on {first.due_on:%-d %B %Y}. Undo that rating to change it."
    )


def _stored(
    user: User, question: Question, card: Card | None, rating: int, answer: Answer | None, today: date, now: datetime
) -> Rated:
    """The review and its card, written under the person's lock. Raises _Overtaken where the card has moved on."""
    policy, known, reps = policy_of(user.profile), memory_of(card), (card.reps if card else 0) + 1
    days = scheduling.windows_of(known, [rating], today, policy)
    with scheduling.held_with_calendar(user, question.pk, days) as calendar:
        outcome = scheduling.outcome_of(
            known,
            rating,
            today,
            policy,
            calendar=calendar,
            seed=scheduling.fuzz_seed(user.pk, question.pk, reps),
        )
        review = Review.objects.create(
            user=user,
            question=question,
            answer=answer,
            rating=rating,
            reviewed_at=now,
            study_day=today,
            seconds=answer.seconds if answer else 0,
            parameters_version=parameters_version_of(user.profile),
            desired_retention=policy.desired_retention,
            stability=outcome.memory.stability,
            difficulty=outcome.memory.difficulty,
            due_on=outcome.due_on,
        )
        # A lapse is a forgotten question: Again on one that was known before.
        lapses = (card.lapses if card else 0) + (rating == Rating.AGAIN and reps > 1)
        _write_card(user, question, card, _card_values(outcome, rating, reps, lapses))
        is_leech = pausing.pause_leech(user=user, question=question, card=card, lapses=lapses, now=now)
    return Rated(review, is_new=True, is_leech=is_leech)


def _write_card(user: User, question: Question, card: Card | None, values: dict[str, Any]) -> None:
    if card is None:
        Card.objects.create(user=user, question=question, **values)
        return
    # Rated, undone or rescheduled meanwhile: what was worked out from the old memory must not be stored.
    as_read = {name: getattr(card, name) for name in ("reps", "last_study_day", "due_on", "stability", "difficulty")}
    if not Card.objects.filter(pk=card.pk, **as_read).update(**values):
        raise _Overtaken


def _card_values(outcome: memory.Outcome, rating: int, reps: int, lapses: int) -> dict[str, Any]:
    return {
        "stability": outcome.memory.stability,
        "difficulty": outcome.memory.difficulty,
        "due_on": outcome.due_on,
        "last_study_day": outcome.memory.last_day,
        "last_rating": rating,
        "reps": reps,
        "lapses": lapses,
    }


def newest_review_id(user: User) -> int | None:
    """The only review that can be undone."""
    return Review.objects.for_user(user).order_by("-reviewed_at", "-pk").values_list("pk", flat=True).first()


def undo(*, user: User, review_id: int) -> Review | None:
    """Takes back the person's newest review and replays the card. None if there is no such review of theirs."""
    with held(user):
        review = Review.objects.for_user(user).select_for_update().filter(pk=review_id).first()
        if review is None:
            return None
        if newest_review_id(user) != review.pk:
            raise NotNewest("Only your newest rating can be undone.")
        Card.objects.select_for_update().filter(user=user, question_id=review.question_id).first()
        Review.objects.filter(pk=review.pk).delete()
        rebuild_card(user_id=user.pk, question_id=review.question_id)
        Pause.objects.for_user(user).filter(
            question=review.question_id, kind=Pause.Kind.LEECH, created_at=review.reviewed_at
        ).delete()
        restamp(user)  # the day's sheet may have been made while the question was rated
    return review
