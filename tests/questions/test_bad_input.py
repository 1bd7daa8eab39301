"""Bad input on the pages: a clear message, no 500, and what was typed is on the page again."""

from __future__ import annotations

import html
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from questions.models import Answer, Card, Draft, Feedback, Question, Review
from questions.practice import session
from tests.cast import answered, client_of, rated

URL = "/questions/chunking/answer/"
FORM = "application/x-www-form-urlencoded"
TYPED = "Overlap keeps a border sentence findable."


@pytest.fixture
def web(alice, bank) -> Client:
    """Alice's, whose bank holds the six questions."""
    client = client_of(alice)
    client.raise_request_exception = False
    return client


def text_of(response) -> str:
    return html.unescape(response.content.decode())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The answer is empty"),
        ("   \r\n ", "The answer is empty"),
        (f"{TYPED}\x00", "Null characters"),
        (f"{TYPED} {'x' * 200_000}", "at most 50,000"),
        (f"{TYPED} {'я' * 200_000}", "at most 50,000"),
        (f"{TYPED} {'🙂' * 200_000}", "at most 50,000"),
    ],
    ids=["empty", "blank", "NUL", "200,000 letters", "200,000 Cyrillic letters", "200,000 emoji"],
)
def test_an_answer_that_cannot_be_kept_comes_back_with_what_to_do(web, text, message):
    response = web.generic("POST", URL, urlencode({"text": text, "token": "1-a"}), FORM)

    assert response.status_code == 400
    assert message in text_of(response)
    assert (TYPED in text) == (TYPED in text_of(response))
    assert not Answer.objects.exists()


def test_a_whole_long_text_is_on_the_page_again(web):
    response = web.post(URL, {"text": "ab " * 66_000 + "THE END", "token": "1-a"})

    assert "THE END" in text_of(response)


@pytest.mark.parametrize("charset", ["unicode_escape", "raw_unicode_escape", "utf-7", "utf-16", "nonsense", "cp037"])
@pytest.mark.parametrize("url", [URL, "/questions/chunking/draft/"])
def test_lone_surrogates_by_way_of_a_strange_encoding_are_no_error_of_the_site(web, url, charset):
    body = b"\r\n".join(
        [b"--B", b'Content-Disposition: form-data; name="text"', b"", rb"half \ud800 of a pair", b"--B--", b""]
    )

    response = web.generic("POST", url, body, content_type=f"multipart/form-data; boundary=B; charset={charset}")

    assert response.status_code < 500
    assert not any("\ud800" in text for text in Answer.objects.values_list("text", flat=True))


def test_bytes_that_are_no_text_are_no_error_of_the_site(web):
    response = web.generic("POST", URL, b"text=%ff%fe%ed%a0%80+words&token=1-a", "application/x-www-form-urlencoded")

    assert response.status_code == 302
    assert "words" in Answer.objects.get().text


@pytest.mark.parametrize("field", ["seconds", "token"])
@pytest.mark.parametrize("value", ["\x00", "x" * 5000, "-1", "٣", "99999999999999999999", "<script>"])
def test_nonsense_in_a_hidden_field_loses_no_text(web, field, value):
    response = web.post(URL, {"text": TYPED, "token": "1-a", field: value})

    assert response.status_code in {302, 400}
    assert response.status_code == 302 or TYPED in text_of(response)


def test_a_form_without_any_field_is_a_400(web):
    assert web.post(URL).status_code == 400


def test_a_double_submit_is_one_answer_and_an_edited_one_is_two(web):
    first = web.post(URL, {"text": TYPED, "token": "1-a"})
    again = web.post(URL, {"text": TYPED, "token": "1-a"})
    edited = web.post(URL, {"text": f"{TYPED} And more.", "token": "1-a"})

    assert first.url == again.url != edited.url
    assert Answer.objects.count() == Feedback.objects.count() == 2


def test_a_question_that_never_was_gives_the_text_back(web):
    response = web.post("/questions/no-such-question/answer/", {"text": TYPED})

    assert response.status_code == 404
    assert TYPED in text_of(response)


def test_a_question_withdrawn_meanwhile_gives_the_text_back(web):
    Question.objects.filter(slug="chunking").update(is_retired=True)

    response = web.post(URL, {"text": TYPED, "token": "1-a"})

    assert response.status_code == 404
    assert TYPED in text_of(response)


def test_a_question_withdrawn_meanwhile_still_takes_an_answer_that_was_begun(web, alice, bank):
    session.save_draft(user=alice, question=bank["chunking"], text="Overl", seconds=5, now=timezone.now())
    Question.objects.filter(slug="chunking").update(is_retired=True)

    response = web.post(URL, {"text": TYPED, "token": "1-a"}, follow=True)

    assert response.status_code == 200
    assert "withdrawn meanwhile" in text_of(response)
    assert Answer.objects.get().text == TYPED


