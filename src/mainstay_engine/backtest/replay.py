"""``backtest``: grade on past days by what was known then, and follow everybody after them.

Days are month ends (or as far apart from the last day as they are). Nothing dated after a day or
known after it takes part in its grading; what followed is told as it was known when the period
ended. A scheme with ``stability`` is given its own run of the day before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from mainstay_engine.backtest.following import Day, Days, Graded
from mainstay_engine.backtest.report import Backtest
from mainstay_engine.errors import NoData
from mainstay_engine.metrics import latest_document_date, replayed_metrics
from mainstay_engine.metrics.arrays import placed
from mainstay_engine.periods import months_before
from mainstay_engine.replays import Replay
from mainstay_engine.schemes import Result, grade, load_scheme
from mainstay_engine.schemes.absent import no_facts
from mainstay_engine.schemes.figures import Ints
from mainstay_engine.schemes.model import Scheme

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts

FOLLOWED = {"sales": "net_sales", "profit": "gross_profit", "overdue": "overdue_balance"}
"""Figures of the period after, and the metric each is."""
_NOBODY = (
    {"en": "On none of the days was any customer known.", "zh": "所有日期均无已知客户。"},
    {"en": "Choose later days, or fewer.", "zh": "请选择较晚的日期，或减少期数。"},
)


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
    state = Replay(facts)
    shared = window is not None or chosen.window == rival.window
    shared &= set(rival.metrics_needed()) <= set(chosen.metrics_needed())
    days: list[Day] = []
    refused: list[date] = []
    previous: _Before | None = None
    why: NoData | None = None
    for back in range(periods - 1, -1, -1):
        day = months_before(end, months + back)
        after = months_before(end, back)
        if tell is not None:
            tell(periods - 1 - back, periods, day)
        try:
            given: dict[str, Any] = {
                "as_of": day,
                "known_as_of": day,
                "window": window,
                "state": state,
            }
            measured = None
            if shared:
                measured = _measured(state, (chosen, rival), day, window or chosen.window)
                given["metrics"] = measured.table
            before = None if previous is None else previous.on(measured)
            result = grade(facts, chosen, previous=before, judgements=said.get(chosen.name),
                           **given)  # fmt: skip
            compared = grade(facts, rival, judgements=said.get(rival.name), **given)
        except NoData as error:
            refused.append(day)
            why = error
            continue
        if not len(result):
            refused.append(day)
            continue
        who, theirs = (_numbers(state, each, measured) for each in (result, compared))
        previous = _Before(who, result.snapshot())
        days.append(Day.of(day, after, Graded(who, result), Graded(theirs, compared),
                           _followed(state, day, after, who)))  # fmt: skip
    if not days:
        raise why or NoData(*_NOBODY)
    together = Days(chosen, days)
    return Backtest(
        scheme=chosen.name, version=chosen.version, against=rival.name,
        title=chosen.title.model_dump(), points=together.points, gains=together.gains,
        guards=together.guards, assumed=_assumed(facts), refused=tuple(refused),
    )  # fmt: skip


class _Measured(NamedTuple):
    """What both schemes read of a day, by customers' numbers in the state."""

    who: Ints
    table: pa.Table


class _Before(NamedTuple):
    """The classes of the day before, by customers' numbers in the state."""

    who: Ints
    classes: pa.Table

    def on(self, measured: _Measured | None) -> pa.Table:
        """A row for each of who is measured, as far as those are known: whoever was not graded has
        none of them.
        """
        if measured is None:
            return self.classes
        rows = placed(measured.who, self.who)
        at: Any = pa.array(rows, mask=rows < 0)
        return self.classes.take(at).set_column(0, "customer_id", measured.table["customer_id"])


def _numbers(state: Replay, result: Result, measured: _Measured | None) -> Ints:
    """Of who was graded, the numbers in the state."""
    if measured is not None and len(result) == len(measured.who):
        return measured.who
    ids = result.decided.figures.table["customer_id"]
    return np.asarray(state.codes["customer"].encode(ids), np.int64)


def _measured(
    state: Replay, schemes: tuple[Scheme, Scheme], day: date, window: str
) -> _Measured:  # fmt: skip
    """What both schemes read of a day, as known then. ``NoData`` where the first lacks its own."""
    names = list(dict.fromkeys(
        ["first_purchase", *(name for each in schemes for name in each.metrics_used())]
    ))  # fmt: skip
    try:
        who, table = replayed_metrics(
            state, names, as_of=day, window=window,
            optional=set(names) - set(schemes[0].metrics_needed()),
        )  # fmt: skip
    except NoData as error:
        raise no_facts(schemes[0], error) from error
    codes = state.codes["customer"].decode(pa.array(who))
    return _Measured(who, table.add_column(0, "customer_id", codes))


def _followed(state: Replay, day: date, until: date, who: Ints) -> dict[str, Ints]:
    """What each brought from the day after to ``until``, as known then; without its facts a figure
    is left out.
    """
    names = list(FOLLOWED.values())
    span = f"{(day + timedelta(days=1)).isoformat()}..{until.isoformat()}"
    then, table = replayed_metrics(state, names, as_of=until, window=span, optional=set(names[1:]))
    places = placed(who, then)
    found = {}
    for figure, name in FOLLOWED.items():
        if name not in table.column_names or table[name].null_count == len(table):
            continue
        values = table[name].combine_chunks().fill_null(0).to_numpy(zero_copy_only=False)
        found[figure] = np.where(places >= 0, values[places], 0).astype(np.int64)
    return found


def _assumed(facts: Facts) -> float:
    """Share of the lines that say nothing of when they became known."""
    if "known_since" not in facts.lines.columns:
        return 1.0
    unknown: Any = facts.lines.known_since.isnull().mean().to_pyarrow()
    value = unknown.as_py() if isinstance(unknown, pa.Scalar) else unknown
    return float(value or 0.0)
