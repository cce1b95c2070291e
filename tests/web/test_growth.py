"""Portfolio › Why did sales change: the page, the customers behind a step, files, other periods."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.insights.models import KeptBridge, Snapshot
from mainstay.insights.portfolio import growth
from mainstay.insights.pressed import press, unpacked
from mainstay.parties import territories
from mainstay_engine.portfolio import STRATEGIES
from tests.people import person
from tests.web import company

PAGE, LIST, FILE = "sales-change", "sales-change-customers", "sales-change-data"
CUSTOMERS = range(1, company.COUNT + 1)


def text_of(client: Client, address: str) -> str:
    """A page without its tags."""
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"<[^>]*>", " ", answer.content.decode())


def total(name: str) -> int:
    """Of all customers, without what no customer is named for."""
    return sum(int(company.moved(number).get(name, 0)) for number in CUSTOMERS)


def rows_of(client: Client, address: str) -> list[list[str]]:
    """The rows of a file, its head first."""
    answer = client.get(address)
    assert answer["Content-Type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def fen(text: str) -> int:
    return round(float(text) * 100)


def test_the_page_says_what_was_found_and_how_it_adds_up(page: Client) -> None:
    text = text_of(page, reverse(PAGE))
    assert "Sales rose: +" in text
    assert "most by frequency" in text
    assert "against it lost customers" in text
    for words in ("New customers", "Without a customer", "5 new, 0 won back, 5 lost"):
        assert words in text
    assert "Order value" not in text  # nothing that the facts cannot tell
    assert 'href="/portfolio/sales-change/frequency?' in page.get(reverse(PAGE)).content.decode()


def test_the_file_holds_every_step_to_the_cent(page: Client, books: User) -> None:
    head, whole, *groups = rows_of(page, reverse(FILE))
    assert head[0] == "ABC classes"
    assert head[4:] == [
        f"{name}, CNY" for name in (
            "Change in sales", "New customers", "Won back", "Lost customers", "Frequency",
            "Breadth", "Mix", "Price", "Returns", "Without a customer", "Loyalty", "Extension",
            "Acquisition", "Diversification", "Names no product",
        )
    ]  # fmt: skip
    steps = dict(zip(head[4:], map(fen, whole[4:]), strict=True))
    assert steps["Frequency, CNY"] == total("frequency")
    assert steps["Lost customers, CNY"] == total("lost")
    assert steps["Without a customer, CNY"] == 2000
    assert fen(whole[4]) == total("change") + 2000 == sum(map(fen, whole[5:14]))
    assert fen(whole[3]) == sum(map(fen, whole[14:]))
    assert steps["Extension, CNY"] == total("extension")
    for at in range(1, len(head)):
        assert fen(whole[at]) == sum(fen(group[at]) for group in groups)
    assert [group[:2] for group in groups] == [
        ["A", "10"], ["B", "20"], ["C", "30"], ["not given", "0"],
    ]  # fmt: skip
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor) == ("list.exported", books)
    assert entry.facts["rows"] == 5


def test_sales_are_told_by_customer_and_product_each_old_or_new(page: Client, books: User) -> None:
    text = text_of(page, reverse(PAGE))
    assert "of sales are loyalty" in text
    assert "extension brings ¥" in text
    for words in ("Four strategies", "Known customers", "Products not bought before",
                  "name no product or no customer"):  # fmt: skip
        assert words in text
    opened = text_of(page, reverse(LIST, args=["acquisition"]))
    assert "Acquisition: +" in opened
    assert "by 5 customers" in opened
    kept = KeptBridge.objects.get()
    KeptBridge.objects.update(books_from=kept.later_start)  # everything would look new
    assert "Four strategies" not in text_of(page, reverse(PAGE))
    kept.table = press(unpacked(kept.table).drop_columns([*STRATEGIES]))
    KeptBridge.objects.all().delete()
    kept.pk = None
    kept.save()  # as it was kept before there were strategies
    assert "Four strategies" not in text_of(page, reverse(PAGE))
    assert page.get(reverse(LIST, args=["loyalty"])).status_code == 404


def test_a_step_opens_its_customers_the_largest_first(page: Client) -> None:
    text = text_of(page, reverse(LIST, args=["lost"]))
    assert "Lost customers: −\u2060¥" in text
    assert "by 5 customers" in text
    head, *rows = rows_of(page, f"{reverse(LIST, args=['lost'])}?as=csv")
    assert head[-1] == "Lost customers, CNY"
    assert [row[0] for row in rows] == ["C056", "C057", "C058", "C059", "C060"]
    assert [fen(row[-1]) for row in rows] == [-company.sales(n) for n in range(56, 61)]
    _head, *rows = rows_of(page, f"{reverse(LIST, args=['change'])}?as=csv&by=class&group=C")
    assert len(rows) == 30
    assert "ABC classes: C" in text_of(page, f"{reverse(LIST, args=['change'])}?group=C")


@pytest.mark.parametrize("by", ["owner", "salesperson", "region", "nonsense"])
def test_groups_are_chosen(page: Client, by: str) -> None:
    groups = rows_of(page, f"{reverse(FILE)}?by={by}")[2:]
    assert sum(int(group[1]) for group in groups) == company.COUNT
    assert page.get(f"{reverse(PAGE)}?by={by}").status_code == 200


def test_who_sees_some_customers_is_told_of_those(page: Client, books: User) -> None:
    where = territories.save(books, None, name="浙江区", regions=["浙江"])
    director = person("director", "sales_director", territory=where, language="en")
    client = Client()
    client.force_login(director)
    whole = rows_of(client, reverse(FILE))[1]
    there = [number for number in CUSTOMERS if number % 3 == 0]
    assert int(whole[1]) == len(there)
    assert fen(whole[4]) == sum(int(company.moved(number)["change"]) for number in there)
    assert "Without a customer" not in text_of(client, reverse(PAGE))
    _head, *rows = rows_of(client, f"{reverse(LIST, args=['lost'])}?as=csv")
    assert [row[0] for row in rows] == ["C057", "C060"]


def test_other_periods_are_asked_for_and_shown_once_they_are_there(
    page: Client, books: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    quarter = f"{reverse(PAGE)}?later=2026-01-01..2026-03-31&earlier=2025-10-01..2025-12-31"
    assert "not compared yet" in text_of(page, quarter)
    answer = page.post(reverse(PAGE), {"later": "2026-01-01..2026-03-31", "earlier": "before"})
    job = Job.objects.get(kind=growth.KIND)
    assert answer["Location"] == reverse("job", args=[job.pk])
    assert job.arguments["earlier"] == "2025-10-01..2025-12-31"
    job.state, job.report = "done", {k: job.arguments[k] for k in ("earlier", "later")}
    job.finished_at = timezone.now()
    job.save()
    assert page.get(answer["Location"])["Location"] == quarter.replace(
        "later=2026-01-01..2026-03-31&earlier=2025-10-01..2025-12-31",
        "earlier=2025-10-01..2025-12-31&later=2026-01-01..2026-03-31",
    )
    assert "Comparison" in text_of(page, reverse("jobs"))
    usual = {"later": "2025-07-01..2026-06-30", "earlier": "year"}
    assert page.post(reverse(PAGE), usual)["Location"].startswith(f"{reverse(PAGE)}?")
    assert Job.objects.filter(kind=growth.KIND).count() == 1


@pytest.mark.parametrize(
    "asked", ["later=soon", "earlier=2026-02-30..2026-03-01", "later=0001&earlier=year",
              "later=0001-01&earlier=before"],
)  # fmt: skip
def test_a_period_that_is_none_is_said_to_be_none(page: Client, asked: str) -> None:
    answer = page.get(f"{reverse(PAGE)}?{asked}")
    assert answer.status_code == 422
    assert "is no period that can be compared" in answer.content.decode()
    assert page.get(f"{reverse(LIST, args=['lost'])}?{asked}").status_code == 404
    assert page.get(f"{reverse(FILE)}?{asked}").status_code == 404


def test_what_is_not_there_is_not_found(page: Client) -> None:
    for address in (
        reverse(LIST, args=["profit"]), reverse(LIST, args=["unassigned"]),
        f"{reverse(LIST, args=['lost'])}?after=x", f"{reverse(FILE)}?later=2026-05&earlier=2025-05",
    ):  # fmt: skip
        assert page.get(address).status_code == 404


def test_before_anybody_was_graded_it_leads_to_the_start(page: Client) -> None:
    Snapshot.objects.all().delete()
    assert page.get(reverse(PAGE))["Location"] == reverse("start")
    assert page.get(reverse(LIST, args=["lost"])).status_code == 404


def test_books_that_begin_late_are_said_to(page: Client) -> None:
    assert "The books begin on" not in text_of(page, reverse(PAGE))
    from mainstay.insights.models import KeptBridge

    KeptBridge.objects.update(books_from="2024-09-01")
    assert "The books begin on 1 Sep 2024" in text_of(page, reverse(PAGE))


def test_it_reads_in_chinese(page: Client, books: User) -> None:
    books.language = "zh-hans"
    books.save()
    text = text_of(page, reverse(PAGE))
    for words in (
        "销售为何变动",
        "销售额上升：",
        "影响最大的是下单频次",
        "流失客户",
        "2024年7月至2025年6月",
    ):
        assert words in text
