"""Every metric again, in plain Python over lists of rows: slow, simple, and independent of SQL."""

from __future__ import annotations

import calendar
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Any

from tests.engine import effort_reference

Row = dict[str, Any]
DAY = timedelta(days=1)


def earlier(day: date, months: int) -> date:
    """The same day ``months`` months earlier, clipped."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def seen(rows: list[Row], day: str, as_of: date, known: date | None) -> list[Row]:
    return [
        row for row in rows
        if row[day] <= as_of and (known is None or (row.get("known_since") or row[day]) <= known)
    ]  # fmt: skip


def divided(over: int | None, under: int | None) -> float | None:
    return over / under if over is not None and under is not None and under > 0 else None


def metrics(
    lines: list[Row],
    receipts: list[Row],
    customers: list[Row],
    allocations: list[Row],
    *,
    as_of: date,
    months: int,
    known: date | None = None,
    efforts: list[Row] = (),
    effort_rates: list[Row] = (),
) -> dict[str, dict[str, Any]]:
    """customer → metric → value, all columns given."""
    start, end = earlier(as_of, months) + DAY, as_of
    before, until = earlier(as_of, 2 * months) + DAY, start - DAY
    lines, receipts = seen(lines, "doc_date", as_of, known), seen(receipts, "date", as_of, known)
    home = {row["customer_id"]: row["region"] for row in customers}
    company = sum(row["net"] for row in lines if start <= row["doc_date"] <= end)
    invoiced = [r for r in lines if start <= r["doc_date"] <= end and r["kind"] == "invoice"]
    sold = sum(row["net"] for row in invoiced)
    kept = sum(row["net"] for row in lines
               if start <= row["doc_date"] <= end and row["kind"] != "opening")  # fmt: skip
    back = (sold - kept) / sold if sold > 0 and sold > kept else None
    efforts = seen(efforts, "date", as_of, known)
    effort_rates = seen(effort_rates, "since", as_of, known)
    ids = {row["customer_id"] for row in lines + receipts + efforts} | set(home)
    ids.discard(None)
    result = {}
    for who in ids:
        mine = [row for row in lines if row["customer_id"] == who]
        result[who] = _sales(mine, start, end, before, until, as_of, company, home.get(who))
        rate = result[who]["return_rate"]
        result[who]["return_concentration"] = rate / back if rate is not None and back else None
        money = sum(r["amount"] for r in receipts
                    if r["customer_id"] == who and start <= r["date"] <= end
                    and r.get("kind") not in ("write_off", "rebate", "opening"))  # fmt: skip
        owed = sum(row["gross"] for row in mine
                   if start <= row["doc_date"] <= end and row["kind"] != "opening")  # fmt: skip
        result[who] |= {
            "receipts": money, "invoiced": owed, "collection_rate": divided(money, owed),
        }  # fmt: skip
        paid = honoured([r for r in receipts if r["customer_id"] == who])
        result[who]["bills_at_risk"] = sum(
            r["amount"]
            for r in paid
            if r.get("kind") == "bill" and (r["maturity"] or half_a_year_on(r["date"])) > as_of
        )
        terms = next((c["terms_days"] for c in customers if c["customer_id"] == who), None)
        result[who] |= settled(
            mine, paid,
            [a for a in allocations if known is None or (a.get("known_since") or known) <= known],
            terms, start, end, as_of,
        )  # fmt: skip
        result[who] |= effort_reference.served(
            who, mine, receipts, efforts, effort_rates, start, end, result[who]
        )
    gaps = [r["median_gap"] for r in result.values() if r["_days"] >= 3]
    for row in result.values():
        row["rhythm_gap"] = (
            row["median_gap"] if row["_days"] >= 3 else median(gaps) if gaps else None
        )
        del row["_days"]
    return result


def _sales(
    mine: list[Row], start: date, end: date, before: date, until: date, as_of: date,
    company: int, home: str | None,
) -> Row:  # fmt: skip
    mine = [row for row in mine if row["kind"] != "opening"]
    now = [row for row in mine if start <= row["doc_date"] <= end]
    bought = [row for row in now if row["kind"] == "invoice"]
    net, sold = sum(r["net"] for r in now), sum(r["net"] for r in bought)
    previous = sum(r["net"] for r in mine if before <= r["doc_date"] <= until)
    lacking = sum(r["cost"] is None for r in now)
    cost = None if lacking else sum(r["cost"] for r in now)
    profit = None if cost is None else net - cost
    discount = sum(r["discount"] for r in now)
    documents: dict[tuple[str, date], int] = defaultdict(int)
    for row in mine:
        if row["kind"] == "invoice":
            documents[row["doc_no"], row["doc_date"]] += row["net"]
    orders = {key: value for key, value in documents.items() if value > 0}
    inside = [value for (_, day), value in orders.items() if start <= day <= end]
    days = sorted({day for _, day in orders})
    gaps = [(b - a).days for a, b in pairwise(days)]
    gap = median(gaps) if gaps else None
    spread = median(abs(each - gap) for each in gaps) if gaps else None
    recency = (as_of - days[-1]).days if days else None
    placed = [row for row in bought if row["region"] is not None] if home else []
    return {
        "net_sales": net, "gross_sales": sold, "returns": sold - net,
        "return_rate": divided(sold - net, sold), "cost": cost, "cost_missing_lines": lacking,
        "gross_profit": profit, "margin": divided(profit, net),
        "discount_rate": divided(discount, net + discount),
        "quantity": float(sum((row["quantity"] for row in now), Decimal(0))),
        "orders": len(inside), "order_days": len({d for d in days if start <= d <= end}),
        "lines": len(bought), "items": len({r["item"] for r in bought} - {None}),
        "categories": len({r["category"] for r in bought} - {None}),
        "average_order": int((Decimal(sum(inside)) / len(inside)).quantize(1, ROUND_HALF_EVEN))
        if inside else None,
        "largest_order_share": max(inside) / sum(inside) if inside else None,
        "first_purchase": days[0] if days else None, "last_purchase": days[-1] if days else None,
        "recency": recency, "tenure": (as_of - days[0]).days if days else None,
        "median_gap": gap, "silence_ratio": recency / gap if gap else None, "_days": len(days),
        "gap_unevenness": spread / gap if len(days) > 2 else None,
        "previous_net_sales": previous,
        "growth": (net - previous) / previous if previous > 0 else None,
        "sales_share": divided(net, company),
        "outside_region_share": divided(
            sum(row["net"] for row in placed if row["region"] != home),
            sum(row["net"] for row in placed)),
    }  # fmt: skip


def half_a_year_on(day: date) -> date:
    year, month = (day.year, day.month + 6) if day.month <= 6 else (day.year + 1, day.month - 6)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def honoured(receipts: list[Row]) -> list[Row]:
    """Dishonours taken off the bills of their number, one after another."""
    paid = sorted((dict(row) for row in receipts), key=lambda row: row["date"])
    for back in paid:
        if back.get("kind") != "dishonour" or back["bill_no"] is None:
            continue
        for bill in paid:
            if bill.get("kind") == "bill" and bill["bill_no"] == back["bill_no"]:
                part = max(0, min(-back["amount"], bill["amount"]))
                bill["amount"] -= part
                back["amount"] += part
    return paid


def settled(
    mine: list[Row], receipts: list[Row], allocations: list[Row], terms: int | None,
    start: date, end: date, as_of: date,
) -> Row:  # fmt: skip
    """Documents settled one receipt at a time."""
    grouped: dict[tuple[date, str, str], Row] = {}
    for row in mine:
        key = row["doc_date"], row["doc_no"], row["kind"]
        document = grouped.setdefault(key, {"owed": 0, "due": None})
        document["owed"] += row["gross"]
        if row["due_date"] and (document["due"] is None or row["due_date"] > document["due"]):
            document["due"] = row["due_date"]
    debits, credits = [], []
    for (day, number, _), document in grouped.items():
        due = document["due"] or (day + timedelta(days=terms) if terms is not None else None)
        if document["owed"] > 0:
            debits.append({"no": number, "day": day, "due": due, "left": document["owed"],
                           "owed": document["owed"], "invoice": True})  # fmt: skip
        elif document["owed"] < 0:
            credits.append({"no": number, "day": day, "left": -document["owed"], "to": None,
                            "note": True})  # fmt: skip
    for row in receipts:
        if row["amount"] < 0:
            debits.append({"no": row["receipt_no"], "day": row["date"], "due": None,
                           "left": -row["amount"], "owed": -row["amount"],
                           "invoice": False})  # fmt: skip
        elif row["amount"] > 0:
            credits.append({"no": row["receipt_no"], "day": row["date"], "left": row["amount"],
                            "to": row["applied_to"], "note": False})  # fmt: skip
    debits.sort(key=lambda d: (d["due"] or d["day"], d["day"], d["no"]))
    credits.sort(key=lambda c: (c["day"], c["no"]))
    parts: list[tuple[Row, date, int]] = []

    def settle(credit: Row, debit: Row, most: int) -> None:
        amount = min(credit["left"], debit["left"], most)
        if amount > 0:
            credit["left"] -= amount
            debit["left"] -= amount
            parts.append((debit, max(credit["day"], debit["day"]), amount))

    for wish in allocations:
        credit = next((c for c in credits if c["no"] == wish["receipt_no"]), None)
        debit = next((d for d in debits if d["no"] == wish["doc_no"]), None)
        if credit and debit:
            settle(credit, debit, wish["amount"])
    for credit in credits:
        debit = next((d for d in debits if credit["to"] and d["no"] == credit["to"]), None)
        if debit:
            settle(credit, debit, credit["left"])
    for credit in credits:
        for debit in debits:
            settle(credit, debit, credit["left"])
    balance = sum(d["left"] for d in debits) - sum(c["left"] for c in credits)
    missing = (
        "due_in_window", "collection_rate_due", "overdue_balance", "overdue_share", "days_late",
        "overdue_invoices", "oldest_overdue_days",
    )  # fmt: skip
    result: Row = dict.fromkeys(missing)
    result["open_balance"] = balance
    invoices = [d for d in debits if d["invoice"]]
    if any(d["due"] is None for d in invoices):
        return result
    due = [d for d in invoices if start <= d["due"] <= end]
    overdue = [d for d in invoices if d["due"] < as_of and d["left"]]
    late = [(max((day - d["due"]).days, 0), amount) for d, day, amount in parts
            if d["invoice"] and start <= day <= end]  # fmt: skip
    late += [((as_of - d["due"]).days, d["left"]) for d in overdue]
    owed = sum(d["owed"] for d in due)
    overdue_balance = sum(d["left"] for d in overdue)
    weight = sum(amount for _, amount in late)
    result |= {
        "due_in_window": owed,
        "collection_rate_due": divided(owed - sum(d["left"] for d in due), owed),
        "overdue_balance": overdue_balance,
        "overdue_share": divided(overdue_balance, sum(d["left"] for d in invoices)),
        "overdue_invoices": len(overdue),
        "oldest_overdue_days": max(((as_of - d["due"]).days for d in overdue), default=0),
        "days_late": float(Fraction(sum(n * a for n, a in late), weight)) if weight else None,
    }
    return result
