"""Contacts that customer lists name: filed with the import, covered by later ones, taken back.

A list names one contact of a customer. The latest import's shows, as long as nobody by hand said
something of the same person: what was decided stays, whatever the lists say (as with owners).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
from django.db.models import QuerySet

from mainstay.foundation import bulk
from mainstay.parties.models import Contact, Customer

CONTACT = {
    "contact": "name", "contact_position": "position", "contact_phone": "phone",
    "contact_mobile": "mobile", "contact_email": "email",
}  # fmt: skip
"""Column of the customers' fact table → field of the contact."""
CONTACT_LIMITS = {
    column: limit
    for column, field in CONTACT.items()
    if (limit := getattr(Contact._meta.get_field(field), "max_length", None)) is not None
}
"""Characters that fit, by column."""
_CHUNK = 500


def contacts_in_force() -> QuerySet[Contact]:
    """The contacts that stand: neither ended nor forgotten, covered or taken back."""
    return Contact.objects.filter(until=None, covered=False, withdrawn=False, forgotten_at=None)


def names_contacts(table: pa.Table | None) -> bool:
    """Whether a customer list has columns of contacts."""
    return table is not None and any(column in CONTACT for column in table.column_names)


def file_contacts(table: pa.Table, batch: int) -> int:
    """Make the contacts of an import's customer list; how many. A customer whose cells are all
    empty keeps who stands. Call inside the switch, once the customers are registered.
    """
    there = {column: field for column, field in CONTACT.items() if column in table.column_names}
    named = {
        row.pop("customer_id"): {there[column]: value or "" for column, value in row.items()}
        for row in table.select(["customer_id", *there]).to_pylist()
    }
    known = dict(Customer.objects.values_list("code", "pk").iterator())
    filed = {known[code]: values for code, values in named.items() if any(values.values())}
    if filed:
        texts = {
            field: pa.array([values.get(field, "") for values in filed.values()], pa.string())
            for field in CONTACT.values()
        }
        rows = {"customer_id": pa.array(filed, pa.int64()),
                "batch": pa.array([batch] * len(filed), pa.int64()), **texts}  # fmt: skip
        bulk.insert(Contact, pa.table(rows))
    cover(filed)
    return len(filed)


def withdraw_contacts(batch: int) -> int:
    """Take the contacts of an import back, save those that somebody changed; how many."""
    rows = Contact.objects.filter(batch=batch, by=None, withdrawn=False)
    owners = set(rows.values_list("customer_id", flat=True))
    gone = rows.update(withdrawn=True, is_main=False)
    cover(owners)
    return gone


def cover(customers: Iterable[int]) -> None:
    """Let show of each customer's listed contacts only the latest; and not that one either where
    somebody by hand says more of the same person. It is the main one where nobody chose another.
    """
    order = sorted(customers)
    for some in (order[at : at + _CHUNK] for at in range(0, len(order), _CHUNK)):
        covered, bare, main = set[int](), set[int](), set[int]()
        for rows in _by_customer(some):
            listed = [row for row in rows if row.by_id is None]
            by_hand = [row for row in rows if row.by_id is not None]
            covered.update(row.pk for row in listed[:-1])
            for last in listed[-1:]:
                if last.name and last.name.casefold() in {row.name.casefold() for row in by_hand}:
                    covered.add(last.pk)
                    continue
                bare.add(last.pk)
                if not any(row.is_main and row.until is None for row in by_hand):
                    main.add(last.pk)
        Contact.objects.filter(pk__in=covered).update(covered=True, is_main=False)
        Contact.objects.filter(pk__in=bare).update(covered=False, is_main=False)
        Contact.objects.filter(pk__in=main).update(is_main=True)


def _by_customer(customers: Iterable[int]) -> Iterator[list[Contact]]:
    """The contacts of each that are neither taken back nor forgotten, oldest first."""
    found: dict[int, list[Contact]] = {}
    rows = Contact.objects.filter(customer__in=customers, withdrawn=False, forgotten_at=None)
    for row in rows.order_by("pk"):
        found.setdefault(row.customer_id, []).append(row)
    yield from found.values()
