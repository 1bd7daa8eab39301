"""The local grader's order of answers: honest before vague, vague before nothing, and no trick before honesty."""

from __future__ import annotations

from functools import cache

import pytest

from questions.bank.embeddings import built_in_encoder
from questions.coach import flags, rubric
from questions.coach.rubric import LocalGrade
from tests.questions.graded_answers import CASES, CODE, INJECTIONS, PRAISE, Case

ENCODE = built_in_encoder


@cache
def graded(case: Case, answer: str) -> LocalGrade:
    asked, points = rubric.prepare(case.question, case.keyed, ENCODE().encode)
    return rubric.grade(answer, asked, points, ENCODE().encode)


def shown(case: Case, answer: str) -> float:
    """The number that a learner would see; none counts as nothing."""
    return graded(case, answer).score or 0.0


def coverage(case: Case, answer: str) -> float:
    """What the points add up to, also where the grader abstains."""
    grade = graded(case, answer)
    return sum(point.score for point in grade.points) / len(grade.points)


BY_NAME = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@BY_NAME
def test_a_strong_answer_beats_a_fair_one_beats_a_vague_one_beats_one_off_topic(case: Case):
    ordered = [coverage(case, answer) for answer in (case.strong, case.fair, case.vague, case.off_topic)]
    assert ordered == sorted(ordered, reverse=True)
    assert ordered[0] > ordered[1] + 0.15 > ordered[2] + 0.3


@BY_NAME
def test_a_strong_answer_is_scored_high_and_suggests_no_rating(case: Case):
    grade = graded(case, case.strong)
    assert not grade.abstain
    assert (grade.score or 0.0) > 0.75
    assert grade.suggested_rating is None  # a wrong one in the same words would score as high


@BY_NAME
def test_a_vague_answer_suggests_again(case: Case):
    assert graded(case, case.vague).suggested_rating in {1, None}


@BY_NAME
def test_empty_praise_is_worth_nothing(case: Case):
    assert shown(case, PRAISE) < 0.1


@BY_NAME
def test_praise_added_to_an_answer_changes_little(case: Case):
    assert abs(coverage(case, case.fair) - coverage(case, f"{PRAISE} {case.fair}")) < 0.05


@BY_NAME
@pytest.mark.parametrize("injection", INJECTIONS)
def test_words_for_the_grader_are_worth_nothing(case: Case, injection: str):
    grade = graded(case, injection)
    assert not grade.score
    assert "addressed" in {flag.kind for flag in grade.flags}


@BY_NAME
@pytest.mark.parametrize("injection", INJECTIONS)
def test_words_for_the_grader_do_not_lift_an_answer_beside_the_point(case: Case, injection: str):
    assert coverage(case, f"{case.off_topic}\n{injection}") <= coverage(case, case.off_topic) + 0.02


@BY_NAME
@pytest.mark.parametrize("injection", INJECTIONS)
def test_words_for_the_grader_do_not_lift_a_fair_answer(case: Case, injection: str):
    assert coverage(case, f"{case.fair}\n\n{injection}") <= coverage(case, case.fair) + 0.02


@BY_NAME
def test_the_question_copied_is_no_answer(case: Case):
    for answer in (case.question, case.question * 3, case.question.upper(), f"> {case.question}\n\n{case.question}"):
        grade = graded(case, answer)
        assert grade.abstain
        assert "copied" in {flag.kind for flag in grade.flags}


@BY_NAME
def test_the_key_points_pasted_from_the_page_are_no_answer(case: Case):
    encode = ENCODE().encode
    asked, points = rubric.prepare(case.question, case.keyed, encode)
    seen = flags.Shown(case.question, (case.strong, *case.points))
    for pasted in (" ".join(case.points), "\n".join(f"- **{point}**" for point in case.points), case.strong):
        grade = rubric.grade(pasted, asked, points, encode, shown=seen)
        assert (grade.score, grade.suggested_rating, grade.abstain) == (None, None, True)
        assert {flag.kind for flag in grade.flags} == {"pasted"}
    half = f"{case.vague} {' '.join(case.points[:3])}"
    assert "pasted" in {flag.kind for flag in rubric.grade(half, asked, points, encode, shown=seen).flags}
    remembered = f"{case.vague} {case.points[0]} {case.off_topic}"  # one sentence word for word is no copy
    for own in (case.fair, case.vague, remembered):
        assert rubric.grade(own, asked, points, encode, shown=seen) == graded(case, own)


@BY_NAME
def test_the_question_before_an_answer_changes_nothing(case: Case):
    assert coverage(case, f"{case.question}\n\n{case.fair}") == pytest.approx(coverage(case, case.fair), abs=0.03)


@BY_NAME
def test_keywords_do_not_beat_a_fair_answer(case: Case):
    for answer in (case.stuffed, case.stuffed.replace(", ", "\n"), case.stuffed.replace(",", ""), case.stuffed * 5):
        assert shown(case, answer) < shown(case, case.fair)


@BY_NAME
def test_every_point_denied_does_not_beat_a_strong_answer_and_is_doubted(case: Case):
    grade = graded(case, case.negated)
    assert (grade.score or 0.0) < shown(case, case.strong) - 0.2
    assert sum(point.status == "unsure" for point in grade.points) >= 4
    assert "negation" in {flag.kind for flag in grade.flags}


@BY_NAME
def test_a_negation_is_never_worth_zero(case: Case):
    doubted = [point for point in graded(case, case.negated).points if point.status == "unsure"]
    assert all(point.score > 0.2 and point.quote for point in doubted)


@BY_NAME
@pytest.mark.parametrize("language", ["german", "spanish", "chinese"])
def test_another_language_is_not_judged(case: Case, language: str):
    grade = graded(case, getattr(case, language))
    assert grade.abstain
    assert "English" in grade.abstain_reason


@BY_NAME
def test_code_alone_is_not_judged(case: Case):
    grade = graded(case, CODE)
    assert grade.abstain
    assert "code" in {flag.kind for flag in grade.flags}


@BY_NAME
def test_one_sentence_said_many_times_counts_once(case: Case):
    first = case.strong.split(". ")[0] + ". "
    assert coverage(case, first * 20) == pytest.approx(coverage(case, first), abs=1e-4)


@BY_NAME
def test_the_words_of_an_answer_in_a_heap_do_not_beat_the_answer(case: Case):
    heap = " ".join(sorted(case.strong.replace(".", "").replace(",", "").split()))
    assert shown(case, heap) < shown(case, case.strong) - 0.1


@BY_NAME
def test_padding_does_not_lift_an_answer(case: Case):
    assert coverage(case, f"{case.fair} {case.vague} {case.off_topic}") <= coverage(case, case.fair) + 0.06


@BY_NAME
def test_an_answer_to_another_question_is_worth_less_than_a_vague_one_plus_a_little(case: Case):
    other = CASES[(CASES.index(case) + 1) % len(CASES)]
    assert coverage(case, other.strong) < coverage(case, case.fair) - 0.15


@pytest.mark.parametrize("answer", ["", " ", "fine", "I don't know.", "No submission.", "?", "👍👍👍", "---"])
@BY_NAME
def test_nothing_said_is_not_scored_and_suggests_nothing(case: Case, answer: str):
    grade = graded(case, answer)
    assert (grade.score, grade.band, grade.suggested_rating, grade.abstain) == (None, None, None, True)
    assert {point.status for point in grade.points} == {"missing"}
