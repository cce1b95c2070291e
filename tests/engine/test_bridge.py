"""The growth bridge: each step alone by figures anybody can check, then against a plain loop."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mainstay_engine.backends import on_duckdb, open_duckdb
from mainstay_engine.errors import MixedCurrencies, NoData, UnknownName
from mainstay_engine.facts import Facts
from mainstay_engine.portfolio import STEPS, STRATEGIES, Bridge, Span, bridge
from tests.engine.bridge_by_hand import by_hand
from tests.engine.metrics_worlds import world

Row = dict[str, Any]
YEARS = (date(2023, 1, 1), date(2023, 12, 31)), (date(2024, 1, 1), date(2024, 12, 31))
LAST = date(2024, 12, 31)
KINDS = {"doc_no": pa.string(), "kind": pa.string(), "customer_id": pa.string(),
         "doc_date": pa.date32(), "item": pa.string(), "quantity": pa.decimal128(18, 4),
         "net": pa.int64(), "owed_own": pa.int64(), "currency": pa.string(),
         "known_since": pa.date32()}  # fmt: skip


def facts(rows: list[Row], *, without: tuple[str, ...] = ()) -> Facts:
    """Lines with the columns any row has."""
    named = [name for name in KINDS if name not in without and any(name in row for row in rows)]
    table = pa.table({name: pa.array([r.get(name) for r in rows], KINDS[name]) for name in named})
    backend = on_duckdb(open_duckdb(threads=1))
    backend.con.register("given", table)
    backend.con.execute("CREATE TABLE lines AS SELECT * FROM given")
    return Facts(backend, backend.table("lines"), currency="CNY")


def line(doc: str, day: str, net: int, item: str | None = "a", quantity: float | None = 1,
         who: str | None = "K", **more: Any) -> Row:  # fmt: skip
    return {
        "doc_no": doc, "kind": "credit_note" if net < 0 and more.pop("back", False) else "invoice",
        "customer_id": who, "doc_date": date.fromisoformat(day), "item": item,
        "quantity": None if quantity is None else Decimal(str(quantity)), "net": net, **more,
    }  # fmt: skip


def rows_of(found: Bridge) -> dict[str | None, Row]:
    return {row.pop("customer_id"): row for row in found.table.to_pylist()}


def steps_of(rows: list[Row], who: str | None = "K") -> dict[str, int]:
    """The steps of one customer from 2023 to 2024 that are not zero."""
    row = rows_of(bridge(facts(rows), "2023", "2024"))[who]
    return {name: row[name] for name in STEPS if row[name]}


# ── Each step alone ──────────────────────────────────────────────────────────────────────────────


def test_twice_as_many_equal_orders_are_frequency() -> None:
    rows = [line("a", "2023-03-01", 1000), line("b", "2024-03-01", 1000),
            line("c", "2024-09-01", 1000)]  # fmt: skip
    assert steps_of(rows) == {"frequency": 1000}


def test_a_second_product_of_the_same_value_on_each_order_is_breadth() -> None:
    rows = [line("a", "2023-03-01", 1000), line("b", "2024-03-01", 1000),
            line("b", "2024-03-01", 1000, "b")]  # fmt: skip
    assert steps_of(rows) == {"breadth": 1000}


def test_the_same_goods_at_a_higher_price_are_price() -> None:
    rows = [line("a", "2023-03-01", 1000, quantity=10), line("b", "2024-03-01", 1200, quantity=10)]
    assert steps_of(rows) == {"price": 200}


def test_more_of_the_same_product_per_order_is_mix() -> None:
    rows = [line("a", "2023-03-01", 1000, quantity=10), line("b", "2024-03-01", 1500, quantity=15)]
    assert steps_of(rows) == {"mix": 500}


def test_a_dearer_product_in_place_of_a_cheaper_one_is_mix() -> None:
    rows = [line("a", "2023-03-01", 1000), line("b", "2024-03-01", 1700, "b")]
    assert steps_of(rows) == {"mix": 700}


def test_lines_without_product_or_quantity_are_order_value() -> None:
    rows = [line("a", "2023-03-01", 1000), line("b", "2024-03-01", 1000),
            line("b", "2024-03-01", 70, None, None),
            line("b", "2024-03-01", 5, "x", 0)]  # fmt: skip
    assert steps_of(rows) == {"order_value": 75}


def test_more_goods_at_a_higher_price_are_weighed_by_the_mean_of_both_periods() -> None:
    # 1 order of 10 at 100 → 2 orders of 10 at 110. Price: 10 × (10 + 20) ÷ 2 = 150.
    # Frequency: 1 more × 10 × (100 + 110) ÷ 2 = 1,050. Together 2,200 − 1,000.
    rows = [line("a", "2023-03-01", 1000, quantity=10), line("b", "2024-03-01", 1100, quantity=10),
            line("c", "2024-05-01", 1100, quantity=10)]  # fmt: skip
    assert steps_of(rows) == {"price": 150, "frequency": 1050}


def test_another_rate_of_exchange_is_currency() -> None:
    # 100.00 USD at 7.00, then 200.00 USD at 7.50: 0.50 × mean(100, 200) = 75.00; the rest, one
    # order more at the mean rate, is 100.00 × 7.25.
    usd = {"currency": "USD", "owed_own": 10_000}
    rows = [line("a", "2023-03-01", 70_000, **usd), line("b", "2024-03-01", 75_000, **usd),
            line("c", "2024-03-01", 75_000, **usd)]  # fmt: skip
    assert steps_of(rows) == {"currency": 7_500, "frequency": 72_500}


def test_a_currency_of_one_period_only_changes_no_rate() -> None:
    rows = [line("a", "2023-03-01", 70_000, currency="CNY", owed_own=70_000),
            line("b", "2024-03-01", 75_000, currency="USD", owed_own=10_000)]  # fmt: skip
    assert steps_of(rows) == {"mix": 5_000}


def test_credit_notes_are_returns() -> None:
    rows = [line("a", "2023-03-01", 1000), line("b", "2024-03-01", 1000),
            line("r", "2024-04-01", -300, quantity=-1, back=True)]  # fmt: skip
    assert steps_of(rows) == {"returns": -300}


def test_who_comes_and_goes_is_one_step_with_its_returns() -> None:
    rows = [
        line("a", "2024-03-01", 1000, who="new"),
        line("b", "2024-04-01", -1500, who="new", back=True),
        line("c", "2022-03-01", 700, who="back"), line("d", "2024-03-01", 900, who="back"),
        line("e", "2023-03-01", -50, who="back", back=True),
        line("f", "2023-03-01", 400, who="gone"),
        line("g", "2024-03-01", -100, who="gone", back=True),
        line("h", "2022-03-01", 800, who="quiet"),
        line("i", "2024-03-01", -80, who="quiet", back=True),
        line("j", "2023-03-01", 10, who=None), line("k", "2024-03-01", 25, who=None),
        line("l", "2022-05-05", 99, who="before"),
    ]  # fmt: skip
    found = bridge(facts(rows), "2023", "2024")
    told = {who: (row["kind"], row["change"], {n: row[n] for n in STEPS if row[n]})
            for who, row in rows_of(found).items()}  # fmt: skip
    assert told == {
        "new": ("new", -500, {"new": -500}),
        "back": ("won_back", 950, {"won_back": 950}),
        "gone": ("lost", -500, {"lost": -500}),
        "quiet": ("neither", -80, {"returns": -80}),
        None: (None, 15, {"unassigned": 15}),
    }
    assert list(rows_of(found)) == ["back", "gone", "new", "quiet", None]
    assert found.totals()["customers"] == 4


def test_one_cent_goes_to_the_step_that_stands_first() -> None:
    # Price 1 × 1.5 = 1.5, frequency 1 × 1.5 = 1.5: of 3 cents two go to price.
    rows = [line("a", "2023-03-01", 1), line("b", "2024-03-01", 2), line("c", "2024-05-01", 2)]
    assert steps_of(rows) == {"price": 2, "frequency": 1}


def test_without_products_the_value_of_an_order_holds_what_cannot_be_split() -> None:
    rows = [line("a", "2023-03-01", 1000, quantity=10), line("b", "2024-03-01", 1200, quantity=10),
            line("c", "2024-03-01", 1200, quantity=10)]  # fmt: skip
    found = bridge(facts(rows, without=("item",)), "2023", "2024")
    assert "price" not in found.told
    assert "order_value" in found.told
    assert {n: found.totals()[n] for n in STEPS if found.totals()[n]} == {
        "frequency": 1100, "order_value": 300,
    }  # fmt: skip


# ── Against a plain loop ─────────────────────────────────────────────────────────────────────────


def agree(found: Bridge, wanted: dict[str | None, Row]) -> None:
    """The same rows; steps within a cent, for floats may round a half another way."""
    rows = rows_of(found)
    assert rows.keys() == wanted.keys()
    for who, row in rows.items():
        exact = {name: wanted[who][name] for name in ("kind", "before", "after", "change")}
        assert exact == {name: row[name] for name in exact}, who
        assert sum(row[name] for name in STEPS) == row["change"], who
        for name in STEPS:
            assert abs(row[name] - wanted[who][name]) <= 1, (who, name, row, wanted[who])


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("turned", [False, True])
def test_steps_agree_with_a_plain_loop(seed: int, turned: bool) -> None:
    made = world(seed, documents=120, known=seed % 2 == 1)
    spans = YEARS[::-1] if turned else YEARS
    known = date(2024, 6, 30) if seed % 2 else None
    found = bridge(made.facts(), *(Span(*days) for days in spans), as_of=LAST, known_as_of=known)
    agree(found, by_hand(made.lines, *spans, as_of=LAST, known=known))


def foreign(seed: int) -> list[Row]:
    """Documents in three currencies at rates that move, several to a customer."""
    rng = random.Random(seed)
    rows: list[Row] = []
    for number in range(150):
        code = rng.choice(["CNY", "USD", "JPY"])
        day = date(2022, 10, 1) + timedelta(rng.randrange(822))
        sign = -1 if rng.random() < 0.1 else 1
        for _ in range(rng.randrange(1, 4)):
            own = sign * rng.randrange(1, 50_000)
            drift = Decimal(day.toordinal() - date(2022, 10, 1).toordinal()) / 4000
            rate = {"CNY": Decimal(1), "USD": 7 + drift, "JPY": 5 - drift}[code]
            net = int(own * rate)
            rows.append(line(
                f"D{number}", day.isoformat(), net, rng.choice(["a", "b", "c", None]),
                sign * rng.randrange(1, 40), who=rng.choice([f"K{number % 9}"]),
                back=True, currency=code, owed_own=own, owed=net,
            ))  # fmt: skip
    return rows


@pytest.mark.parametrize("seed", range(4))
def test_several_currencies_agree_with_a_plain_loop(seed: int) -> None:
    rows = foreign(seed)
    found = bridge(facts(rows), "2023", "2024")
    assert found.totals()["currency"] != 0
    agree(found, by_hand(rows, *YEARS, as_of=LAST))


# ── Whatever the books hold ──────────────────────────────────────────────────────────────────────

DAYS = st.dates(date(2022, 6, 1), LAST)
LINES = st.lists(
    st.builds(
        lambda doc, who, day, kind, item, quantity, net, late: {
            "doc_no": f"D{doc}", "customer_id": who, "doc_date": day, "kind": kind, "item": item,
            "quantity": quantity, "net": net, "known_since": day + timedelta(late),
        },
        st.integers(0, 12), st.sampled_from(["A", "B", "C", "D", None]), DAYS,
        st.sampled_from(["invoice", "invoice", "invoice", "credit_note"]),
        st.sampled_from(["a", "b", "c", None]),
        st.one_of(st.none(), st.decimals(-50, 50, places=2)),
        st.one_of(st.integers(-10**6, 10**6), st.integers(-(10**13), 10**13)),
        st.integers(0, 90),
    ),
    min_size=1, max_size=40,
)  # fmt: skip
SPANS = st.tuples(DAYS, DAYS).map(lambda days: Span(min(days), max(days)))
often = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much]
)


def asked(rows: list[Row], *spans: Span, **more: Any) -> Bridge | None:
    """The bridge; nothing where neither period has sales."""
    try:
        return bridge(facts(rows), *spans, as_of=LAST, **more)
    except NoData:
        return None


@often
@given(LINES, SPANS, SPANS)
def test_it_closes_for_everybody_for_groups_and_in_total(
    rows: list[Row], earlier: Span, later: Span
) -> None:
    found = asked(rows, earlier, later)
    if found is None:
        return

    def net(span: Span, who: str | None) -> int:
        own = [r for r in rows if r["customer_id"] == who]
        return sum(r["net"] for r in own if span.start <= r["doc_date"] <= span.end)

    for who, row in rows_of(found).items():
        assert (row["before"], row["after"]) == (net(earlier, who), net(later, who))
        assert row["change"] == row["after"] - row["before"] == sum(row[n] for n in STEPS)
        assert row["after"] == sum(row[n] for n in STRATEGIES)
    totals = found.totals()
    whole = [
        sum(r["net"] for r in rows if s.start <= r["doc_date"] <= s.end) for s in (earlier, later)
    ]
    assert [totals["before"], totals["after"]] == whole
    assert totals["change"] == sum(totals[name] for name in STEPS)
    groups = found.by([None if who in ("A", None) else "rest" for who in rows_of(found)])
    for name in ("before", "after", "change", *STEPS, *STRATEGIES):
        assert sum(group[name] for group in groups.values()) == totals[name]
    for group in groups.values():
        assert group["change"] == sum(group[name] for name in STEPS)


@often
@given(LINES, SPANS, SPANS)
def test_the_other_way_round_negates(rows: list[Row], earlier: Span, later: Span) -> None:
    there, back = asked(rows, earlier, later), asked(rows, later, earlier)
    if there is None or back is None:
        assert there is None
        assert back is None
        return
    assert there.totals()["change"] == -back.totals()["change"]
    rows_back = rows_of(back)
    for who, row in rows_of(there).items():
        assert row["change"] == -rows_back[who]["change"]
        if row["kind"] == "both":
            assert [row[n] for n in STEPS] == [-rows_back[who][n] for n in STEPS]


@often
@given(LINES, SPANS, SPANS)
def test_without_a_customer_the_others_stand_as_they_did(
    rows: list[Row], earlier: Span, later: Span
) -> None:
    whole = asked(rows, earlier, later)
    rest = [row for row in rows if row["customer_id"] != "A"]
    fewer = asked(rest, earlier, later) if rest else None
    kept = {} if whole is None else rows_of(whole)
    kept.pop("A", None)

    def own(found: dict[str | None, Row]) -> list[Row]:
        """What rests on the customer alone: whether a product was sold before may rest on A."""
        for row in found.values():
            row["first"] = row.pop("acquisition", 0) + row.pop("diversification", 0)
        return [{"customer_id": who, **row} for who, row in found.items()]

    assert own({} if fewer is None else rows_of(fewer)) == own(kept)


@often
@given(LINES, SPANS, SPANS, DAYS)
def test_what_came_later_is_never_seen(
    rows: list[Row], earlier: Span, later: Span, day: date
) -> None:
    def then(known: list[Row]) -> dict[str | None, Row]:
        if not known:
            return {}
        try:
            return rows_of(bridge(facts(known), earlier, later, as_of=day, known_as_of=day))
        except NoData:
            return {}

    past = [r for r in rows if r["doc_date"] <= day and r["known_since"] <= day]
    assert then(rows) == then(past)


# ── What is asked ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("text", "start", "end"), [
    ("2024", "2024-01-01", "2024-12-31"), ("2024-H2", "2024-07-01", "2024-12-31"),
    ("2024-q1", "2024-01-01", "2024-03-31"), ("2024Q4", "2024-10-01", "2024-12-31"),
    ("2024-02", "2024-02-01", "2024-02-29"), ("2024-02-05..2024-02-05", "2024-02-05", "2024-02-05"),
])  # fmt: skip
def test_periods_are_read(text: str, start: str, end: str) -> None:
    assert Span.parse(text) == Span(date.fromisoformat(start), date.fromisoformat(end))
    assert Span.parse(Span.parse(text).text) == Span.parse(text)


@pytest.mark.parametrize(
    "text", ["", "last year", "2024-13", "2024-Q5", "0000", "2024-02-30..2024-03-01",
             "2024-03-01..2024-02-01"],
)  # fmt: skip
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(UnknownName):
        Span.parse(text)


def test_periods_without_sales_are_refused() -> None:
    with pytest.raises(NoData):
        bridge(facts([line("a", "2023-03-01", 1000)]), "2021", "2022")


def test_amounts_in_several_currencies_are_refused() -> None:
    rows = [
        line("a", "2023-03-01", 1000, currency="CNY"),
        line("b", "2023-03-01", 1, currency="USD"),
    ]
    with pytest.raises(MixedCurrencies):
        bridge(facts(rows), "2023", "2024")


def test_one_name_per_row_is_needed_to_group() -> None:
    with pytest.raises(ValueError, match="2 names for 1 rows"):
        bridge(facts([line("a", "2023-03-01", 1000)]), "2023", "2024").by(["x", "y"])
