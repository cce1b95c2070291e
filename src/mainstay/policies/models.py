"""Versions of what the classes of a scheme are owed, and exceptions for one customer."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from mainstay.parties.models import Customer


class PolicyVersion(models.Model):
    """What every class of a scheme is owed, as the company decided on it."""

    scheme = models.CharField(max_length=60)
    number = models.PositiveIntegerField()
    terms = models.JSONField()
    """Class → benefit → value as decimal text (``benefits.yaml`` has the units). A benefit that is
    absent is not spoken of; 0 says that nothing is owed."""
    since = models.DateField(null=True)
    """From when it is owed; null: a draft."""
    until = models.DateField(null=True)
    """From when it is owed no more."""
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    note = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scheme", "number"], name="policy_version"),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} policy v{self.number}"


class PolicyException(models.Model):
    """What one customer is owed of one benefit instead of what its class is, until a day."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    """The code's own, so that merges and splits are followed (``parties.CustomerCode``)."""
    scheme = models.CharField(max_length=60)
    benefit = models.CharField(max_length=40)
    value = models.CharField(max_length=20)
    """As in ``PolicyVersion.terms``."""
    reason = models.TextField()
    since = models.DateField()
    until = models.DateField()
    """The last day on which it holds."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    """When somebody took it back before its day, or another took its place."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="exception_ends"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["scheme", "until"], name="exception_scheme"),
            models.Index(fields=["customer", "scheme"], name="exception_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.scheme} {self.benefit}: {self.value}"
