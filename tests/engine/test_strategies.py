"""The four strategies: by figures anybody can check, and by a plain loop over made-up books."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given

from mainstay_engine.errors import UnknownName
from mainstay_engine.portfolio import STRATEGIES, Bridge, Span, bridge
from tests.engine.test_bridge import LINES, SPANS, Row, asked, facts, line, often, rows_of


def resting(found: Bridge, who: str | None = "K") -> dict[str, int]:
    """The strategies of one customer that are not zero."""
    row = rows_of(found)[who]
    return {name: row[name] for name in found.strategies if row[name]}


BOOKS = [
    line("a", "2022-05-01", 70, "a"), line("b", "2023-05-01", 100, "b"),
    line("c", "2024-01-05", 1, "a"), line("d", "2024-02-05", 2, "b"),
    line("e", "2024-03-05", 4, "c"), line("f", "2024-04-05", 8, "d"),
    line("g", "2023-06-01", 50, "c", who="L"),
    line("h", "2024-05-05", 16, "c", who="N"), line("i", "2024-05-05", 32, "e", who="N"),
    line("j", "2024-06-05", 64, None), line("k", "2024-07-05", 128, "a", who=None),
]  # fmt: skip


def test_old_and_new_customers_and_products_are_told_apart() -> None:
    found = bridge(facts(BOOKS), "2023", "2024")
    # a was bought in 2022, before both periods; c by L alone; d and e by nobody.
    assert resting(found) == {"loyalty": 3, "extension": 12, "unnamed": 64}
    assert resting(found, "N") == {"acquisition": 16, "diversification": 32}
    assert resting(found, "L") == {}
    assert resting(found, None) == {"unnamed": 128}
    totals = found.totals()
    assert totals["after"] == sum(totals[name] for name in STRATEGIES) == 255
    assert [row["customer_id"] for row in found.largest("extension")] == ["K"]


def test_a_credit_note_takes_from_where_its_product_stands() -> None:
    back = [line("r", "2024-08-01", -3, "c", kind="credit_note"),
            line("s", "2024-08-01", -5, "z", kind="credit_note")]  # fmt: skip
    found = bridge(facts([*BOOKS, *back]), "2023", "2024")
    # z was never invoiced: it is taken to have been bought before.
    assert resting(found) == {"loyalty": -2, "extension": 9, "unnamed": 64}


def test_turned_round_it_is_what_the_earlier_sales_rest_on() -> None:
    assert resting(bridge(facts(BOOKS), "2024", "2023")) == {"extension": 100}


def test_books_without_products_tell_none() -> None:
    found = bridge(facts(BOOKS, without=("item",)), "2023", "2024")
    assert found.strategies == ()
    assert "strategies" not in found.to_dict()["totals"]
    with pytest.raises(UnknownName):
        found.largest("loyalty")


@often
@given(LINES, SPANS, SPANS)
def test_they_agree_with_a_plain_loop(rows: list[Row], earlier: Span, later: Span) -> None:
    found = asked(rows, earlier, later)
    if found is None or not found.strategies:
        return
    for who, row in rows_of(found).items():
        if who is not None:
            mine = {name: row[name] for name in STRATEGIES}
            assert mine == by_hand(rows, who, later, new=row["kind"] == "new")


def by_hand(rows: list[Row], who: str, later: Span, *, new: bool) -> dict[str, int]:
    sums = dict.fromkeys(STRATEGIES, 0)

    def first(item: str, *, among: str | None) -> date | None:
        days = [
            r["doc_date"] for r in rows
            if r["item"] == item and r["kind"] == "invoice" and among in (None, r["customer_id"])
        ]  # fmt: skip
        return min(days, default=None)

    for row in rows:
        if row["customer_id"] != who or not later.start <= row["doc_date"] <= later.end:
            continue
        if row["item"] is None:
            sums["unnamed"] += row["net"]
            continue
        own, anybody = first(row["item"], among=who), first(row["item"], among=None)
        if own is None or own < later.start:
            sums["acquisition" if new else "loyalty"] += row["net"]
        elif anybody < later.start:
            sums["acquisition" if new else "extension"] += row["net"]
        else:
            sums["diversification" if new else "extension"] += row["net"]
    return sums
