"""The vectors of a person's own questions, made in the background, a few at a time. No vector yet: to be embedded."""

from __future__ import annotations

import logging

from django.db import IntegrityError, transaction

from questions.bank.embeddings import local_encoder
from questions.bank.state import local_model_name
from questions.bank.vectors import embed_bank
from questions.models import Question, QuestionVector

logger = logging.getLogger(__name__)

AT_ONCE = 8  # about half a second of one processor: searches and answers of others wait no longer than that


def waiting(user_id: int | None = None) -> list[int]:
    """Own questions (of this person, or of all) that have no vector under the model in use."""
    own = Question.objects.filter(owner__isnull=False) if user_id is None else Question.objects.filter(owner=user_id)
    embedded = QuestionVector.objects.filter(model=local_model_name(), question__owner__isnull=False)
    return list(own.exclude(pk__in=embedded.values("question")).order_by("pk").values_list("pk", flat=True))


def embed_own(user_id: int) -> bool:
    """Embeds the next questions of this person; whether more wait."""
    ids = waiting(user_id)
    try:
        with transaction.atomic():
            embed_bank(local_model_name(), local_encoder, _silent, Question.objects.filter(pk__in=ids[:AT_ONCE]))
    except IntegrityError:  # one of them was deleted meanwhile, or another worker was at it
        logger.info("Own questions of user %s changed while they were embedded.", user_id)
    return len(ids) > AT_ONCE


def owners_waiting() -> list[int]:
    """Whose questions wait for their vectors."""
    own = Question.objects.filter(pk__in=waiting())
    return list(own.order_by("owner").values_list("owner", flat=True).distinct())


def _silent(done: int, total: int) -> None:
    return None
