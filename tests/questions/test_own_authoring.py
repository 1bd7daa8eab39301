"""Own questions as use cases: private, versioned like the bank's, deleted with all that hangs on them."""

from __future__ import annotations

import pytest
from django.db.models import ProtectedError
from kombu.exceptions import OperationalError

from questions import tasks
from questions.bank.state import local_model_name, what_is_missing
from questions.browse.coverage import coverage
from questions.coach import feedback
from questions.models import (
    Answer,
    Card,
    CollectionItem,
    Draft,
    Feedback,
    KeyPoint,
    Question,
    QuestionNote,
    QuestionVector,
    Reveal,
    Review,
)
from questions.own import authoring, collections, embedding
from questions.own.format import OwnQuestion
from questions.practice import queue, session
from tests import cast
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def content(**fields) -> OwnQuestion:
    values = {
        "title": "Reranking",
        "prompt": "Why rerank passages?",
        "category": "rag",
        "key_points": ["A cross-encoder reads query and passage together.", "It is slow, so it sees only a few."],
    }
    return OwnQuestion.model_validate({**values, **fields})


def points_of(question: Question) -> dict[str, str]:
    return {point.slug: point.text for point in question.key_points.filter(is_retired=False)}


def test_it_belongs_to_its_owner_and_is_seen_by_nobody_else(alice, bob, bank):
    question = authoring.create(user=alice, content=content(), now=NOW)

    assert question.slug.startswith("own-")
    assert question in Question.objects.for_user(alice)
    assert question not in Question.objects.for_user(bob)
    assert question not in Question.objects.shared()


def test_the_shared_bank_does_not_count_it(alice, bank):
    before = coverage(alice).total
    authoring.create(user=alice, content=content(), now=NOW)

    assert coverage(alice).total == before
    QuestionVector.objects.bulk_create(
        QuestionVector(question=q, model=local_model_name(), dimensions=1, text_hash="x", vector=[1.0], asked=[1.0])
        for q in bank.values()
    )
    assert what_is_missing() == ""  # the site is ready though the own question has no vector yet


def test_the_queue_offers_it_to_its_owner_alone(alice, bob, bank):
    question = authoring.create(user=alice, content=content(), now=NOW)
    Question.objects.filter(owner=None).update(is_retired=True)

    item = queue.next_item(alice, NOW)
    assert item is not None
    assert item.question == question
    assert queue.next_item(bob, NOW) is None


def test_it_is_graded_before_and_after_its_vectors_are_made(alice, bank):
    question = authoring.create(user=alice, content=content(), now=NOW)
    text = (
        "A cross-encoder reads the query and the passage together, so it judges relevance better. "
        "It is slow though, so it sees only a few passages."
    )
    before = cast.answered(alice, question, text=text)
    assert feedback.run(before.feedback.pk)
    assert embedding.embed_own(alice.pk) is False
    after = cast.answered(alice, question, text=text + " That is all.")
    assert feedback.run(after.feedback.pk)

    for answer in (before, after):
        graded = Feedback.objects.get(answer=answer)
        assert (graded.status, graded.grader) == ("done", "local")
        assert {p["key_point"]: p["status"] for p in graded.result["points"]} == dict.fromkeys(
            points_of(question), "covered"
        )


def test_it_is_rated_and_scheduled(alice, bank):
    question = authoring.create(user=alice, content=content(), now=NOW)
    cast.rated(alice, question, answer=cast.answered(alice, question))

    assert Card.objects.for_user(alice).get().question == question


def test_a_changed_text_is_a_new_version_and_points_keep_their_ids(alice, bank):
    question = authoring.create(user=alice, content=content(), now=NOW)
    first, second = points_of(question)
    changed = authoring.update(
        user=alice,
        question=question,
        content=content(
            title="Reranking at work",
            key_points=[
                "3: It costs money.",
                "A cross-encoder reads query and passage together.",  # as it was
                "It is slow, so it sees only a few passages.",  # reworded
            ],
        ),
    )

    assert changed.version == 2
    assert points_of(changed) == {
        "it-costs-money": "It costs money.",
        first: "A cross-encoder reads query and passage together.",
        second: "It is slow, so it sees only a few passages.",
    }
    assert [row.content["title"] for row in changed.versions.order_by("version")] == ["Reranking", "Reranking at work"]
    assert [p["id"] for p in changed.versions.get(version=2).content["key_points"]] == list(points_of(changed))


def test_a_removed_point_is_retired_and_its_id_never_goes_to_another_text(alice, bank):
    question = authoring.create(user=alice, content=content(key_points=["Cost counts", "Time counts"]), now=NOW)
    authoring.update(user=alice, question=question, content=content(key_points=["Time counts"]))
    gone = KeyPoint.objects.get(question=question, slug="cost-counts")
    assert (gone.is_retired, gone.text) == (True, "Cost counts")

    authoring.update(user=alice, question=question, content=content(key_points=["Time counts", "COST counts ..."]))
    assert points_of(question) == {"time-counts": "Time counts", "cost-counts-2": "COST counts ..."}

    authoring.update(user=alice, question=question, content=content(key_points=["Time counts", "Cost counts"]))
    assert points_of(question)["cost-counts"] == "Cost counts"  # the same text is the same point again


def test_what_says_the_same_is_no_new_version(alice, bank):
    question = authoring.create(user=alice, content=content(), now=NOW)

    assert authoring.update(user=alice, question=question, content=content()).version == 1
    assert question.versions.count() == 1


def test_a_change_to_another_version_than_was_shown_is_refused(alice, bank):
    question = authoring.create(user=alice, content=content(), now=NOW)
    authoring.update(user=alice, question=question, content=content(title="From the phone"), version=1)

    with pytest.raises(authoring.Changed):
        authoring.update(user=alice, question=question, content=content(title="From the desk"), version=1)
    question.refresh_from_db()
    assert question.title == "From the phone"


