"""The demonstration's answers: made of the points, long or short by how much is known, the same for the same seed."""

from __future__ import annotations

from random import Random

import pytest

from questions.practice.demo_answers import compose

POINTS = (
    "Split along the document's own structure, so that each chunk holds one complete idea.",
    "RAG systems fail when the retriever finds nothing, because the model then answers from memory.",
    "A chunking change forces re-indexing, and the old index is kept beside the new one for rollback.",
    "Tables need their own splitting, with rows kept together with their header.",
)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 0.8, 1.0])
def test_an_answer_is_never_empty_and_the_same_for_the_same_seed(share):
    for seed in range(50):
        text = compose(POINTS, share, Random(seed))

        assert len(text.split()) >= 5
        assert text == compose(POINTS, share, Random(seed))
        assert "  " not in text
        assert ".." not in text


def test_who_knows_more_says_more():
    def words(share: float) -> int:
        return sum(len(compose(POINTS, share, Random(seed)).split()) for seed in range(100))

    assert words(0.2) < words(0.5) < words(1.0)


def test_a_name_keeps_its_capital():
    texts = [compose(POINTS, 1.0, Random(seed)) for seed in range(200)]

    assert all("RAG" in text and "rAG" not in text for text in texts)
