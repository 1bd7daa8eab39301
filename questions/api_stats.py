"""`/api/v1/stats/`: what practice adds up to."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.http import member
from questions.practice.calendar import today_of
from questions.practice.stats import Stats, stats


class RetentionSerializer(serializers.Serializer[Any]):
    """True retention: ratings of questions known before, and how many were not Again. `share` null: no such rating."""

    days = serializers.CharField(help_text="30, 90, 365 or all.")
    reviews = serializers.IntegerField()
    recalled = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)


class ForecastSerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    due = serializers.IntegerField()


class CoverageSerializer(serializers.Serializer[Any]):
    practised = serializers.IntegerField()
    total = serializers.IntegerField()


class CategoryStatsSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    practised = serializers.IntegerField()
    total = serializers.IntegerField()
    reviews = serializers.IntegerField()
    recalled = serializers.IntegerField()


class StatsSerializer(serializers.Serializer[Any]):
    """Your practice in numbers; shares are 0 to 1."""

    study_day = serializers.DateField()
    target = serializers.FloatField(help_text="The retention that you aim at.")
    answered_today = serializers.IntegerField()
    minutes_today = serializers.IntegerField()
    due_today = serializers.IntegerField()
    retention = RetentionSerializer(many=True)
    forecast = ForecastSerializer(many=True)
    coverage = CoverageSerializer()
    categories = CategoryStatsSerializer(many=True)


@extend_schema(responses=StatsSerializer)
@api_view(["GET"])
def practice_stats(request: Request) -> Response:
    """Retention, forecast and coverage."""
    user = member(request)
    found = stats(user, today_of(user.profile, timezone.now()))
    return Response(StatsSerializer(_body(found)).data)


def _body(found: Stats) -> dict[str, Any]:
    answered, seconds = found.days.get(found.today, (0, 0))
    everything = found.past.periods["all"].by_category
    return {
        "study_day": found.today,
        "target": found.target,
        "answered_today": answered,
        "minutes_today": round(seconds / 60),
        "due_today": found.forecast[0][1],
        "retention": [
            {"days": name, "reviews": row.all.asked, "recalled": row.all.recalled, "share": row.all.share}
            for name, row in found.past.periods.items()
        ],
        "forecast": [{"day": day, "due": count} for day, count in found.forecast],
        "coverage": {"practised": found.practised, "total": found.total},
        "categories": [
            {
                "slug": category.slug,
                "practised": category.answered,
                "total": category.total,
                "reviews": everything[category.pk].asked if category.pk in everything else 0,
                "recalled": everything[category.pk].recalled if category.pk in everything else 0,
            }
            for category in found.categories
        ],
    }
