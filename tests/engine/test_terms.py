"""Terms of payment: published due dates, an independent calendar, and the words for them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

import mainstay_engine as me
from mainstay_engine.terms import Start, Terms, UnreadableTerms, calendar, parse_terms, readings

PUBLISHED = [
    # (terms, invoice, due, where the figures stand)
    ("45+EOM", "2021-09-13", "2021-10-31", "Dolibarr/dolibarr#18694, days first"),
    ("EOM+45", "2021-09-13", "2021-11-14", "Dolibarr/dolibarr#18694, month-end first"),
    ("30+EOM+1 pay 10", "2016-01-14", "2016-03-10", "odoo/odoo#10459"),
    ("30+EOM+1", "2024-04-22", "2024-06-01", "odoo/odoo#172609"),
    ("1M+EOM", "2020-06-11", "2020-07-31", "frappe/erpnext#22201"),
    ("1M+EOM", "2025-02-28", "2025-03-31", "OCA/account-payment#919"),
    ("3M", "2024-03-15", "2024-06-15", "frappe/erpnext#40077"),
]


@pytest.mark.parametrize(("notation", "invoice", "due", "source"), PUBLISHED)
def test_published_due_dates_reproduce(notation: str, invoice: str, due: str, source: str) -> None:
    found = parse_terms(notation).due_date(date.fromisoformat(invoice))
    assert found == date.fromisoformat(due), source


WORDS = [
    # (words, month-end first, days first: the same where the words leave nothing open)
    ("30", "30", "30"),
    ("６０ 天", "60", "60"),
    ("账期45天", "45", "45"),
    ("net 30", "30", "30"),
    ("N/30", "30", "30"),
    ("2/10 net 30", "30", "30"),
    ("三个月", "3M", "3M"),
    ("现结", "0", "0"),
    ("款到发货", "0", "0"),
    ("Due on receipt", "0", "0"),
    ("月结", "EOM", "EOM"),
    ("次月结", "1M+EOM", "1M+EOM"),
    ("次月10日付款", "EOM+1 pay 10", "EOM+1 pay 10"),
    ("月结30天", "EOM+30", "30+EOM"),
    ("月结三十天", "EOM+30", "30+EOM"),
    ("30 days end of month", "EOM+30", "30+EOM"),
    ("月结60天（25日截止）", "EOM+60 cut-off 25", "60+EOM cut-off 25"),
    ("月结30天，每月10号付款", "EOM+30 pay 10", "30+EOM+1 pay 10"),
    ("30 days after the end of the month", "EOM+30", "EOM+30"),
    ("月末后30天", "EOM+30", "EOM+30"),
    ("30天后月末", "30+EOM", "30+EOM"),
    ("EOM+30", "EOM+30", "EOM+30"),
    ("90+EOM+10", "90+EOM+10", "90+EOM+10"),
    ("货到30天", "from delivery 30", "from delivery 30"),
    ("60 days from delivery", "from delivery 60", "from delivery 60"),
    ("票到30天", "30", "30"),
    ("对账后30天", "from statement 30", "from statement 30"),
]


@pytest.mark.parametrize(("words", "first", "last"), WORDS)
def test_words_mean_what_the_trade_means(words: str, first: str, last: str) -> None:
    assert str(parse_terms(words, "first")) == first
    assert str(parse_terms(words, "last")) == last
    assert len(readings(words)) == (1 if first == last else 2)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "  ",
        "面议",
        "电汇",
        "-30",
        "9999",
        "pay 40 EOM",
        "40+50",
        "7、15天",
        "1,5个月",
        "30 pay 45",
        "30 cut-off 0",
    ],
)
def test_other_words_are_refused_not_guessed(words: str) -> None:
    assert readings(words) == ()
    with pytest.raises(UnreadableTerms):
        parse_terms(words)


every_terms = st.builds(
    lambda month_end, then, **rest: Terms(
        month_end=month_end, then_days=then if month_end else 0, **rest
    ),
    month_end=st.booleans(),
    then=st.integers(0, 120),
    days=st.integers(0, 200),
    months=st.integers(0, 12),
    pay_day=st.none() | st.integers(1, 31),
    cut_off=st.none() | st.integers(1, 31),
    start=st.sampled_from(Start),
)
every_day = st.dates(date(1999, 1, 1), date(2040, 12, 31))


@given(every_terms)
def test_the_notation_is_read_back(terms: Terms) -> None:
    assert parse_terms(str(terms)) == terms


def by_hand(terms: Terms, invoiced: date, delivered: date | None) -> date:
    """The same steps with another library's calendar, one day at a time."""
    month_end = relativedelta(day=31)

    def next_day(day: date, number: int) -> date:
        while day.day != min(number, (day + month_end).day):
            day += timedelta(days=1)
        return day

    day = delivered if delivered and terms.start is Start.DELIVERY else invoiced
    if terms.start is Start.STATEMENT:
        day = next_day(day, terms.cut_off or 31)
    elif terms.cut_off is not None and day > day + relativedelta(day=terms.cut_off):
        day = (day + month_end) + timedelta(days=1)
    day = day + timedelta(days=terms.days) + relativedelta(months=terms.months)
    if terms.month_end:
        day = day + month_end + timedelta(days=terms.then_days)
    return next_day(day, terms.pay_day) if terms.pay_day else day


