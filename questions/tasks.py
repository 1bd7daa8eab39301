"""The doorbells: tasks take ids and hold no logic. What is to be done stands in the rows.

The graders are imported by the worker that runs them: the web processes ring, and need neither openai nor onnxruntime.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

OWN_TURNS = 400  # of embedding.AT_ONCE questions: more than anybody may keep


@shared_task
def run_feedback(feedback_id: int) -> None:
    from questions.coach import feedback

    feedback.run(feedback_id)


@shared_task
def sweep_feedback() -> int:
    """Rings again for what waits too long and for what a lost worker held."""
    from questions.coach import feedback

    waiting = feedback.overdue(timezone.now(), timedelta(seconds=settings.FEEDBACK_SWEEP_SECONDS))
    for feedback_id in waiting:
        ring(feedback_id)
    return len(waiting)


@shared_task
def clear_ledgers() -> None:
    """Removes what nothing asks for any more: old readings, requests whose key is over, files never imported."""
    from questions.models import KeyedRequest, PendingImport, Reading

    now = timezone.now()
    KeyedRequest.objects.expired(now).delete()
    PendingImport.objects.expired(now).delete()
    Reading.objects.expired(now).delete()


def ring(feedback_id: int) -> None:
    """Tells a worker; a broker that is away is no error, since the sweeper rings again."""
    queue = "llm" if settings.COACH_USES_MODEL else "cpu"
    try:
        run_feedback.apply_async((feedback_id,), queue=queue)
    except (OperationalError, OSError) as error:
        logger.warning("The broker did not take feedback %s (%s): the sweeper will.", feedback_id, error)


@shared_task
def embed_query(text: str, reply: str) -> None:
    from questions.bank import query_vectors

    query_vectors.answer_query(text, reply)


@shared_task
def mail_report(report_id: int) -> None:
    from questions.browse import reports

    reports.mail_editors(report_id)


def ring_editors(report_id: int) -> None:
    """Where editors have an address, a fault is mailed to them; it stands in the admin in any case."""
    if not settings.EDITORS_EMAIL:
        return
    try:
        mail_report.apply_async((report_id,), queue="cpu")
    except (OperationalError, OSError) as error:
        logger.warning("The broker did not take report %s (%s): it stands in the admin.", report_id, error)


@shared_task
def embed_own(user_id: int, turn: int = 1) -> None:
    """A few questions at a time, then to the back of the queue: a long import holds nobody else up."""
    from questions.own import embedding

    if embedding.embed_own(user_id) and turn < OWN_TURNS:
        ring_own(user_id, turn + 1)


@shared_task
def sweep_own() -> int:
    """Rings again for own questions whose vectors were never made: the broker or a worker was away."""
    from questions.own import embedding

    owners = embedding.owners_waiting()
    for user_id in owners:
        ring_own(user_id)
    return len(owners)


def ring_own(user_id: int, turn: int = 1) -> None:
    """Tells a worker that questions of this person wait for their vectors; until then they are graded without."""
    try:
        embed_own.apply_async((user_id, turn), queue="cpu")
    except (OperationalError, OSError) as error:
        logger.warning("The broker did not take own questions of user %s (%s): sweep_own will.", user_id, error)


@shared_task
def embed_texts(texts: list[str], start: int, reply: str) -> None:
    from questions.own import vectors

    vectors.answer_texts(texts, start, reply)


@shared_task
def send_reminders() -> int:
    from questions.practice import reminders

    return reminders.sweep(timezone.now())


@shared_task
def fit_person(user_id: int) -> None:
    from questions.practice import fits

    fits.run(user_id=user_id, now=timezone.now())


@shared_task
def fit_people() -> int:
    """Once a day: everybody whose reviews have grown enough, and what a lost worker held."""
    from questions.practice import fits

    waiting = fits.ask_all(now=timezone.now())
    for user_id in waiting:
        ring_fit(user_id)
    return len(waiting)


def ring_fit(user_id: int) -> None:
    """Tells a worker that a fit waits; without a broker the daily task rings again."""
    try:
        fit_person.apply_async((user_id,), queue="cpu")
    except (OperationalError, OSError) as error:
        logger.warning("The broker did not take the fit of user %s (%s): fit_people will.", user_id, error)
