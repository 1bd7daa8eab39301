"""What the answering form makes of what browsers send."""

from __future__ import annotations

from datetime import timedelta

import pytest

from questions.forms import AnswerForm, chosen_rating, new_token, whole_number, whole_seconds
from tests.cast import NOW


def form(**data: str) -> AnswerForm:
    bound = AnswerForm({"text": "An answer.", "seconds": "", "token": "", **data})
    bound.is_valid()
    return bound


def test_the_text_is_kept_as_it_is_checked():
    assert form(text="  One\r\n\r\ntwo  ").cleaned_data["text"] == "One\n\ntwo"


@pytest.mark.parametrize("text", ["", " \r\n\t", "a\x00b", "x" * 50_001])
def test_a_text_that_cannot_be_kept_is_an_error_on_the_text(text):
    assert set(form(text=text).errors) == {"text"}


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        *(("0", 0), ("95", 95), ("86400", 86_400), ("99999999", 86_400)),
        *(("", 0), ("-5", 0), ("1.5", 0), ("1e3", 0), ("x", 0), ("٣", 0), ("²", 0), ("9" * 5000, 0), (" 5", 0)),
    ],
)
def test_seconds_are_whole_and_within_a_day_and_anything_else_is_none(raw, seconds):
    assert whole_seconds(raw) == seconds


@pytest.mark.parametrize("raw", ["1", "2", "3", "4"])
def test_the_four_ratings_are_read(raw):
    assert chosen_rating(raw) == int(raw)


@pytest.mark.parametrize("raw", ["", "0", "5", "-1", "01", " 3", "3.0", "x", "٣", "1\n", "9" * 5000])
def test_nothing_else_is_a_rating(raw):
    assert chosen_rating(raw) is None


def test_the_timer_of_the_browser_counts_before_the_age_of_the_form():
    token = new_token(NOW - timedelta(seconds=200))

    assert form(seconds="95", token=token).seconds_at(NOW) == 95
    assert form(token=token).seconds_at(NOW) == 200


@pytest.mark.parametrize("age", [timedelta(hours=5), timedelta(seconds=-60)])
def test_an_old_form_or_one_from_the_future_says_nothing_of_the_time(age):
    assert form(token=new_token(NOW - age)).seconds_at(NOW) == 0


@pytest.mark.parametrize("token", ["", "nonsense", "-", "x-y", "99999999999999-a"])
def test_a_token_that_carries_no_time_says_nothing_of_it(token):
    assert form(token=token).seconds_at(NOW) == 0


def test_tokens_differ_and_fit_the_form_and_the_table():
    tokens = {new_token(NOW) for _ in range(100)}

    assert len(tokens) == 100
    for token in tokens:
        assert not form(token=token).errors
        assert len(form(token=token).submit_token()) <= 64


def test_the_same_text_from_one_form_is_one_answer_and_an_edited_one_another():
    first = form(text="One", token="1-a").submit_token()

    assert form(text="One", token="1-a").submit_token() == first
    assert form(text="One ", token="1-a").submit_token() == first
    assert form(text="One and more", token="1-a").submit_token() != first
    assert form(text="One", token="1-b").submit_token() != first


def test_without_a_token_each_submit_is_an_answer():
    assert form().submit_token() != form().submit_token()


def test_whole_numbers_are_short_plain_digits():
    assert [whole_number(raw) for raw in ("12", "1_2", "+1", "99999999999", "999999999999")] == [
        12,
        0,
        0,
        99999999999,
        0,
    ]
