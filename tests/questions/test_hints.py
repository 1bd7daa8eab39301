"""The hint ladder: steps from the key points, opened one by one, each of which lowers the suggested rating."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import yaml
from django.conf import settings
from django.urls import reverse

from questions.models import Answer, Draft, HintUse, Rating, Review
from questions.practice import hints, session, writing
from questions.practice.calendar import today_of
from tests.cast import NOW, POINTS, answered, client_of, coached, own_question, person, rated

TEXT = "Half an answer about overlap"


def point(text, *, slug="", weight=1):
    return SimpleNamespace(slug=slug, text=text, weight=weight)


def of_cast():
    return [point(text, slug=slug, weight=weight) for slug, text, weight in POINTS]


def words(step):
    return " ".join([step.text, *step.items])


# --- The rungs --------------------------------------------------------------------------------
def test_the_steps_say_more_and_more():
    count, topics, beginnings, full = hints.ladder(of_cast())
    assert count.text == "A good answer makes 4 points. The heaviest: “overlap”."
    assert topics.items == ("overlap", "size", "structure", "measure")
    assert beginnings.items[0] == "Overlap between neighbouring chunks keeps a …"
    assert full.items == (POINTS[0][1],)


def test_before_the_last_step_no_point_stands_in_full():
    steps = hints.ladder(of_cast())
    for step in steps[:-1]:
        assert not any(text in words(step) for _, text, _ in POINTS)


@pytest.mark.parametrize(
    ("texts", "length"),
    [
        ([], 0),
        (["", "  "], 0),
        (["Idempotency"], 2),
        (["Use idempotency"], 3),
        (["A cross-encoder reads query and passage together."], 4),
        (["It is slow, so it sees few.", "A cross-encoder reads query and passage together."], 4),
        (["Measure it.", "Measure it."], 3),
        (["…", "?!"], 2),
        (["x" * 400], 2),
    ],
)
def test_few_or_short_points_make_a_shorter_ladder_without_empty_steps(texts, length):
    steps = hints.ladder([point(text) for text in texts], has_names=False)
    assert len(steps) == length
    shown = [words(step) for step in steps]
    assert len(set(shown)) == len(shown)
    assert all(step.text and all(item.strip() for item in step.items) for step in steps)


def test_the_topics_of_own_questions_are_words_of_their_points():
    steps = hints.ladder([point("A cross-encoder reads query and passage together.", slug="p-1")], has_names=False)
    assert steps[1].items == ("cross-encoder reads query",)


def test_a_topic_writes_acronyms_and_joined_words_as_its_point_does():
    text = "A bi-encoder encodes query and passage separately, and OCR text goes the same way."
    steps = hints.ladder([point(text, slug="bi-encoder-ocr-text")])
    assert steps[1].items == ("bi-encoder OCR text",)


def test_every_question_of_the_bank_has_four_steps_that_give_no_point_away_early():
    files = sorted((settings.BASE_DIR / "questions" / "content").glob("*/*.yaml"))
    assert len(files) > 40
    for file in files:
        points = [
            point(entry["text"], slug=entry["id"], weight=entry["weight"])
            for entry in yaml.safe_load(file.read_text())["key_points"]
        ]
        steps = hints.ladder(points)
        assert len(steps) == hints.STEPS, file
        assert len(steps[1].items) == len(points), f"{file}: a topic is missing or stands twice"
        early = " ".join(words(step) for step in steps[:3])
        assert not any(entry.text in early for entry in points), file


# --- The cap ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("suggested", "steps", "expected"),
    [(4, 0, 4), (4, 1, 3), (3, 1, 3), (4, 2, 2), (1, 2, 1), (4, 3, 1), (4, 4, 1), (None, 2, None), (None, 4, 1)],
)
def test_each_step_takes_one_off_the_highest_suggestion(suggested, steps, expected):
    assert hints.capped(suggested, steps) == expected


# --- Opening ----------------------------------------------------------------------------------
def ask(client, step, slug="chunking", **more):
    return client.post(f"/questions/{slug}/hint/", {"step": step, **more})


def test_the_page_says_what_a_hint_costs_before_one_is_opened(as_alice, question):
    page = as_alice.get("/questions/chunking/")
    assert "Each hint takes one step off the suggested rating" in page.text
    assert "SECRET-POINT" not in page.text


def test_an_opened_step_is_shown_after_a_reload(as_alice, alice, question):
    response = ask(as_alice, 2)
    assert response.status_code == 302
    assert response.url == "/questions/chunking/#hints"
    page = as_alice.get("/questions/chunking/").text
    assert "A good answer makes 4 points." in page
    assert "structure" in page
    assert "How each point begins" not in page
    assert "Hint 2 of 4 is open, so at most Hard is suggested; after the next one, Again." in page
    assert HintUse.objects.get().steps == 2


def test_the_script_gets_the_ladder_alone(as_alice, question):
    response = as_alice.post("/questions/chunking/hint/", {"step": 1}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert response.text.lstrip().startswith("<section")
    assert 'value="2"' in response.text


def test_a_double_click_opens_one_step_and_an_earlier_step_takes_none_back(as_alice, question):
    for step in (1, 1, 3, 2, 0, ""):
        ask(as_alice, step)
    assert HintUse.objects.get().steps == 3


def test_no_step_beyond_the_ladder_is_counted(as_alice, alice, bank):
    own = own_question(alice, key_points=["Idempotency"], now=datetime.now(UTC))
    ask(as_alice, 99, own.slug)
    assert HintUse.objects.get().steps == 2


def test_a_question_without_key_points_offers_no_hint(as_alice, alice, question):
    question.key_points.update(is_retired=True)
    assert "data-hints" not in as_alice.get("/questions/chunking/").text
    ask(as_alice, 1)
    assert not HintUse.objects.exists()


def test_without_a_script_what_was_typed_is_kept_as_a_draft(as_alice, question):
    ask(as_alice, 1, text=TEXT, seconds="42")
    assert Draft.objects.values_list("text", "seconds").get() == (TEXT, 42)
    assert as_alice.get("/questions/chunking/").context["form"]["text"].value() == TEXT


def test_another_devices_draft_is_not_overwritten_by_asking_for_a_hint(as_alice, alice, question):
    session.save_draft(user=alice, question=question, text="From the phone", seconds=5, now=NOW)
    response = ask(as_alice, 1, text=TEXT)
    assert response.status_code == 409
    assert TEXT in response.text
    assert Draft.objects.get().text == "From the phone"


def test_another_persons_own_question_gives_no_hint(as_bob, alice, bank):
    own = own_question(alice)
    assert ask(as_bob, 1, own.slug).status_code == 404
    assert not HintUse.objects.exists()


def test_what_one_person_opens_is_not_open_for_another(as_alice, as_bob, question):
    ask(as_alice, 4)
    assert "A good answer makes" not in as_bob.get("/questions/chunking/").text


def test_yesterdays_hints_are_closed_again(as_alice, alice, question):
    yesterday = today_of(alice.profile, datetime.now(UTC)) - timedelta(days=1)
    HintUse.objects.create(user=alice, question=question, study_day=yesterday, steps=3)
    assert "A good answer makes" not in as_alice.get("/questions/chunking/").text


def test_the_ladder_is_read_with_one_query(alice, question, django_assert_num_queries):
    today = today_of(alice.profile, NOW)
    HintUse.objects.create(user=alice, question=question, study_day=today, steps=2)
    with django_assert_num_queries(1):
        ladder = hints.ladder_of(alice, question, today)
    assert (ladder.opened, ladder.total) == (2, 4)
    assert hints.steps_today(alice, question, today) == 2


# --- The rating -------------------------------------------------------------------------------
def hinted_answer(alice, question, steps):
    now = datetime.now(UTC)
    hints.open_step(user=alice, question=question, step=steps, now=now)
    return answered(alice, question, now=now)


def test_the_answer_remembers_its_hints_and_the_suggestion_is_capped(as_alice, alice, question):
    answer = hinted_answer(alice, question, 2)
    coached(answer, suggested=4)
    assert answer.hints == 2
    response = as_alice.get(reverse("answers:detail", args=[answer.pk]))
    assert [choice.value for choice in response.context["ratings"] if choice.is_suggested] == [Rating.HARD]
    assert "You opened 2 hints, so at most Hard is suggested." in response.text
    assert 'data-suggested="2"' in response.text


def test_coaching_that_arrives_later_is_capped_too(as_alice, alice, question):
    answer = hinted_answer(alice, question, 1)
    coached(answer, suggested=4)
    assert 'data-suggested="3"' in as_alice.get(reverse("answers:feedback", args=[answer.pk])).text


def test_an_answer_without_hints_keeps_its_suggestion(as_alice, alice, question):
    answer = answered(alice, question, now=datetime.now(UTC))
    coached(answer, suggested=4)
    response = as_alice.get(reverse("answers:detail", args=[answer.pk]))
    assert [choice.value for choice in response.context["ratings"] if choice.is_suggested] == [Rating.EASY]
    assert response.context["hint_cap"] is None
    assert "You opened" not in response.text


def test_any_rating_can_still_be_chosen(as_alice, alice, question):
    answer = hinted_answer(alice, question, 4)
    as_alice.post(reverse("answers:rate", args=[answer.pk]), {"rating": "4"})
    assert Review.objects.get().rating == Rating.EASY


# --- Once more --------------------------------------------------------------------------------
def test_after_again_the_way_to_a_second_try_is_offered_and_it_is_not_rated(as_alice, alice, question):
    now = datetime.now(UTC)
    answer = answered(alice, question, now=now)
    page = as_alice.post(reverse("answers:rate", args=[answer.pk]), {"rating": "1"}, follow=True)
    review = Review.objects.get()
    again = reverse("reviews:again", args=[review.pk])
    assert again in page.text
    assert reverse("reviews:undo", args=[review.pk]) in page.text

    page = as_alice.get(again, follow=True)
    assert page.redirect_chain[-1][0] == "/questions/chunking/"
    assert "it is not rated again" in page.text
    assert not page.context["form"]["text"].value()

    as_alice.post("/questions/chunking/answer/", {"text": "A second try", "token": "second"})
    second = Answer.objects.get(text="A second try")
    assert as_alice.get(reverse("answers:detail", args=[second.pk])).context["ratings"] == []
    assert as_alice.get("/practice/next/").url not in (
        reverse("answers:detail", args=[second.pk]),
        "/questions/chunking/",
    )


def test_other_ratings_do_not_ask_for_a_second_try(as_alice, alice, question):
    answer = answered(alice, question, now=datetime.now(UTC))
    page = as_alice.post(reverse("answers:rate", args=[answer.pk]), {"rating": "3"}, follow=True)
    assert "Try it once more" not in page.text


def test_bob_finds_nothing_of_alices_rating(as_bob, alice, question):
    review = rated(alice, question, 1)
    assert as_bob.get(reverse("reviews:again", args=[review.pk])).status_code == 404


# --- Who is writing ---------------------------------------------------------------------------
LAPTOP, PHONE = "00112233aabbccdd.8899aabbccddeeff", "ffeeddccbbaa9988.0011223344556677"


def save(client, text, tab, base=""):
    return client.post("/questions/chunking/draft/", {"text": text, "tab": tab, "base": base})


def test_the_page_says_which_tab_saved_last(as_alice, question):
    save(as_alice, TEXT, LAPTOP)
    writer = as_alice.get("/questions/chunking/").context["writer"]
    assert writer.tab == LAPTOP
    assert writer.seconds <= 60


def test_nobody_is_writing_after_two_minutes_or_without_a_draft(as_alice, alice, question):
    writing.note(user_id=alice.pk, question_id=question.pk, tab=LAPTOP, now=NOW)
    seen = writing.writer_of(alice.pk, question.pk, NOW + timedelta(seconds=20))
    assert seen == writing.Writer(LAPTOP, 20)
    assert writing.writer_of(alice.pk, question.pk, NOW + timedelta(minutes=2)) is None
    assert as_alice.get("/questions/chunking/").context["writer"] is None


def test_a_refused_save_does_not_make_its_tab_the_writer(as_alice, question):
    save(as_alice, TEXT, LAPTOP)
    assert save(as_alice, "Something else", PHONE).status_code == 409
    assert as_alice.get("/questions/chunking/").context["writer"].tab == LAPTOP


@pytest.mark.parametrize("name", ["", "x", '"><script>', "a" * 500, "short.name"])
def test_a_name_that_is_none_of_ours_is_not_kept(as_alice, question, name):
    save(as_alice, TEXT, name)
    assert as_alice.get("/questions/chunking/").context["writer"] is None


def test_who_writes_is_told_to_nobody_else(as_bob, as_alice, bob, question):
    save(as_alice, TEXT, LAPTOP)
    session.save_draft(user=bob, question=question, text="Bob's own", seconds=0, now=NOW)
    assert as_bob.get("/questions/chunking/").context["writer"] is None


# --- Kept posts -------------------------------------------------------------------------------
def kept(client, user, url, **fields):
    return client.post(url, fields, headers={"X-Outbox": str(user.pk)})


def test_a_kept_answer_is_taken_once_and_told_where_it_is(as_alice, alice, question):
    replies = [kept(as_alice, alice, "/questions/chunking/answer/", text=TEXT, token="t-1") for _ in range(2)]
    answer = Answer.objects.get()
    assert [reply.json() for reply in replies] == [{"url": f"/answers/{answer.pk}/"}] * 2


def test_a_kept_rating_is_stored_once_and_its_undo_waits_for_the_next_page(as_alice, alice, question):
    answer = answered(alice, question, now=datetime.now(UTC))
    url = reverse("answers:rate", args=[answer.pk])
    for _ in range(2):
        assert kept(as_alice, alice, url, rating="3").json() == {"url": "/practice/next/"}
    assert Review.objects.count() == 1
    assert "It returns on" in as_alice.get("/questions/").text


def test_a_kept_post_of_somebody_else_is_not_taken(as_bob, alice, question):
    reply = kept(as_bob, alice, "/questions/chunking/answer/", text=TEXT, token="t-1")
    assert reply.status_code == 403
    assert not Answer.objects.exists()


def test_a_kept_post_without_a_log_in_is_told_so(client, alice, question):
    reply = kept(client, alice, "/questions/chunking/answer/", text=TEXT, token="t-1")
    assert reply.status_code == 401
    assert not Answer.objects.exists()


def test_a_refused_kept_post_says_why(as_alice, alice, question):
    reply = kept(as_alice, alice, "/questions/chunking/answer/", text="  ", token="t-1")
    assert reply.status_code == 400
    assert "The answer is empty" in reply.text


def test_a_kept_post_needs_its_csrf_token(alice, question):
    client = client_of(alice, checks_csrf=True)
    assert kept(client, alice, "/questions/chunking/answer/", text=TEXT, token="t-1").status_code == 403
    assert not Answer.objects.exists()


def test_the_names_of_tabs_are_forgotten_between_people(alice, question):
    other = person("carol@example.org")
    writing.note(user_id=alice.pk, question_id=question.pk, tab=LAPTOP, now=NOW)
    assert writing.writer_of(other.pk, question.pk, NOW) is None
