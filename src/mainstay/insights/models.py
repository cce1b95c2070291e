"""Dated snapshots: what the engine measured and graded, with everything needed to repeat it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from mainstay.insights.portfolio.models import (
    KeptBridge,
    KeptCohorts,
    KeptConcessions,
    KeptWhiteSpace,
)  # fmt: skip
from mainstay.insights.schemes.models import Backtest, Judgement, Override, SchemeVersion
from mainstay.parties.models import Customer

__all__ = [
    "Backtest", "CustomerMetrics", "Deciding", "Grade", "Judgement", "KeptBridge", "KeptCohorts",
    "KeptConcessions", "KeptWhiteSpace", "Outline", "Override", "Run", "SchemeVersion", "Snapshot",
]  # fmt: skip


class Snapshot(models.Model):
    """All customers measured and graded together, as of one day. Visible once ``done``."""

    class State(models.TextChoices):
        WRITING = "writing"
        DONE = "done"

    state = models.CharField(max_length=10, choices=State, default=State.WRITING)
    as_of = models.DateField()
    window_start = models.DateField()
    window_end = models.DateField()
    currency = models.CharField(max_length=3, blank=True)
    exponent = models.PositiveSmallIntegerField(default=2)
    engine_version = models.CharField(max_length=20)
    fingerprint = models.CharField(max_length=64)
    """Of the facts that went in."""
    totals = models.JSONField(default=dict)
    """Company totals, unassigned lines among them."""
    headline = models.CharField(max_length=60, blank=True)
    """The scheme that was chosen to head the pages; empty: nobody had chosen."""
    held_on = models.DateField(null=True)
    """The day of which judgements and classes set by people hold in it: the day of the grading for
    the newest one, else its own."""
    previous = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    """The snapshot that changes of class are told against."""
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    """When an import it rested on was taken back: kept for history, no longer shown as today's."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "-as_of", "-id"], name="snapshot_latest")
        ]

    def __str__(self) -> str:
        return f"as of {self.as_of}"


class Outline(models.Model):
    """Everybody of a snapshot added up as the portfolio draws them (``outline``). Snapshots made
    before these were kept have none.
    """

    snapshot = models.OneToOneField(
        Snapshot, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    figures = models.JSONField()

    def __str__(self) -> str:
        return f"outline of {self.snapshot_id}"


class Deciding(models.Model):
    """The figures by which the schemes of the newest snapshot decide, everybody's, in one piece:
    from them paths to a better class are found. Those of one window; older ones are dropped.
    """

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="+")
    window = models.CharField(max_length=40)
    table = models.BinaryField()
    """An Arrow stream: ``customer_id``, and metrics by name (``deciding``)."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["snapshot", "window"], name="deciding_window"),
        ]

    def __str__(self) -> str:
        return f"{self.window} of {self.snapshot_id}"


class CustomerMetrics(models.Model):
    """What was measured of one customer, as lists and the customer page show it.

    Money in minor units; null where the metric's facts are missing.
    """

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="customers")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    net_sales = models.BigIntegerField(null=True)
    previous_net_sales = models.BigIntegerField(null=True)
    growth = models.FloatField(null=True)
    gross_profit = models.BigIntegerField(null=True)
    margin = models.FloatField(null=True)
    collection_rate = models.FloatField(null=True)
    open_balance = models.BigIntegerField(null=True)
    overdue_balance = models.BigIntegerField(null=True)
    recency = models.IntegerField(null=True)
    rhythm_gap = models.FloatField(null=True)
    order_days = models.IntegerField(null=True)
    monthly = models.JSONField(default=list)
    """Net sales of the last twelve months, oldest first."""
    metrics = models.JSONField(default=dict)
    """Every metric of the catalogue that could be measured, by name."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["snapshot", "customer"], name="metrics_customer"),
        ]
        indexes: ClassVar = [
            *(
                models.Index(fields=["snapshot", column, "customer"], name=f"metrics_by_{short}")
                for column, short in (
                    ("net_sales", "net_sales"),
                    ("growth", "growth"),
                    ("gross_profit", "profit"),
                    ("margin", "margin"),
                    ("collection_rate", "collection"),
                    ("open_balance", "open"),
                    ("overdue_balance", "overdue"),
                    ("recency", "recency"),
                )
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.snapshot_id}"


class Run(models.Model):
    """One scheme applied to all customers of a snapshot."""

    class State(models.TextChoices):
        DONE = "done"
        NO_DATA = "no_data"

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="runs")
    scheme = models.CharField(max_length=60)
    version = models.CharField(max_length=40)
    title = models.JSONField(default=dict)
    row = models.CharField(max_length=10, blank=True)
    """The mission row the scheme answers, as ``A1``."""
    state = models.CharField(max_length=10, choices=State, default=State.DONE)
    reason = models.JSONField(null=True)
    """Why nobody was graded, keyed ``en`` and ``zh``."""
    parameters = models.JSONField(default=dict)
    window = models.CharField(max_length=40, blank=True)
    value_metric = models.CharField(max_length=60, blank=True)
    value_unit = models.CharField(max_length=20, blank=True)
    classes = models.JSONField(default=list)
    """Per class, best first: class, title, customers, customer_share, value, value_share, and the
    ``least`` deciding value in it, which runs lack that were made before it was kept.
    """
    kept = models.JSONField(default=dict)
    """What the reasons of all grades share (``reasons``); empty: made before these were kept."""
    measured = models.JSONField(default=list)
    """What became of a class graded one window earlier, as the engine found it."""
    sums = models.JSONField(default=dict)
    """Per class, what its customers come to (``totals``); empty: made before these were kept."""
    ranked = models.BigIntegerField(default=0)
    """Customers with a rank."""
    left_out = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["snapshot", "scheme"], name="run_scheme"),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.version}"


