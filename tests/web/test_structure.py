"""Portfolio › Structure: over time, any two divisions, cohorts: pages, lists behind them, files."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from mainstay.foundation.models import AuditEntry, User
from mainstay.insights import outline
from mainstay.insights.models import Grade, KeptCohorts, Run, Snapshot
from mainstay.parties import territories
from tests.people import person, with_rights
from tests.web import company

CUSTOMERS = range(1, company.COUNT + 1)
WHOLE = sum(company.sales(number) for number in CUSTOMERS)
PAGES = ("over-time", "matrix", "cohorts")


def text_of(client: Client, address: str) -> str:
    """A page without its tags."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())))


def rows_of(client: Client, address: str) -> list[list[str]]:
    """The rows of a file, its head first."""
    answer = client.get(address)
    assert answer["Content-Type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def fen(text: str) -> int:
    return round(float(text) * 100)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def graded_before(newest: Snapshot) -> None:
    """The same customers and classes graded half a year earlier."""
    before = copied(newest, as_of=dt.date(2025, 12, 31))
    newest = Snapshot.objects.latest("as_of")
    for run in Run.objects.filter(snapshot=newest, scheme="abc"):
        grades = list(Grade.objects.filter(run=run).select_related("measured"))
        earlier = copied(run, snapshot=before)
        for grade in grades:
            copied(grade, run=earlier, measured=copied(grade.measured, snapshot=before))


def copied(row: Any, **changed: Any) -> Any:
    """The same row anew, with other values."""
    row.pk = None
    row._state.adding = True
    for name, value in changed.items():
        setattr(row, name, value)
    row.save()
    return row


@pytest.fixture
def director(books: User) -> Client:
    """Of every third customer."""
    where = territories.save(books, None, name="浙江区", regions=["浙江"])
    return signed_in(person("director", "sales_director", territory=where, language="en"))


def test_over_time_says_what_was_found(page: Client) -> None:
    text = text_of(page, reverse("over-time"))
    best = sum(company.sales(n) for n in range(1, 11)) / WHOLE
    assert f"A: {100 * best:.1f}% of sales" in text
    assert f"The ten largest bring {100 * best:.1f}% of sales" in text
    assert "There is one grading so far" in text
    index = round(10_000 * sum((company.sales(n) / WHOLE) ** 2 for n in CUSTOMERS))
    assert f"HHI {index:,}" in text
    drawn = page.get(reverse("over-time")).content.decode()
    assert 'href="/portfolio/matrix/customers?day=2026-06-30&amp;row=class%3Aabc&amp;r=A"' in drawn


@pytest.mark.parametrize("by", ["class", "region", "trade", "size"])
@pytest.mark.parametrize("show", ["net", "share", "customers", "heads", "average", "profit"])
def test_every_division_and_figure_is_shown(page: Client, by: str, show: str) -> None:
    assert "Structure over time" in text_of(page, f"{reverse('over-time')}?by={by}&show={show}")


@pytest.mark.parametrize("by", ["class", "region", "size"])
def test_the_file_of_gradings_adds_up(page: Client, books: User, by: str) -> None:
    head, whole, *groups = rows_of(page, f"{reverse('over-time-data')}?by={by}")
    assert head[0] == "Date"
    assert int(whole[2]) == company.COUNT == sum(int(group[2]) for group in groups)
    assert fen(whole[4]) == WHOLE == sum(fen(group[4]) for group in groups)
    assert sum(float(group[6]) for group in groups) == pytest.approx(1)
    assert AuditEntry.objects.latest("pk").facts["rows"] == len(groups) + 1


def test_two_gradings_are_held_against_each_other(page: Client, books: User) -> None:
    newest = Snapshot.objects.latest("as_of")
    graded_before(newest)
    text = text_of(page, reverse("over-time"))
    assert "since 31 Dec 2025" in text
    assert "There is one grading so far" not in text
    assert "as of 31 Dec 2025" in text_of(page, f"{reverse('matrix')}?day=2025-12-31")


def test_a_matrix_holds_everybody_once_and_opens_the_names(page: Client) -> None:
    address = f"{reverse('matrix')}?row=class:abc&column=class:value5"
    text = text_of(page, address)
    assert "ABC classes by Value classes" in text
    head, *rows = rows_of(page, f"{reverse('matrix-data')}?row=class:abc&column=class:value5")
    assert head == ["ABC classes", "Value classes", "Customers", "Net sales, CNY",
                    "Gross profit, CNY"]  # fmt: skip
    assert sum(int(row[2]) for row in rows) == company.COUNT
    assert sum(fen(row[3]) for row in rows) == WHOLE
    cell = f"{reverse('matrix-customers')}?row=class:abc&r=A&column=class:value5&c=key"
    assert "5 customers bring" in text_of(page, cell)
    _head, *names = rows_of(page, f"{cell}&as=csv")
    assert [name[0] for name in names] == ["C001", "C002", "C003", "C004", "C005"]
    assert text_of(page, f"{reverse('matrix')}?row=metric:recency&column=metric:overdue_balance")
    assert text_of(page, f"{reverse('matrix')}?row=region&column=trade")


def test_cost_is_hidden_in_pictures_tables_and_files(books: User) -> None:
    client = signed_in(with_rights(
        person("reader", language="en"), "customers.see", "portfolio.see", "lists.export",
    ))  # fmt: skip
    for name in PAGES:
        text = text_of(client, reverse(name))
        assert "profit" not in text.lower().replace("class", ""), name
        assert "Margin" not in text
    for name in ("over-time-data", "matrix-data"):
        assert not any("profit" in title.lower() for title in rows_of(client, reverse(name))[0])
    assert "profit" not in text_of(client, f"{reverse('matrix-customers')}?row=size&r=5").lower()
    for query in ("row=metric:margin", "column=metric:gross_profit"):
        assert client.get(f"{reverse('matrix')}?{query}").status_code == 404
    assert client.get(f"{reverse('matrix-customers')}?row=metric:margin&r=0").status_code == 404
    assert "Share of sales" in text_of(client, f"{reverse('over-time')}?show=profit")


def test_who_sees_a_part_is_told_of_that_part(director: Client) -> None:
    there = [number for number in CUSTOMERS if number % 3 == 0]
    whole = sum(company.sales(number) for number in there)
    assert fen(rows_of(director, reverse("over-time-data"))[1][4]) == whole
    assert sum(fen(row[3]) for row in rows_of(director, reverse("matrix-data"))[1:]) == whole
    _head, *names = rows_of(
        director, f"{reverse('matrix-customers')}?row=class:abc&r=A&as=csv"
    )  # fmt: skip
    assert [name[0] for name in names] == ["C003", "C006", "C009"]
    rows = rows_of(director, reverse("cohorts-data"))[1:]
    assert {row[0] for row in rows} == {"2024-H2", "2026-H1"}
    assert sum(fen(row[-1]) for row in rows) == sum(
        company.sales(n) * len(company.quarters(n)) for n in there
    )
    assert "without a customer" not in text_of(director, reverse("cohorts"))


def test_cohorts_say_who_stays(page: Client) -> None:
    text = text_of(page, reverse("cohorts"))
    # Of 40 who came in the second half of 2024, the odd ones bought again a year later.
    assert "50% still buy a year after the period of their first order" in text
    assert "The books begin on 3 Jul 2024" in text
    head, *rows = rows_of(page, reverse("cohorts-data"))
    assert head[0] == "First order in"
    assert [row[:5] for row in rows if row[0] == "2024-H2"] == [
        ["2024-H2", "2024-H2", "0", "40", "40"], ["2024-H2", "2025-H1", "1", "40", "0"],
        ["2024-H2", "2025-H2", "2", "40", "20"], ["2024-H2", "2026-H1", "3", "40", "0"],
    ]  # fmt: skip
    whole = sum(company.sales(n) * len(company.quarters(n)) for n in CUSTOMERS) + 3000
    assert sum(fen(row[-1]) for row in rows) == whole
    one = reverse("cohort-customers", args=["2024-H2"])
    assert "20 customers bought for" in text_of(page, f"{one}?since=2")
    _head, *names = rows_of(page, f"{one}?since=2&silent=1&as=csv")
    assert [name[0] for name in names] == [f"C{n:03}" for n in range(2, 41, 2)]
    assert "40 customers brought" in text_of(page, one)


@pytest.mark.parametrize("months", ["3", "6", "12"])
@pytest.mark.parametrize("show", ["share", "buying", "net"])
def test_cohorts_of_any_length_and_figure(page: Client, months: str, show: str) -> None:
    text = text_of(page, f"{reverse('cohorts')}?months={months}&show={show}")
    assert "without a customer" in text


@pytest.mark.parametrize(
    "address",
    ["over-time?by=colour", "over-time?scheme=none", "matrix?row=colour", "matrix?day=2020-01-01",
     "matrix/customers?row=colour", "matrix/customers?row=size&r=5&after=x", "cohorts?months=4",
     "cohorts/2024-H2?after=x", "cohorts/2019-H1", "cohorts/2024-H2?since=99999",
     "matrix.csv?row=colour", "over-time.csv?by=colour", "cohorts.csv?months=x"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(page: Client, address: str) -> None:
    assert page.get(f"/portfolio/{address}").status_code == 404


def test_before_anybody_was_graded_it_leads_to_the_start(page: Client) -> None:
    Snapshot.objects.all().delete()
    for name in PAGES:
        assert page.get(reverse(name))["Location"] == reverse("start")
    assert page.get(f"{reverse('matrix-customers')}?row=size&r=1").status_code == 404


def test_a_grading_that_keeps_no_cohorts_is_said_to(page: Client) -> None:
    KeptCohorts.objects.all().delete()
    assert "keeps no cohorts yet" in text_of(page, reverse("cohorts"))
    assert page.get(reverse("cohorts-data")).status_code == 404


def test_it_reads_in_chinese(page: Client, books: User) -> None:
    books.language = "zh-hans"
    books.save()
    for name, words in (("over-time", "结构变化"), ("matrix", "矩阵"), ("cohorts", "2024年下半年")):
        assert words in text_of(page, reverse(name))


def test_every_page_takes_fewer_than_fifteen_queries(
    books: User, director: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    newest = Snapshot.objects.latest("as_of")
    graded_before(newest)
    for snapshot in Snapshot.objects.all():
        outline.keep(snapshot)
    client = signed_in(books)
    for one, queries in ((client, 11), (director, 13)):
        for name, query in (
            ("over-time", ""), ("over-time", "?by=size"), ("cohorts", ""),
            ("matrix", "?row=metric:net_sales&column=metric:margin"), ("matrix", ""),
            ("matrix-customers", "?row=class:abc&r=A"),
                ("matrix-customers", "?row=metric:margin&r=1&column=metric:recency&c=0"),
        ):  # fmt: skip
            one.get(reverse("customers"))  # the runs of a snapshot are read once in a process
            with django_assert_max_num_queries(queries):
                assert one.get(f"{reverse(name)}{query}").status_code == 200


def test_days_are_those_of_gradings(page: Client) -> None:
    assert dt.date(2026, 6, 30) == company.AS_OF
    assert "30 Jun 2026" in text_of(page, reverse("matrix"))
