"""Who moved between two gradings, against counting everybody by hand."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import User
from mainstay.insights.errors import NotGraded
from mainstay.insights.models import CustomerMetrics, Grade, Run, Snapshot
from mainstay.insights.schemes.placing import DOWN, ELSE, UP
from mainstay.insights.selectors.moves import (
    CAME,
    NOT_THERE,
    STAYED,
    WENT,
    Moves,
    Wanted,
    moves,
)  # fmt: skip
from mainstay.parties import territories
from mainstay.parties.models import Customer
from tests.people import person, with_rights

pytestmark = [pytest.mark.shared_books, pytest.mark.usefixtures("graded")]
ALL = Wanted(size=None)


def runs(scheme: str) -> tuple[Run, Run]:
    """The grading before and the newest."""
    newest = Snapshot.objects.latest("as_of", "pk")
    before, after = (
        Run.objects.get(snapshot=one, scheme=scheme) for one in (newest.previous, newest)
    )
    return before, after


def by_hand(scheme: str, region: str = "") -> dict[str, tuple[str, str, int, int]]:
    """Class and net sales then and now by code; nothing where somebody was not graded."""
    found: dict[str, list[tuple[str, int]]] = {}
    for side, run in enumerate(runs(scheme)):
        rows = Grade.objects.filter(run=run).select_related("customer", "measured")
        for row in rows:
            if not region or row.customer.region == region:
                both = found.setdefault(row.customer.code, [(NOT_THERE, 0), (NOT_THERE, 0)])
                both[side] = (row.klass, row.measured.net_sales or 0)
    return {code: (was, now, then, later) for code, ((was, then), (now, later)) in found.items()}


def counted(found: Moves) -> dict[tuple[str, str], tuple[int, int, int]]:
    return {(one.was, one.now): (one.customers, one.net_then, one.net_now) for one in found.cells}


def expected(
    people: dict[str, tuple[str, str, int, int]],
) -> dict[tuple[str, str], tuple[int, ...]]:
    cells = Counter((was, now) for was, now, _, _ in people.values())
    return {
        pair: (
            count,
            sum(then for was, now, then, _ in people.values() if (was, now) == pair),
            sum(later for was, now, _, later in people.values() if (was, now) == pair),
        )
        for pair, count in cells.items()
    }


@pytest.mark.parametrize("scheme", ["abc", "composite", "value5", "behaviour"])
def test_the_cells_are_what_counting_everybody_gives(owner: User, scheme: str) -> None:
    found = moves(owner, scheme, wanted=ALL)
    before, after = runs(scheme)
    assert found.before is not None
    assert (found.before.id, found.after.id) == (before.pk, after.pk)
    assert counted(found) == expected(by_hand(scheme))
    whole = Grade.objects.filter(run=after).count()
    assert found.count(UP, DOWN, STAYED, ELSE, CAME) == whole


def test_those_who_came_and_went_are_counted_and_listed(owner: User) -> None:
    before, after = runs("abc")
    came, went = (
        row.pk for row in Customer.objects.filter(code__in=("C01", "C02")).order_by("code")
    )
    CustomerMetrics.objects.filter(snapshot=before.snapshot_id, customer=came).delete()
    CustomerMetrics.objects.filter(snapshot=after.snapshot_id, customer=went).delete()
    found = moves(owner, "abc", wanted=ALL)
    assert counted(found) == expected(by_hand("abc"))
    assert (found.count(CAME), found.count(WENT)) == (1, 1)
    anew = moves(owner, "abc", wanted=Wanted(way=CAME, size=None)).movers
    gone = moves(owner, "abc", wanted=Wanted(way=WENT, size=None)).movers
    assert [(one.code, one.was, one.net_then is None) for one in anew] == [("C01", "", True)]
    assert [(one.code, one.now, one.net_now) for one in gone] == [("C02", "", None)]


def test_the_list_has_who_rose_or_fell_the_largest_first(owner: User) -> None:
    order = [one["class"] for one in runs("abc")[1].classes]
    moved = {
        code: max(then, later) for code, (was, now, then, later) in by_hand("abc").items()
        if was != now and {was, now} <= set(order)
    }  # fmt: skip
    found = moves(owner, "abc", wanted=ALL)
    assert moved
    assert [one.code for one in found.movers] == sorted(
        moved, key=lambda code: (-moved[code], code)
    )
    for one in found.movers:
        up = order.index(one.now) < order.index(one.was)
        assert found.way(one.was, one.now) == (UP if up else DOWN)
    pages = [
        moves(owner, "abc", wanted=Wanted(first=at, size=1)).movers for at in range(len(moved))
    ]
    assert [one.code for page in pages for one in page] == [one.code for one in found.movers]


def test_a_cell_lists_its_own_customers(owner: User) -> None:
    people = by_hand("abc")
    for pair in {(was, now) for was, now, _, _ in people.values()}:
        listed = moves(owner, "abc", wanted=Wanted(cell=pair, size=None)).movers
        assert {one.code for one in listed} == {
            code for code, (was, now, _, _) in people.items() if (was, now) == pair
        }
    assert moves(owner, "abc", wanted=Wanted(cell=("none", "A"))).movers == ()


def test_the_two_days_can_be_turned_round(owner: User) -> None:
    forth = moves(owner, "abc", wanted=ALL)
    assert forth.before is not None
    back = moves(owner, "abc", forth.after.as_of, forth.before.as_of, ALL)
    assert counted(back) == {
        (now, was): (count, later, then)
        for (was, now), (count, then, later) in counted(forth).items()
    }
    assert back.count(UP) == forth.count(DOWN)
    same = moves(owner, "abc", forth.after.as_of, forth.after.as_of, ALL)
    assert same.count(STAYED) == sum(one.customers for one in same.cells)


def test_a_day_without_a_grading_is_refused_and_one_alone_shows_none(owner: User) -> None:
    with pytest.raises(NotGraded):
        moves(owner, "abc", then=date(2001, 1, 1))
    with pytest.raises(NotGraded):
        moves(owner, "no-such-scheme")
    Snapshot.objects.filter(pk=runs("abc")[0].snapshot_id).update(withdrawn_at="2026-01-01T00:00Z")
    alone = moves(owner, "abc")
    assert (alone.before, alone.cells, len(alone.days)) == (None, (), 1)


def test_everybody_counts_whom_they_may_see(owner: User) -> None:
    region = Customer.objects.exclude(region="").values_list("region", flat=True)[0]
    place = territories.save(owner, None, name="Here", regions=[region])
    director = person("director", "sales_director", territory=place)
    found = moves(director, "abc", wanted=ALL)
    seen = by_hand("abc", region)
    assert 0 < len(seen) < len(by_hand("abc"))
    assert counted(found) == expected(seen)
    assert {one.code for one in found.movers} <= seen.keys()
    assert counted(moves(owner, "abc")) == expected(by_hand("abc"))  # not what another was shown
    with pytest.raises(NotAllowed):
        moves(with_rights(director, "customers.see"), "abc")
