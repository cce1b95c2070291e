"""Verbs: register customers that documents name, file the cards of a customer list."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from mainstay.foundation import bulk
from mainstay.parties.models import Customer

CARD = {
    "customer_name": "name", "name_en": "name_en", "region": "region", "trade": "trade",
    "salesperson": "salesperson", "terms_days": "terms_days", "credit_limit": "credit_limit",
    "tax_no": "tax_no", "since": "since",
}  # fmt: skip
"""Column of the customers' fact table → field of the card."""
CARD_LIMITS = {
    column: limit
    for column, field in {"customer_id": "code", **CARD}.items()
    if (limit := getattr(Customer._meta.get_field(field), "max_length", None)) is not None
}
"""Characters that fit into a card, by column of the customers' fact table."""
_ROW: dict[str, pa.DataType] = {
    "code": pa.string(), "name": pa.string(), "name_en": pa.string(), "region": pa.string(),
    "trade": pa.string(), "salesperson": pa.string(), "terms_days": pa.int32(),
    "credit_limit": pa.int64(), "tax_no": pa.string(), "since": pa.date32(), "on_file": pa.bool_(),
}  # fmt: skip


def register(seen: pa.Table, cards: pa.Table | None = None) -> tuple[dict[str, int], int]:
    """Add every customer that is not there yet; ids of all by code, and how many were added.

    ``seen``: customers as documents name them (``code, name, region, salesperson``). ``cards``: the
    engine's table ``customers``; what a new customer's card says goes before what documents say.
    Customers that are there already stay as they are: see ``update_cards``.
    """
    known = set(Customer.objects.values_list("code", flat=True).iterator())
    new = {row["code"]: row | {"on_file": False} for row in seen.to_pylist()}
    for code, card in _cards(cards).items():
        found = new.setdefault(code, {"code": code})
        found |= {field: value for field, value in card.items() if field != "name" or value}
    rows = [row for code, row in new.items() if code not in known]
    bulk.insert(Customer, pa.Table.from_pylist(rows, schema=pa.schema(_ROW)))
    return dict(Customer.objects.values_list("code", "pk").iterator()), len(rows)


def update_cards(cards: pa.Table) -> int:
    """Take a customer list over into the cards that are there; how many changed.

    A column the list lacks leaves what is there; an empty cell in a column it has clears it, save
    the name.
    """
    changed = []
    wanted = _cards(cards)
    for customer in Customer.objects.all().iterator():
        card = wanted.get(customer.code, {})
        before = {field: getattr(customer, field) for field in card}
        for field, value in card.items():
            if field != "name" or value:
                setattr(customer, field, value)
        if any(getattr(customer, field) != value for field, value in before.items()):
            changed.append(customer)
    if changed:
        fields = ["on_file", *(CARD[name] for name in cards.column_names if name in CARD)]
        Customer.objects.bulk_update(changed, fields, batch_size=500)
    return len(changed)


def _cards(cards: pa.Table | None) -> dict[str, dict[str, Any]]:
    """Field values by customer code. An empty cell is the empty text, or null in other fields."""
    if cards is None:
        return {}
    fields = {column: CARD[column] for column in cards.column_names if column in CARD}
    return {
        row["customer_id"]: {"on_file": True}
        | {field: _value(field, row[column]) for column, field in fields.items()}
        for row in cards.to_pylist()
    }


def _value(field: str, value: Any) -> Any:
    return "" if value is None and field not in {"terms_days", "credit_limit", "since"} else value
