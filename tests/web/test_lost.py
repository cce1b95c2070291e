"""Portfolio › Lost, and the losses of one customer: the pages, their forms, and the list as files.

In the small company customers 58 and 59 are lost; 57 was, and came back for a tenth of what went.
"""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mainstay.foundation.models import User
from mainstay.parties import owners
from mainstay.retention.models import Loss, WinBack
from mainstay.web.formatting import money
from tests.people import person
from tests.web import company

LOST = reverse("lost")


def text_of(page: Client, address: str = LOST, **asked: str) -> str:
    answer = page.get(address, asked)
    assert answer.status_code == 200
    return answer.content.decode()


def at(code: str) -> str:
    return reverse("customer-lost", args=[code])


def codes(page: Client, **asked: str) -> list[str]:
    """The customers of the list, as a file has them."""
    answer = page.get(LOST, {**asked, "as": "csv"}).content.decode("utf-8-sig")
    return [row[0] for row in list(csv.reader(io.StringIO(answer)))[1:]]


def test_the_register_says_what_went_and_what_came_back(page: Client) -> None:
    text = text_of(page)
    went = sum(company.sales(number) for number in (57, 58, 59))
    assert f"3 customers were lost within a year; with them went {money(went, 'CNY', 2)}" in text
    assert money(company.sales(57) // 10, "CNY", 2) in text
    assert "of 3 of whom it is known" in text
    assert text.index("C057") < text.index("C058") < text.index("C059")


def test_the_list_is_narrowed_and_taken_out(page: Client, books: User) -> None:
    owners.assign(books, "C059", books.pk)
    assert codes(page) == ["C057", "C058", "C059"]
    assert codes(page, state="back") == ["C057"]
    assert codes(page, neglected="1") == ["C057", "C059"]
    assert codes(page, owner=f"{books.pk}") == ["C059"]
    assert codes(page, reason="left") == []
    assert codes(page, reason="unsaid", state="lost") == ["C058", "C059"]
    assert "None of that kind" in text_of(page, reason="left")
    for wrong in ({"reason": "sulked"}, {"state": "sleeping"}, {"after": "x"}, {"as": "pdf"}):
        assert page.get(LOST, wrong).status_code == 404
    first = csv.DictReader(io.StringIO(
        page.get(LOST, {"as": "csv"}).content.decode("utf-8-sig")
    ))  # fmt: skip
    row = next(iter(first))
    assert (row["Lost on"], row["Neglected"], row["State"]) == (
        "2026-06-01", "yes", "came back"
    )  # fmt: skip
    assert row["Recovered, CNY"] == f"{company.sales(57) // 10 / 100:.2f}"
    assert page.get(LOST, {"as": "xlsx"}).status_code == 200


def test_nobody_lost_is_said(page: Client) -> None:
    Loss.objects.all().delete()
    assert "Nobody is lost." in text_of(page)
    assert "It was never lost" in text_of(page, at("C001"))


def test_a_loss_is_explained_won_back_and_ended_on_the_customers_page(
    page: Client, books: User
) -> None:
    loss = Loss.objects.get(customer__code="C059")
    text = text_of(page, at("C059"))
    assert "Lost since" in text and "Not said yet".casefold() in text.casefold()
    assert "Visits and calls: 0 in the 90 days" in text

    def post(**form: str) -> str:
        answer = page.post(at("C059"), {"loss": f"{loss.pk}", **form}, follow=True)
        return f"{answer.status_code} {answer.content.decode()}"

    said = post(do="reason", reason="poached", rival="Rival & Co", evidence="Their buyer said so")
    assert said.startswith("200") and "Rival &amp; Co" in said
    assert post(do="reason", reason="left", evidence=" ").startswith("422")
    due = timezone.localdate().isoformat()
    task = {"do": "win_back", "owner": f"{books.pk}", "what": "Offer the new blade", "due": due}
    for wrong in ("", "tomorrow", "2026-02-30"):
        assert post(**task | {"due": wrong}).startswith("422")
    assert not WinBack.objects.exists()
    assert "Offer the new blade" in post(**task)
    assert post(**task).startswith("422")  # somebody does already
    assert "is to win it back by" in text_of(page, reverse("customer", args=["C059"]))
    made = WinBack.objects.get()
    WinBack.objects.update(due="2026-01-01")
    assert "overdue" in text_of(page) and "overdue" in text_of(page, at("C059"))
    assert "422" in post(do="end", win_back=f"{made.pk}", result="agreed", note="")
    assert "Will buy again" in post(
        do="end", win_back=f"{made.pk}", result="agreed", note="From September"
    )
    assert codes(page, state="promised") == ["C059"]
    assert post(do="nothing").startswith("404")
    line = text_of(page, reverse("timeline", args=["C059"]), only="losses")
    for words in ("Lost: silent", "Why it was lost: Poached", "is to win it back", "Win-back:"):
        assert words in line


def test_who_only_reads_is_offered_no_form_and_refused(books: User) -> None:
    reads = Client()
    reads.force_login(person("reads", "auditor", language="en"))
    text = text_of(reads, at("C059"))
    assert "Say why it was lost" not in text and "Win it back" not in text
    loss = Loss.objects.get(customer__code="C059").pk
    for form in (
        {"do": "reason", "reason": "left", "evidence": "x"},
        {"do": "win_back", "owner": f"{books.pk}", "what": "x", "due": "2026-07-01"},
    ):
        assert reads.post(at("C059"), {"loss": loss, **form}).status_code == 403
    assert not WinBack.objects.exists()


def test_a_salesperson_sees_own_customers_alone(books: User) -> None:
    seller = person("seller", "salesperson", language="en")
    owners.assign(books, "C058", seller.pk)
    browser = Client()
    browser.force_login(seller)
    text = text_of(browser)
    assert "C058" in text and "C059" not in text and "1 customer was lost" in text
    assert browser.get(at("C059")).status_code == 404
    assert browser.get(LOST, {"as": "csv"}).status_code == 403


@pytest.mark.parametrize("code", ["C057", "C058"])
def test_what_is_known_of_care_is_said(page: Client, code: str) -> None:
    text = text_of(page, at(code))
    assert "Whether a complaint was left open is not recorded." in text
    assert ("came back by itself" in text) == (code == "C057")
