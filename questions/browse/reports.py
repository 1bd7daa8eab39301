"""Tells the editors by e-mail of a fault that a reader found."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse

from questions.models import QuestionReport


def mail_editors(report_id: int) -> None:
    """One plain mail, without the name or address of who reported."""
    report = QuestionReport.objects.select_related("question").filter(pk=report_id).first()
    if report is None or not settings.EDITORS_EMAIL:
        return
    link = settings.SITE_URL.rstrip("/") + reverse("admin:questions_questionreport_change", args=[report.pk])
    title = " ".join(report.question.title.split())
    body = (
        f"A reader reports a fault ({report.get_kind_display().lower()}) in “{title}”, "
        f"version {report.question_version}:\n\n{report.text}\n\nIt waits here: {link}\n"
    )
    EmailMessage(subject=f"Fault reported: {title}", body=body, to=list(settings.EDITORS_EMAIL)).send()
