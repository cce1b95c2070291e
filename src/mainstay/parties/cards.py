"""Verbs: file the cards of an import, take them off again, show them laid over each other.

A card stays with the code that was named. A customer shows the cards of all its codes: what
documents and receipts said first, each only filling what is lacking (the customer's own before
those merged into it), then the lists in the order they came in, so that the latest import wins.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
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
SAID = ("name", "region", "salesperson", "tax_no")
"""Fields that documents and receipts say of a customer."""
_KEPT = ("name", "tax_no")
"""Fields that no empty cell of a list clears where documents say them."""
_NOTHING = {field: getattr(Customer(), field) for field in (*CARD.values(), "on_file")}
_FIELDS = tuple(_NOTHING)
_FEW = 500
"""Customers named in one statement."""
_PART = 5_000
"""Customers whose cards are made at a time."""


def file_cards(cards: pa.Table | None, said: pa.Table, batch: int, before: pa.Array[Any]) -> int:
    """Lay what an import says of customers over what is there; how many its list changed of those
    that were there ``before`` the import. The customers are registered already.

    ``cards``: a customer list. A column it lacks leaves what is there; an empty cell in a column it
    has clears it, save the name and a tax number that documents state. ``said``: ``code`` and what
    documents and receipts say (``SAID``). ``withdraw_cards`` takes the same batch's cards off
    again. Call inside the switch.
    """
    wanted, elsewhere = by_code(cards), _merged()
    touched, changed = list[int](), 0
    for customers in _some_at_a_time():
        found, codes = list[_Row](), [customer.code for customer in customers]
        old = set(pc.filter(pa.array(codes), pc.is_in(pa.array(codes), before)).to_pylist())
        rows = _of_codes(said, codes)
        for customer in customers:
            row = rows.get(customer.code, {})
            if values := {field: row[field] for field in SAID if row.get(field)}:
                found.append((customer.pk, batch, values, True))
            card = wanted.get(customer.code)
            if card is None:
                continue
            values = {field: value for field, value in card.items() if field != "name" or value}
            found.append((customer.pk, batch, {f: _json(v) for f, v in values.items()}, False))
            changed += customer.code in old and any(
                getattr(elsewhere.get(customer.pk, customer), field) != value
                for field, value in values.items()
            )
        carded = {pk for pk, *_ in found}
        keep_base(one.pk for one in customers if one.code in old and one.pk in carded)
        _insert_cards(found)
        touched += sorted(carded)
    lay(touched)
    return changed


def _some_at_a_time() -> Iterator[list[Customer]]:
    """All customers, in parts."""
    last = 0
    while part := list(Customer.objects.filter(pk__gt=last).order_by("pk")[:_PART]):
        yield part
        last = part[-1].pk


def _of_codes(said: pa.Table, codes: list[str]) -> dict[str, dict[str, Any]]:
    """What is said of these, by code."""
    rows = said.filter(pc.is_in(said["code"], pa.array(codes, pa.string()))).to_pylist()
    return {row["code"]: row for row in rows}


def withdraw_cards(batch: int) -> int:
    """Take the cards of an import off again; how many customers its list had."""
    cards = CustomerCard.objects.filter(batch=batch, withdrawn=False)
    owners = set(cards.values_list("customer_id", flat=True))
    listed = cards.filter(said=False).count()
    cards.update(withdrawn=True)
    lay(owners)
    return listed


def keep_base(customers: Iterable[int]) -> None:
    """Keep as a card of no import what these show by themselves, where they have no card yet.

    Call before anything is lent to them: ``lay`` has not shown it yet.
    """
    wanted = list(customers)
    for start in range(0, len(wanted), _FEW):
        bare = Customer.objects.filter(pk__in=wanted[start : start + _FEW], cards=None)
        bases = [(c.pk, {f: _plain(c, f) for f in _FIELDS}) for c in bare.order_by("pk")]
        _insert_cards([(pk, None, values, False) for pk, values in bases])


def _merged() -> dict[int, Customer]:
    """The customer that shows the cards of each merged one."""
    merged = CustomerCode.objects.exclude(own=F("customer")).select_related("customer")
    return {code.own_id: code.customer for code in merged}


_Row = tuple[int, int | None, dict[str, Any], bool]
"""Of a card: its customer, batch, values, and whether documents said them."""


def _insert_cards(rows: list[_Row]) -> None:
    customers, batches, values, said = zip(*rows, strict=True) if rows else ((), (), (), ())
    table = pa.table(
        {
            "customer_id": pa.array(customers, pa.int64()),
            "batch": pa.array(batches, pa.int64()),
            "values": pa.array([json.dumps(each) for each in values], pa.string()),
            "said": pa.array(said, pa.bool_()),
            "withdrawn": pa.array([False] * len(rows), pa.bool_()),
        }
    )
    bulk.insert(CustomerCard, table)


def lay(customers: Iterable[int]) -> None:
    """Show of each customer its cards laid over each other, with those of all merged into it; of
    one that was merged itself, its own cards alone, and the whole of the one it goes by.
    """
    merged = CustomerCode.objects.exclude(own=F("customer"))
    roots = dict(merged.values_list("own_id", "customer_id"))
    trees: dict[int, list[int]] = {}
    for owner, root in sorted(roots.items()):
        trees.setdefault(root, [root]).append(owner)
    given = set(customers)
    touched = sorted(given | {roots[pk] for pk in given & roots.keys()})
    for start in range(0, len(touched), _FEW):
        _show({pk: trees.get(pk, [pk]) for pk in touched[start : start + _FEW]})


def _show(whose: Mapping[int, list[int]]) -> None:
    """Let customers show the cards of these, laid over each other."""
    cards = _cards_of({owner for owners in whose.values() for owner in owners})
    quote = connection.ops.quote_name
    fields = ", ".join(f"{quote(field)} = %s" for field in _FIELDS)
    shown = (
        (pk, _laid([cards.get(owner, []) for owner in owners])) for pk, owners in whose.items()
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(Customer._meta.db_table)} SET {fields} WHERE id = %s",  # noqa: S608  ours
            [[*(values[field] for field in _FIELDS), pk] for pk, values in shown],
        )


_Card = tuple[int, bool, dict[str, Any]]
"""The import that brought it (0: none), whether it is of a list, and values."""


def _cards_of(owners: set[int]) -> dict[int, list[_Card]]:
    """The cards in force of these customers, oldest first."""
    found: dict[int, list[_Card]] = {}
    columns = ("customer_id", "batch", "said", "values")
    wanted = sorted(owners)
    for start in range(0, len(wanted), _FEW):
        some = wanted[start : start + _FEW]
        rows = CustomerCard.objects.filter(withdrawn=False, customer__in=some).order_by("pk")
        for owner, batch, said, values in rows.values_list(*columns):
            found.setdefault(owner, []).append((batch or 0, batch is not None and not said, values))
    return found


def _laid(cards: list[list[_Card]]) -> dict[str, Any]:
    """What is shown of the cards of a customer, its own first, and of those merged into it: the
    newest list's word; of one list, its word on the customer itself.
    """
    filled = dict(_NOTHING)
    for _batch, listed, values in (card for own in cards for card in own):
        if not listed:
            filled |= {f: v for f, v in values.items() if filled[f] == _NOTHING[f]}
    shown = dict(filled)
    for _batch, listed, values in sorted(
        (card for own in reversed(cards) for card in own), key=operator.itemgetter(0)
    ):
        if listed:
            shown |= values
    return shown | {field: shown[field] or filled[field] for field in _KEPT}


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
