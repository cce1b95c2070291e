"""What the customer list is narrowed to, and whether to begin there or to look on the way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from django.core.cache import cache
from django.db import connection
from django.db.models import BigIntegerField, Count, Max, QuerySet, Value
from django.db.models.functions import Coalesce

from mainstay.foundation.compiled import ask
from mainstay.foundation.models import Territory, User
from mainstay.foundation.permissions import reach
from mainstay.insights.records import RunInfo
from mainstay.parties import finding
from mainstay.parties.models import Assignment, Customer
from mainstay.parties.permissions import PERSONAL, SEE
from mainstay.parties.selectors import found_by, sees_everything, sought, visible_to, within

Found = TypeVar("Found")
NOBODY = 0
OWNED = "owned"
"""Among what is loose: whoever owns a customer sees it, and the owner is asked for."""
PAGE = 50
"""Rows that a page shows, for weighing ways to find them."""
FEW = 700
"""Rows that it costs little to walk, or to begin with."""
DEARER = 8
"""Times as much as a row on the way costs one that is looked up for what all are sorted by."""
CHEAPER = 4
"""The same of a class in an order of customers' own columns."""
LISTED = 5_000
"""Ids that a store has at hand while it walks, rather than look each customer up."""
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
    words: Sequence[Any] | None = None
    """What the index of words is asked for ``q`` (``sought``), where that is known."""

    def on(
        self, rows: QuerySet[Any], user: User, path: str, loose: frozenset[str] = frozenset()
    ) -> QuerySet[Any]:
        """The rows of customers they let pass and the user may see; ``path`` leads to those.

        With ``loose`` filters the store must not begin: no index serves an expression. «listed»
        are those that let few enough pass to have their ids at hand while it walks.
        """
        if not sees_everything(user) and OWNED not in loose:
            rows = self._seen(rows, user, path, loose)
        if self.q.strip():
            words = sought(user, self.q) if self.words is None else self.words
            rows = rows.filter(found_by(user, words, path))
        for column, wanted in _asked(self):
            value = None if column == "owner" and wanted == NOBODY else wanted
            if f"{column} listed" in loose:
                passing = Customer.objects.filter(**{column: value}).values("pk")
                rows = rows.alias(**{f"{column}_of": Coalesce(f"{path}pk", Value(NOBODY))})
                rows = rows.filter(**{f"{column}_of__in": passing})
            elif column in loose:
                rows = rows.alias(**{f"{column}_seen": _plain(f"{path}{column}", column)})
                rows = rows.filter(**{f"{column}_seen": wanted})
            else:
                rows = rows.filter(**{f"{path}{column}": value})
        return rows

    def _seen(
        self, rows: QuerySet[Any], user: User, path: str, loose: frozenset[str]
    ) -> QuerySet[Any]:
        """Those that the user may see."""
        held = reach(user, SEE)
        if held.territories and not held.own and "territory" in loose:
            seen = Coalesce(f"{path}territory", Value(NOBODY), output_field=BigIntegerField())
            rows = rows.alias(territory_seen=seen)
            return rows.filter(territory_seen__in=held.territories)
        if held.own and not held.territories and "own" in loose:
            mine = Assignment.objects.filter(user=user, until=None).values("customer")
            plain = Coalesce(f"{path}pk", Value(NOBODY))
            rows = rows.alias(own_seen=plain)
            return rows.filter(own_seen__in=mine)
        return rows.filter(within(user, SEE, path))


