"""Between which figures the customers of a class lie: where walking a sort's index may begin.

Classes go with figures. Who looks for class B by sales would walk past all of class A; a run never
changes, so that the least and the most of each figure in each class are asked for once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Count, Max, Min

from mainstay.insights.models import Grade


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one figure among the customers of some classes."""

    least: Any
    """``None``: nobody has the figure."""
    most: Any
    all_known: bool
    """Whether everybody has it."""


@lru_cache(maxsize=1_000)
def bounds(
    run: int, finished_at: datetime | None, column: str, classes: tuple[str, ...]
) -> Bounds:  # fmt: skip
    """Of a column of a grade, or of what was measured with it (``measured__…``)."""
    among = [row for klass, row in _of_run(run, finished_at, column).items() if klass in classes]
    known = [row for row in among if row[0] is not None]
    return Bounds(
        min((row[0] for row in known), default=None), max((row[1] for row in known), default=None),
        all(row[2] for row in among),
    )  # fmt: skip


@lru_cache(maxsize=1_000)
def _of_run(
    run: int, finished_at: datetime | None, column: str
) -> dict[str, tuple[Any, Any, bool]]:  # fmt: skip
    del finished_at  # tells it from a run of the same number in a restored store
    rows = Grade.objects.filter(run=run).order_by().values_list("klass")
    found = rows.annotate(
        least=Min(column), most=Max(column), known=Count(column), everybody=Count("pk")
    )
    return {klass: (least, most, known == all_) for klass, least, most, known, all_ in found}


def classes_of(wanted: Sequence[str]) -> tuple[str, ...]:
    """The classes in one order, whatever order they were asked for in."""
    return tuple(sorted(set(wanted)))
