"""What serving a customer costs, once more: day by day and effort by effort, in fractions."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

Row = dict[str, Any]
ACTIVITIES = ("visit", "senior_visit", "call", "training", "sample", "promotion", "gift", "freight",
              "complaint", "other")  # fmt: skip


def half_even(value: Fraction) -> int:
    return round(value)  # Python rounds fractions half-even


def in_force(rates: list[Row], activity: str, day: date) -> Row | None:
    fitting = [r for r in rates if r["activity"] == activity and r["since"] <= day]
    return max(fitting, key=lambda r: r["since"], default=None)


def cost(effort: Row, rates: list[Row]) -> int | None:
    if effort["amount"] is not None:
        return int(effort["amount"])
    rate = in_force(rates, effort["activity"], effort["date"]) or {}
    if effort["hours"] is not None and rate.get("per_hour") is not None:
        return half_even(Fraction(effort["hours"]) * rate["per_hour"])
    if rate.get("per_time") is not None:
        times = 1 if effort["quantity"] is None else effort["quantity"]
        return half_even(Fraction(times) * rate["per_time"])
    return None


def financing(
    mine: list[Row], receipts: list[Row], rates: list[Row], start: date, end: date
) -> int | None:
    """The charge of each day on its own; ``None`` where money was owed on a day without a rate."""
    charge, bare, day = Fraction(0), 0, start
    while day <= end:
        balance = sum(r["gross"] for r in mine if r["doc_date"] <= day)
        balance -= sum(r["amount"] for r in receipts if r["date"] <= day)
        rate = in_force(rates, "financing", day)
        if rate is None:
            bare += balance
        else:
            charge += Fraction(balance) * Fraction(rate["per_year"]) / 365
        day += timedelta(days=1)
    return None if bare else half_even(charge)


def served(
    who: str, mine: list[Row], receipts: list[Row], efforts: list[Row], rates: list[Row],
    start: date, end: date, found: Row,
) -> Row:  # fmt: skip
    """``found``: what was computed before of net sales and gross profit."""
    now = [e for e in efforts if start <= e["date"] <= end]
    own = [e for e in now if e["customer_id"] == who]
    hours = sum((e["hours"] or Decimal(0) for e in own), Decimal(0))
    whole = sum((e["hours"] or Decimal(0) for e in now), Decimal(0))
    costs = [cost(e, rates) for e in own]
    given = sum(
        r["discount"] or 0 for r in mine
        if start <= r["doc_date"] <= end and r["kind"] != "opening"
    )  # fmt: skip
    paid = [r for r in receipts if r["customer_id"] == who]
    rebates = sum(
        r["amount"] for r in paid if start <= r["date"] <= end and r.get("kind") == "rebate"
    )
    charge = financing(mine, paid, rates, start, end)
    priced = None if None in costs else sum(costs)
    service = None if charge is None or priced is None else rebates + priced + charge
    profit = found["gross_profit"]
    by_activity = {}
    for name in ACTIVITIES:
        of_it = [each for e, each in zip(own, costs, strict=True) if e["activity"] == name]
        by_activity[f"effort_cost_{name}"] = None if None in of_it else sum(of_it)
    return by_activity | {
        "list_sales": found["net_sales"] + given, "discounts": given, "rebates": rebates,
        "efforts": len(own), "effort_hours": float(hours),
        "effort_share": float(Fraction(hours) / Fraction(whole)) if whole else None,
        "effort_cost": priced, "efforts_unpriced": costs.count(None), "financing": charge,
        "cost_to_serve": service,
        "profit_after_service": None if None in (profit, service) else profit - service,
    }  # fmt: skip
