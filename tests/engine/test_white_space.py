"""White space: small books by figures anybody can check, then against a plain loop, then whatever
the books hold."""

from __future__ import annotations

import random
from datetime import date, timedelta
from fractions import Fraction
from statistics import median
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay_engine.backends import on_duckdb, open_duckdb
from mainstay_engine.errors import NoData, UnknownName
from mainstay_engine.facts import Facts
from mainstay_engine.portfolio.white_score import time_split
from mainstay_engine.portfolio.white_space import WhiteSpace, white_space

Row = dict[str, Any]
LAST = date(2024, 12, 31)
KINDS = {"doc_no": pa.string(), "kind": pa.string(), "customer_id": pa.string(),
         "doc_date": pa.date32(), "item": pa.string(), "category": pa.string(), "net": pa.int64(),
         "known_since": pa.date32()}  # fmt: skip


def facts(rows: list[Row], *, without: tuple[str, ...] = ()) -> Facts:
    names = [name for name in KINDS if name not in without]
    table = pa.table({name: pa.array([r.get(name) for r in rows], KINDS[name]) for name in names})
    backend = on_duckdb(open_duckdb(threads=1))
    backend.con.register("given", table)
    backend.con.execute("CREATE TABLE lines AS SELECT * FROM given")
    return Facts(backend, backend.table("lines"), currency="CNY")


def line(who: str | None, item: str | None, net: int = 100, day: date = LAST, **more: Any) -> Row:
    return {"doc_no": f"{who}{item}{day}", "kind": "invoice" if net > 0 else "credit_note",
            "customer_id": who, "item": item, "doc_date": day, "net": net, **more}  # fmt: skip


def found(rows: list[Row], **more: Any) -> dict[str, list[Row]]:
    """Suggestions by customer."""
    result = white_space(facts(rows), as_of=more.pop("as_of", LAST), **more)
    return by_customer(result)


def by_customer(result: WhiteSpace) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {}
    for row in result.table.to_pylist():
        rows.setdefault(row.pop("customer_id"), []).append(row)
    return rows


def by_hand(rows: list[Row], by: str = "item", size: int = 10) -> dict[str, list[Row]]:
    """The same in sets and fractions."""
    sums: dict[tuple[str, str], int] = {}
    for row in rows:
        if row["customer_id"] and row.get(by) and date(2024, 1, 1) <= row["doc_date"] <= LAST:
            key = row["customer_id"], row[by]
            sums[key] = sums.get(key, 0) + row["net"]
    buyers: dict[str, set[str]] = {}
    for (who, item), net in sums.items():
        if net > 0:
            buyers.setdefault(item, set()).add(who)
    tells: dict[str, dict[str, int]] = {}
    for item, theirs in buyers.items():
        shares = {
            other: int(Fraction(len(theirs & those), len(those) + 20) * 1_000_000)
            for other, those in buyers.items()
            if other != item and len(theirs & those) >= 3
        }
        tells[item] = dict(sorted(shares.items(), key=lambda one: (-one[1], one[0]))[:50])
    told: dict[str, list[Row]] = {}
    for who in sorted({who for who, _item in sums}):
        own = {item for item, theirs in buyers.items() if who in theirs}
        scored = []
        for item, shares in tells.items():
            known = {other: share for other, share in shares.items() if other in own}
            if known and (who, item) not in sums:
                because = min(known, key=lambda other: (-known[other], other))
                both = buyers[item] & buyers[because]
                scored.append({
                    "product": item, "score": sum(known.values()), "because": because,
                    "like": len(buyers[because] - {who}), "buyers": len(both),
                    "typical": round(Fraction(median([Fraction(sums[b, item]) for b in both]))),
                })  # fmt: skip
        if scored:
            told[who] = sorted(scored, key=lambda row: (-row["score"], row["product"]))[:size]
    return told


def test_a_customer_is_offered_what_others_buy_who_buy_the_same() -> None:
    rows = [line(who, "bolt") for who in "ABCDE"]
    rows += [line(who, "nut", net) for who, net in zip("ABCD", (10, 20, 35, 400), strict=True)]
    # 4 of 5 + 20 who buy bolts; median of 10, 20, 35, 400 is 27.5, half-even 28.
    assert found(rows) == {"E": [{
        "product": "nut", "score": 160_000, "because": "bolt", "like": 4, "buyers": 4,
        "typical": 28,
    }]}  # fmt: skip


def test_two_buyers_are_too_few_to_tell_anything() -> None:
    rows = [line(who, "bolt") for who in "ABC"] + [line(who, "nut") for who in "AB"]
    assert found(rows) == {}


def test_the_product_that_tells_most_is_named_and_the_shares_add_up() -> None:
    rows = [line(who, item) for who in "ABC" for item in ("bolt", "nut", "washer")]
    rows += [line("D", "bolt"), line("D", "nut"), line("E", "bolt")]
    # nuts: 3 of 4 + 20 buy washers; bolts: 3 of 5 + 20.
    (row,) = found(rows)["D"]
    assert (row["product"], row["because"], row["like"]) == ("washer", "nut", 3)
    assert row["score"] == 125_000 + 120_000


def test_what_was_returned_is_neither_bought_nor_suggested() -> None:
    rows = [line(who, item) for who in "ABCD" for item in ("bolt", "nut")]
    rows += [line("E", "bolt"), line("E", "nut"), line("E", "nut", -100)]
    assert found(rows) == {}
    assert found([*rows, line("F", "bolt")])["F"][0]["buyers"] == 4


def test_categories_are_suggested_like_products() -> None:
    rows = [line(who, "x", category=name) for who in "ABC" for name in ("tools", "paint")]
    rows.append(line("D", "y", category="tools"))
    assert found(rows, by="category")["D"][0]["product"] == "paint"