def test_an_answer_to_a_withdrawn_question_cannot_be_rated_on_its_page_but_read(web, alice, bank):
    answer = answered(alice, bank["chunking"], now=timezone.now())
    Question.objects.filter(slug="chunking").update(is_retired=True)

    response = web.get(f"/answers/{answer.pk}/")

    assert response.status_code == 200
    assert response.context["ratings"] == []


@pytest.mark.parametrize("rating", ["0", "5", "x", "", None, "3.0", "٣", "\x00", "9" * 400])
def test_a_rating_that_is_none_is_a_400_and_changes_nothing(web, alice, bank, rating):
    answer = answered(alice, bank["chunking"], now=timezone.now())

    response = web.post(f"/answers/{answer.pk}/rate/", {} if rating is None else {"rating": rating})

    assert response.status_code == 400
    assert "Choose one of the four ratings" in text_of(response)
    assert len(response.context["ratings"]) == 4
    assert not Review.objects.exists()


def test_a_second_rating_is_a_409_that_says_what_stands(web, alice, bank):
    now = timezone.now()
    rated(alice, bank["chunking"], 3, now=now)
    answer = answered(alice, bank["chunking"], now=now)

    response = web.post(f"/answers/{answer.pk}/rate/", {"rating": "1"})

    assert response.status_code == 409
    assert "Good" in text_of(response)
    assert Review.objects.count() == 1


def test_the_same_rating_sent_twice_is_one_review(web, alice, bank):
    answer = answered(alice, bank["chunking"], now=timezone.now())

    codes = [web.post(f"/answers/{answer.pk}/rate/", {"rating": "3"}).status_code for _ in range(2)]

    assert codes == [302, 302]
    assert Review.objects.count() == Card.objects.count() == 1


@pytest.mark.parametrize("rating", ["3", "4", "0", "x", ""])
def test_after_a_reveal_only_again_and_hard_can_be_chosen(web, rating):
    web.post("/questions/chunking/reveal/")

    response = web.post("/questions/chunking/rate/", {"rating": rating}, follow=True)

    assert response.status_code == 200
    assert "only Again and Hard" in text_of(response)
    assert not Review.objects.exists()


def test_without_an_answer_or_a_reveal_nothing_can_be_rated(web):
    web.post("/questions/chunking/rate/", {"rating": "1"})

    assert not Review.objects.exists()


def test_undoing_an_older_rating_says_so_and_keeps_it(web, alice, bank):
    now = timezone.now()
    old = rated(alice, bank["chunking"], 3, now=now)
    rated(alice, bank["tool-calling"], 3, now=now)

    response = web.post(f"/reviews/{old.pk}/undo/", follow=True)

    assert response.status_code == 200
    assert "newest" in text_of(response)
    assert Review.objects.count() == 2


@pytest.mark.parametrize("id", ["0", "999999", "9" * 19, "9" * 30, "9" * 4500])
@pytest.mark.parametrize("path", ["/answers/{}/", "/answers/{}/feedback/"])
def test_an_id_of_nothing_is_a_404(web, path, id):
    assert web.get(path.format(id)).status_code == 404


@pytest.mark.parametrize("id", ["0", "9" * 30])
@pytest.mark.parametrize("path", ["/answers/{}/rate/", "/reviews/{}/undo/"])
def test_posting_to_an_id_of_nothing_is_a_404(web, path, id):
    assert web.post(path.format(id), {"rating": "3"}).status_code == 404


@pytest.mark.parametrize(
    "query", ["category=nothing", "category=%00", "category=" + "x" * 3000, "category=a&category=b"]
)
def test_a_strange_filter_of_the_bank_shows_the_bank(web, query):
    assert web.get(f"/questions/?{query}").status_code == 200


@pytest.mark.parametrize(("text", "status"), [("a\x00b", 413), ("x" * 100_001, 413), ("x" * 100_000, 200), ("", 200)])
def test_the_autosave_says_what_it_cannot_keep(web, text, status):
    response = web.post("/questions/chunking/draft/", {"text": text, "seconds": "x"})

    assert response.status_code == status
    assert response.json().keys() == ({"saved_at"} if status == 200 else {"error"})
    assert Draft.objects.exists() == (status == 200 and bool(text))


def test_a_draft_comes_back_on_the_page_and_an_emptied_one_is_forgotten(web):
    web.post("/questions/chunking/draft/", {"text": "Half <b>a</b> sentence", "seconds": "30"})
    page = web.get("/questions/chunking/")
    base = Draft.objects.get().updated_at.isoformat()
    web.post("/questions/chunking/draft/", {"text": "  ", "base": base})

    assert "Half &lt;b&gt;a&lt;/b&gt; sentence" in page.content.decode()
    assert not Draft.objects.exists()


def test_markup_in_an_answer_is_shown_and_never_run(web):
    text = "<script>alert(1)</script> [x](javascript:alert(2)) <img src=x onerror=alert(3)> **bold**"
    shown = web.post(URL, {"text": text, "token": "1-a"}, follow=True).content.decode()

    assert "<script>alert(1)" not in shown
    assert "<img src=x" not in shown
    assert 'href="javascript:' not in shown
    assert "<strong>bold</strong>" in shown
