"""`/api/v1/interviews/`: dated interviews."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import api_view
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.http import member
from questions import idempotency
from questions.api import KEY
from questions.models import Category, Interview
from questions.practice import interviews
from questions.practice.calendar import today_of


class InterviewSerializer(serializers.ModelSerializer[Interview]):
    """One interview. `weights`: category slug to share, scaled to sum 1; null: the round's, or the guide's."""

    round = serializers.ChoiceField(choices=Interview.Round.choices, required=False, allow_blank=True)
    format = serializers.ChoiceField(choices=Interview.Format.choices, required=False, allow_blank=True)
    weights = serializers.DictField(
        child=serializers.FloatField(min_value=0), required=False, allow_null=True, allow_empty=False
    )

    class Meta:
        model = Interview
        fields = ["id", "on", "company", "round", "format", "aim", "has_floor", "weights", "created_at"]
        read_only_fields = ["id", "created_at"]

    def validate_weights(self, weights: dict[str, float] | None) -> dict[str, float] | None:
        known = set(Category.objects.values_list("slug", flat=True))
        if weights is not None and (unknown := sorted(weights.keys() - known)):
            raise ValidationError(f"There is no category {', '.join(unknown[:3])}.")
        return weights


class InterviewList(ListAPIView[Interview]):
    """Your interviews, the earliest first. POST adds one."""

    serializer_class = InterviewSerializer
    queryset = Interview.objects.none()

    def get_queryset(self) -> Any:
        return Interview.objects.for_user(member(self.request))

    @extend_schema(
        request=InterviewSerializer, responses={200: InterviewSerializer, 201: InterviewSerializer}, parameters=[KEY]
    )
    def post(self, request: Request) -> Response:
        data = InterviewSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        now = timezone.now()
        return idempotency.once(request, lambda: _add(request, data.validated_data), now=now)


def _add(request: Request, values: dict[str, Any]) -> Response:
    user, now = member(request), timezone.now()
    today = today_of(user.profile, now)
    try:
        kept = interviews.add(user=user, details=interviews.Details(**values), today=today, now=now)
    except interviews.InterviewError as error:
        raise ValidationError({"detail": [str(error)]}) from error
    return Response(InterviewSerializer(kept).data, status=status.HTTP_201_CREATED)


@extend_schema(methods=["GET"], responses=InterviewSerializer)
@extend_schema(methods=["PATCH"], request=InterviewSerializer, responses=InterviewSerializer)
@extend_schema(methods=["DELETE"], responses={204: None})
@api_view(["GET", "PATCH", "DELETE"])
def interview_detail(request: Request, interview_id: int) -> Response:
    """One interview. PATCH changes what it names."""
    user = member(request)
    today = today_of(user.profile, timezone.now())
    interview = Interview.objects.for_user(user).filter(pk=interview_id).first()
    if interview is None:
        raise Http404
    if request.method == "DELETE":
        interviews.delete(user=user, interview_id=interview.pk, today=today)
        return Response(status=status.HTTP_204_NO_CONTENT)
    if request.method == "PATCH":
        data = InterviewSerializer(interview, data=request.data, partial=True)
        data.is_valid(raise_exception=True)
        interview = _changed(request, interview, data.validated_data)
    return Response(InterviewSerializer(interview).data)


def _changed(request: Request, interview: Interview, values: dict[str, Any]) -> Interview:
    user = member(request)
    names = ("on", "company", "round", "format", "aim", "has_floor", "weights")
    details = interviews.Details(**{name: values.get(name, getattr(interview, name)) for name in names})
    try:
        return interviews.change(
            user=user, interview=interview, details=details, today=today_of(user.profile, timezone.now())
        )
    except interviews.InterviewError as error:
        raise ValidationError({"detail": [str(error)]}) from error
