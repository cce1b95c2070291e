"""One as-of date measured and graded by the engine: everything a snapshot stores, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from mainstay.insights.schemes.given import Given
    from mainstay_engine.facts import Facts
    from mainstay_engine.schemes import Result, Scheme

WINDOW = "12m"
"""The window of the lists and pages; a scheme may have its own."""
MONTHS = 12
COMPARING = ("previous_net_sales", "growth")
"""Metrics that look at the window before, and mislead where the books begin well inside it."""
QUIET_START = timedelta(days=31)
"""How long after the window before began the first document may come."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A scheme that graded nobody, and why."""

    scheme: Scheme
    reason: dict[str, str]


@dataclass(frozen=True, slots=True)
class Measured:
    """The metrics of all customers known by a day, and how to grade them."""

    facts: Facts
    as_of: date
    start: date
    end: date
    table: pa.Table
    """One row per customer, sorted by code: every metric whose facts are there."""
    totals: dict[str, int]

    @property
    def codes(self) -> list[str]:
        return [str(code) for code in self.table["customer_id"].to_pylist()]

    def monthly(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Net sales of the last twelve months in minor units: customers × months, oldest first."""
        from mainstay_engine.metrics import monthly_sales

        monthly: Any = monthly_sales(self.facts, as_of=self.as_of, months=MONTHS)["monthly"]
        flat = monthly.combine_chunks().flatten().to_numpy(zero_copy_only=False)
        return np.asarray(flat, np.int64).reshape(-1, MONTHS)

    def grades(
        self,
        schemes: Sequence[Scheme],
        given: Callable[[Scheme], Given],
        tell: Callable[[int, int, Scheme], None],
        tables: dict[str, pa.Table],
    ) -> Iterator[Result | Refusal]:
        """Each of the schemes in order: its result, or why there is none.

        ``given``: what the engine is told beside the figures (judgements, the run before,
        overrides). ``tables`` is given the metrics that were measured, by window.
        """
        from mainstay_engine import EngineError, grade

        tables[WINDOW] = self.table
        for number, scheme in enumerate(schemes):
            tell(number, len(schemes), scheme)
            try:
                if scheme.window not in tables:
                    tables[scheme.window] = figures(self.facts, self.as_of, scheme.window)
                table = whole(self.facts, self.as_of, scheme, tables[scheme.window])
                tables[scheme.window] = table
                yield grade(
                    self.facts, scheme, as_of=self.as_of, metrics=table,
                    totals=self.totals if scheme.window == WINDOW else None, **given(scheme),
                )  # fmt: skip
            except EngineError as error:  # one scheme that cannot be run keeps no other from it
                yield Refusal(scheme, {lang: error.text(lang) for lang in ("en", "zh")})


def whole(facts: Facts, as_of: date, scheme: Scheme, table: pa.Table) -> pa.Table:
    """The table with those metrics of a scheme that are only answered when asked for by name.

    What was withheld stays out; ``NoData`` where the scheme does not go without it.
    """
    from mainstay_engine import NoData, compute_metrics
    from mainstay_engine.schemes.absent import no_facts

    lacking = [name for name in scheme.metrics_used() if name not in table.column_names]
    asked = [name for name in lacking if name not in COMPARING]
    if set(lacking) & set(COMPARING) & set(scheme.metrics_needed()):
        raise NoData(_BEGIN_LATE, _MORE_HISTORY)
    if not asked:
        return table
    try:
        more = compute_metrics(
            facts, asked, as_of=as_of, window=scheme.window,
            optional=set(asked) - set(scheme.metrics_needed()),
        )  # fmt: skip
    except NoData as error:
        raise no_facts(scheme, error) from error
    for name in asked:
        table = table.append_column(name, more[name])
    return table


_BEGIN_LATE = {
    "en": "The books begin too late to compare the window with the one before it.",
    "zh": "账簿开始得太晚，无法与上一窗口相比。",
}
_MORE_HISTORY = {
    "en": "Import the sales of the year before, or wait.",
    "zh": "请导入上一年的销售，或等待积累。",
}


def latest_day(facts: Facts) -> date:
    """The latest document date of the books."""
    from mainstay_engine.metrics import latest_document_date

    return latest_document_date(facts)


def first_day(facts: Facts) -> date:
    """The first document date of the books."""
    day: date = facts.lines.doc_date.min().to_pyarrow().as_py()
    return day


def measure(facts: Facts, as_of: date) -> Measured:
    """All metrics that can be had, as of a day, over the twelve months that end on it."""
    from mainstay_engine.metrics import Window, company_totals

    window = Window.parse(WINDOW).resolve(as_of)
    return Measured(
        facts=facts,
        as_of=as_of,
        start=window.start,
        end=window.end,
        table=figures(facts, as_of, WINDOW),
        totals=company_totals(facts, as_of=as_of, window=WINDOW),
    )


def figures(facts: Facts, as_of: date, window: str) -> pa.Table:
    """Every metric whose facts are there, over a window: one row per customer, sorted by code."""
    from mainstay_engine.metrics import available_metrics, compute_metrics

    kept_back = withheld(facts, as_of, window)
    names = [each.name for each in available_metrics(facts) if each.name not in kept_back]
    return compute_metrics(facts, names, as_of=as_of, window=window)


def withheld(facts: Facts, as_of: date, window: str) -> tuple[str, ...]:
    """The metrics that would mislead, because the books begin well inside the window before."""
    from mainstay_engine.metrics import Window

    before = Window.parse(window).resolve(as_of).previous
    late = before is None or first_day(facts) > before[0] + QUIET_START
    return COMPARING if late else ()
