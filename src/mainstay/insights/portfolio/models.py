"""What was worked out of all customers together and is kept in one piece: bridges of sales,
cohorts, concessions, white space.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone


class KeptBridge(models.Model):
    """Why sales changed between two periods, customer by customer, as of a snapshot's day."""

    snapshot = models.ForeignKey("insights.Snapshot", on_delete=models.CASCADE, related_name="+")
    earlier_start = models.DateField()
    earlier_end = models.DateField()
    later_start = models.DateField()
    later_end = models.DateField()
    books_from = models.DateField()
    """The first document of the books then."""
    told = models.JSONField(default=list)
    """The steps that the facts could tell."""
    table = models.BinaryField()
    """An Arrow stream: ``customer`` (id; null: unassigned), and the engine's columns."""
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["snapshot", "earlier_start", "earlier_end", "later_start", "later_end"],
                name="bridge_periods",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.later_start} to {self.later_end} against {self.earlier_start}"


class KeptWhiteSpace(models.Model):
    """What everybody could buy next, as of a snapshot's day: everybody's, in one piece."""

    snapshot = models.ForeignKey("insights.Snapshot", on_delete=models.CASCADE, related_name="+")
    by = models.CharField(max_length=10)
    """``item`` or ``category``."""
    window_start = models.DateField()
    window_end = models.DateField()
    customers = models.IntegerField()
    """Who bought something in the window."""
    products = models.IntegerField()
    """What was bought by somebody."""
    table = models.BinaryField()
    """An Arrow stream: ``customer`` (id), sorted by it, and the engine's columns."""
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["snapshot", "by"], name="white_space_by"),
        ]

    def __str__(self) -> str:
        return f"{self.by} to {self.window_end}"


class KeptCohorts(models.Model):
    """Who placed the first order when, and what they bought in each quarter up to a snapshot's day.
    Snapshots made before these were kept have none.
    """

    snapshot = models.OneToOneField(
        "insights.Snapshot", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    books_from = models.DateField()
    """The first document of the books then: who bought before it looks new."""
    table = models.BinaryField()
    """An Arrow stream: ``customer`` (id; null: unassigned), and the engine's columns."""
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"cohorts of {self.snapshot_id}"


class KeptConcessions(models.Model):
    """Whose concessions crept and which big customers are a burden, as of a snapshot's day."""

    snapshot = models.OneToOneField("insights.Snapshot", on_delete=models.CASCADE, related_name="+")
    told = models.JSONField(default=list)
    """The measures that the facts could tell."""
    spans = models.JSONField(default=list)
    """First and last day of each half-year, ISO, oldest first."""
    burdens = models.JSONField(default=list)
    """Of each ``customer`` (id), ``net_sales``, ``profit`` (minor units), ``margin``, ``peers``."""
    table = models.BinaryField()
    """An Arrow stream: ``customer`` (id) and the engine's columns."""
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"concessions of snapshot {self.snapshot_id}"
