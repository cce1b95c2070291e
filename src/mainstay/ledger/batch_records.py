"""What the ledger's selectors of imports hand to pages. Money in minor units of ``currency``."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One import."""

    id: int
    state: str
    """loading · applied · failed · undone"""
    created_at: dt.datetime
    applied_at: dt.datetime | None
    created_by: str
    """User name."""
    created_by_name: str
    """The name that colleagues read."""
    files: tuple[dict[str, Any], ...]
    """``name``, ``table``, ``size``, ``sha256``, ``sheet``"""
    counts: dict[str, Any]
    currency: str
    exponent: int
    is_demo: bool
    undone_at: dt.datetime | None
    undone_by: str
    undone_by_name: str
    undo_reason: str


@dataclass(frozen=True, slots=True)
class BatchDetail:
    """One import and how its columns were understood."""

    row: BatchRow
    mapping: dict[str, Any]
    """Per table: canonical column → heading, where somebody chose it."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What counts no more once an import is taken back. Changed documents become what they were."""

    documents_new: int
    documents_changed: int
    lines: int
    net: int
    """Of all these documents as the import has them."""
    receipts: int
    received: int
    commitments: int
    """Orders and deliveries, apart from the documents above."""
    rates: int = 0
