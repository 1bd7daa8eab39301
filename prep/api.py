"""/api/v1/: the apps' endpoints, what the token's owner is, and the schema."""

from __future__ import annotations

from typing import Any

from django.urls import path
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.http import member
from accounts.models import Profile
from questions import api as questions
from questions import api_interviews, api_stats


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Tells the schema how tokens are sent."""

    target_class = "accounts.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token onsite_…"}


class MeSerializer(serializers.ModelSerializer[Profile]):
    """Who the token belongs to and how they practise."""

    email = serializers.EmailField(source="user.email", read_only=True)
    name = serializers.CharField(source="user.name", read_only=True)

    class Meta:
        model = Profile
        fields = [
            *("email", "name", "time_zone", "day_starts_at_hour", "minutes_a_day", "target_level"),
            *("interview_on", "desired_retention", "new_a_day"),
        ]
        read_only_fields = fields


@extend_schema(responses=MeSerializer)
@api_view(["GET"])
def me(request: Request) -> Response:
    return Response(MeSerializer(member(request).profile).data)


urlpatterns: list[Any] = [
    path("categories/", questions.CategoryList.as_view(), name="categories"),
    path("questions/", questions.QuestionList.as_view(), name="questions"),
    path("questions/<slug:slug>/", questions.question_detail, name="question"),
    path("questions/<slug:slug>/reveal/", questions.question_reveal, name="question-reveal"),
    path("practice/next/", questions.practice_next, name="practice-next"),
    path("practice/today/", questions.practice_today, name="practice-today"),
    path("stats/", api_stats.practice_stats, name="stats"),
    path("interviews/", api_interviews.InterviewList.as_view(), name="interviews"),
    path("interviews/<int:interview_id>/", api_interviews.interview_detail, name="interview"),
    path("answers/", questions.AnswerList.as_view(), name="answers"),
    path("answers/<int:answer_id>/", questions.answer_detail, name="answer"),
    path("answers/<int:answer_id>/feedback/", questions.answer_feedback, name="answer-feedback"),
    path("reviews/", questions.ReviewList.as_view(), name="reviews"),
    path("reviews/<int:review_id>/", questions.review_detail, name="review"),
    path("me/", me, name="me"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
]
