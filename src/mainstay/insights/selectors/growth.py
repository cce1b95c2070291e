"""Why sales changed between two periods: the kept bridge, of the customers one may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand
from mainstay.insights.errors import BridgeNotMade
from mainstay.insights.models import Grade, KeptBridge
from mainstay.insights.permissions import PORTFOLIO
from mainstay.insights.portfolio import growth
from mainstay.insights.portfolio.periods import Periods, Span
from mainstay.insights.pressed import unpacked
from mainstay.insights.records import RunInfo
from mainstay.insights.selectors.pieces import place_after
from mainstay.insights.selectors.reach import ids_in_portfolio, whole_portfolio
from mainstay.insights.selectors.runs import done_run
from mainstay.kernel.cursor import BadCursor
from mainstay.parties.models import Customer
from mainstay.parties.permissions import SEE
from mainstay.parties.selectors import called
from mainstay_engine.portfolio.steps import KINDS, STEPS
from mainstay_engine.portfolio.strategies import STRATEGIES
from mainstay_engine.portfolio.words import (
    KIND_WORDS,
    MEANINGS,
    STRATEGY_MEANINGS,
    STRATEGY_TITLES,
    TITLES,
)

pc: Any = _compute
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
By = Literal["class", "owner", "salesperson", "region"]
GROUPS: tuple[By, ...] = ("class", "owner", "salesperson", "region")
AMOUNTS = ("before", "after", "change")
__all__ = [
    "GROUPS", "KIND_WORDS", "MEANINGS", "STRATEGY_MEANINGS", "STRATEGY_TITLES", "TITLES", "By",
    "Group", "Growth", "Moved", "MovedPage",
    "StepTotal", "moved_by", "sales_change", "usual_periods",
]  # fmt: skip
NOBODY = 0
"""In the place of a customer's id: sales without a customer."""


@dataclass(frozen=True, slots=True)
class StepTotal:
    """One step of the bridge."""

    name: str
    amount: int
    customers: int
    """Whom it moved."""


@dataclass(frozen=True, slots=True)
class Group:
    """The customers of one class, person or region; ``key`` is empty where there is none."""

    key: str
    title: str
    customers: int
    before: int
    after: int
    change: int
    steps: Mapping[str, int]
    strategies: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Growth:
    """The bridge between two periods, of the customers one may see. Amounts in minor units."""

    run: RunInfo
    """The headline's: its classes, day and currency."""
    periods: Periods
    books_from: date
    before: int
    after: int
    customers: int
    kinds: Mapping[str, int]
    """How many customers are new, won back, lost, bought in both or in neither."""
    steps: tuple[StepTotal, ...]
    """Those that the facts can tell; unassigned sales where there are any and one sees them."""
    strategies: tuple[StepTotal, ...]
    """What the later period's sales rest on, by customer and product, each old or new; none where
    the books name no products or hold nothing from before that period, so that everything would
    look new, or where the bridge was kept before there were strategies.
    """
    by: By
    groups: tuple[Group, ...]
    """The largest changes first; who belongs to none comes last."""

    @property
    def change(self) -> int:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Moved:
    """A customer behind a step."""

    code: str
    name: str
    kind: str
    before: int
    after: int
    change: int
    amount: int
    """What the step makes of the change."""


