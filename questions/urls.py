"""Addresses of the bank and of practice."""

from __future__ import annotations

from django.urls import include, path

from questions.views import answers, bank, guide, library, practice

# /practice/
practice_urls = [path("next/", practice.next_question, name="next")]

# /questions/
question_urls = [
    path("", bank.question_list, name="list"),
    path("coverage/", bank.coverage_page, name="coverage"),
    path("<slug:slug>/", practice.detail, name="detail"),
    path("<slug:slug>/answer/", practice.answer, name="answer"),
    path("<slug:slug>/draft/", practice.draft, name="draft"),
    path("<slug:slug>/reveal/", practice.reveal, name="reveal"),
    path("<slug:slug>/revealed/", practice.revealed, name="revealed"),
    path("<slug:slug>/rate/", answers.rate_revealed, name="rate"),
    path("<slug:slug>/save/", library.save, name="save"),
    path("<slug:slug>/note/", library.note, name="note"),
    path("<slug:slug>/report/", library.report, name="report"),
    path("<slug:slug>/similar/", library.similar, name="similar"),
    path("<slug:slug>/attempts/", library.attempts, name="attempts"),
    path("<slug:slug>/changes/", library.changed, name="changes"),
]

# /answers/
answer_urls = [
    path("<int:answer_id>/", answers.detail, name="detail"),
    path("<int:answer_id>/feedback/", answers.feedback, name="feedback"),
    path("<int:answer_id>/rate/", answers.rate, name="rate"),
]

# /reviews/
review_urls = [path("<int:review_id>/undo/", answers.undo, name="undo")]

# /guide/
guide_urls = [
    path("", guide.guide_index, name="index"),
    path("<slug:slug>/", guide.guide_page, name="page"),
]

urlpatterns = [
    path("guide/", include((guide_urls, "guide"))),
    path("practice/", include((practice_urls, "practice"))),
    path("questions/", include((question_urls, "questions"))),
    path("answers/", include((answer_urls, "answers"))),
    path("reviews/", include((review_urls, "reviews"))),
]
