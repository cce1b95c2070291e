"""Receipts without a number that come again under another code of their customer.

Such a receipt is known by its content, the file's code included (``shaping.receipts``), and that
stays so: rows of any age are found by what they would be under each code of the customer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mainstay.ledger import shaping
from mainstay.ledger.models import Receipt
from mainstay.ledger.versions import CHUNK, Compared, tally
from mainstay.ledger.workshop import Workshop


def recognised(
    workshop: Workshop, compared: Compared, leads: Mapping[str, str], company: str
) -> Compared:
    """The receipts without those that count already under another code of the same customer.

    ``leads``: code → code of the customer it leads to; ``company``: its currency. Each receipt
    that counts is taken for one that comes, as with equal ones under one code.
    """
    codes: dict[str, list[str]] = {}
    for code, customer in sorted(leads.items()):
        codes.setdefault(customer, [customer]).extend([code] if code != customer else [])
    several = {customer: those for customer, those in codes.items() if len(those) > 1}
    those = [code for code, customer in leads.items() if customer in several]
    rows = workshop.unnumbered(compared.places, those)
    if not rows.num_rows:
        return compared
    owners = [leads[str(code)] for code in rows["customer_id"].to_pylist()]
    digests = _digests(rows, [several[owner] for owner in owners], company)
    taken: set[int] = set(compared.identical.to_numpy().tolist())
    waiting = _counting(set(owners), {d for each in digests for d in each}, taken)
    found: dict[int, int] = {}
    for place, each in zip(rows["place"].to_numpy().tolist(), digests, strict=True):
        pk = next((waiting[digest].pop(0) for digest in each if waiting.get(digest)), None)
        if pk is not None:
            found[place] = pk
    known = pc.is_in(compared.rows["place"], value_set=pa.array(found, pa.int64()))
    identical = sorted([*taken, *found.values()])
    mark = hashlib.sha256(f"{compared.mark}{sorted(found.items())}".encode()).hexdigest()
    rows = compared.rows.filter(pc.invert(known))
    return replace(
        compared, rows=rows, tally=tally(Receipt, workshop.db, rows),
        identical=pa.array(identical, pa.int64()), mark=mark,
    )  # fmt: skip


def _digests(rows: pa.Table, codes: list[list[str]], company: str) -> list[list[str]]:
    """Of each receipt, what its digest would be under each of its customer's codes."""
    import duckdb

    each = [place for place, those in enumerate(codes) for _ in those]
    under = pa.array([code for those in codes for code in those], pa.string())
    given = (
        rows.drop_columns(["place"])
        .take(each)
        .rename_columns({"number": "receipt_no", "rate": "exchange_rate"})
    )  # as files name them
    given = given.set_column(given.column_names.index("customer_id"), "customer_id", under)
    with duckdb.connect(":memory:") as db:
        db.register("given", given)
        shaped = db.sql(shaping.receipts(given.column_names, company)).to_arrow_table()
    found: list[list[str]] = [[] for _ in codes]
    made: Any = shaped["digest"]
    for place, digest in zip(each, made.to_pylist(), strict=True):
        found[place].append(digest)
    return found


def _counting(customers: set[str], digests: set[str], but: set[int]) -> dict[str, list[int]]:
    """By digest, oldest first: ids of these customers' receipts without a number that count."""
    names = sorted(customers)
    found: dict[str, list[int]] = {}
    for start in range(0, len(names), CHUNK):
        rows = Receipt.objects.visible().filter(
            number="", customer__code__in=names[start : start + CHUNK]
        )
        for pk, digest in rows.order_by("pk").values_list("pk", "digest").iterator():
            if digest in digests and pk not in but:
                found.setdefault(digest, []).append(pk)
    return found
