"""The tables of the bank, of practice and of coaching."""

from __future__ import annotations

from questions.models.bank import Category, KeyPoint, KeyPointVector, Question, QuestionVector, QuestionVersion
from questions.models.coaching import Feedback
from questions.models.library import Collection, CollectionItem, QuestionNote, QuestionReport, SavedQuestion
from questions.models.practice import Answer, Card, Draft, Rating, Reveal, Review

__all__ = [
    "Answer",
    "Card",
    "Category",
    "Collection",
    "CollectionItem",
    "Draft",
    "Feedback",
    "KeyPoint",
    "KeyPointVector",
    "Question",
    "QuestionNote",
    "QuestionReport",
    "QuestionVector",
    "QuestionVersion",
    "Rating",
    "Reveal",
    "Review",
    "SavedQuestion",
]
