"""One person at two devices: what one of them saves, the other does not destroy."""

from __future__ import annotations

from datetime import timedelta

import pytest

from questions.models import Answer, Draft
from questions.practice import session
from tests.cast import NOW
from tests.questions.test_session import submit, together

SECOND = timedelta(seconds=1)
ANSWER = "I split along headings, so that a chunk holds one idea."


def save(user, question, text, *, now=NOW, base=None):
    return session.save_draft(user=user, question=question, text=text, seconds=5, now=now, base=base)


def test_a_submit_leaves_what_another_device_has_saved_since(alice, question):
    save(alice, question, "From the laptop")
    save(alice, question, "From the phone, later", now=NOW + SECOND, base=NOW)

    submit(alice, question, text=ANSWER, base=NOW)

    assert Draft.objects.get().text == "From the phone, later"


@pytest.mark.parametrize("base", [None, NOW - SECOND])
def test_a_submit_takes_away_a_draft_that_says_nothing_more(alice, question, base):
    save(alice, question, "I split along headings,")

    submit(alice, question, text=ANSWER, base=base)

    assert not Draft.objects.exists()


def test_the_page_sends_along_which_draft_it_goes_on_from(alice, as_alice, question):
    at = save(alice, question, "From the laptop").updated_at
    form = as_alice.get("/questions/chunking/").context["form"]
    assert form["base"].value() == at.isoformat()

    as_alice.post("/questions/chunking/answer/", {"text": ANSWER, "base": at.isoformat(), "token": "t"})

    assert not Draft.objects.exists()
    assert Answer.objects.get().text == ANSWER


def test_the_api_does_not_end_a_draft_that_its_answer_does_not_hold(api, alice, question):
    save(alice, question, "Half of something else")

    assert api.post("answers/", {"question": "chunking", "text": ANSWER}).status_code == 201

    assert Draft.objects.get().text == "Half of something else"


def test_an_autosave_that_its_own_submit_has_overtaken_makes_no_draft(alice, question):
    submit(alice, question, text=ANSWER)

    assert save(alice, question, ANSWER[:30], now=NOW + SECOND) is None
    assert not Draft.objects.exists()

    assert save(alice, question, "Another try, with other words", now=NOW + 2 * SECOND) is not None
    assert save(alice, question, ANSWER[:30], now=NOW + timedelta(hours=1), base=NOW + 2 * SECOND) is not None


@pytest.mark.django_db(transaction=True)
def test_of_two_first_saves_at_once_the_second_is_told_of_the_first(alice, question):
    came = together(6, lambda number: save(alice, question, f"Version {number}", now=NOW + number * SECOND))

    kept = Draft.objects.get()
    conflicts = [one for one in came if isinstance(one, session.DraftConflict)]
    assert len(conflicts) == 5
    assert {conflict.draft.text for conflict in conflicts} == {kept.text}
