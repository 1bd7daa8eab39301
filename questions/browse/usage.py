"""How the bank's questions are used and where people miss, for editors: counts only, nobody's words. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.db.models import Avg, Count, Exists, OuterRef, Q, QuerySet, Subquery

from questions.models import Answer, KeyPoint, Question, QuestionReport, Review


@dataclass(frozen=True)
class PointUse:
    """How often coaching found a key point. `share_missed`: of the answers that were graded on it, 0..1."""

    slug: str
    text: str
    graded: int
    missed: int

    @property
    def share_missed(self) -> float | None:
        return self.missed / self.graded if self.graded else None


def with_usage(questions: QuerySet[Question]) -> QuerySet[Question]:
    """Each question with `answers_count`, `people_count`, `average_rating` (1..4) and `open_reports`."""
    answers = Answer.objects.filter(question=OuterRef("pk")).order_by().values("question")
    reviews = Review.objects.filter(question=OuterRef("pk")).order_by().values("question")
    reports = QuestionReport.objects.filter(question=OuterRef("pk"), status=QuestionReport.Status.OPEN)
    return questions.annotate(
        answers_count=Subquery(answers.annotate(n=Count("pk")).values("n")),
        people_count=Subquery(answers.annotate(n=Count("user", distinct=True)).values("n")),
        average_rating=Subquery(reviews.annotate(mean=Avg("rating")).values("mean")),
        has_open_reports=Exists(reports),
    )


def point_use(question: Question) -> list[PointUse]:
    """The question's key points, most missed first, from every finished coaching of it."""
    sql = """
        SELECT point ->> 'key_point', count(*), count(*) FILTER (WHERE point ->> 'status' = 'missing')
        FROM questions_feedback f
        JOIN questions_answer a ON a.id = f.answer_id
        CROSS JOIN LATERAL jsonb_array_elements(f.result -> 'points') AS point
        WHERE a.question_id = %s AND f.status = 'done' AND jsonb_typeof(f.result -> 'points') = 'array'
        GROUP BY 1
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [question.pk])
        counts = {slug: (graded, missed) for slug, graded, missed in cursor.fetchall()}
    points = KeyPoint.objects.filter(Q(question=question), is_retired=False)
    use = [PointUse(point.slug, point.text, *counts.get(point.slug, (0, 0))) for point in points]
    return sorted(use, key=lambda point: -(point.share_missed or 0))
