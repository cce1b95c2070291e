"""A request, what was decided on it at each step, and who decides for whom meanwhile."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class State(models.TextChoices):
    """How far a request is."""

    OPEN = "open"
    RETURNED = "returned"
    """Asked back: its asker answers or withdraws it."""
    APPROVED = "approved"
    """By every step, and carried out."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Verdict(models.TextChoices):
    """What can be said on a request."""

    APPROVED = "approved"
    REFUSED = "refused"
    RETURNED = "returned"
    ANSWERED = "answered"
    """By the asker, who was asked back."""
    WITHDRAWN = "withdrawn"


UNDECIDED = (State.OPEN, State.RETURNED)


class Request(models.Model):
    """Somebody asks for something that others decide."""

    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=250)
    """What it is about, as ``kind:id``."""
    named = models.CharField(max_length=200)
    """What it is about, in a word, as of the asking."""
    wanted = models.JSONField(default=dict)
    """What is asked for, as its kind carries it out."""
    effects = models.JSONField(default=list)
    """What it changes, as of the asking and, once decided, of the decision: each with ``what`` in
    words, ``before`` and ``after``."""
    steps = models.JSONField(default=list)
    """Rights that decide, one after another."""
    step = models.PositiveSmallIntegerField(default=0)
    """Steps that have approved."""
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    asker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    asked_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "-id"], name="request_state"),
            models.Index(fields=["asker", "-id"], name="request_of_asker"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=models.Q(state__in=["open", "returned"]),
                name="request_one_undecided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.state}"


class RequestWord(models.Model):
    """What somebody said on a request at one step."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="words")
    step = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=10, choices=Verdict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    instead_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    """Whose authority a deputy used. Null: their own."""
    reason = models.TextField(blank=True)
    weighed = models.JSONField(default=list)
    """What whoever decided was shown of the subject (``weighing``), as it was then."""
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.request_id}.{self.step} {self.verdict}"


class Absence(models.Model):
    """Somebody is away, and a deputy decides for them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    deputy = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    since = models.DateField()
    until = models.DateField()
    """The last day of it."""
    ended_at = models.DateTimeField(null=True)
    """Set when it was taken back before its end."""

    def __str__(self) -> str:
        return f"{self.user_id} → {self.deputy_id}"
