"""What the customer list is narrowed to, and whether to begin there or to look on the way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeVar

from django.core.cache import cache
from django.db import connection
from django.db.models import BigIntegerField, Count, QuerySet, Value
from django.db.models.functions import Coalesce

from mainstay.foundation.models import User
from mainstay.insights.records import RunInfo
from mainstay.parties.selectors import found_by, sees_everything, visible_to

Found = TypeVar("Found")
NOBODY = 0
PAGE = 50
"""Rows that a page shows, for weighing ways to find them."""
KEPT = 3_600
"""Seconds that sums of a run are kept."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to."""

    q: str = ""
    """Finds by code, name, pinyin and tax number; by contacts whoever sees their personal data."""
    classes: Sequence[str] = ()
    region: str = ""
    owner: int | None = None
    """Id of who owns the customers today; ``NOBODY``: those that nobody owns."""
    salesperson: str = ""
    """As the books name it."""

    def on(
        self, rows: QuerySet[Any], user: User, path: str, loose: frozenset[str] = frozenset()
    ) -> QuerySet[Any]:
        """The rows of customers they let pass and the user may see; ``path`` leads to those.

        ``loose`` filters let so many pass that the store must not begin with them: no index serves
        an expression.
        """
        if not sees_everything(user):
            rows = rows.filter(**{f"{path}pk__in": visible_to(user).values("pk")})
        if self.q.strip():
            rows = rows.filter(found_by(user, self.q, path))
        if self.owner is not None and "owner" in loose:
            seen = Coalesce(f"{path}owner", Value(NOBODY), output_field=BigIntegerField())
            rows = rows.alias(owner_seen=seen).filter(owner_seen=self.owner)
        elif self.owner is not None:
            rows = rows.filter(**{f"{path}owner": self.owner or None})
        for column, wanted in (("region", self.region), ("salesperson", self.salesperson)):
            if wanted and column in loose:
                plain = Coalesce(f"{path}{column}", Value(""))
                rows = rows.alias(**{f"{column}_seen": plain}).filter(**{f"{column}_seen": wanted})
            elif wanted:
                rows = rows.filter(**{f"{path}{column}": wanted})
        return rows


def spread(user: User, run: RunInfo) -> tuple[dict[str, int], dict[str, int]]:
    """How many of the customers the user may see each region and each salesperson has."""

    def count() -> tuple[dict[str, int], dict[str, int]]:
        seen = visible_to(user).order_by()
        return (
            dict(seen.values_list("region").annotate(Count("pk"))),
            dict(seen.values_list("salesperson").annotate(Count("pk"))),
        )

    return kept(user, ("spread", *mark(run)), count)


def loose_of(
    user: User, run: RunInfo, filters: Filters, begin: frozenset[str] = frozenset()
) -> frozenset[str]:
    """The filters that the store must not begin with: all of them where walking the sort's index
    costs less, else all but the one that leaves least. ``begin``: it must be these.

    Beginning with a filter costs its rows; walking, a page's times the rows between two that pass
    all filters. PostgreSQL weighs that itself, by how often each value is; an expression would hide
    it.
    """
    asked = {"region": filters.region, "salesperson": filters.salesperson}
    named = [name for name, value in asked.items() if value]
    if filters.owner is not None:
        named.append("owner")
    if not named or connection.vendor == "postgresql":
        return frozenset()
    if not begin:
        regions, salespeople = spread(user, run)
        passing = {
            "region": regions.get(filters.region, 0),
            "salesperson": salespeople.get(filters.salesperson, 0),
        }
        everybody = max(sum(regions.values()), 1)
        if filters.owner is not None:
            passing["owner"] = _owned(user, run).get(str(filters.owner), 0)
        share = prod(passing[name] / everybody for name in named) * _of_classes(run, filters)
        least = min(named, key=lambda name: passing[name])
        begin = frozenset({least} if passing[least] * share <= PAGE else ())
    return frozenset(named) - begin


def _of_classes(run: RunInfo, filters: Filters) -> float:
    """The part of all graded customers that is in the classes asked for."""
    counts = {entry.klass: entry.customers for entry in run.classes}
    among = sum(counts.get(klass, 0) for klass in filters.classes)
    return among / max(sum(counts.values()), 1) if filters.classes else 1


def _owned(user: User, run: RunInfo) -> dict[str, int]:
    """How many of the customers the user may see each owner has; nobody's under ``NOBODY``.

    Owners change between runs: it is to weigh ways by, not to be shown.
    """

    def count() -> dict[str, int]:
        rows = visible_to(user).order_by().values_list("owner").annotate(Count("pk"))
        return {str(owner or NOBODY): found for owner, found in rows}

    return kept(user, ("owned", *mark(run)), count)


def kept(user: User, key: tuple[Any, ...], make: Callable[[], Found]) -> Found:
    """What was found of the whole company before, by the same run; else it is found now."""
    if not sees_everything(user):
        return make()
    name = hashlib.sha256(json.dumps(key).encode()).hexdigest()
    kept: Found | None = cache.get(name)
    if kept is None:
        kept = make()
        cache.set(name, kept, KEPT)
    return kept


def mark(run: RunInfo) -> tuple[int, str]:
    """Tells a run from any other, that of a restored store too."""
    return run.id, f"{run.finished_at}"