def test_a_changed_question_waits_for_its_vectors_again(alice, bank):
    question = authoring.create(user=alice, content=content(), now=NOW)
    embedding.embed_own(alice.pk)
    assert embedding.waiting(alice.pk) == []

    authoring.update(user=alice, question=question, content=content(title="Another title"))
    assert embedding.waiting(alice.pk) == [question.pk]
    embedding.embed_own(alice.pk)
    assert QuestionVector.objects.filter(question=question).count() == 1


def test_vectors_are_made_a_few_at_a_time_for_those_who_wait(alice, bob, bank, monkeypatch):
    monkeypatch.setattr(embedding, "AT_ONCE", 2)
    authoring.create_many(user=alice, contents=[content(title=f"Number {n}") for n in range(3)], now=NOW)
    assert embedding.owners_waiting() == [alice.pk]

    assert embedding.embed_own(alice.pk) is True
    assert len(embedding.waiting(alice.pk)) == 1
    assert embedding.embed_own(alice.pk) is False
    assert embedding.owners_waiting() == []


def test_exact_terms_are_found_in_it(alice, bank):
    question = authoring.create(user=alice, content=content(title="HNSW", reference="Mentions BM25."), now=NOW)

    assert "hnsw" in question.main_terms
    assert "bm25" in question.terms


def test_beyond_two_thousand_nothing_is_kept(alice, bank, monkeypatch):
    monkeypatch.setattr(authoring, "MOST_QUESTIONS", 3)
    authoring.create_many(user=alice, contents=[content(title=f"Number {n}") for n in range(2)], now=NOW)

    with pytest.raises(authoring.OwnError, match="1 more fit, and these are 2"):
        authoring.create_many(user=alice, contents=[content(), content()], now=NOW)
    assert Question.objects.filter(owner=alice).count() == 2


def test_an_unknown_category_is_refused_and_nothing_is_kept(alice, bank):
    with pytest.raises(authoring.OwnError, match="no category “cooking”"):
        authoring.create_many(user=alice, contents=[content(), content(category="cooking")], now=NOW)
    assert not Question.objects.filter(owner=alice).exists()


def everything_on(alice, question: Question) -> None:
    cast.rated(alice, question, answer=cast.coached(cast.answered(alice, question)).answer)
    session.save_draft(user=alice, question=question, text="x", seconds=1, now=NOW)
    session.reveal(user=alice, question=question, now=NOW)
    QuestionNote.objects.create(user=alice, question=question, text="n", updated_at=NOW)
    collection = collections.create(user=alice, title="Mine", description="", now=NOW)
    collections.fill(collection=collection, questions=[question])


def test_deletion_takes_all_that_hangs_on_it_and_nothing_else(alice, bank):
    question, other = (authoring.create(user=alice, content=content(title=t), now=NOW) for t in ("One", "Two"))
    cast.rated(alice, bank["chunking"], answer=cast.answered(alice, bank["chunking"]))
    cast.answered(alice, other)
    everything_on(alice, question)
    attached = authoring.attached(user=alice, question=question)
    assert (attached.answers, attached.ratings, attached.notes, attached.collections) == (1, 1, 1, 1)

    authoring.delete(user=alice, question=question)

    assert not Question.objects.filter(pk=question.pk).exists()
    assert set(Answer.objects.values_list("question", flat=True)) == {bank["chunking"].pk, other.pk}
    assert Feedback.objects.count() == 2
    assert Review.objects.get().question == bank["chunking"]
    assert Card.objects.get().question == bank["chunking"]
    assert not any(model.objects.exists() for model in (Draft, Reveal, QuestionNote, CollectionItem))


def test_nobody_deletes_the_question_of_another_or_of_the_bank(alice, bob, bank):
    question = authoring.create(user=alice, content=content(), now=NOW)

    assert authoring.delete_many(user=bob, ids=[question.pk, bank["chunking"].pk]) == 0
    assert Question.objects.filter(pk__in=[question.pk, bank["chunking"].pk]).count() == 2


def test_answers_still_bar_a_careless_deletion(alice, bank):
    question = authoring.create(user=alice, content=content(), now=NOW)
    cast.answered(alice, question)

    with pytest.raises(ProtectedError):
        question.delete()


def test_the_api_shows_it_to_its_owner_alone(alice, bank, api, api_of_bob):
    question = authoring.create(user=alice, content=content(), now=NOW)

    assert question.slug in {row["slug"] for row in api.get("questions/").json()["results"]}
    assert api.get(f"questions/{question.slug}/").json()["title"] == "Reranking"
    answer = {"question": question.slug, "text": "Because it helps.", "seconds": 5}
    assert api.post("answers/", answer).status_code == 201
    assert question.slug not in {row["slug"] for row in api_of_bob.get("questions/").json()["results"]}
    assert api_of_bob.get(f"questions/{question.slug}/").status_code == 404
    assert api_of_bob.post("answers/", answer).status_code == 400


def test_the_sweeper_rings_for_owners_whose_vectors_were_never_made(alice, bob, bank):
    authoring.create(user=alice, content=content(), now=NOW)
    authoring.create(user=bob, content=content(), now=NOW)
    assert tasks.sweep_own() == 2

    tasks.embed_own(alice.pk)
    assert tasks.sweep_own() == 1
    assert embedding.waiting(alice.pk) == []


def test_a_broker_that_is_away_costs_no_question(alice, bank, settings, monkeypatch):
    def away(*args, **options):
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.embed_own, "apply_async", away)
    tasks.ring_own(alice.pk)
