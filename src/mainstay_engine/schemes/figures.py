"""The measured figures of all customers as numpy columns, and their words for people."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mainstay_engine.errors import NoData
from mainstay_engine.metrics import Metric, metrics

if TYPE_CHECKING:
    from mainstay_engine.schemes.clauses import Condition

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LEVEL = "level"
"""Unit of what people judge: a place on a scale of described levels."""
POINTS_SCALE = 1_000_000
"""Points are held as whole millionths, so that sums and comparisons of points are exact."""
_NUMBER_SCALE = 10_000
"""Quantities carry four decimals; as whole ten-thousandths they add up exactly."""


@dataclass(frozen=True)
class Column:
    """One metric over all customers: numbers in the metric's own grain, and where they exist.

    ``values`` is int64 (money in minor units, counts, days) or float64 (ratios, numbers, gaps);
    meaningless where ``present`` is false.
    """

    name: str
    unit: str
    values: Ints | Floats
    present: Flags

    @property
    def scale(self) -> int:
        """Factor from the figure to the whole numbers it is added up in."""
        if self.unit == "points":
            return POINTS_SCALE
        return _NUMBER_SCALE if self.values.dtype.kind == "f" else 1

    @cached_property
    def whole_numbers(self) -> Ints:
        """The figures as int64 that can be added up exactly (see ``scale``); 0 where missing."""
        values = np.where(self.present, self.values, 0)
        if values.dtype.kind == "f":
            values = np.rint(values * self.scale)
        return np.asarray(values, np.int64)

    def at(self, row: int) -> int | float | None:
        """One customer's figure as a Python number, ``None`` where missing."""
        value: int | float = self.values[row].item()
        return value if self.present[row] else None

    @cached_property
    def floats(self) -> Floats:
        """The figures as floats, NaN where missing."""
        return np.where(self.present, self.values, np.nan).astype(np.float64)


class Read(Protocol):
    """Figures as a scheme reads them: those measured, or those that a customer might have."""

    def __len__(self) -> int: ...

    def column(self, name: str) -> Column: ...

    def in_minor(self, number: Decimal, unit: str) -> Decimal: ...

    def meets(self, condition: Condition) -> Flags: ...


@dataclass(frozen=True)
class Figures:
    """What a scheme reads: one row per customer, sorted by customer code."""

    table: pa.Table
    exponent: int
    """Decimal places of the currency's minor unit."""
    only: Flags | None = None
    """Whose figures are seen; all others have none. ``None``: everybody's."""

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @cached_property
    def ids(self) -> list[str]:
        return [str(customer) for customer in self.table["customer_id"].to_pylist()]

    def column(self, name: str) -> Column:
        """The column of a metric, converted once."""
        if name not in self._columns:
            self._columns[name] = self.seen(_column(name, self.table[name].combine_chunks()))
        return self._columns[name]

    @cached_property
    def _columns(self) -> dict[str, Column]:
        return {}

    def seen(self, column: Column) -> Column:
        """A column without the figures of those who are not seen."""
        if self.only is None:
            return column
        return replace(column, present=column.present & self.only)

    def among(self, mask: Flags) -> Figures:
        """All customers, but only the figures of those of the mask."""
        return Figures(self.table, self.exponent, mask)

    def keep(self, mask: Flags) -> Figures:
        """Only the customers of the mask."""
        only = None if self.only is None else self.only[mask]
        return Figures(self.table.filter(pa.array(mask)), self.exponent, only)

    def meets(self, condition: Condition) -> Flags:
        """Who meets a condition, found once."""
        if condition not in self._met:
            self._met[condition] = met(condition, self)
        return self._met[condition]

    @cached_property
    def _met(self) -> dict[Condition, Flags]:
        return {}

    def in_minor(self, number: Decimal, unit: str) -> Decimal:
        """A figure of the scheme in the grain of the metric: money in minor units."""
        return number.scaleb(self.exponent) if unit == "money" else number


def met(condition: Condition, figures: Read) -> Flags:
    """Who meets a condition with these figures."""
    column = figures.column(condition.metric)
    value = condition.value if condition.value is not None else Decimal(0)
    return compare(column, condition.op, Fraction(figures.in_minor(value, column.unit)))


def compare(column: Column, op: str, number: Fraction) -> Flags:
    """Where the column meets the comparison; a missing value meets only ``missing``."""
    if op == "missing":
        return ~column.present
    values = column.values
    if values.dtype.kind == "f":
        limit: Any = float(number)
    elif op in ("<", ">="):
        limit = math.ceil(number)
    elif op in ("<=", ">"):
        limit = math.floor(number)
    elif number.denominator != 1:
        return np.zeros(len(values), bool)
    else:
        limit = int(number)
    met = {
        "<": lambda: values < limit,
        "<=": lambda: values <= limit,
        "==": lambda: values == limit,
        ">=": lambda: values >= limit,
        ">": lambda: values > limit,
    }[op]()
    return np.asarray(met & column.present, bool)