class Grade(models.Model):
    """One customer's class under one run, and why."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="grades", db_index=False)
    """Every index below begins with it."""
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    measured = models.ForeignKey(CustomerMetrics, on_delete=models.CASCADE, related_name="+")
    """The customer's figures in the same snapshot."""
    klass = models.CharField(max_length=40)
    class_order = models.PositiveSmallIntegerField()
    """0 is the best class."""
    previous_class = models.CharField(max_length=40, blank=True)
    rank = models.BigIntegerField(null=True)
    """Null: not ranked."""
    value_minor = models.BigIntegerField(null=True)
    """The deciding value where it is money."""
    value_number = models.FloatField(null=True)
    """The deciding value for sorting, and where it is not money."""
    share = models.FloatField(null=True)
    cumulative_share = models.FloatField(null=True)
    overridden = models.BooleanField(default=False)
    """Whether a person set the class, and not the figures."""
    kept = models.JSONField(default=list)
    """The numbers that decided, of which words are made when somebody asks (``reasons``)."""
    reason = models.JSONField(default=dict)
    """Keyed ``en`` and ``zh``; of grades made before numbers were kept, as is ``explanation``."""
    explanation = models.JSONField(default=dict)
    """Criteria, cut values and the rule that decided, as the engine gives them."""

    class Meta:
        constraints: ClassVar = [
            # The condition always holds. By an index without one SQLite would look a class up in
            # the row, a kilobyte, although ``grade_class_of`` has it.
            models.UniqueConstraint(
                fields=["run", "customer"], name="grade_customer_once",
                condition=models.Q(class_order__gte=0),
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["run", "value_number", "customer"], name="grade_by_number"),
            models.Index(fields=["run", "klass", "customer"], name="grade_of_class"),
            models.Index(fields=["run", "customer", "klass"], name="grade_class_of"),
            models.Index(fields=["run", "class_order", "customer"], name="grade_by_order"),
            models.Index(fields=["run", "rank", "customer"], name="grade_by_rank"),
        ]

    def __str__(self) -> str:
        return self.klass
