"""Efforts and rates as the engine's fact tables."""

from __future__ import annotations

import pyarrow as pa
from django.db.models import Count, Max, Q

from mainstay.effort.models import Effort, Rate
from mainstay.insights.extracting import DATE, MONEY, TEXT, Extract
from mainstay.insights.providing import provide

IN_FORCE = "(b.id IS NULL OR b.state = 'applied')"
COUNTS = (
    f"e.withdrawn_at IS NULL AND {IN_FORCE} AND NOT EXISTS ("  # noqa: S608  ours
    "SELECT 1 FROM effort_effort o JOIN ledger_importbatch ob ON ob.id = o.batch_id "
    "WHERE o.key = e.key AND o.key > '' AND o.id < e.id AND ob.state = 'applied')"
)
"""``Effort.objects.visible()`` in SQL."""
_QUANTITY, _SHARE = pa.decimal128(18, 4), pa.decimal128(20, 10)
EFFORTS = Extract(
    {
        "customer_id": ("c.code", TEXT),
        "date": ("e.date", DATE),
        "activity": ("e.activity", TEXT),
        "person": ("nullif(e.person, '')", TEXT),
        "hours": ("e.hours", _QUANTITY),
        "quantity": ("e.quantity", _QUANTITY),
        "amount": ("e.amount", MONEY),
        "known_since": ("e.known_since", DATE),
    },
    "effort_effort e LEFT JOIN ledger_importbatch b ON b.id = e.batch_id "
    "JOIN parties_customercode k ON k.own_id = e.customer_id "
    f"JOIN parties_customer c ON c.id = k.customer_id WHERE {COUNTS}",
    frozenset({"customer_id", "date", "activity"}),
)
RATES = Extract(
    {
        "activity": ("r.activity", TEXT),
        "since": ("r.since", DATE),
        "per_hour": ("r.per_hour", MONEY),
        "per_time": ("r.per_time", MONEY),
        "per_year": ("r.per_year", _SHARE),
        "known_since": ("r.known_since", DATE),
    },
    "effort_rate r LEFT JOIN ledger_importbatch b ON b.id = r.batch_id "  # noqa: S608  ours
    f"WHERE r.withdrawn_at IS NULL AND {IN_FORCE} AND NOT EXISTS ("
    "SELECT 1 FROM effort_rate o LEFT JOIN ledger_importbatch ob ON ob.id = o.batch_id "
    "WHERE o.activity = r.activity AND o.since = r.since AND o.id > r.id "
    "AND o.withdrawn_at IS NULL AND (ob.id IS NULL OR ob.state = 'applied'))",
    frozenset({"activity", "since"}),
)


def register() -> None:
    """Let the engine read this room's facts."""
    provide(
        "efforts", EFFORTS, only=lambda customer: f" AND c.id = {int(customer)}",
        mark=lambda: _mark(Effort),
    )  # fmt: skip
    provide("effort_rates", RATES, only=lambda customer: "", mark=lambda: _mark(Rate))


def _mark(model: type[Effort | Rate]) -> str:
    """How many rows people recorded, the last of them, and how many they withdrew."""
    by_hand = Q(batch=None)
    found = model._default_manager.aggregate(
        rows=Count("pk", filter=by_hand), last=Max("pk", filter=by_hand),
        gone=Count("pk", filter=Q(withdrawn_at__isnull=False)),
    )  # fmt: skip
    told = f"{found['rows']} {found['last']} {found['gone']}"
    return told if found["rows"] or found["gone"] else ""
