"""When a sentence seems to contradict its key point: seen in short sentences, rare in honest ones, said plainly."""

from __future__ import annotations

import pytest

from questions.bank import loading
from questions.bank.embeddings import built_in_encoder
from questions.bank.reading import read_bank
from questions.coach import rubric
from questions.coach.opposition import opposition
from questions.coach.rubric import PointGrade

FILTERS = (
    "Delimiters, warnings in the prompt and detection models lower the success rate but cannot guarantee protection "
    "against injection."
)
STATELESS = (
    "The model keeps nothing between calls, so memory is text that the application stores and chooses to put back "
    "into the context."
)
CHAIN = (
    "When the steps are known in advance, a chain is the better default because it is cheaper, faster and easier to "
    "test and debug."
)
TEMPERATURE = (
    "Temperature divides the logits before the softmax, so values below one sharpen the distribution towards likely "
    "tokens and values above one flatten it."
)
TRUTH = "Lower temperature makes output more consistent but not more truthful, because a wrong token can be likely."
LANGUAGES = "The same meaning can take several times more tokens in languages that were scarce in the training data."
OVERFITTING = (
    "Overfitting means the model learns noise and peculiarities of its training set, so training error keeps falling "
    "while error on unseen data rises."
)
CACHE = "The keys and values of earlier tokens stay in a KV cache, and that cache grows linearly with context length."
FUSION = "Reciprocal rank fusion sums 1/(k + rank) over the lists, and needs neither score normalisation nor training."
CITE = "Ground answers in retrieved sources and require citations, which lowers hallucination but does not remove it."
PRECISION = "Precision is true positives divided by all flagged items, and tells how far a flag can be trusted."
FIRST = "Put unchanging content first and variable content last, so that prompt caching can lower input cost."

CONTRADICTED = [
    ("Detection models do not lower the success rate.", FILTERS),
    ("Delimiters don't lower the success rate of an attack.", FILTERS),
    ("Warnings in the prompt guarantee protection against injection.", FILTERS),
    ("A chain is slower and more expensive than an agent.", CHAIN),
    ("A chain is not easier to test and debug.", CHAIN),
    ("Temperature values above one sharpen the distribution.", TEMPERATURE),
    ("Temperature does not change the softmax distribution.", TEMPERATURE),
    ("Lower temperature makes output more truthful.", TRUTH),
    ("The same meaning takes fewer tokens in scarce languages.", LANGUAGES),
    ("Training error keeps rising when overfitting.", OVERFITTING),
    ("The KV cache never grows with context length.", CACHE),
    ("Reciprocal rank fusion needs score normalisation and training.", FUSION),
    ("Citations remove hallucination completely.", CITE),
    ("Precision is true positives times all flagged items.", PRECISION),
    ("Prompt caching does not lower input cost.", FIRST),
    ("Put variable content first and unchanging content last.", FIRST),
]
AGREEING = [
    ("Delimiters and warnings help, but they do not guarantee protection.", FILTERS),
    ("The model does not remember anything between calls, so the application stores text for it.", STATELESS),
    ("I would not use an agent here, because a chain is cheaper, faster and easier to test.", CHAIN),
    ("Values below one sharpen the distribution and values above one flatten it.", TEMPERATURE),
    ("A low temperature does not make output more truthful, only more consistent.", TRUTH),
    ("Scarce languages need more tokens for the same meaning, not fewer.", LANGUAGES),
    ("An overfitted model does not generalise: training error falls while error on unseen data rises.", OVERFITTING),
    ("Keys and values of earlier tokens are cached and not recomputed; the cache grows with the context.", CACHE),
    ("RRF sums 1/(k + rank) and does not need score normalisation.", FUSION),
    ("Grounding in retrieved sources with citations lowers hallucination but never removes it.", CITE),
    ("Precision does not count the misses: it is true positives divided by all flagged items.", PRECISION),
    ("Don't put variable content first: unchanging content comes first, so the cache lowers the cost.", FIRST),
    ("I do not like mornings.", CHAIN),
]


@pytest.mark.parametrize(("sentence", "point"), CONTRADICTED, ids=[sentence for sentence, _ in CONTRADICTED])
def test_a_short_sentence_that_contradicts_its_point_is_seen(sentence: str, point: str):
    assert opposition(sentence, point) is not None


@pytest.mark.parametrize(("sentence", "point"), AGREEING, ids=[sentence for sentence, _ in AGREEING])
def test_a_true_sentence_with_a_negation_is_not_doubted(sentence: str, point: str):
    assert opposition(sentence, point) is None


def marked(sentence: str, point: str) -> PointGrade:
    encode = built_in_encoder().encode
    asked, points = rubric.prepare("What would you say about this?", [("point", point, 1)], encode)
    (mark,) = rubric.grade(sentence, asked, points, encode).points
    return mark


def test_a_negated_sentence_is_unsure_and_the_remark_shows_both_sides():
    sentence = "Detection models do not lower the success rate."
    mark = marked(sentence, FILTERS)
    assert (mark.status, mark.quote) == ("unsure", sentence)
    assert mark.note == (
        "Your answer says “Detection models do not lower the success rate”; the key point says “detection models "
        "lower the success rate”. One of the two is negated. Please check which is right."
    )


def test_an_opposite_word_is_named_in_the_remark():
    mark = marked("Temperature values above one sharpen the distribution.", TEMPERATURE)
    assert mark.status == "unsure"
    assert "“above” against “below”. Please check which is right." in mark.note


def test_the_banks_own_references_are_mostly_covered_seldom_missed_and_hardly_ever_doubted():
    """0.95 on the 41 questions that the limits were set on, 0.70 on those written since: figures in local-grader.md."""
    encode = built_in_encoder().encode
    questions = read_bank(loading.CONTENT).questions
    statuses: list[str] = []
    doubted = 0
    for question in questions:
        keyed = [(point.id, point.text, float(point.weight)) for point in question.key_points]
        grade = rubric.grade(question.reference, *rubric.prepare(question.prompt, keyed, encode), encode)
        statuses += [point.status for point in grade.points]
        doubted += sum(flag.kind == "negation" for flag in grade.flags)
    assert statuses.count("covered") >= 0.7 * len(statuses)
    assert statuses.count("missing") <= 0.1 * len(statuses)
    assert doubted <= 0.02 * len(statuses)
