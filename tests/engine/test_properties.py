"""What holds whatever the books: partition, ties, no hindsight, no order, no scale."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

import mainstay_engine as me

AS_OF = date(2024, 12, 31)
SCHEMES = (
    "abc", "abc_70", "abc_capped", "abc_guarded", "value5", "composite", "collection",
    "collection_due", "behaviour",
)  # fmt: skip


def examples(number: int) -> settings:
    """So many examples out of the usual hundred; a soak asks for more of each."""
    return settings(max_examples=number * settings.default.max_examples // 100)


class Line(NamedTuple):
    """One line of one document, money in minor units."""

    customer: str | None
    day: date
    net: int
    cost: int

    @property
    def kind(self) -> str:
        return "invoice" if self.net > 0 else "credit_note"


class Receipt(NamedTuple):
    customer: str
    day: date
    amount: int


customers = st.sampled_from([f"C{number}" for number in range(8)])
days = st.integers(0, 700).map(lambda back: AS_OF - timedelta(days=back))
# Few distinct amounts, so that equal customers and sums on a boundary are common.
amounts = st.sampled_from([100, 100, 250, 500, 1_000, 5_000, -100, -250, 12_345, 999_999])
lines = st.builds(
    Line, st.one_of(customers, customers, st.none()), days, amounts, st.integers(-500, 5_000)
)
receipts = st.builds(Receipt, customers, days, st.sampled_from([100, 117, 500, 1_000, 5_850, -50]))


class Books(NamedTuple):
    lines: list[Line]
    receipts: list[Receipt]


books = st.builds(
    Books, st.lists(lines, min_size=1, max_size=30), st.lists(receipts, min_size=1, max_size=10)
)


def facts_of(given: Books, *, times: int = 1) -> me.Facts:
    """The books as canonical tables; every amount ``times`` over."""
    net = [line.net * times for line in given.lines]
    return me.facts_from_tables(
        pa.table({
            "doc_no": [f"D{number}-{line.day}" for number, line in enumerate(given.lines)],
            "kind": [line.kind for line in given.lines],
            "customer_id": pa.array([line.customer for line in given.lines], pa.string()),
            "doc_date": [line.day for line in given.lines],
            "due_date": [line.day + timedelta(days=30) for line in given.lines],
            "net": net,
            "gross": net,
            "cost": [line.cost * times for line in given.lines],
        }),
        pa.table({
            "receipt_no": [f"R{number}" for number in range(len(given.receipts))],
            "customer_id": [receipt.customer for receipt in given.receipts],
            "date": [receipt.day for receipt in given.receipts],
            "amount": [receipt.amount * times for receipt in given.receipts],
        }),
        currency="CNY",
    )  # fmt: skip


def graded(facts: me.Facts, scheme: str, as_of: date = AS_OF) -> me.Result | None:
    """The result, or ``None`` where the books hold no data for the scheme."""
    try:
        return me.grade(facts, scheme=scheme, as_of=as_of)
    except me.NoData:
        return None


def classes(result: me.Result | None) -> dict[str, str] | None:
    if result is None:
        return None
    table = result.to_arrow()
    return dict(zip(table["customer_id"].to_pylist(), table["class"].to_pylist(), strict=True))


def known(given: Books, as_of: date = AS_OF) -> set[str]:
    """Customers seen in the books by a day."""
    sold = {line.customer for line in given.lines if line.customer and line.day <= as_of}
    return sold | {receipt.customer for receipt in given.receipts if receipt.day <= as_of}


@examples(12)
@given(books)
def test_classes_partition_the_customers(given: Books) -> None:
    facts = facts_of(given)
    for scheme in SCHEMES:
        result = graded(facts, scheme)
        if result is None:
            continue
        found = classes(result)
        assert found is not None
        assert set(found) == known(given)
        assert len(result) == len(found) == sum(c["customers"] for c in result.counts())
        assert set(found.values()) <= {klass.id for klass in result.definition.classes}


@examples(12)
@given(books)
def test_sums_tie_to_the_lines(given: Books) -> None:
    start = AS_OF.replace(year=AS_OF.year - 1) + timedelta(days=1)
    inside = [line for line in given.lines if start <= line.day <= AS_OF]
    result = graded(facts_of(given), "abc")
    assert result is not None
    of_classes = sum(count["value"] for count in result.counts())
    assert of_classes == sum(line.net for line in inside if line.customer)
    assert result.left_out["unassigned_value"] == sum(n.net for n in inside if not n.customer)
    assert result.left_out["company_value"] == sum(line.net for line in inside)
    column = result.to_arrow()["value"].to_pylist()
    assert sum(column) == Decimal(of_classes) / 100


@examples(8)
@given(books, books, st.integers(0, 400))
def test_a_later_fact_changes_nothing_as_of_an_earlier_date(
    given: Books, later: Books, back: int
) -> None:
    as_of = AS_OF - timedelta(days=back)
    after = timedelta(days=back + 1)
    more = Books(
        given.lines + [line._replace(day=as_of + after) for line in later.lines],
        given.receipts + [receipt._replace(day=as_of + after) for receipt in later.receipts],
    )
    before_facts, after_facts = facts_of(given), facts_of(more)
    for scheme in SCHEMES:
        before, then = graded(before_facts, scheme, as_of), graded(after_facts, scheme, as_of)
        assert (before is None) == (then is None)
        if before is not None and then is not None:
            assert before.to_arrow().equals(then.to_arrow())
            assert before.measured == then.measured


@examples(12)
@given(books.flatmap(lambda b: st.tuples(st.just(b), st.permutations(b.lines),
                                         st.permutations(b.receipts))))  # fmt: skip
def test_row_order_does_not_matter(both: tuple[Books, Sequence[Line], Sequence[Receipt]]) -> None:
    given, shuffled_lines, shuffled_receipts = both
    facts = facts_of(given)
    shuffled = facts_of(Books(list(shuffled_lines), list(shuffled_receipts)))
    for scheme in SCHEMES:
        one, other = graded(facts, scheme), graded(shuffled, scheme)
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert one.to_arrow().equals(other.to_arrow())


@examples(12)
@given(books, st.sampled_from([3, 7, 100, 10_000]))
def test_rescaling_the_currency_moves_no_class(given: Books, times: int) -> None:
    facts, rescaled = facts_of(given), facts_of(given, times=times)
    for scheme in SCHEMES:
        assert classes(graded(facts, scheme)) == classes(graded(rescaled, scheme))


@examples(12)
@given(books)
def test_the_reason_recomputes_to_the_class(given: Books) -> None:
    facts = facts_of(given)
    for scheme in SCHEMES:
        result = graded(facts, scheme)
        for customer, klass in (classes(result) or {}).items():
            assert result is not None
            assert recomputed(result.explain(customer).to_dict()) == klass


values = st.lists(st.integers(-1_000, 2**55), min_size=1, max_size=40)


@examples(200)
@given(values, st.sampled_from(["abc", "abc_70"]))
def test_a_reaches_its_cut_and_not_without_its_last_member(sold: list[int], scheme: str) -> None:
    table = pa.table({"customer_id": [f"{i:03}" for i in range(len(sold))], "net_sales": sold})
    result = me.grade(None, scheme, as_of=AS_OF, metrics=table)
    cut = result.definition.definition()["cuts"]["steps"][0]["up_to"]
    whole = sum(value for value in sold if value > 0)
    rows = [int(row["value"] * 100) for row in result.to_arrow().to_pylist() if row["class"] == "A"]
    if not whole:
        assert rows == []
        return
    assert sum(rows) >= Decimal(cut) * whole
    # The last member is the smallest value in A, with all that are equal to it.
    assert sum(value for value in rows if value > min(rows)) < Decimal(cut) * whole


@examples(100)
@given(values)
def test_equal_values_share_rank_and_class(sold: list[int]) -> None:
    table = pa.table({"customer_id": [f"{i:03}" for i in range(len(sold))], "net_sales": sold})
    for scheme in ("abc", "abc_capped"):
        rows = me.grade(None, scheme, as_of=AS_OF, metrics=table).to_arrow().to_pylist()
        seen: dict[Decimal, tuple[Any, Any]] = {}
        for row in rows:
            assert seen.setdefault(row["value"], (row["rank"], row["class"])) == (
                row["rank"], row["class"],
            ) or row["rank"] is None  # fmt: skip


def recomputed(reason: dict[str, Any]) -> str:
    """The class from the figures of a reason alone, in plain decimals."""
    for rule in reason["rules"]:
        if all(holds(condition) for condition in rule["conditions"]):
            return str(rule["class"])
    if reason["value"] is None:
        return str(reason["missing_class"])
    value = Decimal(reason["value"])
    if reason["needs_positive"] and value <= 0:
        return str(reason["unranked_class"])
    cut = reason["cut"]
    klass = cut["rest"]
    for step in reversed(cut["steps"]):
        if "better" in cut:
            met = Decimal(cut["better"]) < Decimal(step["up_to"]) * Decimal(cut["whole"])
        elif "at_least" in step:
            met = value >= Decimal(step["at_least"])
        else:
            if "times" in step and step["base"] is not None:
                moved = Decimal(step["times"]) * Decimal(step["base"])
                assert max(moved, Decimal(step["floor"])) == Decimal(step["up_to"])
            met = value <= Decimal(step["up_to"])
        klass = step["class"] if met else klass
    for cap in reason["caps"]:
        if klass == cap["class"] and reason["last_rank"] > cap["places"]:
            klass = cap["next"]
    return guarded(reason, str(klass))


def guarded(reason: dict[str, Any], klass: str) -> str:
    """What the guards leave of a class: those that lift first, then those that hold down."""
    order = [each.id for each in me.load_scheme(reason["scheme"]).classes]
    for key, better in (("at_worst", min), ("at_best", max)):
        for guard in reason["guards"]:
            if guard[key] and all(holds(condition) for condition in guard["conditions"]):
                klass = order[better(order.index(klass), order.index(guard[key]))]
    return klass


def holds(condition: dict[str, Any]) -> bool:
    if condition["op"] == "missing" or condition["value"] is None:
        return condition["op"] == "missing" and condition["value"] is None
    value, limit = Decimal(condition["value"]), Decimal(condition["limit"])
    return {
        "<": value < limit, "<=": value <= limit, "==": value == limit,
        ">=": value >= limit, ">": value > limit,
    }[condition["op"]]  # fmt: skip
