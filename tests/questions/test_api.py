"""The contract of /api/v1/, row by row: shapes, statuses, replays, and what another person gets."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import ApiToken
from questions.models import Answer, Card, Feedback, Question, Reveal, Review
from tests.cast import answered, client_of, coached, rated

HIDDEN = ("key_points", "reference", "mistakes", "follow_ups", "sources")
ROW = {"slug", "title", "prompt", "category", "level", "kind", "minutes", "tags"}
GOOD = {"question": "chunking", "text": "Overlap keeps a border sentence findable.", "seconds": 90}


def is_problem(response, status: int) -> dict:
    assert response.status_code == status, response.content[:500]
    assert response["Content-Type"].startswith("application/problem+json")
    body = response.json()
    assert body["status"] == status
    assert {"type", "title", "status", "detail"} <= set(body)
    assert body["detail"]
    assert "SECRET" not in response.content.decode()
    return body


def page(response) -> list:
    body = response.json()
    assert response.status_code == 200, body
    assert set(body) == {"count", "next", "previous", "results"}
    return body["results"]


# --- Who may ----------------------------------------------------------------------------------

PATHS = (
    *("categories/", "questions/", "questions/chunking/", "practice/next/", "answers/", "answers/1/", "me/"),
    *("answers/1/feedback/", "reviews/", "reviews/1/"),
)


@pytest.mark.parametrize("path", PATHS)
def test_without_a_token_every_path_is_401_and_says_how_to_authenticate(stranger, bank, path):
    response = stranger.get(path)

    is_problem(response, 401)
    assert response["WWW-Authenticate"].startswith("Token")


@pytest.mark.parametrize("header", ["Token", "Token a b", "Token onsite_nonsense", "Token \xff", "Token " + "x" * 300])
def test_a_bad_token_is_401(api, bank, header):
    response = api.get("me/", Authorization=header)

    is_problem(response, 401)
    assert response["WWW-Authenticate"].startswith("Token")


def test_a_revoked_and_an_expired_token_are_401(api, alice):
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    is_problem(api.get("me/"), 401)
    ApiToken.objects.update(expires_at=None, revoked_at=timezone.now())
    is_problem(api.get("me/"), 401)


def test_a_session_opens_the_api_too_but_writes_only_with_a_csrf_token(alice, bank):
    browser = client_of(alice, checks_csrf=True)

    assert browser.get("/api/v1/me/").status_code == 200
    refused = browser.post("/api/v1/answers/", json.dumps(GOOD), content_type="application/json")

    is_problem(refused, 403)
    assert not Answer.objects.exists()


def test_what_does_not_exist_under_the_api_is_a_problem_in_json(api):
    is_problem(api.get("nothing/here/"), 404)


def test_a_wrong_method_is_405_with_what_is_allowed(api):
    response = api.delete("me/")

    is_problem(response, 405)
    assert "GET" in response["Allow"]


def test_me_tells_whom_the_token_belongs_to(api):
    assert api.get("me/").json() == {
        "email": "alice@example.org",
        "name": "Alice Example",
        "time_zone": "UTC",
        "day_starts_at_hour": 4,
        "minutes_a_day": 25,
        "target_level": "mid",
        "interview_on": None,
        "desired_retention": 0.9,
        "new_a_day": 5,
    }


# --- The bank ---------------------------------------------------------------------------------


def test_categories_count_questions_and_what_is_rated(api, alice, bob, bank):
    rated(alice, bank["chunking"])
    rated(bob, bank["hybrid-search"])

    rows = page(api.get("categories/"))

    assert [(row["slug"], row["total"], row["answered"]) for row in rows] == [
        ("rag", 2, 1),
        ("agents", 2, 0),
        ("behavioural", 2, 0),
    ]


def test_lists_come_in_pages_that_link_to_each_other(api, bank):
    first = api.get("questions/?page_size=4").json()
    second = api.client.get(first["next"], headers=api.headers).json()

    assert (first["count"], len(first["results"]), first["previous"]) == (6, 4, None)
    assert (len(second["results"]), second["next"]) == (2, None)
    assert len({row["slug"] for row in first["results"] + second["results"]}) == 6


@pytest.mark.parametrize("query", ["page=3", "page=0", "page=-1", "page=x", "page=99999999999999999999999"])
def test_a_page_that_is_not_there_is_404(api, bank, query):
    is_problem(api.get(f"questions/?{query}"), 404)


def test_question_rows_tell_nothing_of_the_answer(api, bank):
    rows = page(api.get("questions/"))

    assert [set(row) for row in rows] == [ROW] * 6
    assert "SECRET" not in json.dumps(rows)


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("category=agents", ["agent-memory", "tool-calling"]),
        ("level=senior", ["hybrid-search"]),
        ("level=mid&category=rag", ["chunking"]),
        ("kind=coding", []),
        ("kind=concept&level=junior", ["agent-memory"]),
        ("q=FAILED", ["failed-project"]),
        ("q=tool-calling", ["tool-calling"]),
        ("q=%25", []),
        ("category=nothing", []),
        ("state=due", ["chunking"]),
        ("state=learned", ["agent-memory"]),
        ("state=new", ["hybrid-search", "tool-calling", "hard-decision", "failed-project"]),
        ("state=new&category=rag", ["hybrid-search"]),
    ],
)
def test_filters_of_the_bank_combine(api, alice, bob, bank, query, slugs):
    now = timezone.now()
    rated(alice, bank["chunking"], 3, now=now - timedelta(days=9))
    rated(alice, bank["agent-memory"], 4, now=now)
    rated(bob, bank["hybrid-search"], 3, now=now - timedelta(days=9))

    assert [row["slug"] for row in page(api.get(f"questions/?{query}"))] == slugs


@pytest.mark.parametrize("query", ["state=old", "level=boss", "kind=quiz", "q=%00", "category=%00", "q=" + "x" * 201])
def test_a_filter_that_cannot_be_is_400_and_names_itself(api, bank, query):
    assert query.partition("=")[0] in is_problem(api.get(f"questions/?{query}"), 400)["errors"]


def test_a_question_hides_its_key_points_until_it_is_answered(api, alice, question):
    before = api.get("questions/chunking/")
    answered(alice, question)
    after = api.get("questions/chunking/").json()

    assert {name: before.json()[name] for name in HIDDEN} == dict.fromkeys(HIDDEN)
    assert "SECRET" not in before.content.decode()
    assert [point["id"] for point in after["key_points"]] == ["overlap", "size", "structure", "measure"]
    assert set(after["key_points"][0]) == {"id", "text", "weight", "why"}
    assert all(after[name] for name in HIDDEN)


def test_another_persons_answer_opens_nothing(api, bob, question):
    answered(bob, question)

    assert "SECRET" not in api.get("questions/chunking/").content.decode()


def test_a_reveal_opens_the_question_and_is_recorded_once(api, alice, question):
    first, again = api.post("questions/chunking/reveal/"), api.post("questions/chunking/reveal/")

    assert first.json() == again.json() == api.get("questions/chunking/").json()
    assert first.json()["reference"].startswith("SECRET-REFERENCE")
    assert Reveal.objects.get().user == alice


def test_a_rated_question_tells_when_it_is_due(api, alice, question):
    assert api.get("questions/chunking/").json()["due"] is None

    review = rated(alice, question, 4, now=timezone.now())

    assert api.get("questions/chunking/").json()["due"] == review.due_on.isoformat()


@pytest.mark.parametrize("path", ["questions/no-such-question/", "questions/hybrid-search/"])
def test_a_missing_and_a_retired_question_are_the_same_404(api, bank, path):
    Question.objects.filter(slug="hybrid-search").update(is_retired=True)

    is_problem(api.get(path), 404)
    is_problem(api.post(f"{path}reveal/"), 404)
    assert api.get(path).content == api.get("questions/another-missing/").content


# --- Practice ---------------------------------------------------------------------------------


def test_practice_next_names_a_question_and_why(api, bank):
    body = api.get("practice/next/").json()

    assert set(body) == {"question", "reason"}
    assert {"slug", "title", "prompt", "category", "level", "kind", "minutes"} <= set(body["question"])
    assert body["reason"].startswith("New")


def test_practice_next_is_null_when_nothing_is_left(api, alice, bank):
    alice.profile.new_a_day = 0
    alice.profile.save(update_fields=["new_a_day"])

    body = api.get("practice/next/").json()

    assert body["question"] is None
    assert body["reason"]


def test_an_answer_is_kept_and_its_coaching_is_waiting(api, alice, question):
    response = api.post("answers/", GOOD)

    body = response.json()
    answer = Answer.objects.get()
    assert response.status_code == 201
    assert set(body) == {"id", "question", "text", "seconds", "created_at", "feedback"}
    assert (body["id"], body["question"], body["text"], body["seconds"]) == (answer.pk, "chunking", GOOD["text"], 90)
    assert body["feedback"] == {"status": "pending"}
    assert answer.user == alice
    assert api.get(f"answers/{answer.pk}/").json() == body
    assert page(api.get("answers/")) == [body]


def test_feedback_has_the_same_shape_waiting_and_done(api, alice, question):
    answer = answered(alice, question)
    waiting = api.get(f"answers/{answer.pk}/feedback/").json()
    coached(answer)
    done = api.get(f"answers/{answer.pk}/feedback/").json()

    assert set(waiting) == set(done)
    assert (waiting["status"], waiting["score"], waiting["points"], waiting["grader"]) == ("pending", None, [], "")
    assert (done["status"], done["score"], done["abstain"], done["grader"]) == ("done", 0.5, False, "local")
    assert (done["suggested_rating"], done["fallback_reason"], done["band"]) == (3, None, [0.4, 0.6])
    for point in done["points"]:
        assert {"key_point", "status", "quote", "note", "score"} <= set(point)
        assert point["quote"] is None or point["quote"] in answer.text


def test_abstaining_and_failed_feedback_are_told_as_such(api, alice, question):
    answer = answered(alice, question)
    coached(answer, score=None)
    abstaining = api.get(f"answers/{answer.pk}/feedback/").json()
    Feedback.objects.update(status="failed", result={}, fallback_reason="The model server is busy.")
    failed = api.get(f"answers/{answer.pk}/feedback/").json()

    assert (abstaining["abstain"], abstaining["score"]) == (True, None)
    assert (failed["status"], failed["fallback_reason"], failed["points"]) == (
        "failed",
        "The model server is busy.",
        [],
    )


def test_a_review_schedules_the_question(api, alice, question):
    answer = answered(alice, question, now=timezone.now())

    response = api.post("reviews/", {"question": "chunking", "rating": 3, "answer": answer.pk})

    body, card = response.json(), Card.objects.get()
    assert response.status_code == 201
    assert {"id", "question", "rating", "study_day", "due", "stability", "difficulty"} <= set(body)
    assert (body["question"], body["rating"], body["answer"]) == ("chunking", 3, answer.pk)
    assert (body["due"], body["stability"]) == (card.due_on.isoformat(), card.stability)
    assert date.fromisoformat(body["due"]) - date.fromisoformat(body["study_day"]) == timedelta(days=2)
    assert api.get(f"reviews/{body['id']}/").json() == body
    assert page(api.get("reviews/")) == [body]


def test_the_same_rating_of_the_same_answer_is_200_and_another_review_409(api, alice, question):
    answer = answered(alice, question, now=timezone.now())
    sent = {"question": "chunking", "rating": 3, "answer": answer.pk}
    first = api.post("reviews/", sent)

    again = api.post("reviews/", sent)

    assert (again.status_code, again.json()) == (200, first.json())
    is_problem(api.post("reviews/", {**sent, "rating": 4}), 409)
    is_problem(api.post("reviews/", {"question": "chunking", "rating": 3}), 409)
    assert Review.objects.count() == 1


def test_undo_takes_back_the_newest_review_only(api, alice, bank):
    now = timezone.now()
    old = rated(alice, bank["chunking"], now=now - timedelta(days=3))
    new = rated(alice, bank["agent-memory"], now=now)

    is_problem(api.delete(f"reviews/{old.pk}/"), 409)
    undone = api.delete(f"reviews/{new.pk}/")

    assert (undone.status_code, undone.content) == (204, b"")
    is_problem(api.delete(f"reviews/{new.pk}/"), 404)
    is_problem(api.get(f"reviews/{new.pk}/"), 404)
    assert Card.objects.get().question == bank["chunking"]


def test_bob_gets_of_alices_things_what_he_gets_of_what_does_not_exist(api, api_of_bob, alice, bank):
    answer = answered(alice, bank["chunking"])
    review = rated(alice, bank["chunking"], answer=answer)

    for path, missing in (
        (f"answers/{answer.pk}/", "answers/999999/"),
        (f"answers/{answer.pk}/feedback/", "answers/999999/feedback/"),
        (f"reviews/{review.pk}/", "reviews/999999/"),
    ):
        for method in ("GET", "DELETE", "POST"):
            his, nothing = api_of_bob(method, path), api_of_bob(method, missing)
            assert (his.status_code, his.content) == (nothing.status_code, nothing.content)
            assert his.status_code in {404, 405}
    assert page(api_of_bob.get("answers/")) == page(api_of_bob.get("reviews/")) == []
    refused = is_problem(api_of_bob.post("reviews/", {"question": "chunking", "rating": 3, "answer": answer.pk}), 400)
    assert "answer" in refused["errors"]
    assert set(Review.objects.all()) == {review}


# --- What is refused --------------------------------------------------------------------------


def test_the_schema_is_public_and_names_every_path(stranger):
    response = stranger.get("schema/?format=json")

    assert response.status_code == 200
    assert {"/api/v1/answers/", "/api/v1/reviews/{id}/", "/api/v1/reviews/{review_id}/"} & set(response.json()["paths"])
