"""Pure decisions of the pages: company growth and shares, and which facts matter now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mainstay.insights.records import FactNow

SILENT_FROM = 2.0
"""Silence, in own gaps between orders, from which it is worth a word (preset ``behaviour``)."""
LOST_FROM = 4.0
SHORT_SILENCE = 30
"""Days of silence that are never worth a word, however dense the orders."""


def growth(now: int, before: int) -> float | None:
    """Change against the window before, as the engine's metric has it; None without a before."""
    return (now - before) / before if before > 0 else None


def share(part: int | None, whole: int) -> float | None:
    """Part of a whole; None where there is no part or nothing to be part of."""
    return part / whole if part is not None and whole > 0 else None


@dataclass(frozen=True, slots=True)
class Standing:
    """A customer's place under one scheme."""

    scheme: str
    klass: str
    ranked: bool
    value: float | int | None
    unit: str
    next_class: str | None
    """The class above; ``None`` for the best."""
    least_above: float | int | None
    """Deciding value of the least customer in the class above."""


def facts_now(
    measured: Mapping[str, Any], standing: Standing | None, credit_limit: int | None = None
) -> tuple[FactNow, ...]:
    """The three facts: what is overdue, how far the next class is, silence against own rhythm.

    Where more is open than the credit limit allows, that comes first, in place of the next class.
    """
    over = _over_limit(measured, credit_limit)
    if over is not None:
        return (over, _owed(measured), _silence(measured))
    facts = [_owed(measured), _silence(measured)]
    if standing is not None:
        facts.insert(1, _distance(standing))
    return tuple(facts)


def _over_limit(measured: Mapping[str, Any], limit: int | None) -> FactNow | None:
    """A limit of 0 is what many systems write where none was set: it allows and forbids nothing."""
    owed = measured.get("open_balance")
    if not limit or owed is None or owed <= limit:
        return None
    return FactNow(
        "over_limit", "bad", {"amount": owed - limit, "limit": limit, "open_balance": owed}
    )


def _owed(measured: Mapping[str, Any]) -> FactNow:
    overdue, open_balance = measured.get("overdue_balance"), measured.get("open_balance")
    if overdue is None or open_balance is None:
        return FactNow("no_receivables", "plain", {})
    if overdue <= 0:
        return FactNow("nothing_overdue", "good", {"open_balance": open_balance})
    share = measured.get("overdue_share")
    tone = "bad" if share is not None and share >= 0.25 else "warn"
    return FactNow(
        "overdue",
        tone,
        {
            "amount": overdue,
            "open_balance": open_balance,
            "share": share,
            "invoices": measured.get("overdue_invoices"),
            "days": measured.get("oldest_overdue_days"),
        },
    )


def _distance(standing: Standing) -> FactNow:
    place = {"scheme": standing.scheme, "klass": standing.klass}
    if standing.next_class is None:
        return FactNow("top_class", "good", place)
    if not standing.ranked or standing.value is None or standing.least_above is None:
        return FactNow("not_ranked", "plain", place)
    return FactNow(
        "next_class",
        "plain",
        place
        | {
            "next_class": standing.next_class,
            "amount": max(standing.least_above - standing.value, 0),
            "unit": standing.unit,
        },
    )


def is_silent(days: int | None, gap: float | None) -> bool:
    """Whether so many days without an order, against the usual gap between orders, are worth a
    word.
    """
    return bool(days and gap and days > SHORT_SILENCE and days / gap > SILENT_FROM)


def _silence(measured: Mapping[str, Any]) -> FactNow:
    days, gap = measured.get("recency"), measured.get("rhythm_gap")
    if days is None:
        return FactNow("never_bought", "plain", {})
    if not is_silent(days, gap):
        return FactNow("in_rhythm", "good", {"days": days, "gap": gap})
    ratio = days / gap
    tone = "bad" if ratio > LOST_FROM else "warn"
    return FactNow("silent", tone, {"days": days, "gap": gap, "ratio": ratio})
