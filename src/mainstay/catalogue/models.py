"""Products and their categories."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Category(models.Model):
    """One category of products. «Tools / Drills» stands below «Tools»."""

    name = models.CharField(max_length=200, unique=True)
    """Whole, as files have it."""
    parent = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """One product, known by the code of the company's own books."""

    code = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=500, blank=True)
    category = models.ForeignKey(Category, on_delete=models.SET_NULL, null=True, related_name="+")
    """Of lines that name none themselves."""
    unit = models.CharField(max_length=40, blank=True)
    on_file = models.BooleanField(default=False)
    """Stands on a product list; otherwise known only from the lines of documents."""

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()


class ProductCard(models.Model):
    """What one product list said of a product; cards lie over what lines say, and each other."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="cards")
    batch = models.BigIntegerField()
    """The import that brought it (``ledger.ImportBatch``, which stands above this room)."""
    values = models.JSONField(default=dict)
    """``name``, ``category``, ``unit``: those the list has."""
    withdrawn = models.BooleanField(default=False)
    """Its import was taken back."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["batch"], name="product_card_batch")]

    def __str__(self) -> str:
        return f"card of {self.product_id}"
