"""Requests to the API that carried an Idempotency-Key, with the first response."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from accounts.models import User


class KeyedRequestQuerySet(models.QuerySet["KeyedRequest"]):
    def for_user(self, user: User) -> KeyedRequestQuerySet:
        return self.filter(user=user)

    def expired(self, now: datetime) -> KeyedRequestQuerySet:
        return self.filter(created_at__lte=now - KeyedRequest.KEPT)


class KeyedRequest(models.Model):
    """Written in the transaction of what the request did: the row is there exactly when its effect is."""

    KEPT = timedelta(hours=24)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="keyed_requests")
    address = models.CharField(max_length=200, help_text="Method and path: the same key elsewhere is another request.")
    key_hash = models.CharField(max_length=64)
    content_hash = models.CharField(max_length=64, help_text="Of what was sent, without the key.")
    body = models.TextField(blank=True, help_text="The first response, JSON as it was sent.")
    created_at = models.DateTimeField()

    objects = KeyedRequestQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "address", "key_hash"], name="one_request_a_key")]
        indexes = [models.Index(fields=["created_at"], name="keyed_request_age")]

    def __str__(self) -> str:
        return f"keyed request {self.pk}"
