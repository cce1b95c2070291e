"""Efforts among an upload's files: their customers must be known, by code or by name."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from mainstay.effort.taking import Brought
from mainstay.kernel.errors import words
from mainstay.parties.models import Customer, CustomerCode

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts

MESSAGE = words("No customer has this code or name.", "没有这个编码或名称的客户。")
REMEDY = words(
    "Correct it, or import the customer's sales or a customer list with it.",
    "请更正，或同时导入该客户的销售或客户档案。",
)


def settled(facts: Facts, *, skip_bad: bool, afresh: bool) -> Facts:
    """The facts, each effort under the code of a customer of the books or of these files.

    Raises ``BadInput`` with every row whose customer nobody knows; with ``skip_bad`` such rows are
    left out and join the rejects. ``afresh``: as if the books were empty.
    """
    from mainstay_engine import BadInput, Fault

    if facts.efforts is None:
        return facts
    rows = facts.efforts.to_pyarrow()
    codes = _codes(facts, afresh=afresh)
    found = pa.array([codes.get(said) for said in rows["customer_id"].to_pylist()], pa.string())
    source = next(one for one in facts.sources if one.table == "efforts")
    column = source.mapping.get("customer_id", source.mapping.get("customer_name"))
    lost = rows.filter(pc.is_null(found))
    faults = [
        Fault("unknown_customer", dict(MESSAGE), dict(REMEDY), file=source.name,
              sheet=source.sheet, row=row, column=column, value=said)
        for row, said in zip(
            lost["source_row"].to_pylist(), lost["customer_id"].to_pylist(), strict=True
        )
    ]  # fmt: skip
    if faults and not skip_bad:
        raise BadInput(faults)
    place = rows.column_names.index("customer_id")
    kept = rows.set_column(place, "customer_id", found).filter(pc.is_valid(found))
    facts.backend.con.register("mainstay_settled_efforts", kept)
    return replace(
        facts, efforts=facts.backend.table("mainstay_settled_efforts"),
        rejects=(*facts.rejects, *faults),
    )  # fmt: skip


def brought(facts: Facts) -> Brought:
    """The efforts and rates of the facts, in memory."""
    given = (facts.efforts, facts.effort_rates)
    return Brought(*(None if one is None else one.to_pyarrow() for one in given))


def _codes(facts: Facts, *, afresh: bool) -> dict[str, str]:
    """Code by what a file may call a customer: its code, else its name where only one has it."""
    named: dict[str, str] = {}
    if not afresh:
        known = CustomerCode.objects.filter(in_use=True)
        named.update((code, "") for code in known.values_list("code", flat=True).iterator())
        shown = Customer.objects.filter(codes__in_use=True).exclude(name="").distinct()
        named.update(shown.values_list("code", "name").iterator())
    for table in (facts.lines, facts.receipts, facts.customers):
        named.update(_of_table(table))
    times = Counter(name for name in named.values() if name)
    by_name = {name: code for code, name in named.items() if times[name] == 1}
    return by_name | {code: code for code in named}


def _of_table(table: Any) -> list[tuple[str, str]]:
    if table is None or "customer_id" not in table.columns:
        return []
    wanted = [n for n in ("customer_id", "customer_name") if n in table.columns]
    rows = table.filter(table.customer_id.notnull()).select(wanted).distinct().to_pyarrow()
    names = rows["customer_name"].to_pylist() if len(wanted) > 1 else [None] * len(rows)
    return [(code, name or "") for code, name in zip(
        rows["customer_id"].to_pylist(), names, strict=True)]  # fmt: skip
