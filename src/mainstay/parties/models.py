"""Customers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Customer(models.Model):
    """One customer, known by the code of the company's own books."""

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
    """What one customer list said of a customer. The customer shows the cards laid over each other.

    A card of no batch holds what stood there before the first list.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="cards")
    batch = models.BigIntegerField(null=True, db_index=True)
    """The import that brought it (``ledger.ImportBatch``, which stands above this room)."""
    values = models.JSONField(default=dict)
    """Field → value, of the fields the list has."""
    withdrawn = models.BooleanField(default=False)
    """Its import was taken back."""

    def __str__(self) -> str:
        return f"card of {self.customer_id}"
