"""The tables of the bank, of practice and of coaching."""

from __future__ import annotations

from questions.models.bank import Category, KeyPoint, KeyPointVector, Question, QuestionVector, QuestionVersion
from questions.models.coaching import Feedback
from questions.models.practice import Answer, Card, Draft, Rating, Reveal, Review

__all__ = [
    "Answer",
    "Card",
    "Category",
    "Draft",
    "Feedback",
    "KeyPoint",
    "KeyPointVector",
    "Question",
    "QuestionVector",
    "QuestionVersion",
    "Rating",
    "Reveal",
    "Review",
]
