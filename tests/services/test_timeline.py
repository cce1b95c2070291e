"""One line of time from every room, complete and in order at any page size."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from mainstay.foundation.models import User
from mainstay.kernel.cursor import BadCursor
from mainstay.ledger.models import Document, Receipt
from mainstay.parties import owners
from mainstay.parties.models import Customer
from mainstay.parties.timeline import Event, timeline
from tests.people import person

pytestmark = pytest.mark.shared_books


CODE = "C05"


def walk(user: User, size: int, only: tuple[str, ...] = ()) -> list[Event]:
    """All events, page by page."""
    found: list[Event] = []
    after = None
    while True:
        page = timeline(user, CODE, only=only, after=after, size=size)
        assert len(page.rows) <= size
        found += page.rows
        after = page.next_cursor
        if after is None:
            return found


@pytest.mark.parametrize("size", [1, 2, 3, 7, 500])
def test_every_document_and_receipt_stands_there_once_whatever_the_page(
    owner: User, size: int
) -> None:
    customer = Customer.objects.get(code=CODE)
    busy = Document.objects.filter(customer=customer, current=True).latest("pk")
    for number in range(9):  # many on one day, and more than a page
        Document.objects.create(
            key=f"invoice:T{number}", number=f"T{number}", kind="invoice", customer=customer,
            doc_date=busy.doc_date, net=100, currency="CNY", line_count=1, digest=f"t{number}",
            batch=busy.batch, current=True,
        )  # fmt: skip
    events = walk(owner, size)
    counted = Document.objects.filter(customer=customer, current=True).count()
    received = Receipt.objects.filter(customer=customer, current=True).count()
    of = [event.source for event in events]
    assert (of.count("documents"), of.count("receipts")) == (counted, received)
    assert len({(event.source, event.number) for event in events}) == len(events)
    for one, two in pairwise(events):
        assert one.day >= two.day
    assert events == walk(owner, 500)


def test_grades_people_and_codes_stand_among_them(owner: User) -> None:
    seller = person("seller", "salesperson")
    owners.assign(owner, CODE, seller.pk, "knows them")
    events = walk(owner, 50)
    first, *_ = (event for event in events if event.source == "people")
    assert (first.kind, first.facts["reason"]) == ("owner", "knows them")
    graded = [event for event in events if event.source == "grades"]
    assert graded
    assert graded[-1].facts["before"] == ""


def test_only_some_sources(owner: User) -> None:
    assert {event.source for event in walk(owner, 5, only=("receipts",))} == {"receipts"}


def test_nobody_reads_the_time_line_of_anothers_customer(owner: User) -> None:
    seller = person("stranger", "salesperson")
    assert timeline(seller, CODE).rows == ()


@pytest.mark.parametrize("cursor", ["rubbish", "WyJ4IiwgMV0"])
def test_other_cursors_are_refused(owner: User, cursor: str) -> None:
    with pytest.raises(BadCursor):
        timeline(owner, CODE, after=cursor)


def test_the_first_page_is_the_latest(owner: User) -> None:
    page = timeline(owner, CODE, size=3)
    latest = Document.objects.filter(customer__code=CODE, current=True).latest("doc_date")
    assert page.rows[0].day >= latest.doc_date
    assert page.rows[0].day <= dt.date.max
