"""Fact tables of rooms above this one: each says which rows the engine is to read of it.

A metric whose facts nobody provides has no data; it never falls back to another measure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from mainstay.insights.extracting import Extract, narrowed


@dataclass(frozen=True, slots=True)
class Provider:
    """One fact table. ``only``: SQL that narrows it to one customer, from its id."""

    extract: Extract
    only: Callable[[int], str]
    mark: Callable[[], str]
    """Changes whenever rows do that no import brought or took back; empty: there are none."""


_PROVIDERS: dict[str, Provider] = {}


def provide(
    table: str, extract: Extract, *, only: Callable[[int], str], mark: Callable[[], str]
) -> None:
    """Let the engine read a fact table (``efforts``, ``effort_rates``) out of a room."""
    _PROVIDERS[table] = Provider(extract, only, mark)


def extracts(customer: int | None = None) -> list[Extract]:
    """What is to be read: the rows of all customers, or of one by its id."""
    if customer is None:
        return [one.extract for one in _PROVIDERS.values()]
    return [narrowed(one.extract, one.only(customer)) for one in _PROVIDERS.values()]


def named(found: Sequence[pa.Table]) -> dict[str, pa.Table]:
    """What was read of ``extracts``: the tables that hold any row, by name."""
    return {name: rows for name, rows in zip(_PROVIDERS, found, strict=True) if rows.num_rows}


def marks() -> list[str]:
    """What tells the provided rows from those of another moment, where there are any."""
    return [f"{name}:{told}" for name, one in _PROVIDERS.items() if (told := one.mark())]
