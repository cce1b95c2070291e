"""``backtest``: grade on past days by what was known then, and follow everybody after them.

Days are month ends (or as far apart from the last day as they are). Nothing dated after a day or
known after it takes part in its grading; what followed is told as it was known when the period
ended. A scheme with ``stability`` is given its own run of the day before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mainstay_engine.backtest.report import Backtest, Caught, Gain, Level, Point
from mainstay_engine.errors import NoData
from mainstay_engine.metrics import compute_metrics, latest_document_date
from mainstay_engine.periods import months_before
from mainstay_engine.schemes import Result, grade, load_scheme
from mainstay_engine.schemes.stages import Step

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts

FOLLOWED = {"sales": "net_sales", "profit": "gross_profit", "overdue": "overdue_balance"}
"""Figures of the period after, and the metric each is."""
RESAMPLINGS, SEED = 400, 20261128
INNER = (0.05, 0.95)

_NOBODY = (
    {"en": "On none of the days was any customer known.", "zh": "所有日期均无已知客户。"},
    {"en": "Choose later days, or fewer.", "zh": "请选择较晚的日期，或减少期数。"},
)
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Day:
    """One replayed day, customer by customer in the order of their codes."""

    as_of: date
    until: date
    result: Result
    ids: list[str]
    klass: Ints
    chosen: Flags
    """Who is in the best class."""
    rival: Flags
    """As many, the first by the scheme compared with."""
    followed: dict[str, Ints]
    first_by_rival: Ints
    """Rows in the order of the scheme compared with."""


def backtest(
    facts: Facts,
    scheme: Any,
    *,
    against: Any = "abc",
    periods: int = 12,
    months: int = 3,
    until: date | None = None,
    window: str | None = None,
    judgements: Mapping[str, pa.Table] | None = None,
    tell: Callable[[int, int, date], None] | None = None,
) -> Backtest:
    """Replay a scheme on ``periods`` month ends, each followed for ``months``.

    The last day is ``months`` before ``until`` (default: the latest document known). ``against``:
    the scheme whose first customers are compared at equal number. ``judgements`` by the scheme's
    name, as ``grade`` takes them. ``tell`` is told how many days are done, of how many, and the
    next one; what it raises ends the replay. Days on which nobody can be
    graded are left out and named. Raises ``NoData`` where that is every day.
    """
    chosen, rival = load_scheme(scheme), load_scheme(against)
    end = until or latest_document_date(facts)
    said = judgements or {}
    days: list[_Day] = []
    refused: list[date] = []
    previous, why = None, None
    for back in range(periods - 1, -1, -1):
        day = months_before(end, months + back)
        after = months_before(end, back)
        if tell is not None:
            tell(periods - 1 - back, periods, day)
        try:
            result = grade(facts, chosen, as_of=day, window=window, known_as_of=day,
                           previous=previous, judgements=said.get(chosen.name))  # fmt: skip
            compared = grade(facts, rival, as_of=day, window=window, known_as_of=day,
                             judgements=said.get(rival.name))  # fmt: skip
        except NoData as error:
            refused.append(day)
            why = error
            continue
        if not len(result):
            refused.append(day)
            continue
        previous = result.snapshot()
        days.append(_day(facts, day, after, result, compared))
    if not days:
        raise why or NoData(*_NOBODY)
    return Backtest(
        scheme=chosen.name, version=chosen.version, against=rival.name,
        title=chosen.title.model_dump(), points=tuple(_points(days)),
        gains=tuple(_gains(days)), guards=tuple(_caught(days)), assumed=_assumed(facts),
        refused=tuple(refused),
    )  # fmt: skip


def _day(facts: Facts, day: date, after: date, result: Result, compared: Result) -> _Day:
    d = result.decided
    chosen = d.klass == 0
    ids = d.figures.ids
    rows = {customer: row for row, customer in enumerate(ids)}
    order = [rows[one] for row in compared.decided.order
             if (one := compared.decided.figures.ids[row]) in rows]  # fmt: skip
    first = np.array(order, np.int64)
    rival = np.zeros(len(d), bool)
    rival[first[: int(chosen.sum())]] = True
    return _Day(day, after, result, ids, d.klass, chosen, rival,
                _followed(facts, day, after, ids), first)  # fmt: skip


def _followed(facts: Facts, day: date, until: date, ids: list[str]) -> dict[str, Ints]:
    """What each brought from the day after to ``until``, as known then; without its facts a figure
    is left out.
    """
    names = list(FOLLOWED.values())
    span = f"{(day + timedelta(days=1)).isoformat()}..{until.isoformat()}"
    table = compute_metrics(
        facts, names, as_of=until, window=span, known_as_of=until, optional=set(names[1:])
    )
    at = {str(customer): row for row, customer in enumerate(table["customer_id"].to_pylist())}
    places = np.array([at.get(customer, -1) for customer in ids], np.int64)
    found = {}
    for figure, name in FOLLOWED.items():
        if name not in table.column_names or table[name].null_count == len(table):
            continue
        values = table[name].combine_chunks().fill_null(0).to_numpy(zero_copy_only=False)
        found[figure] = np.where(places >= 0, values[places], 0).astype(np.int64)
    return found


def _points(days: list[_Day]) -> list[Point]:
    found: list[Point] = []
    before: dict[str, int] = {}
    left: dict[str, int] = {}
    """Of whom moved on the day before: the class they had."""
    for number, day in enumerate(days):
        now = dict(zip(day.ids, day.klass.tolist(), strict=True))
        both = before.keys() & now.keys()
        moves = {one: before[one] for one in both if before[one] != now[one]}
        classes = day.result.definition.classes
        sizes = np.bincount(day.klass, minlength=len(classes))
        found.append(Point(
            as_of=day.as_of, until=day.until, customers=len(day.ids),
            counts={klass.id: int(size) for klass, size in zip(classes, sizes, strict=True)},
            moved=len(moves) if number else None, stayed_known=len(both) if number else None,
            back=sum(now.get(one) == klass for one, klass in left.items()) if number > 1 else None,
            levels={name: tuple(_levels(day, values)) for name, values in day.followed.items()},
        ))  # fmt: skip
        before, left = now, moves
    return found


def _levels(day: _Day, values: Ints) -> list[Level]:
    """The classes of the cut from the best down, all but the last together with those above."""
    scheme = day.result.definition
    places = {klass.id: place for place, klass in enumerate(scheme.classes)}
    cut = list(dict.fromkeys((*scheme.cuts.classes, scheme.cuts.rest)))
    inside = np.zeros(len(day.ids), bool)
    found = []
    whole = float(values.sum())
    for klass in cut[:-1]:
        inside |= day.klass == places[klass]
        size = int(inside.sum())
        rival = float(values[day.first_by_rival[:size]].sum())
        told = whole > 0
        found.append(Level(
            klass, size, float(values[inside].sum()) / whole if told else None,
            rival / whole if told else None, size / len(day.ids) if told and day.ids else None,
        ))  # fmt: skip
    return found


def _gains(days: list[_Day]) -> list[Gain]:
    """The best class against as many by the other scheme, and how sure that is: customers are drawn
    anew with replacement, the same ones on all days.
    """
    customers = {one: n for n, one in enumerate(sorted({c for day in days for c in day.ids}))}
    rng = np.random.default_rng(SEED)
    found = []
    for figure in FOLLOWED:
        having = [day for day in days if figure in day.followed]
        if not having:
            continue
        observed = _difference(having, figure, None, customers)
        if observed is None:
            continue
        drawn = [
            _difference(having, figure, rng.poisson(1.0, len(customers)), customers)
            for _ in range(RESAMPLINGS)
        ]
        low, high = np.quantile([one for one in drawn if one is not None], INNER)
        found.append(Gain(figure, observed, float(low), float(high)))
    return found


def _difference(
    days: list[_Day], figure: str, weights: npt.NDArray[Any] | None, customers: dict[str, int]
) -> float | None:
    differences = []
    for day in days:
        values = day.followed[figure].astype(np.float64)
        if weights is not None:
            values = values * weights[_places(day, customers)]
        whole = values.sum()
        if whole > 0:
            differences.append((values[day.chosen].sum() - values[day.rival].sum()) / whole)
    return float(np.mean(differences)) if differences else None


def _places(day: _Day, customers: dict[str, int]) -> Ints:
    return np.array([customers[one] for one in day.ids], np.int64)


def _caught(days: list[_Day]) -> list[Caught]:
    """Each guard: whom it moved, beside whom it left where the cut had put them."""
    guards = days[0].result.definition.guards
    caught: dict[int, list[float]] = defaultdict(list)
    others: dict[int, list[float]] = defaultdict(list)
    for day in days:
        d = day.result.decided
        by_guard = next((s for s in d.stages if (s.step == Step.GUARD).any()), None)
        if by_guard is None or "sales" not in day.followed:
            continue
        sales, cut = day.followed["sales"], d.stages[0].klass
        decided = by_guard.step == Step.GUARD
        for number in range(len(guards)):
            held = decided & (by_guard.which == number)
            beside = np.isin(cut, cut[held]) & ~decided & (d.stages[0].step == Step.CUT)
            caught[number] += sales[held].tolist()
            others[number] += sales[beside].tolist()
    return [
        Caught(guard.name, guard.title.model_dump(), len(caught[n]), _mean(caught[n]),
               _mean(others[n]))
        for n, guard in enumerate(guards)
    ]  # fmt: skip


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _assumed(facts: Facts) -> float:
    """Share of the lines that say nothing of when they became known."""
    if "known_since" not in facts.lines.columns:
        return 1.0
    unknown: Any = facts.lines.known_since.isnull().mean().to_pyarrow()
    value = unknown.as_py() if isinstance(unknown, pa.Scalar) else unknown
    return float(value or 0.0)
