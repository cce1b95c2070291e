"""The books: documents, lines, receipts and allocations, each brought in by a batch.

Amounts are integers in minor units of the batch's currency; credit notes carry negative amounts.
Rows are written once. What counts now is ``current`` (readers go through ``visible``); what counted
at an earlier moment follows from when each batch was applied and taken back (``known_at``).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from mainstay.parties.models import Customer, CustomerCode


class ImportBatch(models.Model):
    """One import, wholly visible or not at all; in force from ``applied_at`` to ``undone_at``."""

    class State(models.TextChoices):
        LOADING = "loading"
        APPLIED = "applied"
        FAILED = "failed"
        UNDONE = "undone"

    state = models.CharField(max_length=10, choices=State, default=State.LOADING)
    created_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    undo_reason = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    files = models.JSONField(default=list)
    """Per file: original ``name``, ``table``, ``sha256``, ``size``, and ``sheet`` of a workbook."""
    mapping = models.JSONField(default=dict)
    """Per table: canonical column → heading in the file."""
    begun = models.JSONField(default=dict)
    """While rows are written, what a killed import needs to go on: see ``ledger.resume``."""
    currency = models.CharField(max_length=3, blank=True)
    exponent = models.PositiveSmallIntegerField(default=2)
    counts = models.JSONField(default=dict)
    """New, identical and rejected rows, and totals in minor units."""
    is_demo = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"batch {self.pk} {self.state}"


class Versions(models.QuerySet[Any]):
    """Versions of facts, by what counts now or counted at a moment."""

    def visible(self) -> Versions:
        """What counts now."""
        return self.filter(current=True)

    def booked(self) -> Versions:
        """Of documents: those that are sales or receivables, no orders and no deliveries."""
        return self.filter(kind__in=Document.BOOKED)

    def known_at(self, moment: datetime) -> Versions:
        """What counted at a moment: the latest version of each key among batches then in force.

        A batch taken back was in force from its application on. One still in force counts for a
        new fact since the fact became known (``known_since``, else its business date, *assumed*),
        for a changed one since the change was applied.
        """
        in_force = _in_force(self.model, moment)
        later = self.model.objects.filter(
            in_force, key=models.OuterRef("key"), batch__gt=models.OuterRef("batch")
        )
        return self.filter(in_force).exclude(models.Exists(later))


def _in_force(model: type[Version], moment: datetime) -> models.Q:
    applied, undone = ImportBatch.State.APPLIED, ImportBatch.State.UNDONE
    day = timezone.localdate(moment)
    dated: Any = {f"{name}__lte": day for name in model.BUSINESS_DATE}
    known = models.Q(known_since__lte=day) | models.Q(known_since=None, **dated)
    new = models.Q(batch__state=applied, is_change=False) & known
    changed = models.Q(batch__state=applied, is_change=True, batch__applied_at__lte=moment)
    taken_back = models.Q(
        batch__state=undone, batch__applied_at__lte=moment, batch__undone_at__gt=moment
    )
    return new | changed | taken_back


class Version(models.Model):
    """One version of a fact. Facts of the same ``key`` are versions of each other."""

    key = models.CharField(max_length=360)
    """What a re-export knows the fact by: kind, number and organisation (``ledger.organisations``);
    without a number, its content."""
    digest = models.CharField(max_length=64)
    """Of the content: the same again changes nothing."""
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="+")
    current = models.BooleanField(default=False)
    """Whether it counts now: applied, not superseded, not taken back."""
    is_change = models.BooleanField(default=False)
    """Whether it superseded a version that was in force when it came."""
    known_since = models.DateField(null=True)
    """Day the fact became known, where the file says so; null: taken as the business date."""

    objects = Versions.as_manager()

    BUSINESS_DATE: ClassVar[tuple[str, ...]] = ()
    """The column of the fact's own date, where it has one."""

    class Meta:
        abstract = True


def _of_organisations(table: str) -> models.Index:
    """Of the rows that name one; of most books, none."""
    return models.Index(
        fields=["organisation"],
        condition=models.Q(organisation__gt=""),
        name=f"{table}_organisation",
    )


