"""Customers."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class Customer(models.Model):
    """One customer, known by the code of the company's own books.

    Every code that files bring has a row of its own. One that was merged into another keeps it, so
    that a split finds it again; ``CustomerCode`` says which customer a code leads to now.
    """

    code = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=300, blank=True)
    name_en = models.CharField(max_length=300, blank=True)
    region = models.CharField(max_length=120, blank=True, db_index=True)
    trade = models.CharField(max_length=120, blank=True)
    salesperson = models.CharField(max_length=120, blank=True, db_index=True)
    terms_days = models.IntegerField(null=True)
    """Days after the document date that an invoice falls due."""
    terms = models.CharField(max_length=120, blank=True)
    """Terms of payment where days alone do not tell them, as the engine writes them."""
    credit_limit = models.BigIntegerField(null=True)
    """Minor units. Null: none set. 0: nothing allowed."""
    tax_no = models.CharField(max_length=80, blank=True)
    since = models.DateField(null=True)
    on_file = models.BooleanField(default=False)
    """Came in a customer file; otherwise known only from documents or receipts."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["name"], name="customer_name")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()


class CustomerCard(models.Model):
    """What one import said of a customer. The customer shows the cards laid over each other.

    A card of no batch holds what stood there before cards were kept.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="cards")
    batch = models.BigIntegerField(null=True, db_index=True)
    """The import that brought it (``ledger.ImportBatch``, which stands above this room)."""
    values = models.JSONField(default=dict)
    """Field → value, of the fields the list has, or that documents and receipts fill."""
    said = models.BooleanField(default=False)
    """By documents and receipts, not by a list: it fills what is lacking (ADR 32)."""
    withdrawn = models.BooleanField(default=False)
    """Its import was taken back."""

    def __str__(self) -> str:
        return f"card of {self.customer_id}"


class CustomerCode(models.Model):
    """A code that files know a customer by, and the customer it leads to now (ADR 28)."""

    code = models.CharField(max_length=200, unique=True)
    own = models.OneToOneField(Customer, on_delete=models.PROTECT, related_name="own_code")
    """The customer the code stands for by itself, before any merge and after its split."""
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="codes")
    """The customer it leads to: ``own``, or the one at the end of its merges."""
    in_use = models.BooleanField(default=False)
    """An import in force brought it. Otherwise it counts as new when it comes again."""
    since = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    batch = models.BigIntegerField(null=True, db_index=True)
    """The import that brought it; null: it was there before codes were kept."""

    def __str__(self) -> str:
        return self.code


class Merge(models.Model):
    """Two customers are one: all of ``merged`` goes by ``into`` until it is split again."""

    class Why(models.TextChoices):
        MATCH = "match"
        """Confirmed when an import brought the code."""
        MERGE = "merge"
        """Decided afterwards, on the customer."""

    merged = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="merges")
    into = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=5, choices=Why)
    evidence = models.CharField(max_length=10, blank=True)
    """Of a match: what it was proposed by (``likeness``); empty: named by hand."""
    batch = models.BigIntegerField(null=True)
    """Of a match: the import it was confirmed with."""
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reason = models.TextField(blank=True)
    split_at = models.DateTimeField(null=True)
    """Since when it holds no more."""
    split_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    split_reason = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["merged"], condition=models.Q(split_at=None), name="merge_in_force"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} is {self.into_id}"


class Refusal(models.Model):
    """Somebody said that a code is another customer: it is not proposed again."""

    code = models.CharField(max_length=200)
    other = models.CharField(max_length=200)
    """Code of the customer it is not."""
    batch = models.BigIntegerField(null=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "other"], name="refused_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} is not {self.other}"
