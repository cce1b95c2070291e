"""The books: documents, lines and receipts, each brought in by a batch.

Amounts are integers in minor units of the batch's currency; credit notes carry negative amounts.
A row counts only once its batch is applied: readers go through ``visible``.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from mainstay.parties.models import Customer


class ImportBatch(models.Model):
    """One import, wholly visible or not at all."""

    class State(models.TextChoices):
        LOADING = "loading"
        APPLIED = "applied"
        FAILED = "failed"

    state = models.CharField(max_length=10, choices=State, default=State.LOADING)
    created_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    files = models.JSONField(default=list)
    """Per file: original ``name``, ``table``, ``sha256``, ``size``, and ``sheet`` of a workbook."""
    mapping = models.JSONField(default=dict)
    """Per table: canonical column → heading in the file."""
    currency = models.CharField(max_length=3, blank=True)
    exponent = models.PositiveSmallIntegerField(default=2)
    counts = models.JSONField(default=dict)
    """New, identical and rejected rows, and totals in minor units."""
    is_demo = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"batch {self.pk} {self.state}"


class Visible(models.QuerySet[Any]):
    """Rows of batches that were applied."""

    def visible(self) -> Visible:
        applied = ImportBatch.objects.filter(state=ImportBatch.State.APPLIED)
        return self.filter(batch__in=applied.values("pk"))


class Document(models.Model):
    """An invoice or credit note: number and kind, one customer, one day."""

    class Kind(models.TextChoices):
        INVOICE = "invoice"
        CREDIT_NOTE = "credit_note"

    number = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind)
    part = models.PositiveIntegerField(default=1)
    """1; more only where one number spans several customers, days, regions or salespeople."""
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="+")
    """Null: unassigned; counts in company totals only."""
    customer_name = models.CharField(max_length=300, blank=True)
    """As the document has it."""
    doc_date = models.DateField()
    due_date = models.DateField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    net = models.BigIntegerField()
    tax = models.BigIntegerField(null=True)
    gross = models.BigIntegerField(null=True)
    cost = models.BigIntegerField(null=True)
    discount = models.BigIntegerField(null=True)
    salesperson = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=120, blank=True)
    known_since = models.DateField(null=True)
    """Day the document became known; null: taken as the business date (assumed)."""
    line_count = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64)
    """Of the content: the same document again changes nothing."""
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="+")

    objects = Visible.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number", "kind", "part"], name="document_key"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["invoice", "credit_note"]), name="document_kind"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer", "-doc_date", "-id"], name="document_customer_date"),
        ]

    def __str__(self) -> str:
        return self.number


class DocumentLine(models.Model):
    """One line of a document."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="lines")
    line_no = models.IntegerField(null=True)
    item = models.CharField(max_length=200, blank=True)
    item_name = models.CharField(max_length=500, blank=True)
    category = models.CharField(max_length=200, blank=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    net = models.BigIntegerField()
    tax = models.BigIntegerField(null=True)
    gross = models.BigIntegerField(null=True)
    cost = models.BigIntegerField(null=True)
    discount = models.BigIntegerField(null=True)
    source_row = models.BigIntegerField(null=True)
    """Row number in the file, as a spreadsheet shows it."""

    def __str__(self) -> str:
        return f"{self.document_id}/{self.line_no}"


class Receipt(models.Model):
    """Money or a bill received from a customer; negative: paid back."""

    number = models.CharField(max_length=200, blank=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="+")
    date = models.DateField()
    amount = models.BigIntegerField()
    method = models.CharField(max_length=120, blank=True)
    maturity = models.DateField(null=True)
    """Bills only: the day the bill falls due."""
    applied_to = models.CharField(max_length=200, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    known_since = models.DateField(null=True)
    source_row = models.BigIntegerField(null=True)
    digest = models.CharField(max_length=64)
    copy = models.PositiveIntegerField(default=1)
    """1; more for further receipts of the very same content in one file."""
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="+")

    objects = Visible.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["digest", "copy"], name="receipt_key"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer", "-date", "-id"], name="receipt_customer_date"),
        ]

    def __str__(self) -> str:
        return self.number or str(self.pk)