@pytest.mark.parametrize("seed", range(6))
def test_it_agrees_with_a_plain_loop(seed: int) -> None:
    rng = random.Random(seed)
    rows = [
        line(f"K{rng.randrange(30):02}", rng.choice([f"p{int(rng.random() ** 2 * 60):02}", None]),
             rng.choice([rng.randrange(1, 5000), -rng.randrange(1, 3000)]) if rng.random() < 0.3
             else rng.randrange(1, 5000), LAST - timedelta(rng.randrange(500)),
             category=f"g{rng.randrange(8)}")
        for _ in range(900)
    ]  # fmt: skip
    assert found(rows) == by_hand(rows)
    assert found(rows, by="category", size=3) == by_hand(rows, "category", 3)


def test_it_is_the_same_in_small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    from mainstay_engine.portfolio import copurchase

    rng = random.Random(9)
    rows = [line(f"K{rng.randrange(20)}", f"p{rng.randrange(25)}") for _ in range(300)]
    whole = found(rows)
    for cells, dense in ((30, 10), (30, 1), (1 << 20, 1000)):
        monkeypatch.setattr(copurchase, "_CELLS", cells)
        monkeypatch.setattr(copurchase, "_DENSE", dense)
        assert found(rows) == whole == by_hand(rows)


LINES = st.lists(
    st.builds(
        lambda who, item, net, back, late: line(
            who, item, net, LAST - timedelta(back),
            known_since=LAST - timedelta(back) + timedelta(late),
        ),
        st.sampled_from("ABCDEF"), st.sampled_from("pqrs"),
        st.integers(-50, 500).filter(bool), st.integers(0, 400), st.integers(0, 60),
    ),
    min_size=1, max_size=60,
)  # fmt: skip
few = settings(max_examples=25, deadline=None)


def asked(rows: list[Row], **more: Any) -> dict[str, list[Row]]:
    try:
        return found(rows, **more)
    except NoData:
        return {}


@few
@given(LINES)
def test_nothing_is_suggested_that_the_customer_had(rows: list[Row]) -> None:
    had = {(r["customer_id"], r["item"]) for r in rows if r["doc_date"] >= date(2024, 1, 1)}
    for who, suggestions in asked(rows).items():
        assert not {(who, row["product"]) for row in suggestions} & had
        for row in suggestions:
            assert (who, row["because"]) in had
            assert 3 <= row["buyers"] <= row["like"]


@few
@given(LINES, st.integers(0, 300))
def test_what_came_later_is_never_seen(rows: list[Row], back: int) -> None:
    day = LAST - timedelta(back)
    past = [r for r in rows if r["doc_date"] <= day and r["known_since"] <= day]
    then = asked(rows, as_of=day, known_as_of=day)
    assert then == (asked(past, as_of=day, known_as_of=day) if past else {})


@few
@given(LINES)
def test_a_customer_of_other_products_changes_nothing_of_the_others(rows: list[Row]) -> None:
    more = [*rows, *(line(who, "z") for who in "XYZ")]
    assert {w: s for w, s in asked(more).items() if w not in "XYZ"} == asked(rows)
    turned = [*reversed(rows)]
    assert asked(turned) == asked(rows)


def test_what_cannot_be_had_is_said() -> None:
    rows = [line("A", "bolt", category="x")]
    with pytest.raises(NoData):
        white_space(facts(rows, without=("item",)), as_of=LAST)
    with pytest.raises(NoData):
        white_space(facts(rows), as_of="2020-01-01")
    with pytest.raises(UnknownName):
        white_space(facts(rows), as_of=LAST, by="colour")  # type: ignore[arg-type]
    with pytest.raises(NoData):
        time_split(facts(rows), "2024-12-31", "2025-01-31")


def test_a_time_split_by_hand() -> None:
    # Before: five buy bolts, four of them nuts, all of those glue; E has bolts alone.
    rows = [line(who, "bolt") for who in "ABCDE"]
    rows += [line(who, item) for who in "ABCD" for item in ("nut", "glue")]
    rows += [line(who, "tape") for who in "FGHIJK"]  # what most buy, and nobody with bolts
    after = date(2025, 1, 15)
    bought = (("E", "nut"), ("E", "bolt"), ("A", "tape"), ("E", "new"), ("new", "nut"))
    rows += [line(who, item, day=after) for who, item in bought]
    found = time_split(facts(rows), LAST, "2025-01-31", size=1)
    assert (found.customers, found.bought) == (2, 2)  # E a nut, A tape
    # E is offered glue (of equals the first by code), A nothing; popularity says tape.
    assert (found.score.precision, found.score.hit_rate) == (0.0, 0.0)
    assert (found.popular.precision, found.popular.recall) == (0.5, 0.5)
    two = time_split(facts(rows), LAST, "2025-01-31", size=2)
    assert (two.score.precision, two.score.recall, two.score.hit_rate) == (0.25, 0.5, 0.5)


def test_online_retail_on_a_time_split_beats_popularity(shared_data: Any) -> None:
    import mainstay_engine as me

    path = shared_data / "online-retail-1" / "online_retail.csv.gz"
    found = time_split(me.read_facts(path, skip_bad=True), "2011-08-31", "2011-12-09")
    assert (found.customers, found.bought) == (1872, 56571)
    assert found.score.precision == pytest.approx(0.1020, abs=5e-5)  # as the explanation says
    assert found.score.recall == pytest.approx(0.0524, abs=5e-5)
    assert found.score.hit_rate == pytest.approx(0.4979, abs=5e-5)
    assert found.popular.precision == pytest.approx(0.0487, abs=5e-5)
    assert found.popular.recall == pytest.approx(0.0196, abs=5e-5)
    assert found.popular.hit_rate == pytest.approx(0.3328, abs=5e-5)
