"""Receipts without a number that come again under another code of their customer.

Such a receipt is known by its content, the file's code included (``shaping.receipts``), and that
stays so: rows of any age are found by what they would be under each code of the customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mainstay.ledger import shaping
from mainstay.ledger.models import Receipt
from mainstay.ledger.versions import CHUNK, Compared


def recognised(compared: Compared, leads: Mapping[str, str], company: str) -> Compared:
    """The receipts without those that count already under another code of the same customer.

    ``leads``: code → code of the customer it leads to; ``company``: its currency. Each receipt
    that counts is taken for one that comes, as with equal ones under one code.
    """
    codes: dict[str, list[str]] = {}
    for code, customer in sorted(leads.items()):
        codes.setdefault(customer, [customer]).extend([code] if code != customer else [])
    several = {customer: those for customer, those in codes.items() if len(those) > 1}
    those = [code for code, customer in leads.items() if customer in several]
    rows = compared.rows
    shared = pc.is_in(rows["customer_id"], value_set=pa.array(those, pa.string()))
    places: Any = pc.indices_nonzero(pc.and_(pc.is_null(rows["number"]), shared))
    if not len(places):
        return compared
    whose: Any = rows["customer_id"].take(places)
    owners = [leads[code] for code in whose.to_pylist()]
    digests = _digests(rows.take(places), [several[owner] for owner in owners], company)
    waiting = _counting(set(owners), {d for each in digests for d in each}, compared.identical)
    found: dict[int, int] = {}
    for place, each in zip(places.to_pylist(), digests, strict=True):
        pk = next((waiting[digest].pop(0) for digest in each if waiting.get(digest)), None)
        if pk is not None:
            found[place] = pk
    keep = pa.array([place not in found for place in range(rows.num_rows)], pa.bool_())
    identical = sorted([*compared.identical, *found.values()])
    return replace(compared, rows=rows.filter(keep), identical=identical)


def _digests(rows: pa.Table, codes: list[list[str]], company: str) -> list[list[str]]:
    """Of each receipt, what its digest would be under each of its customer's codes."""
    each = [place for place, those in enumerate(codes) for _ in those]
    under = pa.array([code for those in codes for code in those], pa.string())
    given = rows.take(each).rename_columns(
        {"number": "receipt_no", "rate": "exchange_rate"}
    )  # as files name them
    at = given.column_names.index("customer_id")
    shaped = shaping.receipts(given.set_column(at, "customer_id", under), company)
    found: list[list[str]] = [[] for _ in codes]
    made: Any = shaped["digest"]
    for place, digest in zip(each, made.to_pylist(), strict=True):
        found[place].append(digest)
    return found


def _counting(customers: set[str], digests: set[str], but: list[int]) -> dict[str, list[int]]:
    """By digest, oldest first: ids of these customers' receipts without a number that count."""
    taken, names = set(but), sorted(customers)
    found: dict[str, list[int]] = {}
    for start in range(0, len(names), CHUNK):
        rows = Receipt.objects.visible().filter(
            number="", customer__code__in=names[start : start + CHUNK]
        )
        for pk, digest in rows.order_by("pk").values_list("pk", "digest").iterator():
            if digest in digests and pk not in taken:
                found.setdefault(digest, []).append(pk)
    return found
