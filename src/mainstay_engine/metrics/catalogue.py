"""The catalogue: what a metric is, and the register of all of them.

A *measure* is an exact integer or date that SQL can add up (net sales in the window). A *metric* is
what people read: a measure, or a function of measures and other metrics computed in numpy. Because
everything inexact happens here and not in SQL, every back end gives the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from mainstay_engine.errors import UnknownName
from mainstay_engine.metrics.formulas import ZH

if TYPE_CHECKING:
    from mainstay_engine.metrics.board import Board

Unit = Literal["money", "ratio", "days", "count", "date", "number"]
Span = Literal["current", "previous", "life"]
"""The window, the window before it, everything up to the as-of date."""
Feed = Literal["sum", "order", "distinct", "region", "receipt", "bill", "open", "rebate", "effort",
               "capital"]  # fmt: skip


class Measure(NamedTuple):
    """One exact aggregate per customer. ``feed`` says which scan answers it."""

    feed: Feed
    name: str
    span: Span = "current"


@dataclass(frozen=True, slots=True)
class Figure:
    """One value per customer: integers (money, counts, days since 1970) or floats; known or not."""

    values: npt.NDArray[np.int64] | npt.NDArray[np.float64]
    known: npt.NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        values: npt.NDArray[np.int64] | npt.NDArray[np.float64],
        known: npt.NDArray[np.bool_] | None = None,
    ) -> Figure:
        """A figure known for everybody, or where ``known`` says so."""
        return cls(values, np.ones(len(values), dtype=bool) if known is None else known)


def ratio(over: Figure, under: Figure) -> Figure:
    """``over ÷ under`` where both are known and ``under`` is positive; else missing."""
    known = over.known & under.known & (under.values > 0)
    values = np.full(len(known), np.nan)
    np.divide(over.values, under.values, out=values, where=known)
    return Figure(values, known)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric, defined once.

    ``formula`` is text for people, which calls other metrics by their titles, never their names;
    ``missing`` says, in both languages, when there is no value;
    ``needs`` lists the facts without which nobody has a value («lines.cost»; alternatives with
    «|»); ``requires`` other metrics; ``measures`` what SQL must add up. ``windowed`` metrics depend
    on the window, the others on everything up to the as-of date.
    """

    name: str
    en: str
    zh: str
    unit: Unit
    family: str
    formula: str
    missing: dict[str, str]
    source: str
    compute: Callable[[Board], Figure]
    measures: tuple[Measure, ...] = ()
    requires: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()
    windowed: bool = True
    fitted: bool = False
    """Whether a model is fitted to all customers for it: answered only when asked for by name."""

    @property
    def title(self) -> dict[str, str]:
        return {"en": self.en, "zh": self.zh}

    @property
    def formulas(self) -> dict[str, str]:
        """The formula in both languages."""
        return {"en": self.formula, "zh": ZH[self.name]}

    @property
    def float(self) -> bool:
        """Whether the column is a float64 (ratios, numbers and medians of days)."""
        return self.unit in ("ratio", "number") or self.name in _MEDIANS

    def to_dict(self) -> dict[str, object]:
        """Everything but the function, ready for JSON."""
        return {
            "name": self.name, "title": self.title, "unit": self.unit, "family": self.family,
            "formula": self.formula, "formulas": self.formulas, "missing": self.missing,
            "source": self.source,
            "needs": sorted(self.needs), "requires": list(self.requires),
            "windowed": self.windowed, "fitted": self.fitted,
        }  # fmt: skip


_MEDIANS = frozenset({"median_gap", "rhythm_gap", "days_late"})

NEVER = {"en": "Never missing: zero where nothing happened.", "zh": "不会缺失：没有业务时为零。"}
OWN = "Mainstay"


def metrics() -> list[Metric]:
    """Every metric of the catalogue, family by family."""
    return list(_register().values())


def metric(name: str) -> Metric:
    """The metric of that name; ``UnknownName`` lists those there are."""
    try:
        return _register()[name]
    except KeyError:
        names = ", ".join(_register())
        raise UnknownName(
            {"en": f"There is no metric «{name}».", "zh": f"没有名为“{name}”的指标。"},
            {"en": f"Metrics: {names}.", "zh": f"可用指标：{names}。"},
            name=name,
        ) from None


def closure(names: Iterable[str]) -> list[Metric]:
    """The metrics and all they require, each after what it requires."""
    ordered: dict[str, Metric] = {}

    def visit(name: str) -> None:
        if name not in ordered:
            found = metric(name)
            for required in found.requires:
                visit(required)
            ordered[name] = found

    for name in names:
        visit(name)
    return list(ordered.values())


_registered: dict[str, Metric] = {}


def _register() -> dict[str, Metric]:
    if not _registered:
        from mainstay_engine.metrics import (
            assortment,
            effort,
            growth,
            lifetime,
            profit,
            receivables,
            rhythm,
            sales,
        )

        families = (sales, profit, rhythm, assortment, growth, receivables, effort, lifetime)
        for family in families:
            for one in family.METRICS:
                _registered[one.name] = one
    return _registered
