"""Progress in numbers: each is counted from rows, today's ratings are added at once, and undo takes them back."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from questions.models import Card, Question
from questions.practice import session
from questions.practice.calendar import today_of
from questions.practice.stats import stats
from tests.cast import NOW, answered, client_of, fresh, known, make_question, rated

DAY = timedelta(days=1)
TODAY = NOW.date()


def history(user, question, *steps: tuple[int, int]) -> None:
    """(days ago, rating) in order."""
    for days, rating in steps:
        rated(fresh(user), question, rating, now=NOW - days * DAY)


def test_true_retention_leaves_out_first_ratings_and_counts_hard_as_recalled(alice, bank):
    history(alice, bank["chunking"], (20, 1), (19, 2), (15, 1), (10, 3))
    history(alice, bank["tool-calling"], (9, 1))

    all_time = stats(alice, TODAY).past.periods["all"]

    assert (all_time.all.asked, all_time.all.recalled, all_time.all.percent) == (3, 2, 67)
    assert {tally.asked for tally in all_time.by_category.values()} == {3}


def test_young_and_mature_are_told_by_the_interval_before(alice, bank):
    known(alice, bank["chunking"], last=TODAY - 25 * DAY, due_on=TODAY - 4 * DAY)  # 21 days: mature
    known(alice, bank["tool-calling"], last=TODAY - 25 * DAY, due_on=TODAY - 5 * DAY)  # 20 days: young
    history(alice, bank["chunking"], (3, 3))
    history(alice, bank["tool-calling"], (3, 1))

    found = stats(alice, TODAY).past.periods["30"]

    assert (found.mature.asked, found.mature.recalled) == (1, 1)
    assert (found.young.asked, found.young.recalled) == (1, 0)


def test_a_period_counts_its_own_days_alone(alice, bank):
    history(alice, bank["chunking"], (100, 3), (95, 3), (40, 1), (5, 3))

    periods = stats(alice, TODAY).past.periods

    assert {name: row.all.asked for name, row in periods.items()} == {"30": 1, "90": 2, "365": 3, "all": 3}


def test_a_rating_of_today_is_counted_at_once_and_undone_with_its_undo(alice, bank):
    history(alice, bank["chunking"], (9, 3), (5, 3))
    before = stats(alice, TODAY)
    review = rated(fresh(alice), bank["chunking"], 1, answer=answered(alice, bank["chunking"], seconds=600))
    after = stats(fresh(alice), TODAY)

    assert after.past.periods["all"].all.asked == before.past.periods["all"].all.asked + 1
    assert after.past.ratings[TODAY] == 1
    assert after.days[TODAY] == (1, 600)
    session.undo(user=fresh(alice), review_id=review.pk)
    undone = stats(fresh(alice), TODAY)
    assert undone.past == before.past
    assert undone.forecast == before.forecast


def test_the_forecast_is_what_the_cards_say(alice, bank):
    for slug, rating in (("chunking", 4), ("tool-calling", 3), ("hard-decision", 1)):
        history(alice, bank[slug], (2, rating))

    forecast = dict(stats(alice, TODAY).forecast)

    assert len(forecast) == 31
    assert forecast[TODAY] == Card.objects.due(TODAY).count() == 2
    for card in Card.objects.filter(due_on__gt=TODAY):
        assert forecast[card.due_on] == 1


def test_coverage_and_weeks_add_up(alice, bank):
    history(alice, bank["chunking"], (20, 3))
    history(alice, bank["tool-calling"], (2, 3))
    answered(alice, bank["tool-calling"], now=NOW - 2 * DAY, seconds=300)

    found = stats(alice, TODAY)
    weeks = found.by_week(4)

    assert [row[3] for row in weeks] == [1, 1, 2, 2]
    assert sum(row[1] for row in weeks) == 1
    assert sum(row[2] for row in weeks) == 5
    assert (found.practised, found.total) == (2, 6)


def test_strength_and_recall_bands_hold_every_card_once(alice, bank):
    for stability, slug in ((3, "chunking"), (10, "tool-calling"), (50, "hard-decision"), (200, "agent-memory")):
        known(alice, bank[slug], stability=stability, last=TODAY - 3 * DAY)

    strength = stats(alice, TODAY).strength

    assert [count for _, count in strength.by_strength] == [1, 1, 1, 1]
    assert sum(count for _, count in strength.by_recall) == 4
    assert strength.strong[0].title == "The title of agent-memory"


# --- Pages ------------------------------------------------------------------------------------


def test_without_a_rating_the_page_shows_no_number(as_alice, bank):
    page = as_alice.get("/progress/").content.decode()

    assert "Nothing to show yet" in page
    assert "%" not in page.split("<main")[1].split("</main>")[0]


def test_each_chart_has_a_table_and_a_sentence_behind_it(as_alice, alice, bank):
    now = timezone.now()
    for days in (9, 4):
        rated(fresh(alice), bank["chunking"], 3, now=now - days * DAY)

    page = as_alice.get("/progress/").content.decode()

    places = [part.split('"')[0] for part in page.split('data-chart-place="')[1:]]
    assert len(places) == len(set(places)) == 6
    for place in places:
        name = place.removesuffix("-chart")
        assert re.search(rf'id="{place}"\s+data-labelledby="[\w-]+ {name}-says"', page)
        assert f'id="{name}-says"' in page
    assert "1 of 1" in page


@pytest.mark.parametrize("days", ["30", "365", "all", "nonsense", ""])
def test_any_period_is_a_page(as_alice, alice, bank, days):
    rated(alice, bank["chunking"], 3, now=timezone.now())

    assert as_alice.get("/progress/", {"days": days}).status_code == 200


def test_the_page_costs_the_same_queries_with_a_long_history(alice, bank):
    today = today_of(alice.profile, timezone.now())
    costs = []
    for count in (2, 60):
        for n in range(count):
            known(alice, make_question(bank["chunking"].category, f"long-{count}-{n}"), last=today - 9 * DAY)
        browser = client_of(alice)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get("/progress/").status_code == 200
        costs.append(len(queries))
        with CaptureQueriesContext(connection) as again:
            browser.get("/progress/")
        assert len(again) <= 4

    assert costs[0] <= 8
    assert costs[1] <= costs[0]


def table(browser, name: str) -> list[list[str]]:
    response = browser.get(f"/progress/{name}.csv")
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_tables_are_ones_own_and_a_formula_is_text(as_alice, as_bob, alice, bank):
    Question.objects.filter(slug="chunking").update(title="=1+1")
    rated(alice, bank["chunking"], 3, now=timezone.now())

    for name in ("reviews", "cards", "days", "categories", "forecast"):
        assert len(table(as_alice, name)) >= 1
    assert table(as_alice, "reviews")[1][2] == "'=1+1"
    assert len(table(as_alice, "cards")) == 2
    assert len(table(as_bob, "reviews")) == len(table(as_bob, "cards")) == 1
    assert as_alice.get("/progress/passwords.csv").status_code == 404


def test_the_history_of_a_question_shows_each_rating_and_what_was_expected(as_alice, as_bob, alice, bank):
    history(alice, bank["chunking"], (9, 3), (5, 1))

    page = as_alice.get("/questions/chunking/history/").content.decode()

    assert "Rated 2 times, forgotten 1 time" in page
    assert "4 days" in page
    assert "Not rated yet" in as_bob.get("/questions/chunking/history/").content.decode()
    assert as_alice.get("/questions/no-such/history/").status_code == 404


# --- API --------------------------------------------------------------------------------------


def test_the_api_tells_the_same(api, stranger, alice, bank):
    history(alice, bank["chunking"], (9, 3), (5, 1))

    body = api.get("stats/").json()

    assert stranger.get("stats/").status_code == 401
    everything = next(row for row in body["retention"] if row["days"] == "all")
    assert everything == {"days": "all", "reviews": 1, "recalled": 0, "share": 0.0}
    assert body["coverage"] == {"practised": 1, "total": 6}
    assert len(body["forecast"]) == 31


def test_today_lists_the_day_with_its_reasons(api, alice, bank):
    body = api.get("practice/today/").json()

    assert body["new"] == len(body["items"]) == 4
    assert body["items"][0]["reason"] == "New: your first on RAG."
    assert (body["waiting"], body["minutes_goal"], body["interview_on"]) == (0, 25, None)


def test_interviews_are_added_changed_and_deleted_through_the_api(api, api_of_bob, alice, bank):
    day = (timezone.now() + 9 * DAY).date().isoformat()
    made = api.post("interviews/", {"on": day, "company": "Acme", "weights": {"rag": 3, "agents": 1}})
    assert made.status_code == 201
    pk = made.json()["id"]
    assert made.json()["weights"] == {"rag": 0.75, "agents": 0.25}
    assert str(fresh(alice).profile.interview_on) == day

    assert api("PATCH", f"interviews/{pk}/", {"round": "design"}).json()["round"] == "design"
    assert api.get("interviews/").json()["count"] == 1
    assert api_of_bob.get(f"interviews/{pk}/").status_code == 404
    assert api_of_bob.delete(f"interviews/{pk}/").status_code == 404
    for bad in ({}, {"on": "2020-01-01"}, {"on": day, "weights": {"nope": 1}}, {"on": day, "round": "nope"}):
        assert api.post("interviews/", bad).status_code == 400
    assert api.delete(f"interviews/{pk}/").status_code == 204
    assert fresh(alice).profile.interview_on is None
