"""Territories and owners follow what the books say of customers."""

from __future__ import annotations

from mainstay.parties import owners, territories


def follow_books() -> None:
    """Settle them anew. Call in the transaction that changed customers."""
    territories.settle()
    owners.follow_books()
