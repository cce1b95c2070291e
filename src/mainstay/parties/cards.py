"""Verbs: file the cards of a customer list, take them off again, show them laid over each other.

A card stays with the code its list named. A customer shows the cards of all its codes: what stood
there before any list first (the customer's own before those merged into it, which only fill what
it lacks), then the lists in the order they came in, so that the latest import wins.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

import pyarrow as pa
from django.db import connection
from django.db.models import F

from mainstay.foundation import bulk
from mainstay.parties.models import Customer, CustomerCard, CustomerCode

CARD = {
    "customer_name": "name", "name_en": "name_en", "region": "region", "trade": "trade",
    "salesperson": "salesperson", "terms_days": "terms_days", "terms": "terms",
    "credit_limit": "credit_limit", "tax_no": "tax_no", "since": "since",
}  # fmt: skip
"""Column of the customers' fact table → field of the card."""
CARD_LIMITS = {
    column: limit
    for column, field in {"customer_id": "code", **CARD}.items()
    if (limit := getattr(Customer._meta.get_field(field), "max_length", None)) is not None
}
"""Characters that fit into a card, by column of the customers' fact table."""
_FIELDS = (*CARD.values(), "on_file")


def file_cards(cards: pa.Table, batch: int, before: set[str]) -> int:
    """Lay a customer list over what is there; how many changed of those that were there
    ``before`` the import. The customers are registered already.

    A column the list lacks leaves what is there; an empty cell in a column it has clears it, save
    the name. ``withdraw_cards`` takes the same batch's cards off again. Call inside the switch.
    """
    wanted = by_code(cards)
    filed = set(CustomerCard.objects.values_list("customer_id", flat=True).distinct())
    new: list[tuple[int, int | None, dict[str, Any]]] = []
    changed = []
    elsewhere = _merged()
    for customer in Customer.objects.all().iterator(chunk_size=2_000):
        card = wanted.get(customer.code)
        if card is None:
            continue
        values = {field: value for field, value in card.items() if field != "name" or value}
        if customer.pk not in filed:
            new.append((customer.pk, None, {field: _plain(customer, field) for field in _FIELDS}))
        new.append((customer.pk, batch, {f: _json(v) for f, v in values.items()}))
        if customer.code in before and any(
            getattr(elsewhere.get(customer.pk, customer), field) != value
            for field, value in values.items()
        ):
            changed.append(customer.pk)
    _insert_cards(new)
    lay(pk for pk, source, _ in new if source is not None)
    return len(changed)


def withdraw_cards(batch: int) -> int:
    """Take the cards of an import off again; how many customers had one."""
    cards = CustomerCard.objects.filter(batch=batch, withdrawn=False)
    owners = list(cards.values_list("customer_id", flat=True))
    cards.update(withdrawn=True)
    lay(owners)
    return len(owners)


def keep_base(customers: Iterable[int]) -> None:
    """Keep as a card of no import what these show, where they have no card yet."""
    wanted = set(customers)
    bare = [c for c in Customer.objects.filter(cards=None).iterator() if c.pk in wanted]
    _insert_cards([(c.pk, None, {f: _plain(c, f) for f in _FIELDS}) for c in bare])


def _merged() -> dict[int, Customer]:
    """The customer that shows the cards of each merged one."""
    merged = CustomerCode.objects.exclude(own=F("customer")).select_related("customer")
    return {code.own_id: code.customer for code in merged}


def _insert_cards(rows: list[tuple[int, int | None, dict[str, Any]]]) -> None:
    customers, batches, values = zip(*rows, strict=True) if rows else ((), (), ())
    table = pa.table(
        {
            "customer_id": pa.array(customers, pa.int64()),
            "batch": pa.array(batches, pa.int64()),
            "values": pa.array([json.dumps(each) for each in values], pa.string()),
            "withdrawn": pa.array([False] * len(rows), pa.bool_()),
        }
    )
    bulk.insert(CustomerCard, table)


def lay(customers: Iterable[int]) -> None:
    """Show of each customer, or of the one it was merged into, its cards laid over each other."""
    roots = dict(CustomerCode.objects.values_list("own_id", "customer_id").iterator())
    wanted = {roots.get(pk, pk) for pk in customers}
    base: dict[int, dict[str, Any]] = {}
    fill: dict[int, dict[str, Any]] = {}
    lists: dict[int, dict[str, Any]] = {}
    rows = CustomerCard.objects.filter(withdrawn=False).order_by("pk")
    columns = ("customer_id", "batch", "values")
    for owner, batch, values in rows.values_list(*columns).iterator(chunk_size=10_000):
        root = roots.get(owner, owner)
        if root not in wanted:
            continue
        if batch is not None:
            lists.setdefault(root, {}).update(values)
        elif owner == root:
            base[root] = values
        else:
            fill.setdefault(root, {}).update({f: v for f, v in values.items() if v})
    shown = {}
    for root, values in base.items():
        lacking = {f: v for f, v in fill.get(root, {}).items() if not values.get(f)}
        shown[root] = values | lacking | lists.get(root, {})
    quote = connection.ops.quote_name
    fields = ", ".join(f"{quote(field)} = %s" for field in _FIELDS)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(Customer._meta.db_table)} SET {fields} WHERE id = %s",  # noqa: S608  ours
            [[*(values[field] for field in _FIELDS), owner] for owner, values in shown.items()],
        )


def _plain(customer: Customer, field: str) -> Any:
    return _json(getattr(customer, field))


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def by_code(cards: pa.Table | None) -> dict[str, dict[str, Any]]:
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