@dataclass(frozen=True, slots=True)
class MovedPage:
    """The customers of a step, the largest amounts first whichever way they go."""

    run: RunInfo
    total: int
    amount: int
    """Of all of them."""
    group: str
    """What the group is called; empty without one."""
    rows: tuple[Moved, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class _Kept:
    """A kept bridge in memory: one entry per customer."""

    customers: Ints
    kinds: Ints
    columns: Mapping[str, Ints]

    def narrowed(self, flags: Flags) -> _Kept:
        kept = {name: values[flags] for name, values in self.columns.items()}
        return _Kept(self.customers[flags], self.kinds[flags], kept)

    def sum(self, name: str) -> int:
        return int(self.columns[name].sum())


def usual_periods(user: User) -> Periods:
    """What is compared unless somebody chooses. Raises ``NotAllowed`` and ``NotGraded``."""
    demand(user, PORTFOLIO)
    return Periods.usual(done_run(user).as_of)


def sales_change(user: User, periods: Periods | None = None, by: By = "class") -> Growth:
    """Why sales changed, in all and by group.

    Raises ``NotAllowed``, ``NotGraded``, and ``BridgeNotMade`` until somebody asked for these
    periods.
    """
    run, row, found = _seen(user, periods)
    told = [
        name for name in row.told
        if name != "unassigned" or (found.customers == NOBODY).any()
    ]  # fmt: skip
    resting = [name for name in STRATEGIES if name in found.columns]
    if row.books_from >= row.later_start:
        resting = []
    named = found.customers != NOBODY

    def total(name: str) -> StepTotal:
        return StepTotal(name, found.sum(name), int(np.count_nonzero(found.columns[name])))

    return Growth(
        run=run, periods=_periods(row), books_from=row.books_from, before=found.sum("before"),
        after=found.sum("after"), customers=int(named.sum()),
        kinds={kind: int((found.kinds[named] == at).sum()) for at, kind in enumerate(KINDS)},
        steps=tuple(map(total, told)), strategies=tuple(map(total, resting)), by=by,
        groups=_groups(found, run, by, told, resting),
    )  # fmt: skip


def moved_by(
    user: User, step: str, periods: Periods | None = None, by: By = "class",
    group: str | None = None, after: str | None = None, size: int = 50,
) -> MovedPage:  # fmt: skip
    """The customers behind a step or strategy (``change``: behind all of it), of one group where it
    is named.

    Raises as ``sales_change``; ``BadCursor`` for a step or a cursor there is none of.
    """
    run, _row, found = _seen(user, periods)
    if step not in {*STEPS, *STRATEGIES, "change"} & {*found.columns} or step == "unassigned":
        raise BadCursor
    found = found.narrowed((found.customers != NOBODY) & (found.columns[step] != 0))
    if group is not None:
        found = found.narrowed(np.array([k == group for k in _keys(found, run, by)], bool))
    amounts = found.columns[step]
    order = np.lexsort((found.customers, -np.abs(amounts)))
    start = place_after(after, len(order))
    shown = order[start : start + size]
    ids = found.customers[shown].tolist()
    named = {
        pk: (code, name) for pk, code, name in
        Customer.objects.filter(pk__in=ids).values_list("pk", "code", "name")
    }  # fmt: skip
    rows = tuple(
        Moved(*named[pk], KINDS[found.kinds[at]], before, after_, change, amount)
        for pk, at, before, after_, change, amount in zip(
            ids, shown.tolist(), *(found.columns[name][shown].tolist() for name in AMOUNTS),
            amounts[shown].tolist(), strict=True,
        ) if pk in named
    )  # fmt: skip
    more = str(start + size) if start + size < len(order) else None
    called_so = _titles(by)(group) if group else ""
    return MovedPage(run, len(order), int(amounts.sum()), called_so, rows, more)


def _periods(row: KeptBridge) -> Periods:
    return Periods(Span(row.earlier_start, row.earlier_end), Span(row.later_start, row.later_end))


def _seen(user: User, periods: Periods | None) -> tuple[RunInfo, KeptBridge, _Kept]:
    """The kept bridge of whom the user may see; unassigned sales are the whole company's."""
    demand(user, PORTFOLIO)
    demand(user, SEE)
    run = done_run(user)
    wanted = periods or Periods.usual(run.as_of)
    row = growth.kept(run.snapshot, wanted).defer("table").first()
    if row is None:
        raise BridgeNotMade
    found = _read(row.pk, row.made_at)
    if whole_portfolio(user):
        return run, row, found
    ids = ids_in_portfolio(user)
    return run, row, found.narrowed(np.isin(found.customers, ids))


@lru_cache(maxsize=4)
def _read(pk: int, made_at: datetime) -> _Kept:
    """A kept bridge, unpacked. Kept: what was worked out never changes."""
    del made_at  # tells it from one of the same number in a restored store
    pressed = KeptBridge.objects.values_list("table", flat=True).get(pk=pk)
    table = unpacked(pressed)
    kinds = pc.index_in(table["kind"], pa.array(KINDS))  # of unassigned sales none
    return _Kept(
        customers=pc.fill_null(table["customer"], NOBODY).to_numpy().astype(np.int64),
        kinds=pc.fill_null(kinds, -1).to_numpy().astype(np.int64),
        columns={
            name: table[name].to_numpy() for name in (*AMOUNTS, *STEPS, *STRATEGIES)
            if name in table.column_names
        },
    )  # fmt: skip


def _groups(
    found: _Kept, run: RunInfo, by: By, told: list[str], resting: list[str]
) -> tuple[Group, ...]:
    keys, titles = _keys(found, run, by), _titles(by)
    numbers = {key: at for at, key in enumerate(dict.fromkeys(keys))}
    if not numbers:
        return ()
    of = np.fromiter((numbers[key] for key in keys), np.int64, len(keys))
    order = np.argsort(of, kind="stable")
    starts = np.searchsorted(of[order], np.arange(len(numbers)))

    def sums(values: Ints) -> list[int]:
        added: list[int] = np.add.reduceat(values[order], starts).tolist()
        return added

    named = sums((found.customers != NOBODY).astype(np.int64))
    added = {name: sums(found.columns[name]) for name in (*AMOUNTS, *told, *resting)}
    groups = [
        Group(
            key=key, title=titles(key), customers=named[at],
            **{name: added[name][at] for name in AMOUNTS},
            steps={name: added[name][at] for name in told},
            strategies={name: added[name][at] for name in resting},
        ) for key, at in numbers.items()
    ]  # fmt: skip
    ranks = {entry.klass: at for at, entry in enumerate(run.classes)} if by == "class" else {}

    def place(group: Group) -> tuple[Any, ...]:
        known = ranks.get(group.key, len(ranks))
        return (group.key == "", known, -abs(group.change), group.title)

    return tuple(sorted(groups, key=place))


def _keys(found: _Kept, run: RunInfo, by: By) -> list[str]:
    """The group of each entry; empty: of none."""
    if by == "class":
        known: Mapping[int, str] = _classes(run.id, run.finished_at)
    else:
        rows = Customer.objects.values_list("pk", by).iterator()
        known = {pk: "" if value is None else str(value) for pk, value in rows}
    return [known.get(pk, "") for pk in found.customers.tolist()]


@lru_cache(maxsize=4)
def _classes(run: int, finished_at: datetime | None) -> Mapping[int, str]:
    """Class by customer. Kept: a run never changes."""
    del finished_at  # tells it from a run of the same number in a restored store
    return dict(Grade.objects.filter(run=run).values_list("customer", "klass").iterator())


def _titles(by: By) -> Callable[[str], str]:
    if by == "owner":
        people = User.objects.annotate(shown=called()).values_list("pk", "shown")
        names = {str(pk): name for pk, name in people}
        return lambda key: names.get(key, "")
    return lambda key: key
