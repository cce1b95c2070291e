"""Job for ``measure``: the customer list in every order it offers, narrowed in every way, at the
start, halfway down and at the end; each page as a ratio to a floor page of the same moment.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pages

TIMES = 5
"""Requests of each page, and of the floor page before it: the least of both are compared."""
NARROWED = {
    "all": "",
    "a region, 20,000": "region=浙江",
    "an owner, 2,500": "owner={seller}",
    "nobody's, 1,000": "owner=0",
    "salesperson, 2,500": "salesperson=业务员7",
    "A of ABC, 20,000": "class=A",
    "B of ABC, 30,000": "class=B",
    "A and C of ABC": "class=A&class=C",
    "B of a region": "class=B&region=浙江",
    "A of an owner, 500": "class=A&owner={seller}&region=浙江",
    "class of 100": "scheme=value5&class=A",
    "class of 2,200": "scheme=value5&class=B",
    "class of 17,700": "scheme=value5&class=C",
    "2,200 in a region": "scheme=value5&class=B&region=浙江",
    "silent, 33,000": "scheme=behaviour&class=A",
    "not silent, 67,000": "scheme=behaviour&class=B",
    "found by a word": "q=恒晟",
    "a territory's, 20,000": "|director",
    "B of a territory": "class=B|director",
    "one's own, 2,500": "|seller5",
    "B of one's own": "class=B|seller5",
}
"""What the list is narrowed to, by what a table calls it; behind «|» who looks."""
FLOOR = pages.FLOOR[0]


@dataclass
class Case:
    """One order of what the list is narrowed to."""

    narrowed: str
    sort: str
    who: str
    addresses: list[str]
    took: dict[str, tuple[float, float]] = field(default_factory=dict)
    """By address the least CPU of the floor page asked for before it, and its own."""

    def ratios(self) -> list[float]:
        """Of its pages."""
        return [page / floor for floor, page in self.took.values()]


def prepare_orders(url: str = "", only: str = "") -> Any:
    """Clients and cases; ``only`` these of ``NARROWED``, by a part of their names."""
    pages.prepared(url, *pages.LIST, FLOOR, urls="floor")
    _people()
    clients = {name: pages.client_of(name) for name in ("", "director", "seller5")}
    cases = list(_cases(only))
    for client in clients.values():
        client.get(FLOOR)
    for case in cases:
        for address in case.addresses:
            _took(clients[case.who], address)
    return clients, cases


def _people() -> None:
    from django.core.cache import cache

    from mainstay.foundation import people
    from mainstay.foundation.models import Territory, User
    from mainstay.parties import territories

    if User.objects.filter(username="director").exists():
        return
    chief = User.objects.earliest("pk")
    place = territories.save(chief, None, name="浙江", regions=["浙江"])
    director, _password = people.add_person(chief, "director")
    people.appoint(chief, director.pk, "sales_director", territory_id=place.pk)
    people.appoint(chief, User.objects.get(username="seller5").pk, "salesperson")
    assert Territory.objects.count() == 1
    cache.clear()  # how many a territory has is counted once an hour


def _cases(only: str) -> Iterator[Case]:
    from django.http import QueryDict

    from mainstay.foundation.models import User
    from mainstay.insights.models import Grade, Run
    from mainstay.insights.selectors.walking import SORTS, path_of
    from mainstay.kernel import cursor
    from mainstay.parties.selectors import sees_cost
    from mainstay.web.views.customers import Query

    seller = User.objects.get(username="seller5").pk
    for title, told in NARROWED.items():
        if only not in title:
            continue
        narrowed, _bar, who = told.format(seller=seller).partition("|")
        user = User.objects.get(username=who) if who else User.objects.earliest("pk")
        query = Query.of(QueryDict(narrowed), "abc")
        run = Run.objects.get(scheme=query.scheme)
        grades = Grade.objects.filter(run=run)
        if query.filters.classes:
            grades = grades.filter(klass__in=query.filters.classes)
        cost = sees_cost(user)
        names = [name for name in SORTS if cost or name not in {"gross_profit", "margin"}]
        found = query.filters.on(grades, user, "customer__")
        rows = list(found.values_list("customer_id", *(path_of(name) for name in names)))
        for place, name in enumerate(names, start=1):
            valued = sorted((row[place], row[0]) for row in rows if row[place] is not None)
            empty = sorted((row[place], row[0]) for row in rows if row[place] is None)
            up, down = valued + empty, valued[::-1] + empty
            for sort, ordered in ((name, up), (f"-{name}", down)):
                address = f"/customers?{narrowed}&sort={sort}"
                deep = sorted({at for at in (len(rows) // 2, len(rows) - 60) if at > 0})
                yield Case(title, sort, who, [address, *(
                    f"{address}&after={cursor.encode(*ordered[at])}"
                    for at in deep
                )])  # fmt: skip


def _took(client: Any, address: str) -> float:
    begun = time.process_time()
    answer = client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address}: {answer.status_code}")
    return time.process_time() - begun


def orders(ready: Any, url: str = "", only: str = "") -> dict[str, Any]:
    """Ratio by order and by what the list is narrowed to: the dearer way, the dearest page."""
    clients, cases = ready
    for _ in range(TIMES):
        for case in cases:
            client = clients[case.who]
            for address in case.addresses:
                took = _took(client, FLOOR), _took(client, address)
                floor, page = map(min, took, case.took.get(address, took))
                case.took[address] = floor, page
    table: dict[str, dict[str, float]] = {}
    for case in cases:
        row = table.setdefault(case.narrowed, {})
        name = case.sort.removeprefix("-")
        row[name] = max(row.get(name, 0), *case.ratios())
    every = [ratio for case in cases for ratio in case.ratios()]
    return {
        "pages": len(every), "above": sum(one > 2 for one in every),
        "median": statistics.median(every), "table": table,
    }  # fmt: skip
