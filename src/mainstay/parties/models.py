"""Customers, their codes, and who looks after them."""

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
    territory = models.ForeignKey(
        "foundation.Territory", on_delete=models.SET_NULL, null=True, related_name="+",
        db_index=False,
    )  # fmt: skip
    """The territory whose regions hold this one's (``territories.settle``)."""
    on_file = models.BooleanField(default=False)
    """Came in a customer file; otherwise known only from documents or receipts."""
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    """Who owns it today, as its ``Assignment`` says: lists filter by it (``owners.restate``)."""
    owner_name = models.CharField(max_length=150, null=True)  # noqa: DJ001  nulls come last
    """What colleagues call the owner: lists are sorted by it. Null: nobody owns it."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["name"], name="customer_name"),
            models.Index(fields=["territory", "owner"], name="customer_territory_owner"),
            models.Index(fields=["territory", "owner_name", "id"], name="customer_territory_owned"),
            models.Index(
                fields=["territory", "salesperson", "id"], name="customer_territory_seller"
            ),
            models.Index(fields=["owner_name", "id"], name="customer_owner_name"),
            models.Index(fields=["credit_limit", "id"], name="customer_credit_limit"),
            *(
                models.Index(fields=[narrowed, order, "id"], name=f"customer_{narrowed}_{short}")
                for narrowed, order, short in (
                    ("owner", "region", "region"),
                    ("owner", "salesperson", "seller"),
                    ("region", "owner_name", "owner"),
                    ("region", "salesperson", "seller"),
                    ("salesperson", "region", "region"),
                    ("salesperson", "owner_name", "owner"),
                    ("owner", "credit_limit", "limit"),
                    ("region", "credit_limit", "limit"),
                    ("salesperson", "credit_limit", "limit"),
                    ("territory", "credit_limit", "limit"),
                )
            ),
        ]

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


class CustomerWords(models.Model):
    """What a customer is found by (``words``, ``finding``). Derived: it can be made anew.

    An index over it differs by store and stands in migration ``0005_words``: triggers keep FTS5's
    in step on SQLite, so a migration that remakes this table must make them again.
    """

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, primary_key=True)
    source = models.TextField()
    """The texts that the words were made from: others, and they are made anew."""
    words = models.TextField()
    """Tokens, with spaces between."""

    def __str__(self) -> str:
        return f"words of {self.customer_id}"


class HandOver(models.Model):
    """Customers given to somebody in one act; an ``Assignment`` says which began and ended it."""

    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    customers = models.PositiveIntegerField()
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    taken_back_at = models.DateTimeField(null=True)
    taken_back_why = models.TextField(blank=True)
    given_back = models.PositiveIntegerField(default=0)
    """Customers that came back; the others had gone on, or had nobody to come back to."""

    def __str__(self) -> str:
        return f"{self.customers} to {self.to_id}"


class Assignment(models.Model):
    """Somebody looks after a customer, from one day until another."""

    class Duty(models.TextChoices):
        OWNER = "owner"
        MEMBER = "member"
        """Of the customer's team."""

    class Source(models.TextChoices):
        BOOKS = "books"
        """The books name the owner as salesperson; another name there takes it over."""
        HAND = "hand"
        """Somebody decided; the books change nothing."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="assignments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    duty = models.CharField(max_length=6, choices=Duty)
    source = models.CharField(max_length=5, choices=Source)
    since = models.DateField()
    until = models.DateField(null=True)
    """The first day on which it holds no more."""
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    """Null: the books."""
    reason = models.TextField(blank=True)
    begun_in = models.ForeignKey(HandOver, on_delete=models.PROTECT, null=True, related_name="+")
    ended_in = models.ForeignKey(HandOver, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer"], name="one_owner",
                condition=models.Q(until=None, duty="owner"),
            ),
            models.UniqueConstraint(
                fields=["customer", "user"], name="in_team_once",
                condition=models.Q(until=None, duty="member"),
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["user", "until", "duty", "customer"], name="assignment_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.duty} of {self.customer_id}"


class Contact(models.Model):
    """Somebody to talk to at a customer. No row goes away: whoever is no contact any more has
    ended, and of one who is forgotten the row stays without what it said.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contacts")
    """The one that was named, as with ``CustomerCard``; ``CustomerCode`` says who it goes by."""
    name = models.CharField(max_length=120, blank=True)
    position = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=80, blank=True)
    mobile = models.CharField(max_length=80, blank=True)
    email = models.CharField(max_length=254, blank=True)
    wechat = models.CharField(max_length=80, blank=True)
    note = models.TextField(blank=True)
    is_main = models.BooleanField(default=False)
    since = models.DateTimeField(default=timezone.now)
    """When it became known here."""
    until = models.DateTimeField(null=True)
    """Since when it is no contact any more."""
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    """Who said so last. Null: a customer list, and a later one replaces it."""
    batch = models.BigIntegerField(null=True, db_index=True)
    """The import whose list brought it; null: by hand."""
    withdrawn = models.BooleanField(default=False)
    """Its import was taken back, and nobody had changed it by hand."""
    covered = models.BooleanField(default=False)
    """Of a list: a later list, or somebody by hand, says more (``listed.cover``)."""
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["mobile"], name="contact_mobile"),
            models.Index(fields=["email"], name="contact_email"),
        ]

    def __str__(self) -> str:
        return f"contact {self.pk} of {self.customer_id}"
