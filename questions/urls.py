"""Addresses of the bank and of practice."""

from __future__ import annotations

from django.urls import include, path

from questions.views import (
    answers,
    bank,
    collections,
    course,
    exchange,
    guide,
    hints,
    interviews,
    library,
    memory,
    own,
    pauses,
    plan,
    practice,
    progress,
    readiness,
    reminders,
    settings,
)

# /practice/
practice_urls = [path("next/", practice.next_question, name="next")]

# /questions/
question_urls = [
    path("", bank.question_list, name="list"),
    path("coverage/", bank.coverage_page, name="coverage"),
    path("own/", own.own_list, name="own"),
    path("own/new/", own.new, name="own_new"),
    path("own/import/", exchange.import_file, name="import"),
    path("own/import/preview/", exchange.import_preview, name="import_preview"),
    path("own/export/", own.export, name="export"),
    path("own/<slug:slug>/edit/", own.edit, name="own_edit"),
    path("own/<slug:slug>/delete/", own.delete, name="own_delete"),
    path("<slug:slug>/", practice.detail, name="detail"),
    path("<slug:slug>/answer/", practice.answer, name="answer"),
    path("<slug:slug>/draft/", practice.draft, name="draft"),
    path("<slug:slug>/hint/", hints.hint, name="hint"),
    path("<slug:slug>/reveal/", practice.reveal, name="reveal"),
    path("<slug:slug>/revealed/", practice.revealed, name="revealed"),
    path("<slug:slug>/rate/", answers.rate_revealed, name="rate"),
    path("<slug:slug>/skip/", pauses.skip, name="skip"),
    path("<slug:slug>/bury/", pauses.bury, name="bury"),
    path("<slug:slug>/suspend/", pauses.suspend, name="suspend"),
    path("<slug:slug>/resume/", pauses.resume, name="resume"),
    path("<slug:slug>/leech/", pauses.leech, name="leech"),
    path("<slug:slug>/save/", library.save, name="save"),
    path("<slug:slug>/note/", library.note, name="note"),
    path("<slug:slug>/report/", library.report, name="report"),
    path("<slug:slug>/similar/", library.similar, name="similar"),
    path("<slug:slug>/history/", progress.question_history, name="history"),
    path("<slug:slug>/attempts/", library.attempts, name="attempts"),
    path("<slug:slug>/changes/", library.changed, name="changes"),
    path("<slug:slug>/collections/", collections.choose, name="collect"),
]

# /collections/
collection_urls = [
    path("", collections.collection_list, name="list"),
    path("gather/", collections.gather, name="gather"),
    path("<int:collection_id>/", collections.detail, name="detail"),
    path("<int:collection_id>/edit/", collections.edit, name="edit"),
    path("<int:collection_id>/delete/", collections.delete, name="delete"),
    path("<int:collection_id>/add/", collections.add, name="add"),
    path("<int:collection_id>/arrange/", collections.arrange, name="arrange"),
    path("<int:collection_id>/rehearse/", course.rehearse, name="rehearse"),
    path("<int:collection_id>/practise/", course.practise, name="practise"),
    path("<int:collection_id>/share/", collections.share, name="share"),
    path("<int:collection_id>/unshare/", collections.unshare, name="unshare"),
]

# /c/
shared_urls = [
    path("<str:token>/", collections.shared, name="shared_collection"),
    path("<str:token>/add/", collections.adopt, name="shared_collection_add"),
]

# /answers/
answer_urls = [
    path("<int:answer_id>/", answers.detail, name="detail"),
    path("<int:answer_id>/feedback/", answers.feedback, name="feedback"),
    path("<int:answer_id>/rate/", answers.rate, name="rate"),
]

# /reviews/
review_urls = [
    path("<int:review_id>/undo/", answers.undo, name="undo"),
    path("<int:review_id>/again/", answers.again, name="again"),
]

# /plan/
plan_urls = [path("", plan.plan, name="page")]

# /interviews/
interview_urls = [
    path("new/", interviews.new, name="new"),
    path("forget/", interviews.forget_date, name="forget"),
    path("<int:interview_id>/edit/", interviews.edit, name="edit"),
    path("<int:interview_id>/delete/", interviews.delete, name="delete"),
]

# /progress/
progress_urls = [
    path("", progress.page, name="page"),
    path("<slug:table>.csv", progress.download, name="download"),
]

# /settings/reminders/
reminder_urls = [
    path("", reminders.page, name="page"),
    path("sample/", reminders.sample, name="sample"),
    path("link/", reminders.make_link, name="make_link"),
    path("link/remove/", reminders.remove_link, name="remove_link"),
]

# /mail/ and /calendar/: read without a session
mail_urls = [
    path("mail/unsubscribe/<str:token>/", reminders.unsubscribe, name="unsubscribe"),
    path("calendar/<str:token>.ics", reminders.calendar, name="calendar"),
]

# /readiness/
readiness_urls = [
    path("", readiness.page, name="page"),
    path("<slug:round_slug>/<slug:category_slug>/", readiness.rows, name="rows"),
]

# /checklist/
checklist_urls = [
    path("", readiness.checklist_page, name="page"),
    path("<slug:item>/", readiness.tick, name="tick"),
]

# /paused/
pause_urls = [path("", pauses.pause_list, name="list")]

# /guide/
guide_urls = [
    path("", guide.guide_index, name="index"),
    path("<slug:slug>/", guide.guide_page, name="page"),
]

# /settings/memory/
memory_urls = [
    path("", memory.page, name="page"),
    path("look/", memory.look, name="look"),
    path("use/", memory.use, name="use"),
    path("go-back/", memory.go_back, name="go_back"),
    path("reschedule/", memory.reschedule, name="reschedule"),
    path("take-back/", memory.take_back, name="take_back"),
]

# /settings/
practice_settings_urls = [
    path("practice/", settings.page, name="page"),
    path("practice/consequences/", settings.consequences_of, name="consequences"),
    path("breaks/", settings.breaks, name="breaks"),
    path("breaks/<int:break_id>/delete/", settings.delete_break, name="break_delete"),
    path("today/", settings.today, name="today"),
]

urlpatterns = [
    path("guide/", include((guide_urls, "guide"))),
    path("practice/", include((practice_urls, "practice"))),
    path("questions/", include((question_urls, "questions"))),
    path("collections/", include((collection_urls, "collections"))),
    path("c/", include(shared_urls)),
    path("answers/", include((answer_urls, "answers"))),
    path("reviews/", include((review_urls, "reviews"))),
    path("paused/", include((pause_urls, "pauses"))),
    path("settings/reminders/", include((reminder_urls, "reminders"))),
    path("", include((mail_urls, "mail"))),
    path("progress/", include((progress_urls, "progress"))),
    path("readiness/", include((readiness_urls, "readiness"))),
    path("checklist/", include((checklist_urls, "checklist"))),
    path("plan/", include((plan_urls, "plan"))),
    path("interviews/", include((interview_urls, "interviews"))),
    path("settings/memory/", include((memory_urls, "memory"))),
    path("settings/", include((practice_settings_urls, "practice_settings"))),
]
