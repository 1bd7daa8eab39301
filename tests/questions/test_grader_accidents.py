"""The local grader among threads and accidents: stems stay right, and only a fault that stays ends a reading."""

from __future__ import annotations

import snowballstemmer

from questions.coach import feedback, words
from questions.coach.local import local_grade
from questions.models import Feedback
from tests.questions.test_session import submit, together

VOCABULARY = (
    "measuring measured retrieval retrieves chunking chunked embeddings relational evaluation evaluated " * 1
).split()


def test_threads_that_share_the_stemmer_get_the_stems_of_one(bank):
    alone = snowballstemmer.stemmer("english")
    texts = [f"{word}{number}x {word}ly{number}" for number in range(200) for word in VOCABULARY]
    wanted = {word: alone.stemWord(word) for text in texts for word in text.split()}
    words.stem_of.cache_clear()

    came = together(16, lambda _: {word: words.stem_of(word) for word in wanted})

    assert all(stems == wanted for stems in came)


def test_an_accident_of_the_grader_is_tried_again_and_a_fault_that_stays_ends_the_reading(alice, question, monkeypatch):
    row = submit(alice, question).answer.feedback
    monkeypatch.setattr(feedback, "local_grade", lambda *given: 1 / 0)

    assert [feedback.run(row.pk) for _ in range(2)] == [False, False]
    row.refresh_from_db()
    assert (row.status, row.attempts, row.lease_until) == (Feedback.Status.PENDING, 2, None)

    assert feedback.run(row.pk)
    row.refresh_from_db()
    assert row.status == Feedback.Status.FAILED

    again = submit(alice, question, token="form-2").answer.feedback
    feedback.run(again.pk)
    monkeypatch.setattr(feedback, "local_grade", local_grade)
    assert feedback.run(again.pk)
    again.refresh_from_db()
    assert again.status == Feedback.Status.DONE
