"""Terms of payment of a customer: when its invoices fall due, by the engine's calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mainstay_engine.terms import Terms


@dataclass(frozen=True, slots=True)
class Preview:
    """One reading of terms, and when the invoices of a month fall due by it."""

    terms: Terms
    spans: tuple[tuple[date, date, date], ...]
    """Invoiced from, to, due."""

    @property
    def notation(self) -> str:
        return str(self.terms)


def terms_of(terms: str, terms_days: int | None) -> Terms | None:
    """The terms on a customer's card: the rule where there is one, else the days, else none."""
    from mainstay_engine.terms import Terms, parse_terms

    if terms:
        return parse_terms(terms)
    return None if terms_days is None else Terms(terms_days)


def due_date(invoiced: date, terms: str, terms_days: int | None) -> date | None:
    """The day an invoice of that day falls due by the card's terms; ``None`` without terms."""
    found = terms_of(terms, terms_days)
    return None if found is None else found.due_date(invoiced)


def previews(words: str, month: date) -> tuple[Preview, ...]:
    """Every reading of terms as written; none where they cannot be read."""
    from mainstay_engine.terms import calendar, readings

    return tuple(
        Preview(terms, tuple((s.first, s.last, s.due) for s in calendar(terms, month)))
        for terms in readings(words)
    )
