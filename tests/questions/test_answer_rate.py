"""So many answers in so much time: one count for the pages and the API, and no text is lost to it."""

from __future__ import annotations

import html
import re
from collections import Counter

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from prep import env
from questions.models import Answer
from questions.practice.pace import seconds_to_wait, span
from tests.cast import client_of
from tests.plant import wait_for
from tests.questions.test_api import GOOD, is_problem
from tests.questions.test_session import together

URL = "/questions/chunking/answer/"


def typed(number: int) -> dict[str, str]:
    return {"text": f"Typed text {number} about overlap.", "token": f"1-{number}"}


@pytest.fixture
def two_a_minute(settings) -> None:
    settings.RATE_ANSWERS = (2, 60)


@pytest.mark.usefixtures("two_a_minute")
def test_a_page_past_the_limit_is_429_with_the_text_and_the_time_to_wait(as_alice, bank):
    statuses = [as_alice.post(URL, typed(number)).status_code for number in range(2)]
    refused = as_alice.post(URL, typed(2))

    text = html.unescape(refused.content.decode())
    assert statuses == [302, 302]
    assert refused.status_code == 429
    assert re.search(r"<textarea[^>]*>\s*Typed text 2 about overlap\.</textarea>", text)
    seconds = int(refused["Retry-After"])
    assert 0 < seconds <= 60
    assert f"Submit this one again in {span(seconds)}." in text
    assert Answer.objects.count() == 2


@pytest.mark.usefixtures("two_a_minute")
def test_the_pages_and_the_api_share_one_count(as_alice, api, bank):
    assert as_alice.post(URL, typed(0)).status_code == 302
    assert api.post("answers/", GOOD).status_code == 201

    refused = api.post("answers/", GOOD)

    is_problem(refused, 429)
    assert int(refused["Retry-After"]) > 0
    assert as_alice.post(URL, typed(1)).status_code == 429
    assert api.get("answers/").status_code == 200


@pytest.mark.usefixtures("two_a_minute")
def test_ones_answers_do_not_count_for_another(as_alice, as_bob, bank):
    codes = [browser.post(URL, typed(n)).status_code for n in range(2) for browser in (as_alice, as_bob)]

    assert codes == [302] * 4


@pytest.mark.usefixtures("two_a_minute")
def test_a_text_that_cannot_be_kept_is_told_first_and_does_not_count(as_alice, bank):
    assert [as_alice.post(URL, {"text": ""}).status_code for _ in range(5)] == [400] * 5
    assert as_alice.post(URL, typed(0)).status_code == 302


def test_after_its_period_the_count_begins_anew(alice, settings):
    settings.RATE_ANSWERS = (1, 1)
    assert seconds_to_wait(alice.pk, timezone.now()) == 0
    assert seconds_to_wait(alice.pk, timezone.now()) == 1

    wait_for(lambda: seconds_to_wait(alice.pk, timezone.now()) == 0, "the next period", seconds=10)


@pytest.mark.usefixtures("two_a_minute")
@pytest.mark.django_db(transaction=True)
def test_of_twelve_at_once_two_are_taken(alice, bank):
    browsers = [client_of(alice) for _ in range(12)]

    responses = together(12, lambda number: browsers[number].post(URL, typed(number)))

    assert Counter(response.status_code for response in responses) == {302: 2, 429: 10}
    assert Answer.objects.count() == 2


@pytest.mark.parametrize(
    ("raw", "rate"), [("60/min", (60, 60)), ("5/s", (5, 1)), ("100 / hour", (100, 3600)), ("9/DAY", (9, 86_400))]
)
def test_a_rate_is_a_count_in_a_time(monkeypatch, raw, rate):
    monkeypatch.setenv("RATE_ANSWERS", raw)

    assert env.rate("RATE_ANSWERS", "1/s") == rate


@pytest.mark.parametrize("raw", ["60", "/min", "x/min", "60/", "0/min", "-1/min", "60/year", "1.5/s"])
def test_a_bad_rate_stops_the_start_and_says_what_to_write(monkeypatch, raw):
    monkeypatch.setenv("RATE_ANSWERS", raw)

    with pytest.raises(ImproperlyConfigured, match=r"RATE_ANSWERS=.*60/min"):
        env.rate("RATE_ANSWERS", "1/s")


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 second"), (40, "40 seconds"), (119, "119 seconds"), (121, "3 minutes")]
)
def test_a_span_is_never_told_shorter_than_it_is(seconds, words):
    assert span(seconds) == words
