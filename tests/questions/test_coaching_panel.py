"""The panel of the local grader: it claims coverage and never truth, and passes nobody."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from questions.bank import loading
from questions.bank.reading import read_bank
from questions.coach.feedback import run
from questions.coach.rubric import NEAR
from questions.models import Feedback, Question
from tests.cast import answered, coached

pytestmark = pytest.mark.django_db
TRUE = (
    "Temperature divides the logits before the softmax: below one the distribution is sharpened towards likely tokens, "
    "above one it is flattened. Top-p samples from the smallest set of most likely tokens whose probabilities add up "
    "to p, while top-k keeps a fixed number. At temperature zero decoding is greedy, but outputs still differ a little "
    "because of batching and floating-point effects. I set a low temperature for extraction and higher values for "
    "brainstorming. A lower temperature gives consistent output, not truthful output. One setting is changed at a "
    "time, tested on an evaluation set over repeated runs and stored with the prompt and model version. The service "
    "absorbs small variation with a schema, normalization and a result cache keyed by document and prompt version."
)
FALSE = (
    TRUE.replace("below one the", "above one the")
    .replace("above one it", "below one it")
    .replace("smallest set of most likely", "largest set of least likely")
    .replace("greedy, but outputs still differ a little because of", "greedy, and outputs are always equal despite")
    .replace("a low temperature for extraction and higher", "a high temperature for extraction and lower")
)


@pytest.fixture
def sampling(db: None) -> Question:
    bank = read_bank(loading.CONTENT)
    loading.load(
        [question for question in bank.questions if question.slug == "sampling-temperature-top-p"], bank.categories
    )
    return Question.objects.get()


def coaching_of(user: User, question: Question, text: str) -> Feedback:
    feedback = answered(user, question, text=text).feedback
    assert run(feedback.pk)
    feedback.refresh_from_db()
    return feedback


def panel(client: Client, feedback: Feedback) -> str:
    page = client.get(f"/answers/{feedback.answer_id}/").content.decode()
    return " ".join(page[page.index('id="coaching"') : page.index('id="own-title"')].split())


def test_a_right_and_a_wrong_answer_are_mentioned_and_neither_is_suggested_a_pass(as_alice, alice, sampling):
    for text in (TRUE, FALSE):
        feedback = coaching_of(alice, sampling, text)
        assert feedback.score is not None
        assert feedback.score > 0.5
        assert feedback.suggested_rating is None
        shown = panel(as_alice, feedback)
        assert "<strong>Mentioned</strong>" in shown
        assert "Covered" not in shown
        assert 'data-suggested=""' in shown
        assert "No rating is suggested: what was mentioned may still be wrong." in shown
        assert "is-suggested" not in as_alice.get(f"/answers/{feedback.answer_id}/").content.decode()


def test_the_band_says_at_the_top_that_truth_was_not_checked(as_alice, alice, sampling):
    shown = panel(as_alice, coaching_of(alice, sampling, TRUE))
    label = shown.index("A coverage estimate, not checked for truth.")
    assert shown.index('class="band"') < label < shown.index("Key point by key point")


def test_a_note_that_several_points_share_is_told_once(as_alice, alice, sampling):
    feedback = coaching_of(alice, sampling, TRUE)
    notes = [point["note"] for point in feedback.result["points"] if point["note"] == NEAR]
    assert len(notes) > 2
    assert panel(as_alice, feedback).count(NEAR) == 1


def test_an_answer_with_few_of_the_points_is_suggested_again_with_the_reason(as_alice, alice, sampling):
    weak = (
        "Temperature is a number that people set somewhere in the configuration of their model provider. I leave the "
        "defaults, ask a colleague for advice and look at a handful of replies before the feature goes live."
    )
    feedback = coaching_of(alice, sampling, weak)
    assert feedback.suggested_rating == 1
    assert "Few of the key points were found, so Again is suggested." in panel(as_alice, feedback)


def test_a_negation_is_remarked_once_at_its_point_with_both_sides(as_alice, alice, sampling):
    denied = TRUE.replace(
        "A lower temperature gives consistent output, not truthful output.",
        "A lower temperature makes output more truthful.",
    )
    feedback = coaching_of(alice, sampling, denied)
    assert "negation" in {flag["kind"] for flag in feedback.result["flags"]}
    shown = panel(as_alice, feedback)
    said = "Your answer says “A lower temperature makes output more truthful”; the key point says"
    assert shown.count(said) == 1
    assert "Please check which is right." in shown


@pytest.mark.parametrize("part", ["reference", "points"])
def test_what_was_pasted_from_the_page_is_flagged_and_not_judged(as_alice, alice, sampling, part: str):
    points = "\n".join(f"- {point.text}" for point in sampling.key_points.all())
    feedback = coaching_of(alice, sampling, sampling.reference if part == "reference" else points)
    assert (feedback.is_abstaining, feedback.score, feedback.suggested_rating) == (True, None, None)
    shown = panel(as_alice, feedback)
    assert "Copied from the reference answer or the key points, so it was not counted." in shown
    assert "No estimate for this answer." in shown


def test_a_models_coaching_keeps_its_own_words(as_alice, alice, question):
    feedback = coached(answered(alice, question))
    Feedback.objects.filter(pk=feedback.pk).update(grader="scripted-1")
    points = [
        {**point, "key_point": slug} for point, slug in zip(feedback.result["points"], ("overlap", "size"), strict=True)
    ]
    Feedback.objects.filter(pk=feedback.pk).update(result={**feedback.result, "points": points})
    shown = panel(as_alice, feedback)
    assert "<strong>Covered</strong>" in shown
    assert "Mentioned" not in shown
    assert "No rating is suggested" not in shown


def test_one_name_for_the_local_grader(as_alice, alice, sampling):
    shown = panel(as_alice, coaching_of(alice, sampling, TRUE))
    assert "Read by the local grader" in shown
    assert "built-in" not in shown
