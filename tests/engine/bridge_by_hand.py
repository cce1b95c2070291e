"""The growth bridge once more: plain Python, fractions, a loop per customer; no SQL, no numpy."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

Row = Mapping[str, Any]
Days = tuple[date, date]
STEPS = ("new", "won_back", "lost", "frequency", "breadth", "mix", "price", "order_value",
         "currency", "returns", "unassigned")  # fmt: skip
ROUNDED = ("returns", "currency", "price", "frequency", "breadth", "mix", "order_value")


def by_hand(
    lines: Iterable[Row], earlier: Days, later: Days, *, as_of: date, known: date | None = None
) -> dict[str | None, dict[str, Any]]:
    """Per customer: ``kind, before, after, change`` and the steps, in minor units."""
    seen = [
        row for row in lines
        if row["kind"] != "opening" and row["doc_date"] <= as_of
        and (known is None or (row.get("known_since") or row["doc_date"]) <= known)
    ]  # fmt: skip
    turned = later < earlier
    periods = (later, earlier) if turned else (earlier, later)
    answer = {}
    for who in {row["customer_id"] for row in seen}:
        own = [row for row in seen if row["customer_id"] == who]
        parts = [[r for r in own if days[0] <= r["doc_date"] <= days[1]] for days in periods]
        if not parts[0] and not parts[1]:
            continue
        found = _customer(parts, turned, _first_order(own), later[0], unassigned=who is None)
        if found is not None:
            answer[who] = found
    return answer


def _customer(
    parts: list[list[Row]], turned: bool, first: date | None, start: date, *, unassigned: bool
) -> dict[str, Any] | None:
    sales = [sum(row["net"] for row in part) for part in parts]
    orders = [len(_orders(part)) for part in parts]
    if not any(sales) and not any(orders) and not any(_invoiced(part) for part in parts):
        return None
    steps = dict.fromkeys(STEPS, 0)
    change = sales[1] - sales[0]
    bought = orders[::-1] if turned else orders
    sign = -1 if turned else 1
    if unassigned:
        kind, steps["unassigned"] = None, sign * change
    elif all(orders):
        kind = "both"
        for name, value in zip(ROUNDED, _rounded(_split(parts), change), strict=True):
            steps[name] = sign * value
    elif bought[1]:
        kind = "won_back" if first is not None and first < start else "new"
        steps[kind] = sign * change
    elif bought[0]:
        kind, steps["lost"] = "lost", sign * change
    else:
        kind, steps["returns"] = "neither", sign * change
    before, after = sales[::-1] if turned else sales
    return {"kind": kind, "before": before, "after": after, "change": after - before, **steps}


def _split(parts: list[list[Row]]) -> list[Fraction]:
    invoices = [[row for row in part if row["kind"] == "invoice"] for part in parts]
    credit = [sum(r["net"] for r in part if r["kind"] != "invoice") for part in parts]
    orders = [len(_orders(part)) for part in parts]
    rate = [_mean_rates(invoices, at) for at in (0, 1)]

    def worth(row: Row, at: int) -> Fraction:
        return row["net"] * rate[at].get(row.get("currency"), Fraction(1))

    constant = [sum((worth(r, at) for r in part), Fraction()) for at, part in enumerate(invoices)]
    good = [[r for r in part if _splits(r)] for part in invoices]
    if not all(good):
        good = [[], []]
    listed = [sum((worth(r, at) for r in part), Fraction()) for at, part in enumerate(good)]
    even = _at_mean_prices(good, worth)
    distinct = [len({(r["doc_no"], r["doc_date"], r["item"], r.get("currency")) for r in part})
                for part in good]  # fmt: skip
    rest = [constant[at] - listed[at] for at in (0, 1)]
    breadth = [Fraction(n or 1, f) for n, f in zip(distinct, orders, strict=True)]
    each = [value / (n or 1) for value, n in zip(even, distinct, strict=True)]
    often = Fraction(sum(orders), 2)
    invoiced = sum(r["net"] for r in invoices[1]) - sum(r["net"] for r in invoices[0])
    per_order = [(even[at] + rest[at]) / orders[at] for at in (0, 1)]
    return [
        Fraction(credit[1] - credit[0]),
        invoiced - (constant[1] - constant[0]),
        (listed[1] - listed[0]) - (even[1] - even[0]),
        (orders[1] - orders[0]) * (per_order[0] + per_order[1]) / 2,
        often * (breadth[1] - breadth[0]) * (each[0] + each[1]) / 2,
        often * (breadth[0] + breadth[1]) / 2 * (each[1] - each[0]),
        often * (rest[1] / orders[1] - rest[0] / orders[0]),
    ]


def _at_mean_prices(good: list[list[Row]], worth: Any) -> list[Fraction]:
    """Quantities of both periods at the mean of the two average prices, product by product."""
    sums: dict[Any, list[list[Fraction]]] = defaultdict(lambda: [[Fraction()] * 2 for _ in "01"])
    for at, part in enumerate(good):
        for row in part:
            product = sums[row["item"], row.get("currency")]
            product[at] = [product[at][0] + Fraction(row["quantity"]),
                           product[at][1] + worth(row, at)]  # fmt: skip
    even = [Fraction(), Fraction()]
    for (quantity_0, value_0), (quantity_1, value_1) in sums.values():
        prices = [v / q for v, q in ((value_0, quantity_0), (value_1, quantity_1)) if q]
        price = sum(prices, Fraction()) / len(prices)
        even[0] += quantity_0 * price
        even[1] += quantity_1 * price
    return even


def _mean_rates(invoices: list[list[Row]], at: int) -> dict[Any, Fraction]:
    """Per currency: mean rate of both periods over that of one, where both have one."""
    factors = {}
    for code in {r.get("currency") for part in invoices for r in part}:
        rates = []
        for part in invoices:
            rows = [r for r in part if r.get("currency") == code and "owed_own" in r]
            owed, own = sum(r["owed"] for r in rows), sum(r["owed_own"] for r in rows)
            rates.append(Fraction(owed, own) if owed > 0 and own > 0 else None)
        if rates[0] is not None and rates[1] is not None:
            factors[code] = (rates[0] + rates[1]) / 2 / rates[at]
    return factors


def _splits(row: Row) -> bool:
    return bool(row.get("item")) and (row.get("quantity") or 0) > 0 and row["net"] >= 0


def _orders(part: Iterable[Row]) -> list[Any]:
    documents: dict[Any, int] = defaultdict(int)
    for row in part:
        if row["kind"] == "invoice":
            documents[row["doc_no"], row["doc_date"]] += row["net"]
    return [day for (_number, day), net in documents.items() if net > 0]


def _first_order(own: Iterable[Row]) -> date | None:
    return min(_orders(own), default=None)


def _invoiced(part: Iterable[Row]) -> int:
    return sum(row["net"] for row in part if row["kind"] == "invoice")


def _rounded(exact: list[Fraction], total: int) -> list[int]:
    down = [math.floor(value) for value in exact]
    order = sorted(range(len(exact)), key=lambda at: (down[at] - exact[at], at))
    for at in order[: total - sum(down)]:
        down[at] += 1
    return down
