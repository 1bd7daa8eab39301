"""The rating form beside an answer: its dates are those that are stored, and each rating has its way back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from questions.models import Answer, Draft, Review
from questions.practice.calendar import today_of
from tests.cast import answered, fresh, rated

pytestmark = pytest.mark.django_db
URL = "/questions/chunking/answer/"


def test_the_form_carries_the_study_day_of_its_dates(as_alice, alice, question):
    answer = answered(alice, question, now=timezone.now())
    today = today_of(fresh(alice).profile, timezone.now())

    page = as_alice.get(f"/answers/{answer.pk}/").content.decode()

    assert f'name="study_day" value="{today:%Y-%m-%d}"' in page


def test_a_form_of_another_study_day_shows_the_new_dates_and_stores_nothing(as_alice, alice, question):
    answer = answered(alice, question, now=timezone.now())
    yesterday = today_of(fresh(alice).profile, timezone.now()) - timedelta(days=1)

    response = as_alice.post(f"/answers/{answer.pk}/rate/", {"rating": "3", "study_day": yesterday.isoformat()})

    assert response.status_code == 409
    assert "A new study day has begun" in response.content.decode()
    assert not Review.objects.exists()
    assert as_alice.post(f"/answers/{answer.pk}/rate/", {"rating": "3"}).status_code == 302


def test_a_later_answer_of_the_day_offers_the_undo_of_its_questions_rating(as_alice, alice, bank):
    now = timezone.now()
    first = answered(alice, bank["chunking"], now=now)
    review = rated(fresh(alice), bank["chunking"], 3, answer=first, now=now)
    later = answered(alice, bank["chunking"], now=now, text="A second answer of the same day.")

    page = as_alice.get(f"/answers/{later.pk}/").content.decode()
    assert f"/reviews/{review.pk}/undo/" in page
    as_alice.post(f"/reviews/{review.pk}/undo/")
    assert 'name="rating"' in as_alice.get(f"/answers/{later.pk}/").content.decode()

    rated(fresh(alice), bank["chunking"], 2, answer=later, now=now)
    rated(fresh(alice), bank["tool-calling"], 3, now=now)
    assert "/undo/" not in as_alice.get(f"/answers/{first.pk}/").content.decode()  # no longer the newest


def test_the_address_of_a_refused_answer_leads_back_to_its_question(as_alice, bank):
    assert as_alice.post(URL, {"text": " "}).status_code == 400
    assert as_alice.get(URL)["Location"] == "/questions/chunking/"
    assert not Answer.objects.exists()


def test_a_draft_of_another_tab_is_not_overwritten_but_handed_back(as_alice, alice, question):
    save = "/questions/chunking/draft/"
    first = as_alice.post(save, {"text": "From the first tab", "seconds": "20"}).json()["saved_at"]
    other = as_alice.post(save, {"text": "From the second tab", "seconds": "30", "base": first}).json()["saved_at"]

    response = as_alice.post(save, {"text": "The first tab goes on", "seconds": "40", "base": first})

    assert response.status_code == 409
    assert response.json() | {"error": ""} == {
        "error": "",
        "text": "From the second tab",
        "seconds": 30,
        "saved_at": other,
    }
    assert Draft.objects.get().text == "From the second tab"
    again = as_alice.post(save, {"text": "The first tab goes on", "seconds": "40", "base": other})
    assert again.status_code == 200
    assert Draft.objects.get().text == "The first tab goes on"


@pytest.mark.parametrize("base", ["", "x", "2026-03-02T12:00:00", "9" * 5000, "0001-01-01T00:00:00+23:59"])
def test_a_base_that_means_nothing_is_a_conflict_and_never_an_error(as_alice, question, base):
    save = "/questions/chunking/draft/"
    as_alice.post(save, {"text": "Kept"})
    assert as_alice.post(save, {"text": "Other", "base": base}).status_code == 409
    assert as_alice.post(save, {"text": "Kept", "base": base}).status_code == 200  # the same text is no conflict
