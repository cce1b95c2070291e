"""Efforts for customers, and the rates of activities. Rows are written once; what goes is marked.

Amounts are integers in minor units of the company's currency, without VAT.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from mainstay.ledger.models import ImportBatch
from mainstay.parties.models import Customer


class Efforts(models.QuerySet[Any]):
    """Efforts by what counts now (``facts.COUNTS`` says the same in SQL)."""

    def visible(self) -> Efforts:
        """Recorded or brought by an import in force, not withdrawn, and not the same again."""
        applied = ImportBatch.State.APPLIED
        before = self.model.objects.filter(  # the index holds keys that are not empty
            key=OuterRef("key"), key__gt="", pk__lt=OuterRef("pk"), batch__state=applied
        )
        in_force = Q(batch=None) | Q(batch__state=applied)
        return self.filter(in_force, withdrawn_at=None).exclude(Exists(before))


class Effort(models.Model):
    """One thing done for one customer."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    """The code's own, so that merges and splits are followed (``parties.CustomerCode``)."""
    date = models.DateField()
    activity = models.CharField(max_length=30)
    """Of ``mainstay_engine.activities``."""
    person = models.CharField(max_length=120, blank=True)
    hours = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    """How often; null: once."""
    amount = models.BigIntegerField(null=True)
    """What it cost; null: by the rate in force on the day."""
    note = models.CharField(max_length=500, blank=True)
    known_since = models.DateField(null=True)
    """Null: taken as the date."""
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, null=True, related_name="+")
    """The import that brought it; null: recorded by hand."""
    key = models.CharField(max_length=64, blank=True)
    """Of an imported one: its content and which of several same ones of its file it is."""
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reason = models.TextField(blank=True)
    """Why it was withdrawn."""

    objects = Efforts.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["customer", "date"], name="effort_customer_date"),
            models.Index(fields=["key"], name="effort_key", condition=Q(key__gt="")),
        ]

    def __str__(self) -> str:
        return f"{self.activity} {self.date}"


class Rates(models.QuerySet[Any]):
    """Rates by what counts now."""

    def visible(self) -> Rates:
        """In force of its activity and day: the latest one entered or imported."""
        applied = ImportBatch.State.APPLIED
        in_force = Q(batch=None) | Q(batch__state=applied)
        later = self.model.objects.filter(
            in_force, activity=OuterRef("activity"), since=OuterRef("since"),
            pk__gt=OuterRef("pk"), withdrawn_at=None,
        )  # fmt: skip
        return self.filter(in_force, withdrawn_at=None).exclude(Exists(later))


class Rate(models.Model):
    """What an activity costs from a day on, until its next rate."""

    activity = models.CharField(max_length=30)
    since = models.DateField()
    per_hour = models.BigIntegerField(null=True)
    per_time = models.BigIntegerField(null=True)
    per_year = models.DecimalField(max_digits=12, decimal_places=10, null=True)
    """Of financing: a share of the money owed."""
    known_since = models.DateField(null=True)
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reason = models.TextField(blank=True)

    objects = Rates.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["activity", "since"], name="effort_rate_activity")
        ]

    def __str__(self) -> str:
        return f"{self.activity} since {self.since}"
