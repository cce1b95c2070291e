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