def spread(user: User, run: RunInfo) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The regions and the salespeople of the customers the user may see."""
    if owned_alone(user, Filters()):
        return _spread_of_owned("region", user), _spread_of_owned("salesperson", user)

    def find() -> tuple[tuple[str, ...], tuple[str, ...]]:
        seen = visible_to(user).order_by()
        regions, salespeople = (
            tuple(sorted(filter(None, seen.values_list(column, flat=True).distinct())))
            for column in ("region", "salesperson")
        )
        return regions, salespeople

    return remembered(("spread", *mark(run), *_mark_of_seen(user)), find)


def _spread_of_owned(column: str, user: User) -> tuple[str, ...]:
    """An index leads from one value to the next, so nothing is kept."""

    def make(owner: Any) -> QuerySet[Any]:
        owned = Customer.objects.filter(owner=owner)
        return owned.order_by(column).values_list(column).distinct()

    return tuple(
        value for (value,) in ask(("spread of owned", column), make, owner=user.pk) if value
    )


def _mark_of_seen(user: User) -> tuple[Any, ...]:
    """Tells whom a user sees from what others see, and from what the user saw before."""
    held = reach(user, SEE)
    if held.company:
        return ()
    seen: tuple[Any, ...] = tuple(_places(held.territories))
    if held.own:
        seen += (user.pk, *ask("assignments of", _assignments, user=user.pk))
    return seen


def _places(territories: frozenset[int]) -> list[tuple[Any, ...]]:
    """Territories with the regions they list."""
    if not territories:
        return []

    def make() -> QuerySet[Any]:
        rows = Territory.objects.filter(pk__in=territories).order_by("pk")
        return rows.values_list("pk", "regions")

    return ask(("regions of", territories), make)


def _assignments(user: Any) -> QuerySet[Any]:
    rows = Assignment.objects.filter(user=user, until=None).order_by().values("user")
    return rows.annotate(many=Count("pk"), last=Max("pk")).values_list("many", "last")


def loose_of(
    user: User, run: RunInfo, filters: Filters, begin: Collection[str]
) -> frozenset[str]:  # fmt: skip
    """What the store must not begin with, on SQLite: all but these, and the user's own customers
    only where they are few.

    PostgreSQL weighs that itself, by how often each value is; an expression would hide it.
    """
    if connection.vendor == "postgresql":
        return frozenset()
    asked, named = _asked(filters), {"territory"} if "territory" not in begin else set()
    counts = _counts(run) if asked or reach(user, SEE).own else {}
    if reach(user, SEE).own and counts["owner"].get(str(user.pk), 0) > FEW:
        named.add("own")
    if filters.classes and _of_classes(run, filters) <= LISTED:
        named.add("classes listed")
    for name, value in asked:
        if name not in begin:
            few = counts[name].get(str(value), 0) <= LISTED
            named.add(f"{name} listed" if few else name)
    return frozenset(named)


def owned_alone(user: User, filters: Filters) -> Filters | None:
    """The same filters by owner, where a user sees whom they own and nobody else; else ``None``."""
    held = reach(user, SEE)
    if not held.own or held.territories or held.company or filters.owner is not None:
        return None
    if ask(("in teams", 1), _in_teams, user=user.pk):
        return None
    return replace(filters, owner=user.pk)


def _in_teams(user: Any) -> QuerySet[Any]:
    rows = Assignment.objects.filter(user=user, until=None, duty=Assignment.Duty.MEMBER)
    return rows.values_list("customer")[:1]


def one_territory(user: User) -> bool:
    """Whether a user sees one territory and nobody else, on a store that is told where to begin."""
    held = reach(user, SEE)
    alone = len(held.territories) == 1 and not (held.company or held.own)
    return alone and connection.vendor != "postgresql"


def regions_of(user: User) -> list[str]:
    """The regions of a user's territories, where no others can be seen: their customers stand
    together in the order of regions. PostgreSQL, which may order otherwise, is told of none.
    """
    held = reach(user, SEE)
    if held.company or held.own or connection.vendor == "postgresql":
        return []
    return [region for _place, regions in _places(held.territories) for region in regions]


def begin_with(user: User, run: RunInfo, filters: Filters, known: bool) -> str:
    """What costs least to begin with: a filter, «words», «classes», or nothing, which is to walk
    the sort's index. ``known``: it is known where in that everybody stands.

    Beginning costs those who pass the filter; walking, a page's times the rows between two of them.
    """
    asked = _asked(filters)
    if connection.vendor == "postgresql":
        return ""
    whole = len(filters.words or ()) == 1 or reach(user, PERSONAL).company
    if filters.words and whole and _found(run, filters.words[-1]) <= LISTED:
        return "words"
    if not asked and (known or not filters.classes):
        return ""
    counts = _counts(run)
    everybody = max(sum(counts["region"].values()), 1)
    passing = {name: counts[name].get(str(value), 0) for name, value in asked}
    # Those of one filter mostly pass the others: who owns customers owns those of one region.
    walked = PAGE * everybody / max(min(passing.values(), default=everybody), 1)
    of_classes = _of_classes(run, filters) if filters.classes else everybody
    between = everybody / max(of_classes, 1)
    if filters.classes:
        walked *= 2 if known else 2 * between  # the class of each is looked up
    each = 1 if known else 2 + DEARER / between
    cost = {name: each * count for name, count in passing.items()}
    if filters.classes and not known:
        cost["classes"] = CHEAPER * of_classes
    least = min(cost, key=lambda name: cost[name], default="")
    return least if least and cost[least] <= max(walked, FEW) else ""


def share(user: User, run: RunInfo, filters: Filters) -> float:
    """About which part of everybody the filters let pass and the user may see, classes aside."""
    held, asked = reach(user, SEE), _asked(filters)
    if not asked and held.company:
        return 1
    counts = _counts(run)
    passing = [counts[name].get(str(value), 0) for name, value in asked]
    if not held.company:
        seen = sum(counts["territory"].get(str(place), 0) for place in held.territories)
        passing.append(seen + (counts["owner"].get(str(user.pk), 0) if held.own else 0))
    everybody = max(sum(counts["region"].values()), 1)
    return max(min(passing), 1) / everybody


def _asked(filters: Filters) -> list[tuple[str, Any]]:
    """The filters by a column of customers that are set."""
    columns: list[tuple[str, Any]] = [
        ("region", filters.region), ("salesperson", filters.salesperson)
    ]  # fmt: skip
    asked = [(name, value) for name, value in columns if value]
    return asked if filters.owner is None else [*asked, ("owner", filters.owner)]


def _plain(path: str, column: str) -> Coalesce:
    """A column as an expression."""
    if column == "owner":
        return Coalesce(path, Value(NOBODY), output_field=BigIntegerField())
    return Coalesce(path, Value(""))


def _of_classes(run: RunInfo, filters: Filters) -> int:
    """How many graded customers are in the classes asked for."""
    return sum(entry.customers for entry in run.classes if entry.klass in filters.classes)


def _counts(run: RunInfo) -> dict[str, dict[str, int]]:
    """How many customers each region, salesperson, owner and territory has, those of none under
    ``NOBODY``: to weigh ways by, whoever asks, and not to be shown.
    """

    def count() -> dict[str, dict[str, int]]:
        rows = Customer.objects.order_by()
        return {
            name: {value if isinstance(value, str) else str(value or NOBODY): found
                   for value, found in rows.values_list(name).annotate(Count("pk"))}
            for name in ("region", "salesperson", "owner", "territory")
        }  # fmt: skip

    return remembered(("counts", *mark(run)), count)


def _found(run: RunInfo, match: str) -> int:
    """How many customers the index of words finds, to weigh ways by as well."""
    return remembered(("found", *mark(run), match), lambda: len(finding.found(match)))


def kept(user: User, key: tuple[Any, ...], make: Callable[[], Found]) -> Found:
    """What was found of the whole company before, by the same run; else it is found now."""
    return remembered(key, make) if sees_everything(user) else make()


def remembered(key: tuple[Any, ...], make: Callable[[], Found]) -> Found:
    """The same of what nobody is shown."""
    name = hashlib.sha256(json.dumps(key).encode()).hexdigest()
    kept: Found | None = cache.get(name)
    if kept is None:
        kept = make()
        cache.set(name, kept, KEPT)
    return kept


def mark(run: RunInfo) -> tuple[int, str]:
    """Tells a run from any other, that of a restored store too."""
    return run.id, f"{run.finished_at}"
