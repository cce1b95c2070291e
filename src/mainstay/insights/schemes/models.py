"""Versions of schemes, classes set by people, judgements by people."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from mainstay.parties.models import Customer


class SchemeVersion(models.Model):
    """One version of a scheme as the company decided on it.

    A preset has a row once somebody decided on it; its definition comes with the product.
    """

    name = models.CharField(max_length=60)
    number = models.PositiveIntegerField()
    """Version: 1, 2, …; of a preset its own."""
    definition = models.JSONField(default=dict)
    """The scheme as data; empty for a preset."""
    since = models.DateField(null=True)
    """From when gradings run it; null: a draft."""
    until = models.DateField(null=True)
    """From when gradings run it no more."""
    headed_at = models.DateTimeField(null=True)
    """When it was last made the one whose class stands first; the latest of all holds."""
    simulated = models.JSONField(default=dict)
    """What it would have changed when it was tried on everybody (``simulating``); empty: never."""
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    note = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "number"], name="scheme_version"),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


class Backtest(models.Model):
    """What a scheme would have said over the past, as it was asked for and found."""

    name = models.CharField(max_length=60)
    number = models.PositiveIntegerField()
    against = models.CharField(max_length=60)
    """The scheme compared with, in the version of the day it was asked for."""
    periods = models.PositiveSmallIntegerField()
    """Days of the past."""
    months = models.PositiveSmallIntegerField()
    """Followed after each."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    until = models.DateField()
    """Last day of the books it rests on."""
    definition = models.JSONField()
    """The scheme as it was then."""
    report = models.JSONField()
    """As ``mainstay_engine.backtest.Backtest.to_dict`` gives it."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["name", "-asked_at"], name="backtest_of")]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}: {self.asked_at}"


class Override(models.Model):
    """A class that a person set for one customer under one scheme, until a day."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    scheme = models.CharField(max_length=60)
    klass = models.CharField(max_length=40)
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
    """When somebody took it back before its day."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="override_ends"),
        ]
        indexes: ClassVar = [models.Index(fields=["scheme", "until"], name="override_scheme")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.scheme}: {self.klass}"


class Judgement(models.Model):
    """What one person holds of one customer by a judged criterion of a scheme. Never changed: a
    newer one of the same person stands before it.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    scheme = models.CharField(max_length=60)
    criterion = models.CharField(max_length=60)
    value = models.IntegerField()
    """One of the criterion's levels."""
    day = models.DateField()
    until = models.DateField(null=True)
    """The last day on which it holds; null: until a newer one."""
    evidence = models.TextField(blank=True)
    judge = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["scheme", "customer", "criterion"], name="judgement_of"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.scheme}.{self.criterion}: {self.value}"
