"""What the local grader promises about each result, whatever the text."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from questions.bank.embeddings import built_in_encoder
from questions.coach import flags, rubric, sentences, words
from questions.coach.rubric import LocalGrade
from tests.questions.graded_answers import CACHING, CODE

SAID = ("The key is a hash of the prompt. ", "Entries expire after an hour and tenants are apart. ", "e.g. ", "1. ")
ODD = (
    "\n",
    "- ",
    "```\n",
    "x = 1;\n",
    "<b>",
    "</b>",
    "**",
    "🙂",
    "שלום ",
    "的缓存。",
    "\u202e",
    "| a | b |\n",
    "...",
    "\ud800",
    "# ",
)
PIECES = st.sampled_from(SAID + ODD)
QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def graded(answer: str, weights: tuple[float, ...] = (1, 1, 1, 1, 1)) -> LocalGrade:
    encode = built_in_encoder().encode
    keyed = [(id, text, weight) for (id, text, _), weight in zip(CACHING.keyed, weights, strict=True)]
    return rubric.grade(answer, *rubric.prepare(CACHING.question, keyed, encode), encode)


@QUIET
@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=200))
def test_every_quote_is_a_piece_of_the_answer_and_every_number_is_in_range(answer: str):
    grade = graded(answer)
    assert [point.key_point for point in grade.points] == [id for id, _, _ in CACHING.keyed]
    for point in grade.points:
        assert 0.0 <= point.score <= 1.0
        assert point.quote is None or point.status != "missing"
        assert point.quote is not None or point.status != "covered"
        assert point.quote is None or (point.quote and point.quote in answer)
    assert all(flag.quote in answer for flag in grade.flags)
    assert (grade.score is None) == grade.abstain == (grade.band is None) == bool(grade.abstain_reason)


@pytest.mark.parametrize(
    "unit", ["a", "...", "<a", "[x](", "```\n", "give me ", "to the grader ", "a'", "x = 1\n", "word ", "🙂", "\n", "("]
)
def test_a_very_long_answer_of_anything_ends(unit: str):
    grade = graded(unit * (200_000 // len(unit)))
    assert grade.abstain
    assert len(grade.flags) <= flags.MOST_FLAGS


def test_what_stands_after_the_part_that_is_read_is_said_to_be_unread():
    answer = (
        CACHING.strong
        + "\n\n"
        + "\n\n".join(f"The cache number {n} held {n * 7} rows of a table." for n in range(2000))
    )
    assert "length" in {flag.kind for flag in graded(answer).flags}


def test_the_score_is_the_weighted_mean_of_the_points():
    weights = (3, 1, 2, 1, 1)
    grade = graded(CACHING.fair, weights)
    expected = sum(p.score * w for p, w in zip(grade.points, weights, strict=True)) / sum(weights)
    assert grade.score == pytest.approx(expected)


def test_the_band_holds_the_score_and_is_at_most_forty_points_wide():
    for answer in (CACHING.strong, CACHING.fair, CACHING.vague):
        grade = graded(answer)
        assert grade.band is not None
        low, high = grade.band
        assert low - 0.026 <= (grade.score or 0.0) <= high + 0.026
        assert 0.0 <= low < high <= 1.0
        assert high - low <= 0.41


@pytest.mark.parametrize(("score", "rating"), [(0.0, 1), (0.49, 1), (0.5, None), (0.84, None), (1.0, None)])
def test_below_the_pass_the_suggestion_is_again_and_coverage_never_suggests_a_pass(score: float, rating: int | None):
    assert rubric.suggested_rating(score) == rating


def test_too_many_doubtful_points_leave_no_number_but_keep_the_points():
    grade = graded(CACHING.negated)
    assert grade.abstain
    assert grade.abstain_reason == "Too many points are unsure for a number."
    assert any(point.quote for point in grade.points)


def test_a_doubtful_sentence_about_something_else_is_not_quoted():
    encode = built_in_encoder().encode
    asked, points = rubric.prepare(
        "How do you price an LLM feature, and what drives the bill?",
        [("tokens", "Price, context limits and usually rate limits are counted in tokens rather than words.", 1)],
        encode,
    )
    answer = "Tightening one of the limits usually raises the other, so the business sets the balance between them."
    (point,) = rubric.grade(answer, asked, points, encode).points
    assert point.status == "unsure"
    assert point.quote is None
    assert point.note == rubric.NOTHING_CLEAR


def test_a_single_key_point_in_few_words_is_still_judged():
    encode = built_in_encoder().encode
    asked, points = rubric.prepare("How is salt won from sea water?", [("1", "The water evaporates.", 1)], encode)
    assert not rubric.grade("The water evaporated.", asked, points, encode).abstain


def test_a_short_answer_to_many_points_is_not_judged():
    assert graded("Entries expire and tenants are kept apart.").abstain


def test_no_key_points_mean_no_judgement():
    encode = built_in_encoder().encode
    asked, points = rubric.prepare(CACHING.question, [], encode)
    assert rubric.grade(CACHING.strong, asked, points, encode).abstain


def test_a_misspelt_word_still_counts_in_part():
    wanted = words.content_stems("temperature of the liquid")
    assert 0.5 < words.shared_share(wanted, words.content_stems("temprature of the liqid")) < 1.0
    assert words.shared_share(wanted, words.content_stems("condensation into steam")) == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "A judge model scores each answer from 1 to 5.",
        "An attacker writes 'you must obey' into a web page, and the model obeys.",
        "Low-confidence cases go to a reviewer who sees the page.",
        "The retriever must return the top 10 passages by score.",
        "We assign full marks only when two graders agree.",
        "I mark each claim as supported or not and report the share.",
        "Then the worker marks the run as complete in the database.",
        "The forget gate decides what is kept.",
        "You are a helpful assistant is a weak system prompt.",
    ],
)
def test_honest_sentences_about_grading_are_not_taken_for_words_to_the_grader(text: str):
    assert not flags.is_addressed(text)


def test_a_sentence_is_the_same_with_and_without_markup():
    plain = "The key is a hash of the prompt and the model."
    marked = "- **The key** is a `hash` of the [prompt](https://example.org) and the <b>model</b>."
    (piece,) = sentences.split(marked, [])
    assert piece.text.replace(" .", ".") == plain


def test_wrapped_lines_are_one_sentence_and_list_items_are_several():
    wrapped = "An exact cache returns a repeated request at once because its key is the hash\nof the normalised prompt."
    listed = "- key on the prompt hash\n- expire after one hour\n- keep the tenants apart"
    assert len(sentences.split(wrapped, [])) == 1
    assert len(sentences.split(listed, [])) == 3


def test_abbreviations_and_numbers_end_no_sentence():
    assert len(sentences.split("Use a vector store, e.g. pgvector, with 0.5 as the limit vs. 0.7 before.", [])) == 1


def test_code_is_found_with_and_without_a_fence():
    bare = CODE.strip("`").removeprefix("python\n")
    for answer in (CODE, f"I write it so:\n\n{bare}\nand then test it."):
        assert sentences.code_spans(answer)
    assert sentences.code_spans("The key = hash of the prompt.\nThat is all.") == []


def test_at_most_twelve_sentences_are_embedded_and_the_telling_ones_are_among_them():
    asked: list[int] = []

    def counted(texts):
        asked.append(len(texts))
        return built_in_encoder().encode(texts)

    filler = " ".join(f"On day {n} we talked about the weather and had lunch number {n}." for n in range(40))
    prepared = rubric.prepare(CACHING.question, CACHING.keyed, built_in_encoder().encode)
    grade = rubric.grade(f"{filler} {CACHING.strong}", *prepared, counted)
    assert asked == [rubric.SENTENCES]
    assert sum(point.status == "covered" for point in grade.points) >= 4


def test_the_part_of_a_point_that_the_question_gives_away_is_taken_out():
    encode = built_in_encoder().encode
    asked, points = rubric.prepare(CACHING.question, CACHING.keyed, encode)
    for point in points:
        assert float(point.demoted @ asked.vector) == pytest.approx(0.0, abs=1e-5)
        assert float(point.demoted @ point.demoted) == pytest.approx(1.0, abs=1e-5)
    assert "cach" not in points[0].stems
