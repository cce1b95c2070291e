"""``Result``: every customer's class under one scheme, with all that led to it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

import mainstay_engine
from mainstay_engine.errors import UnknownName
from mainstay_engine.metrics import Resolved
from mainstay_engine.schemes.decide import Decided
from mainstay_engine.schemes.evidence import Evidence
from mainstay_engine.schemes.explain import Explanation
from mainstay_engine.schemes.figures import POINTS_SCALE, Column
from mainstay_engine.schemes.model import Scheme
from mainstay_engine.schemes.sentences import Sentences
from mainstay_engine.schemes.stages import Step
from mainstay_engine.schemes.steady import snapshot

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from mainstay_engine.facts import Source

_SOME = 100_000
"""Customers whose words are made at a time: so many stay in a processor's caches."""


@dataclass(frozen=True)
class Result:
    """The classes of all customers as of one day.

    Built by ``grade``. Counts are ready at once; reasons, the table, company totals and measures
    are worked out when first asked for. Same inputs, same bytes.
    """

    decided: Decided = field(repr=False)
    as_of: date
    window: Resolved
    known_as_of: date | None
    currency: str | None
    exponent: int
    sources: tuple[Source, ...] = field(repr=False)
    totals: Callable[[], dict[str, int] | None] = field(repr=False)
    measures: Callable[[], list[dict[str, Any]]] = field(repr=False)

    def __len__(self) -> int:
        return len(self.decided)

    @property
    def definition(self) -> Scheme:
        """The scheme itself."""
        return self.decided.scheme

    @property
    def scheme(self) -> str:
        return self.decided.scheme.name

    @property
    def version(self) -> int:
        return self.decided.scheme.version

    @property
    def title(self) -> dict[str, str]:
        return self.decided.scheme.title.model_dump()

    @property
    def engine_version(self) -> str:
        return mainstay_engine.__version__

    @property
    def parameters(self) -> dict[str, Any]:
        """All that, with the facts, gives this result again."""
        return {
            "scheme": self.decided.scheme.definition(),
            "as_of": self.as_of.isoformat(),
            "window": self.window.text,
            "window_start": self.window.start.isoformat(),
            "window_end": self.window.end.isoformat(),
            "known_as_of": self.known_as_of.isoformat() if self.known_as_of else None,
            "engine_version": self.engine_version,
            "currency": self.currency,
            "exponent": self.exponent,
        }

    # Classes -------------------------------------------------------------------------------

    def counts(self) -> list[dict[str, Any]]:
        """Per class, best first: class, title, badge, customers and value with their shares.

        ``value`` adds up the scheme's weighing metric (minor units for money) over the class,
        negative values included, so that the classes add up to all known customers.
        ``value_share`` is of the sum of all values; where a cut by share is weighed by what it
        ranks, it is the ranked customers' part of their ``whole``, as the cut itself counts, and
        ``None`` for a class of which nobody is ranked.
        """
        d = self.decided
        weights = d.weights
        numbers = weights.whole_numbers
        if len(numbers) and float(np.abs(numbers.astype(np.float64)).sum()) >= 2**62:
            numbers = numbers.astype(object)
        sizes = np.bincount(d.klass, minlength=len(d.scheme.classes))
        values = [int(numbers[d.klass == i].sum()) for i in range(len(d.scheme.classes))]
        parts: list[int | None] = list(values)
        whole = self.whole
        if whole is None:
            whole = sum(values)
        else:
            ranked = d.ranking.ranked
            parts = [
                int(numbers[inside & ranked].sum()) if (inside & ranked).any() or not size else None
                for inside, size in ((d.klass == i, size) for i, size in enumerate(sizes))
            ]
        return [
            {
                "class": klass.id,
                "title": klass.title.model_dump(),
                "badge": klass.badge,
                "customers": int(size),
                "customer_share": int(size) / len(d) if len(d) else None,
                "value": value if weights.scale == 1 else value / weights.scale,
                "value_share": part / whole if whole > 0 and part is not None else None,
            }
            for klass, size, value, part in zip(d.scheme.classes, sizes, values, parts, strict=True)
        ]

    @property
    def whole(self) -> int | None:
        """What a cut by share shares out, in the grain of ``value``; ``None`` for other cuts.

        ``None`` too where the scheme weighs its classes by another metric than it ranks by.
        """
        d = self.decided
        if (
            d.axes
            or d.split is not None
            or d.ranking.before is None
            or d.scheme.weighed_by != d.column.name
        ):
            return None
        whole: int = d.ranking.whole
        return whole

    @cached_property
    def left_out(self) -> dict[str, Any]:
        """What stands apart: lines without customer, customers not ranked or without the figure.

        Money in minor units; ``unassigned_*`` are ``None`` where only metrics were given.
        """
        d = self.decided
        weights = d.weights.whole_numbers
        totals = self.totals() or {}
        sums = d.weights.scale == 1

        def group(step: Step) -> tuple[int, int | None]:
            mask = d.stages[0].step == step
            return int(mask.sum()), int(weights[mask].sum()) if sums else None

        unranked, unranked_value = group(Step.UNRANKED)
        missing, missing_value = group(Step.MISSING)
        ruled, ruled_value = group(Step.RULE)
        return {
            "unassigned_lines": totals.get("unassigned_lines"),
            "unassigned_value": totals.get("unassigned_net"),
            "company_value": totals.get("net"),
            "unranked_customers": unranked,
            "unranked_value": unranked_value,
            "missing_customers": missing,
            "missing_value": missing_value,
            "ruled_customers": ruled,
            "ruled_value": ruled_value,
            "rejected_rows": sum(source.rejected for source in self.sources),
            "left_out_rows": sum(source.left_out for source in self.sources),
            "notes": [note for source in self.sources for note in source.notes],
        }

    @cached_property
    def measured(self) -> list[dict[str, Any]]:
        """The scheme's measures: what became of a class graded one window earlier.

        Each: name, title, was (class), as_of (of the earlier grading), of (how many were in the
        class), then (how many of them met the condition since), share. ``None`` where there is no
        history to replay.
        """
        return self.measures()

    @cached_property
    def guarded(self) -> list[dict[str, Any]]:
        """Each guard of the scheme: name, title, why, the class it holds to; how many customers
        ``met`` it, for how many it ``decided`` the class, and for how many it could not look
        (``blind``), because a figure of theirs is missing.
        """
        d = self.decided
        found = []
        cut = d.stages[0].step == Step.CUT
        for number, (guard, met) in enumerate(zip(d.scheme.guards, d.met, strict=True)):
            decided = (d.step == Step.GUARD) & (d.which == number)
            columns = [d.figures.column(c.metric) for c in guard.when if c.op != "missing"]
            seen = np.logical_and.reduce([c.present for c in columns]) if columns else met | True
            found.append({
                "name": guard.name, "title": guard.title.model_dump(),
                "why": guard.why.model_dump(), "at_best": guard.at_best,
                "at_worst": guard.at_worst, "met": int(met.sum()), "decided": int(decided.sum()),
                "blind": int((~seen & cut).sum()), "of": int(cut.sum()),
            })  # fmt: skip
        return found

    @cached_property
    def absent(self) -> list[dict[str, Any]]:
        """Criteria of the composite that count for nobody, because nobody has a value: metric,
        title, weight. The other weights are scaled up.
        """
        d = self.decided
        return [
            {"metric": c.metric, "title": one.scheme.entry(c.metric).title, "weight": str(c.weight)}
            for one in d.decisions
            for c in one.scheme.criteria
            if c.missing == "exclude" and len(d) and not d.figures.column(c.metric).present.any()
        ]

    # Reasons -------------------------------------------------------------------------------

    @cached_property
    def _sentences(self) -> Sentences:
        return Sentences(self.decided, self.currency)

    @cached_property
    def _evidence(self) -> Evidence:
        return Evidence(self.decided, self._sentences)

    def reasons(self, lang: str = "en") -> list[str]:
        """The reason of every customer in words, in the order of the table."""
        return [str(text) for some in self._reasons(lang).chunks for text in some.to_pylist()]

    def _reasons(self, lang: str) -> pa.ChunkedArray[Any]:
        order = self.decided.order
        parts = [order[start : start + _SOME] for start in range(0, len(order), _SOME)]
        made = [self._sentences.of(rows, lang) for rows in parts]
        return pa.chunked_array(made, pa.string())

    def explain(self, customer_id: str) -> Explanation:
        """Why a customer is in its class. ``UnknownName`` when nobody has that code."""
        data = self._evidence.data(self.row(customer_id))
        data |= {"as_of": self.as_of.isoformat(), "window_start": self.window.start.isoformat(),
                 "window_end": self.window.end.isoformat(), "currency": self.currency}  # fmt: skip
        return Explanation(self.decided.scheme.label, self.title, data)

    def row(self, customer_id: str) -> int:
        """Where a customer stands among the figures. ``UnknownName`` when nobody has that code."""
        row = self._rows.get(str(customer_id))
        if row is None:
            raise UnknownName(
                {"en": f"No customer «{customer_id}» as of {self.as_of}.",
                 "zh": f"截至 {self.as_of} 没有客户“{customer_id}”。"},
                {"en": "Check the code; codes are text, leading zeros count.",
                 "zh": "请检查编码；编码按文字处理，前导零有效。"},
                customer_id=customer_id,
            )  # fmt: skip
        return row

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {customer: row for row, customer in enumerate(self.decided.figures.ids)}

    def snapshot(self) -> pa.Table:
        """The classes for the next run's ``previous``: customer_id, class, raw_class, runs."""
        return snapshot(self.decided)

    # Tables --------------------------------------------------------------------------------

    @cached_property
    def standing(self) -> pa.Table:
        """The first columns of the ``table``: who, class, rank, value and shares."""
        d = self.decided
        order = d.order
        source = d.figures.table
        classes = pa.array([klass.id for klass in d.scheme.classes], pa.string())
        ranked = d.ranking.ranked[order]
        return pa.table({
            "customer_id": source["customer_id"].take(order),
            "customer_name": source["customer_name"].take(order),
            "class": classes.take(d.klass[order]),
            "rank": pa.array(d.ranking.rank[order], mask=~ranked),
            "value": self._figures(d.column, order),
            "share": self._share(d.column.whole_numbers, order, ranked),
            "cumulative_share": self._share(d.ranking.through, order, ranked),
        })  # fmt: skip

    @cached_property
    def table(self) -> pa.Table:
        """One row per customer by rank, then code; customers not ranked last.

        The metrics the scheme used follow the reason, then a composite's points per criterion;
        ``scheme`` stands last, so that a class never stands without it. Money is an exact decimal
        in major units; shares are of the whole of a cumulative cut, null under other cuts.
        """
        d = self.decided
        order = d.order
        source = d.figures.table.take(order)
        first = self.standing
        columns: dict[str, Any] = dict(zip(first.column_names, first.columns, strict=True))
        columns["reason"] = self._reasons("en")
        for name in d.scheme.figures_used():
            kind = source[name].type
            columns[name] = (
                source[name] if pa.types.is_date(kind)
                else self._figures(d.figures.column(name), order)
            )  # fmt: skip
        for name, earned in self._earned().items():
            columns[f"{name}_points"] = pa.array(earned[order] / POINTS_SCALE, from_pandas=True)
        columns["scheme"] = pa.repeat(pa.scalar(d.scheme.label), len(d))
        return pa.table(columns).replace_schema_metadata(self._metadata())

    def _earned(self) -> dict[str, npt.NDArray[np.float64]]:
        """By metric of the criteria: everybody's points in millionths, NaN where left out."""
        d = self.decided
        found: dict[str, npt.NDArray[np.float64]] = {}
        for number, one in enumerate(d.decisions):
            mine = d.split.which == number if d.split is not None else np.ones(len(d), bool)
            if one.scored is not None:
                for criterion, part in zip(one.scheme.criteria, one.scored.parts, strict=True):
                    column = found.setdefault(criterion.metric, np.full(len(d), np.nan))
                    column[mine] = part[mine]
        return found

    def _metadata(self) -> dict[str, str]:
        """What the table carries in its schema: the scheme and the dates."""
        parameters = self.parameters
        dates = ("as_of", "window", "window_start", "window_end", "engine_version")
        return {key: str(parameters[key]) for key in dates} | {
            "scheme": self.scheme,
            "version": str(self.version),
            "currency": self.currency or "",
        }

    def _figures(self, column: Column, order: npt.NDArray[np.int64]) -> pa.Array[Any]:
        values, present = column.values[order], column.present[order]
        if column.unit == "money":
            return decimals(values.astype(np.int64), present, self.exponent)
        if column.unit == "points":
            return pa.array(values / POINTS_SCALE, mask=~present)
        return pa.array(values, mask=~present)

    def _share(
        self, part: npt.NDArray[Any] | None, order: npt.NDArray[np.int64], ranked: npt.NDArray[Any]
    ) -> pa.Array[Any]:
        ranking = self.decided.ranking
        if ranking.before is None or part is None or not ranking.whole:
            return pa.nulls(len(order), pa.float64())
        shares = np.asarray(part[order] / ranking.whole, np.float64)
        return pa.array(shares, mask=~ranked)

    def to_arrow(self) -> pa.Table:
        return self.table

    def to_pandas(self) -> pd.DataFrame:
        return self.table.to_pandas()

    def to_polars(self) -> pl.DataFrame:
        import polars as pl

        frame = pl.from_arrow(self.table)
        if isinstance(frame, pl.Series):
            raise AssertionError("a table gives a data frame")
        return frame

    def to_dict(self) -> dict[str, Any]:
        """Parameters, counts, what was left out and measured; customers are in the table."""
        return {
            "scheme": self.scheme, "version": self.version, "title": self.title,
            "parameters": self.parameters, "customers": len(self),
            "counts": self.counts(), "left_out": self.left_out, "measured": self.measured,
            "guards": self.guarded, "absent": self.absent,
        }  # fmt: skip

    def summary(self, lang: str = "en") -> str:
        """A readable text: counts and value per class, and what was left out."""
        from mainstay_engine.schemes.summary import summarise

        return summarise(self, "zh" if lang.startswith("zh") else "en")

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the table as .csv, .xlsx or .parquet, by the ending of the path."""
        from mainstay_engine.schemes.export import write

        write(self, path)


def decimals(
    minor: npt.NDArray[np.int64], present: npt.NDArray[np.bool_], exponent: int
) -> pa.Array[Any]:
    """Minor units as Arrow decimals in major units, without a detour through Python numbers."""
    pair = np.empty((len(minor), 2), np.int64)
    pair[:, 0], pair[:, 1] = minor, minor >> 63  # low word, sign extended into the high word
    valid = np.packbits(present, bitorder="little").tobytes()
    return pa.Array.from_buffers(
        pa.decimal128(38, exponent), len(minor), [pa.py_buffer(valid), pa.py_buffer(pair.tobytes())]
    )
