"""Lost customers, attempts to win them back, and what happened with each, in order."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from mainstay.parties.models import Customer
from mainstay.retention.rules import LOST


class Losses(models.QuerySet[Any]):
    """Losses by what the books say."""

    def true(self) -> Losses:
        """Those that the books still tell."""
        return self.filter(void=False)


class Loss(models.Model):
    """One silence of one customer beyond its own rhythm. What the books tell of it is brought up to
    date after each grading; the reason is people's.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    """The code's own, so that merges and splits are followed (``parties.CustomerCode``)."""
    last_purchase = models.DateField()
    lost_on = models.DateField()
    """First day on which the silence was beyond the rhythm."""
    usual_gap = models.FloatField()
    """Days."""
    allowed = models.IntegerField()
    """Days of silence that the rhythm allowed."""
    went = models.BigIntegerField()
    """Net sales of the twelve months up to the last purchase, minor units of the books."""
    back_on = models.DateField(null=True)
    """Day of the first order after the silence."""
    recovered = models.BigIntegerField(default=0)
    """Net sales since, that day included, minor units of the books."""
    void = models.BooleanField(default=False)
    """The books say otherwise by now: there was no such silence."""
    state = models.CharField(max_length=10, default=LOST)
    """``rules.STATES``: of what the books tell and people do."""
    contacts_before = models.IntegerField(default=0)
    """Visits and calls in ``rules.CARE_DAYS`` up to the last purchase."""
    contacts_since = models.IntegerField(default=0)
    """The same after it, up to the day it was lost on."""
    complaints = models.IntegerField(default=0)
    """Times in both that a complaint was worked on."""
    care_known = models.BooleanField(default=False)
    """Whether visits and calls are recorded since before that time."""
    reason = models.CharField(max_length=10, blank=True)
    """Of ``rules.REASONS``; empty: nobody said so yet."""
    rival = models.CharField(max_length=120, blank=True)
    """Who buys there now sells."""
    evidence = models.TextField(blank=True)
    named_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    named_at = models.DateTimeField(null=True)
    found_at = models.DateTimeField(default=timezone.now)

    objects = Losses.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "last_purchase"], name="loss_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["void", "-went", "id"], name="loss_by_value"),
            models.Index(fields=["void", "state", "-went", "id"], name="loss_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} silent since {self.last_purchase}"


class WinBack(models.Model):
    """Somebody tries to win a lost customer back."""

    loss = models.ForeignKey(Loss, on_delete=models.CASCADE, related_name="win_backs")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    what = models.TextField()
    """What to do."""
    due = models.DateField()
    begun_on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    result = models.CharField(max_length=10, blank=True)
    """Of ``rules.RESULTS``; empty: under way."""
    note = models.TextField(blank=True)
    ended_on = models.DateField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reminded = models.BooleanField(default=False)
    """Whether its owner was told that it is due."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["loss"], name="win_back_one_open", condition=Q(result="")
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due"], name="win_back_due", condition=Q(result="")),
        ]

    def __str__(self) -> str:
        return f"{self.loss_id} by {self.due}"


class LossEvent(models.Model):
    """One thing that happened with a loss, for the time line."""

    class Kind(models.TextChoices):
        LOST = "lost"
        REASON = "reason"
        BEGUN = "begun"
        ENDED = "ended"
        BACK = "back"

    loss = models.ForeignKey(Loss, on_delete=models.CASCADE, related_name="events")
    day = models.DateField()
    kind = models.CharField(max_length=6, choices=Kind)
    facts = models.JSONField(default=dict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    """Null: the books tell it."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["loss", "kind"], name="loss_told_once",
                condition=Q(kind__in=["lost", "back"]),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.day}"