@given(every_terms, every_day, st.none() | every_day)
def test_due_dates_agree_with_another_calendar(
    terms: Terms, invoiced: date, delivered: date | None
) -> None:
    assert terms.due_date(invoiced, delivered) == by_hand(terms, invoiced, delivered)


@given(every_terms, every_day)
def test_a_later_invoice_never_falls_due_earlier(terms: Terms, invoiced: date) -> None:
    due = terms.due_date(invoiced)
    assert invoiced <= due <= terms.due_date(invoiced + timedelta(days=1))


@given(every_terms, every_day)
def test_the_calendar_covers_each_day_of_the_month_once(terms: Terms, day: date) -> None:
    spans = calendar(terms, day)
    covered = [
        (span.first + timedelta(days=n), span.due)
        for span in spans
        for n in range((span.last - span.first).days + 1)
    ]
    first = day.replace(day=1)
    assert [d for d, _ in covered] == [
        first + timedelta(days=n) for n in range((day + relativedelta(day=31)).day)
    ]
    assert all(due == terms.due_date(d) for d, due in covered)


def test_terms_out_of_range_are_refused() -> None:
    for wrong in ({"days": -1}, {"then_days": 5}, {"pay_day": 32}, {"cut_off": 0}):
        with pytest.raises(ValueError, match="day"):
            Terms(**wrong)


def facts(terms: list[str | None], days: list[int | None]) -> me.Facts:
    """Per customer one invoice of 100 on 5 January 2026, nothing paid."""
    who = [f"C{n}" for n in range(len(terms))]
    lines = pa.table({
        "doc_no": who, "kind": ["invoice"] * len(who), "customer_id": who,
        "doc_date": pa.array([date(2026, 1, 5)] * len(who), pa.date32()),
        "net": pa.array([100] * len(who), pa.int64()),
    })  # fmt: skip
    receipts = pa.table({
        "customer_id": ["C0"], "date": pa.array([date(2026, 1, 1)], pa.date32()),
        "amount": pa.array([0], pa.int64()),
    })  # fmt: skip
    customers = pa.table({
        "customer_id": who, "terms_days": pa.array(days, pa.int32()),
        "terms": pa.array(terms, pa.string()),
    })  # fmt: skip
    return me.facts_from_tables(lines, receipts, customers)


def test_invoices_are_overdue_by_the_customers_terms() -> None:
    books = facts(["EOM+30", "30+EOM", None, None, "EOM"], [None, None, 30, None, 30])
    due = [date(2026, 3, 2), date(2026, 2, 28), date(2026, 2, 4), None, date(2026, 1, 31)]
    for as_of in (date(2026, 1, 20) + timedelta(days=n) for n in range(50)):
        table = me.compute_metrics(books, ["overdue_balance"], as_of=as_of).sort_by("customer_id")
        expected = [None if d is None else (100 if d < as_of else 0) for d in due]
        assert table["overdue_balance"].to_pylist() == expected


def test_many_invoices_at_once_give_what_each_gives_alone() -> None:
    days = np.arange(19_000, 20_500, dtype=np.int64)
    for words in ("30", "EOM+30", "30+EOM cut-off 25 pay 31", "from statement 15"):
        terms = parse_terms(words)
        many = terms.due_days(days).astype("datetime64[D]").tolist()
        assert many == [terms.due_date(d) for d in days.astype("datetime64[D]").tolist()]
