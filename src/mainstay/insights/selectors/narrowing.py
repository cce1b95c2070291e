"""What the customer list is narrowed to, and whether to begin there or to look on the way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.cache import cache
from django.db import connection
from django.db.models import Count, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce

from mainstay.foundation.models import User
from mainstay.insights.records import RunInfo
from mainstay.parties.selectors import found_by, owned_today, sees_everything, visible_to

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
        if self.owner is not None:
            rows = self._owned(rows, path, walked="owner" in loose)
        for column, wanted in (("region", self.region), ("salesperson", self.salesperson)):
            if wanted and column in loose:
                plain = Coalesce(f"{path}{column}", Value(""))
                rows = rows.alias(**{f"{column}_seen": plain}).filter(**{f"{column}_seen": wanted})
            elif wanted:
                rows = rows.filter(**{f"{path}{column}": wanted})
        return rows

    def _owned(self, rows: QuerySet[Any], path: str, *, walked: bool) -> QuerySet[Any]:
        """``walked``: look at the owner of each row on the way, instead of beginning with hers."""
        of_row = owned_today().filter(customer=OuterRef(f"{path}pk"))
        if self.owner == NOBODY:
            return rows.filter(~Exists(of_row))
        if walked:
            return rows.filter(Exists(of_row.filter(user=self.owner)))
        hers = owned_today().filter(user=self.owner)
        return rows.filter(**{f"{path}pk__in": hers.values("customer")})


def spread(user: User, run: RunInfo) -> tuple[dict[str, int], dict[str, int]]:
    """How many of the customers the user may see each region and each salesperson has."""

    def count() -> tuple[dict[str, int], dict[str, int]]:
        seen = visible_to(user).order_by()
        return (
            dict(seen.values_list("region").annotate(Count("pk"))),
            dict(seen.values_list("salesperson").annotate(Count("pk"))),
        )

    return kept(user, ("spread", *mark(run)), count)


def loose_of(user: User, run: RunInfo, filters: Filters) -> frozenset[str]:
    """The filters that let more pass than a page costs by walking the sort's index instead.

    Beginning with a filter costs its rows; walking, the rows between two that pass, a page's times.
    PostgreSQL weighs that itself, by how often each value is; an expression would hide it.
    """
    by_column = filters.region or filters.salesperson or filters.owner
    if not by_column or connection.vendor == "postgresql":
        return frozenset()
    regions, salespeople = spread(user, run)
    many = (PAGE * sum(regions.values())) ** 0.5
    owned = (
        owned_today().filter(user=filters.owner)[: int(many) + 1].count() if filters.owner else 0
    )
    passing = {
        "region": regions.get(filters.region, 0),
        "salesperson": salespeople.get(filters.salesperson, 0), "owner": owned,
    }  # fmt: skip
    return frozenset(column for column, count in passing.items() if count > many)


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