def _column(name: str, data: Any) -> Column:
    if pa.types.is_null(data.type):
        data = data.cast(pa.float64())
    floating = pa.types.is_floating(data.type)
    if data.null_count:
        empty = pa.scalar(0.0 if floating else 0, data.type)
        values = pc.fill_null(data, empty).to_numpy(zero_copy_only=False)
        present = pc.is_valid(data).to_numpy(zero_copy_only=False)
    else:
        values, present = data.to_numpy(zero_copy_only=False), np.ones(len(data), bool)
    if floating:
        present = present & ~np.isnan(values)
    kind = np.float64 if floating else np.int64
    unit = metric(name).unit if name in _catalogue() else LEVEL
    return Column(name, unit, values.astype(kind, copy=False), present)


def figures_of(
    table: pa.Table, names: Iterable[str], exponent: int, optional: Iterable[str] = ()
) -> Figures:
    """Take ``names`` from a table of metrics, sorted by customer code, and those ``optional``
    ones: nobody has a value of one that is not there.

    Raises ``NoData`` when one of ``names`` is not in the table.
    """
    wanted = list(names)
    absent = [name for name in wanted if name not in table.column_names]
    if absent:
        listed = ", ".join(absent)
        raise NoData(
            {"en": f"The table of metrics lacks {listed}.", "zh": f"指标表缺少 {listed}。"},
            {"en": "Compute these metrics first.", "zh": "请先计算这些指标。"},
            metrics=absent,
        )
    if "customer_name" not in table.column_names:
        table = table.append_column("customer_name", pa.nulls(table.num_rows, pa.string()))
    more = [name for name in dict.fromkeys(optional) if name not in wanted]
    for name in set(more) - set(table.column_names):
        kind = pa.float64() if metric(name).float else pa.int64()
        table = table.append_column(name, pa.nulls(table.num_rows, kind))
    table = table.select(["customer_id", "customer_name", *wanted, *more]).combine_chunks()
    ids = table["customer_id"]
    if len(ids) > 1 and not pc.all(pc.less(ids[:-1], ids[1:])).as_py():
        table = table.sort_by("customer_id")
    return Figures(table, exponent)


def metric(name: str) -> Metric:
    """The catalogue's entry of a metric."""
    return _catalogue()[name]


def _catalogue() -> dict[str, Metric]:
    if not _CATALOGUE:
        _CATALOGUE.update({entry.name: entry for entry in metrics()})
    return _CATALOGUE


_CATALOGUE: dict[str, Metric] = {}


@lru_cache(maxsize=16_384)
def percent(share: Decimal | float) -> str:
    """«94.99%»: two decimals, rounded down: a figure below a cut never reads as the cut."""
    exact = share if isinstance(share, Decimal) else Decimal(repr(float(share)))
    hundredth = (exact * 100).quantize(Decimal("0.01"), ROUND_FLOOR)
    return f"{plain(hundredth)}%".replace("-", MINUS)


def plain(number: Decimal) -> str:
    """A decimal without exponent and without trailing zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def major(minor: int, exponent: int) -> Decimal:
    """Minor units as an exact amount in major units."""
    return Decimal(minor).scaleb(-exponent)


MINUS = "\u2212"
SIGNS = {
    "CNY": "¥", "USD": "$", "GBP": "£", "EUR": "€", "JPY": "JP¥", "KRW": "₩", "HKD": "HK$",
    "TWD": "NT$", "INR": "₹", "SGD": "S$", "AUD": "A$", "CAD": "C$",
}  # fmt: skip
"""What stands before an amount; a currency without a sign of its own stands there as its code."""


def currency_sign(currency: str | None) -> str:
    """What stands before an amount; nothing where its currency is not known."""
    return SIGNS.get(currency, f"{currency} ") if currency else ""


_UNIT_WORDS: dict[str, dict[str, tuple[str, str]]] = {
    "days": {"en": ("{} day", "{} days"), "zh": ("{} 天", "{} 天")},
    "points": {"en": ("{} point", "{} points"), "zh": ("{} 分", "{} 分")},
}


@lru_cache(maxsize=16_384)
def words(value: Any, unit: str, lang: str, *, exponent: int, currency: str | None) -> str:
    """A figure in words: «£1,234.50», «94.99%», «44 days». ``value`` in the metric's grain."""
    if value is None:
        return "–"
    if unit == "money":
        amount, sign = major(int(value), exponent), currency_sign(currency)
        return f"{MINUS if amount < 0 else ''}{sign}{abs(amount):,.{exponent}f}"
    if unit == "ratio":
        return percent(value)
    if unit == "date":
        return str(value)
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if unit == "points":  # rounded down, as percents are
        number = number.quantize(Decimal("0.01"), ROUND_FLOOR)
    text = plain(number) if number != number.to_integral() else f"{int(number):,}"
    one, many = _UNIT_WORDS.get(unit, {}).get(lang, ("{}", "{}"))
    return (one if number == 1 else many).format(text)
