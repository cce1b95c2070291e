"""Settings of the company and its calendar on pages: what readers see, what managers change."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from python_calamine import CalamineWorkbook

from mainstay.foundation.company import settings as firm
from mainstay.foundation.models import AuditEntry, CalendarDay, Job, Setting, User
from mainstay.foundation.subjects import path_of
from mainstay.ledger.models import Document, ImportBatch, Receipt
from tests.people import person
from tests.web import company

COMPANY, CALENDAR = "/settings/company", "/settings/calendar"


@pytest.fixture
def empty(reader: User) -> Client:
    """A manager's browser before any import."""
    client = Client()
    client.force_login(reader)
    return client


def text(client: Client, address: str, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def cell(page: str, day: str) -> str:
    """The class of a day in the year, and what its cell says to a screen reader."""
    found = re.search(rf'<td class="([^"]*)"[^>]*><a [^>]*data-day="{day}"[^>]*>(.*?)</a>', page)
    assert found is not None, day
    return f"{found[1]}: {re.sub('<[^>]+>', '', found[2])}"


def test_each_setting_is_kept_by_itself_and_says_who_changed_it(empty: Client) -> None:
    assert text(empty, COMPANY).count("Default") == 5
    for setting, value in (("name", "Suzhou Bearings"), ("fiscal_month", "4"), ("currency", "usd"),
                           ("language", "en"), ("week_starts", "6")):  # fmt: skip
        answer = empty.post(COMPANY, {"setting": setting, "value": value})
        assert answer.status_code == 302
    page = text(empty, COMPANY)
    assert page.count("Changed by lin") == 5
    assert '<p class="firm">Suzhou Bearings</p>' in page
    assert re.search(r"FY(\d{4}): 1 Apr \1 – 31 Mar", page)
    assert firm.company() == firm.Company("Suzhou Bearings", "USD", "en", 6, 4)
    entry = AuditEntry.objects.filter(action="company.changed").latest("pk")
    assert path_of(entry.subject) == COMPANY
    assert "Company's settings changed" in text(empty, "/settings/audit")


@pytest.mark.parametrize(
    ("setting", "value", "status"),
    [("currency", "XYZ", 422), ("fiscal_month", "x", 422), ("language", "tlh", 422),
     ("week_starts", "²", 422), ("colour", "red", 404)],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(
    empty: Client, setting: str, value: str, status: int
) -> None:
    answer = empty.post(COMPANY, {"setting": setting, "value": value})
    assert answer.status_code == status
    assert not Setting.objects.exists()


def test_the_currency_of_books_that_are_there_is_shown_and_fixed(page: Client) -> None:
    shown = text(page, COMPANY)
    assert '<p class="is">CNY</p>' in shown
    assert "It is fixed by the first import" in shown
    assert shown.count("Default") == 4
    answer = page.post(COMPANY, {"setting": "currency", "value": "USD"})
    assert answer.status_code == 422
    assert "An import says the currency of the books" in answer.content.decode()


def test_naming_the_currency_of_books_without_one_is_shown_and_asked_first(
    page: Client, books: User
) -> None:
    for rows in (ImportBatch, Document, Receipt):
        rows.objects.update(currency="")
    asked = unescape(page.post(COMPANY, {"setting": "currency", "value": "cny"}).content.decode())
    assert "Amounts without a currency are in CNY?" in asked
    total = sum(company.sales(n) for n in range(1, company.COUNT + 1))
    assert f"60 documents, net ¥{total / 100:,.2f}; 60 receipts, ¥{total / 100:,.2f}" in asked
    assert not Setting.objects.exists() and not Job.objects.exists()
    form = {"setting": "currency", "value": "CNY", "confirmed": "1"}
    assert page.post(COMPANY, form).status_code == 302
    assert Job.objects.get().kind == "insights.grade"
    document = Document.objects.get(number="XS-0001")
    assert "¥1,000,000.00" in text(page, f"/documents/{document.pk}")
    assert "¥1,000,000.00" in text(page, "/customers/C001/documents")
    assert page.post(COMPANY, form | {"value": "JPY"}).status_code == 422


def test_who_sees_the_books_reads_and_changes_nothing(books: User) -> None:
    client = Client()
    client.force_login(person("fin", "finance", language="en"))
    for address in (COMPANY, CALENDAR):
        shown = text(client, address)
        assert 'name="setting"' not in shown and 'name="do"' not in shown
        assert f'href="{COMPANY}"' in shown  # in the navigation and in the tabs
        assert "/settings/people" not in shown
    posts = ((COMPANY, {"setting": "name", "value": "x"}),
             (CALENDAR, {"do": "week", "setting": "holidays", "value": ""}),
             (CALENDAR, {"do": "set", "first": "2027-02-08", "working": "0", "name": "x"}),
             (CALENDAR, {"do": "clear", "first": "2027-02-08"}))  # fmt: skip
    for address, sent in posts:
        assert client.post(address, sent).status_code == 403
    assert not Setting.objects.exists()


def test_a_year_shows_what_is_off_and_what_is_worked_instead(empty: Client) -> None:
    page = text(empty, CALENDAR, year="2026")
    # 365 days less 104 of weekends and 19 weekdays off, and 6 days of weekends worked
    assert "248 working days." in page
    assert cell(page, "2026-10-01") == "off: 1 National Day, day off"
    assert cell(page, "2026-10-10") == "on makeup: 10 National Day, worked"
    assert cell(page, "2026-10-11") == "off: 11"
    assert cell(page, "2026-10-12") == "on: 12"
    assert "2026-02-15 – 02-23" in page
    assert "not announced" not in page


def test_a_year_without_notice_says_so_and_takes_days_by_hand(empty: Client) -> None:
    page = text(empty, CALENDAR, year="2099", day="2099-02-09")
    assert "2099 is not announced yet" in page
    assert 'value="2099-02-09"' in page
    sent = {"do": "set", "first": "2099-02-09", "last": "2099-02-11", "working": "0",
            "name": "Spring Festival"}  # fmt: skip
    assert empty.post(CALENDAR, sent)["Location"] == f"{CALENDAR}?year=2099"
    page = text(empty, CALENDAR, year="2099")
    assert cell(page, "2099-02-10") == "off own: 10 Spring Festival, day off"
    assert "2099-02-09 – 02-11" in page and "lin, " in page
    entry = AuditEntry.objects.filter(action="calendar.day_set").latest("pk")
    assert path_of(entry.subject) == f"{CALENDAR}?year=2099"
    empty.post(CALENDAR, {"do": "clear", "first": "2099-02-09", "last": "2099-02-11"})
    assert not CalendarDay.objects.exists()


def test_days_without_sense_come_back_with_what_was_typed(empty: Client) -> None:
    sent = {"do": "set", "first": "2099-02-09", "last": "2099-02-01", "working": "1", "name": "x"}
    answer = empty.post(CALENDAR, sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "one to 31 days in a row" in page
    assert 'value="2099-02-01"' in page
    assert empty.post(CALENDAR, {**sent, "first": "x"}).status_code == 422
    assert empty.post(CALENDAR, {**sent, "working": "2"}).status_code == 404


def test_weekend_and_official_days_are_chosen(empty: Client) -> None:
    empty.post(CALENDAR, {"do": "week", "setting": "weekend", "value": ["6"]})
    empty.post(CALENDAR, {"do": "week", "setting": "holidays", "value": ""})
    page = text(empty, CALENDAR, year="2026")
    assert cell(page, "2026-10-01") == "on: 1"
    assert cell(page, "2026-10-10") == "on: 10"
    assert "313 working days." in page  # 365 less 52 Sundays
    every = {"do": "week", "setting": "weekend", "value": [str(n) for n in range(7)]}
    assert empty.post(CALENDAR, every).status_code == 422


def test_the_terms_calendar_marks_days_off(page: Client, books: User) -> None:
    shown = text(page, reverse("terms"), terms="30", month="2026-09")
    # September 2026: eight days of weekends, one of them worked for a Friday off
    assert shown.count('<td class="off">') == 8
    assert "not worked: National Day" in shown


def test_lists_offer_fiscal_years(page: Client, books: User) -> None:
    firm.change(books, "fiscal_month", 4)
    shown = text(page, "/customers/C001/documents")
    found = re.search(r'href="([^"]*start=(\d{4})-04-01&end=\d{4}-03-31)" title="FY\2', shown)
    assert found is not None
    narrowed = text(page, found[1])
    assert f'aria-current="true">FY{found[2]}' in narrowed
    for view in ("receipts", "orders", "deliveries"):
        assert "start=" in text(page, f"/customers/C001/{view}")


def test_files_taken_out_name_the_company(page: Client, books: User) -> None:
    firm.change(books, "name", "苏州轴承")
    answer = page.get(reverse("customers-excel"))
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert ["Company", "苏州轴承"] in book.get_sheet_by_name("Notes").to_python()


def test_the_pages_cost_few_queries(
    page: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for address in (COMPANY, CALENDAR):
        page.get(address)
        with django_assert_max_num_queries(14):
            page.get(address)
