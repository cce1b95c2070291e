"""``grade``: facts and a scheme in, a ``Result`` out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mainstay_engine.errors import EngineError, NoData, UnknownName
from mainstay_engine.metrics import (
    Window,
    company_totals,
    compute_metrics,
    latest_document_date,
)
from mainstay_engine.schemes.absent import no_facts, nobody_measured
from mainstay_engine.schemes.catalogue import load_scheme
from mainstay_engine.schemes.classed import with_classes
from mainstay_engine.schemes.clauses import Measure
from mainstay_engine.schemes.decide import Decided, decide
from mainstay_engine.schemes.figures import figures_of
from mainstay_engine.schemes.judgements import with_judgements
from mainstay_engine.schemes.model import Scheme
from mainstay_engine.schemes.parts import CLASSED, JUDGED
from mainstay_engine.schemes.result import Result
from mainstay_engine.schemes.segments import ATTRIBUTE, with_attribute
from mainstay_engine.schemes.stages import Step
from mainstay_engine.schemes.steady import overridden, steadied

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts
    from mainstay_engine.rollups import Shape, State

_DAY = timedelta(days=1)
_BUYERS = "first_purchase"
_BESIDE = (JUDGED, CLASSED, ATTRIBUTE)
"""What stands before the names of figures that are given, not measured."""


def grade(
    facts: Facts | None = None,
    scheme: str | os.PathLike[str] | Mapping[str, Any] | Scheme = "abc",
    as_of: str | date | None = None,
    window: str | Window | None = None,
    known_as_of: str | date | None = None,
    *,
    state: State | None = None,
    metrics: pa.Table | None = None,
    judgements: pa.Table | None = None,
    previous: pa.Table | None = None,
    overrides: pa.Table | None = None,
    classes: Mapping[str, pa.Table] | None = None,
    customers: pa.Table | None = None,
    totals: dict[str, int] | None = None,
    exponent: int = 2,
) -> Result:
    """Class every customer known by ``as_of`` under a scheme.

    ``facts`` (or a saved ``state``, or a ready table of ``metrics`` as ``compute_metrics`` gives
    it, for the same ``as_of`` and window) hold what is graded; ``scheme`` is a preset's name, a
    file, plain data or a ``Scheme``. ``as_of`` defaults to the latest document date known,
    ``window`` to the scheme's own. ``judgements`` are those of people
    (``schemes.judgements.COLUMNS``), ``previous`` the classes of the run before
    (``Result.snapshot``) for schemes with ``stability``, ``overrides`` classes that people set
    (``schemes.steady.OVERRIDES``). A scheme that builds on another takes its ``classes`` by name
    (``schemes.classed.COLUMNS``), else grades by that preset first; one with segments takes the
    ``customers``' attributes, else those of the facts, as they are today. Nothing dated after
    ``as_of`` or known after ``known_as_of`` is seen. ``totals`` of the company in the window, where
    they are at hand (``company_totals``); ``exponent``: decimal places of the currency, where
    ``metrics`` alone are given.

    Raises ``NoData`` when the scheme's facts are absent, and grades nobody: it never falls back to
    another measure. Raises ``BadScheme``, ``UnknownName`` and ``MixedCurrencies`` as named.
    """
    chosen = load_scheme(scheme)
    book = _Book(
        facts, state, metrics, as_day(known_as_of), exponent, judgements, overrides, customers
    )
    day = as_day(as_of) or book.latest()
    span = Window.parse(window if window is not None else chosen.window)
    decided = steadied(book.decide(chosen, day, span, classes=classes), previous)
    decided = overridden(decided, overrides, day, book.known_as_of)
    return Result(
        decided=decided,
        as_of=day,
        window=span.resolve(day),
        known_as_of=book.known_as_of,
        currency=book.currency,
        exponent=book.exponent,
        sources=facts.sources if facts is not None else (),
        totals=lambda: totals if totals is not None else book.totals(day, span),
        measures=lambda: [book.measure(m, decided, day, span) for m in chosen.measures],
    )


@dataclass(frozen=True)
class _Book:
    """Where the figures come from."""

    facts: Facts | None
    state: State | None
    table: pa.Table | None
    known_as_of: date | None
    given_exponent: int
    judgements: pa.Table | None = None
    overrides: pa.Table | None = None
    customers: pa.Table | None = None

    @property
    def exponent(self) -> int:
        """Decimal places of the currency."""
        return self._money.exponent if self._money is not None else self.given_exponent

    @property
    def currency(self) -> str | None:
        return self._money.currency if self._money is not None else None

    @property
    def _money(self) -> Facts | Shape | None:
        """Who knows the currency."""
        if self.facts is not None:
            return self.facts
        return self.state.shape if self.state is not None else None

    @property
    def has_history(self) -> bool:
        return self.facts is not None or self.state is not None

    def latest(self) -> date:
        if not self.has_history:
            raise EngineError(
                {"en": "A table of metrics needs its as-of date.", "zh": "指标表需要给出截止日。"},
                {"en": "Give as_of.", "zh": "请给出 as_of。"},
            )
        return latest_document_date(self.facts, known_as_of=self.known_as_of, state=self.state)

    def decide(
        self, scheme: Scheme, as_of: date, window: Window, known: date | None = None,
        classes: Mapping[str, pa.Table] | None = None,
    ) -> Decided:  # fmt: skip
        """Measure what the scheme reads and class everybody; ``NoData`` when nobody has a value."""
        names = list(scheme.metrics_used())
        needed = list(scheme.metrics_needed())
        if scheme.population == "buyers":
            names, needed = [*names, _BUYERS], [*needed, _BUYERS]
        names = list(dict.fromkeys(names))
        table = self.table
        if table is None:
            table = self._measured(scheme, names, needed, as_of, window, known or self.known_as_of)
        table = with_judgements(
            table, scheme.judged, self.judgements, as_of, known or self.known_as_of
        )
        others = dict(classes or {})
        for name in {each.scheme for each in scheme.classed} - set(others):
            others[name] = self._classes(name, scheme, as_of, known)
        table = with_classes(table, scheme.classed, others)
        if scheme.segments is not None:
            table = with_attribute(table, scheme.segments, self.customers, self.facts)
        names += [name for name in table.column_names if name.startswith(_BESIDE)]
        figures = figures_of(table, needed, self.exponent, optional=names)
        if scheme.population == "buyers":
            bought = pc.is_valid(figures.table[_BUYERS]).to_numpy()
            figures = figures.keep(np.asarray(bought, bool))
        decided = decide(scheme, figures)
        step = decided.stages[0].step
        missing = int((step == Step.MISSING).sum())
        if missing and missing == int((step != Step.RULE).sum()):
            raise nobody_measured(decided)
        return decided

    def _classes(self, name: str, of: Scheme, as_of: date, known: date | None) -> pa.Table:
        """The classes by a preset that the scheme ``of`` builds on, as of the same day."""
        if not self.has_history:
            raise NoData(
                {"en": f"{of.title.en} ({of.label}) builds on the classes of «{name}», "
                       "which were not given.",
                 "zh": f"{of.title.zh}（{of.label}）以“{name}”的等级为依据，但未给出。"},
                {"en": f"Grade by «{name}» first.", "zh": f"请先按“{name}”分级。"},
                scheme=of.name,
            )  # fmt: skip
        other = load_scheme(name)
        result = grade(
            self.facts, other, as_of, known_as_of=known or self.known_as_of, state=self.state,
            judgements=self.judgements, overrides=self.overrides, customers=self.customers,
        )  # fmt: skip
        return result.snapshot()

    def _measured(
        self, scheme: Scheme, names: list[str], needed: list[str], as_of: date, window: Window,
        known: date | None,
    ) -> pa.Table:  # fmt: skip
        try:
            return compute_metrics(
                self.facts, names, as_of=as_of, window=window, known_as_of=known, state=self.state,
                optional=set(names) - set(needed),
            )  # fmt: skip
        except NoData as error:
            raise no_facts(scheme, error) from error

    def totals(self, as_of: date, window: Window) -> dict[str, int] | None:
        """Company totals of the window; ``None`` where only a table of metrics is given."""
        if not self.has_history:
            return None
        return company_totals(
            self.facts, as_of=as_of, window=window, known_as_of=self.known_as_of, state=self.state
        )

    def measure(
        self, measure: Measure, decided: Decided, as_of: date, window: Window
    ) -> dict[str, Any]:
        """What became of a class: graded one window earlier, as known then, followed to today."""
        found: dict[str, Any] = {
            "name": measure.name, "title": measure.title.model_dump(), "was": measure.was,
            "as_of": None, "of": None, "then": None, "share": None,
        }  # fmt: skip
        resolved = window.resolve(as_of)
        if not self.has_history or resolved.previous is None:
            return found
        start, end = resolved.previous
        known = end if self.known_as_of is None else min(end, self.known_as_of)
        try:
            earlier = self.decide(decided.scheme, end, Window.parse(f"{start}..{end}"), known)
        except NoData:  # nobody had a value yet: there is nothing to follow
            return found | {"as_of": end.isoformat()}
        were = pa.array(earlier.figures.ids, pa.string()).filter(
            pa.array(earlier.members(measure.was))
        )
        then = [measure.then.metric]
        now = self._measured(decided.scheme, then, then, as_of, window, self.known_as_of)
        figures = figures_of(now, then, self.exponent)
        met = figures.meets(measure.then)
        was = pc.is_in(figures.table["customer_id"].combine_chunks(), value_set=were).to_numpy(
            zero_copy_only=False
        )
        of, did = len(were), int((met & was).sum())
        return found | {
            "as_of": end.isoformat(), "of": of, "then": did, "share": did / of if of else None,
        }  # fmt: skip


def as_day(value: object) -> date | None:
    """A day as it may be given. ``UnknownName`` where it is none."""
    if value is None or isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise UnknownName(
            {"en": f"«{value}» is not a date.", "zh": f"“{value}”不是日期。"},
            {"en": "Write it as 2024-12-31.", "zh": "请写成 2024-12-31。"},
        ) from None
