"""Verbs: register customers that documents name, file the cards of a customer list."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

import pyarrow as pa
from django.db import connection
from django.db.models import Max

from mainstay.foundation import bulk
from mainstay.parties.models import Customer, CustomerCard

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
_ROW: dict[str, pa.DataType] = {
    "code": pa.string(), "name": pa.string(), "name_en": pa.string(), "region": pa.string(),
    "trade": pa.string(), "salesperson": pa.string(), "terms_days": pa.int32(),
    "terms": pa.string(), "credit_limit": pa.int64(), "tax_no": pa.string(),
    "since": pa.date32(), "on_file": pa.bool_(),
}  # fmt: skip
_FIELDS = (*CARD.values(), "on_file")


def register(seen: pa.Table) -> dict[str, int]:
    """Add every customer that is not there yet; ids of all by code.

    ``seen``: customers as documents name them (``code, name, region, salesperson``). Customers that
    are there already stay as they are: see ``file_cards``.
    """
    there = known()
    rows = [
        row | {"on_file": False, "terms": ""}
        for row in seen.to_pylist()
        if row["code"] not in there
    ]
    bulk.insert(Customer, pa.Table.from_pylist(rows, schema=pa.schema(_ROW)))
    return dict(Customer.objects.values_list("code", "pk").iterator())


def count_new(seen: pa.Table, cards: pa.Table | None) -> int:
    """How many customers documents and cards name that are not there yet."""
    return len(_named(seen, cards).keys() - known())


def new_ones(seen: pa.Table, cards: pa.Table | None, size: int) -> list[dict[str, Any]]:
    """The first of them by code: ``code`` and ``name``."""
    named = _named(seen, cards)
    codes = sorted(named.keys() - known())
    return [{"code": code, "name": named[code]} for code in codes[:size]]


def known(newest: int | None = None) -> set[str]:
    """The codes of all customers, or of those up to the ``newest``."""
    found = Customer.objects.all() if newest is None else Customer.objects.filter(pk__lte=newest)
    return set(found.values_list("code", flat=True).iterator())


def newest() -> int:
    """Id of the customer added last; 0 without any."""
    return Customer.objects.aggregate(newest=Max("pk"))["newest"] or 0


def _named(seen: pa.Table, cards: pa.Table | None) -> dict[str, str]:
    named = {row["code"]: row["name"] or "" for row in seen.select(["code", "name"]).to_pylist()}
    return named | {
        code: str(card.get("name") or named.get(code, "")) for code, card in _cards(cards).items()
    }


def file_cards(cards: pa.Table, batch: int, before: set[str]) -> int:
    """Lay a customer list over what is there, adding customers it alone names; how many changed
    of those that were there ``before`` the import.

    A column the list lacks leaves what is there; an empty cell in a column it has clears it, save
    the name. ``withdraw_cards`` takes the same batch's cards off again. Call inside the switch.
    """
    wanted = _cards(cards)
    there = known()
    fresh = [{"code": code, "on_file": False} for code in wanted if code not in there]
    bulk.insert(Customer, pa.Table.from_pylist(fresh, schema=pa.schema(_ROW)))
    filed = set(CustomerCard.objects.values_list("customer_id", flat=True).distinct())
    new: list[tuple[int, int | None, dict[str, Any]]] = []
    changed = []
    for customer in Customer.objects.all().iterator(chunk_size=2_000):
        card = wanted.get(customer.code)
        if card is None:
            continue
        values = {field: value for field, value in card.items() if field != "name" or value}
        if customer.pk not in filed:
            new.append((customer.pk, None, {field: _plain(customer, field) for field in _FIELDS}))
        new.append((customer.pk, batch, {f: _json(v) for f, v in values.items()}))
        if customer.code in before and any(
            getattr(customer, field) != value for field, value in values.items()
        ):
            changed.append(customer.pk)
    _insert_cards(new)
    _lay(pk for pk, source, _ in new if source is not None)
    return len(changed)


def withdraw_cards(batch: int) -> int:
    """Take the cards of an import off again; how many customers had one."""
    cards = CustomerCard.objects.filter(batch=batch, withdrawn=False)
    owners = list(cards.values_list("customer_id", flat=True))
    cards.update(withdrawn=True)
    _lay(owners)
    return len(owners)


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


def _lay(customers: Iterable[int]) -> None:
    """Show of each customer its cards laid over each other, oldest first."""
    wanted = set(customers)
    shown: dict[int, dict[str, Any]] = {}
    rows = CustomerCard.objects.filter(withdrawn=False).order_by("pk")
    for owner, values in rows.values_list("customer_id", "values").iterator(chunk_size=10_000):
        if owner in wanted:
            shown.setdefault(owner, {}).update(values)
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
