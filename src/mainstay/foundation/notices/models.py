"""A notice to one person, and how one wants to be told of a kind."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class Way(models.TextChoices):
    """How somebody is told."""

    OFF = "off"
    APP = "app"
    DIGEST = "digest"
    """In the app, and in the mail of the day."""
    MAIL = "mail"
    """In the app, and by mail at once."""


class Notice(models.Model):
    """One person is told of one thing."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices"
    )
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=250)
    """What it is about, as ``kind:id``."""
    facts = models.JSONField(default=dict)
    """What the kind's text speaks of."""
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)
    mail = models.CharField(max_length=10, blank=True, choices=Way)
    """By which mail it is still to be sent; blank: by none, or sent."""
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "-id"], name="notice_of_user"),
            models.Index(
                fields=["user"], condition=models.Q(read_at=None), name="notice_unread"
            ),
            models.Index(
                fields=["mail", "user"], condition=~models.Q(mail=""), name="notice_to_mail"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class NoticeChoice(models.Model):
    """How one wants to be told of one kind; without a row, as the kind says."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    way = models.CharField(max_length=10, choices=Way)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "kind"], name="notice_choice"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.way}"