class Document(Version):
    """An invoice, credit note, opening balance, order or delivery: one customer, one day.

    Orders and deliveries are commitments: whatever sums sales or debts takes ``booked`` ones only.
    """

    BUSINESS_DATE = ("doc_date",)

    class Kind(models.TextChoices):
        INVOICE = "invoice"
        CREDIT_NOTE = "credit_note"
        OPENING = "opening"
        ORDER = "order"
        DELIVERY = "delivery"

    BOOKED = (Kind.INVOICE, Kind.CREDIT_NOTE, Kind.OPENING)
    """The kinds that are sales or receivables."""

    number = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind)
    part = models.PositiveIntegerField(default=1)
    """1; more only where one number spans several customers, days, regions or salespeople."""
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="+")
    """Null: unassigned; counts in company totals only."""
    customer_code = models.ForeignKey(
        CustomerCode, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    """The code the file said; ``customer`` is the one it leads to."""
    customer_name = models.CharField(max_length=300, blank=True)
    """As the document has it."""
    doc_date = models.DateField()
    due_date = models.DateField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    """Of its amounts, in that currency's minor units; empty: the company's."""
    rate = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    """Units of the company's currency for one of the document's, where the document states it."""
    net = models.BigIntegerField()
    tax = models.BigIntegerField(null=True)
    gross = models.BigIntegerField(null=True)
    cost = models.BigIntegerField(null=True)
    discount = models.BigIntegerField(null=True)
    salesperson = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=120, blank=True)
    organisation = models.CharField(max_length=120, blank=True)
    """Company or branch whose number it is; empty where no file says."""
    line_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["key", "part"], condition=models.Q(current=True), name="document_current"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=["invoice", "credit_note", "opening", "order", "delivery"]
                ),
                name="document_kind",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["key", "batch"], name="document_versions"),
            models.Index(fields=["customer", "-doc_date", "-id"], name="document_customer_date"),
            models.Index(fields=["number"], name="document_number", opclasses=["text_pattern_ops"]),
            _of_organisations("document"),
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
    order_no = models.CharField(max_length=200, blank=True)
    """Of a delivery or sale: the number of the order it fulfils."""
    promised = models.DateField(null=True)
    """Of an order: the day the goods are due."""
    order_state = models.CharField(max_length=10, blank=True)
    """Of an order: closed or cancelled; empty while it is in force."""

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["order_no"], condition=models.Q(order_no__gt=""), name="line_order_no"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document_id}/{self.line_no}"


class Receipt(Version):
    """What settles a debt: money, a bill, a write-off, a rebate. Negative: owed again."""

    BUSINESS_DATE = ("date",)

    class Kind(models.TextChoices):
        MONEY = "money"
        BILL = "bill"
        """Clears the invoice and stays a risk until its maturity."""
        WRITE_OFF = "write_off"
        DISHONOUR = "dishonour"
        """A bill that was not honoured; negative: the invoice is owed again."""
        REBATE = "rebate"
        """Set off against invoices (返利抵扣): settles, but nothing was received."""
        OPENING = "opening"
        """Held or owed from before the books."""

    number = models.CharField(max_length=200, blank=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="+")
    customer_code = models.ForeignKey(
        CustomerCode, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    date = models.DateField()
    amount = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.MONEY)
    bill_no = models.CharField(max_length=120, blank=True)
    method = models.CharField(max_length=120, blank=True)
    maturity = models.DateField(null=True)
    """Bills only: the day the bill falls due."""
    applied_to = models.CharField(max_length=200, blank=True)
    organisation = models.CharField(max_length=120, blank=True)
    """As of a document."""
    currency = models.CharField(max_length=3, blank=True)
    rate = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    """As of a document."""
    source_row = models.BigIntegerField(null=True)
    copy = models.PositiveIntegerField(default=1)
    """1; more for further receipts of the very same content in one file."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["key", "digest", "copy"],
                condition=models.Q(current=True),
                name="receipt_current",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["key", "batch"], name="receipt_versions"),
            models.Index(fields=["customer", "-date", "-id"], name="receipt_customer_date"),
            _of_organisations("receipt"),
        ]

    def __str__(self) -> str:
        return self.number or str(self.pk)


class Allocation(Version):
    """One part of a receipt that settles one document, as the file states it.

    All parts of one receipt are versions together. Where a file states none, settlement is
    replayed: see ``mainstay_engine.allocation``.
    """

    receipt_no = models.CharField(max_length=200)
    doc_no = models.CharField(max_length=200)
    amount = models.BigIntegerField()
    organisation = models.CharField(max_length=120, blank=True)
    """As of its receipt."""
    copy = models.PositiveIntegerField(default=1)
    """1; more for further parts of the very same content in one file."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["key", "digest", "copy"],
                condition=models.Q(current=True),
                name="allocation_current",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["key", "batch"], name="allocation_versions"),
            _of_organisations("allocation"),
        ]

    def __str__(self) -> str:
        return f"{self.receipt_no} → {self.doc_no}"


class Rate(Version):
    """What one unit of a currency is worth in the company's, from a day until the next rate's."""

    BUSINESS_DATE = ("date",)

    currency = models.CharField(max_length=3)
    date = models.DateField()
    rate = models.DecimalField(max_digits=20, decimal_places=10)
    source_row = models.BigIntegerField(null=True)
    copy = models.PositiveIntegerField(default=1)
    """Always 1: there is one rate of a currency and day."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["currency", "date"], condition=models.Q(current=True), name="rate_current"
            ),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="rate_positive"),
        ]
        indexes: ClassVar = [models.Index(fields=["key", "batch"], name="rate_versions")]

    def __str__(self) -> str:
        return f"{self.currency} {self.date} {self.rate}"


class Confirmation(models.Model):
    """A batch brought a fact that was there already, unchanged: the fact outlives its own batch."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="+")
    table = models.CharField(max_length=12)
    """document · receipt · allocation · rate"""
    fact = models.BigIntegerField()
    """Id of the version."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["table", "fact"], name="confirmation_fact")]

    def __str__(self) -> str:
        return f"{self.table}:{self.fact} again in {self.batch_id}"
