"""The tables of the bank, of practice, of coaching and of keyed requests."""

from __future__ import annotations

from questions.models.bank import Category, KeyPoint, KeyPointVector, Question, QuestionVector, QuestionVersion
from questions.models.coaching import Feedback, Reading
from questions.models.fits import FittedParameters, ParametersUse, RescheduledCard, Rescheduling
from questions.models.library import (
    Collection,
    CollectionItem,
    PendingImport,
    QuestionNote,
    QuestionReport,
    SavedQuestion,
)
from questions.models.planning import Break, ChecklistTick, DayLimits, HintUse, Interview, Pause, SentMail
from questions.models.practice import Answer, Card, Draft, Rating, Reveal, Review
from questions.models.requests import KeyedRequest

__all__ = [
    "Answer",
    "Break",
    "Card",
    "Category",
    "ChecklistTick",
    "Collection",
    "CollectionItem",
    "DayLimits",
    "Draft",
    "Feedback",
    "FittedParameters",
    "HintUse",
    "Interview",
    "KeyPoint",
    "KeyPointVector",
    "KeyedRequest",
    "ParametersUse",
    "Pause",
    "PendingImport",
    "Question",
    "QuestionNote",
    "QuestionReport",
    "QuestionVector",
    "QuestionVersion",
    "Rating",
    "Reading",
    "RescheduledCard",
    "Rescheduling",
    "Reveal",
    "Review",
    "SavedQuestion",
    "SentMail",
]
