"""An earlier version of a document that was another customer's shows nothing of itself to whoever
may not see that customer: in the API and on the page, for every role.
"""

from __future__ import annotations

import html

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mainstay.foundation.models import User
from mainstay.ledger.models import Document, ImportBatch
from mainstay.parties.models import Customer
from tests.api.callers import BASE, EVERYBODY, INSIDE, NOBODY, OUTSIDE, caller_in, company_wide
from tests.people import with_rights

THEN = 77_777_77
"""Net of the version that belonged to the other customer, in fen."""
YENS = 88_888
"""Of one that was in another currency, the same customer's."""


@pytest.fixture
def now(firm: User) -> Document:
    """A document of the customer inside, which an earlier import had as the one outside's."""
    (found,) = Document.objects.filter(customer__code=INSIDE, current=True)
    batch = found.batch
    for pk, net, customer, currency in (
        (batch.pk + 100, THEN, OUTSIDE, "CNY"), (batch.pk + 101, YENS, INSIDE, "JPY"),
        (batch.pk + 102, 55_555_55, None, "CNY"),
    ):  # fmt: skip
        earlier = ImportBatch.objects.create(
            pk=pk, state="undone", applied_at=timezone.now(), undone_at=timezone.now(),
            currency="CNY",
        )  # fmt: skip
        Document.objects.create(
            key=found.key, number=found.number, kind=found.kind, doc_date=found.doc_date, net=net,
            customer=customer and Customer.objects.get(code=customer), digest="then",
            batch=earlier, currency=currency, current=False,
        )  # fmt: skip
    return found


@pytest.mark.parametrize("role", EVERYBODY)
def test_versions_show_figures_only_of_customers_the_reader_may_see(
    firm: User, now: Document, role: str
) -> None:
    client = caller_in(role, firm)
    answer = client.get(f"{BASE}/documents/{now.pk}")
    if role == NOBODY:
        assert answer.status_code == 403
        return
    assert answer.status_code == 200
    nobodys, yens, theirs, own = answer.json()["versions"]
    assert (own["shown"], own["net"], own["counts"]) == (True, now.net, True)
    assert (yens["shown"], yens["net"], yens["currency"], yens["exponent"]) == (
        True, YENS, "JPY", 0,
    )  # fmt: skip
    wide = company_wide(role)
    for one, net in ((theirs, THEN), (nobodys, 55_555_55)):
        assert (one["shown"], one["net"], one["currency"]) == (
            (True, net, "CNY") if wide else (False, None, "")
        )
    text = answer.content.decode()
    assert OUTSIDE not in text
    assert client.get(f"{BASE}/documents/{theirs['id']}").status_code == (200 if wide else 404)


@pytest.mark.parametrize("role", sorted(set(EVERYBODY) - {NOBODY}))
def test_the_page_shows_no_figure_and_no_way_to_what_the_reader_may_not_see(
    firm: User, now: Document, role: str
) -> None:
    caller_in(role, firm)
    page = Client(headers={"Accept-Language": "en"})
    page.force_login(User.objects.get(username=f"a-{role}"))
    text = html.unescape(page.get(reverse("document", args=[now.pk])).content.decode())
    theirs = Document.objects.get(net=THEN)
    assert "¥88,888" in text.replace("JP¥", "¥")
    assert "888.88" not in text
    wide = company_wide(role)
    assert ("77,777.77" in text) is wide
    assert ("55,555.55" in text) is wide
    assert (f'href="{reverse("document", args=[theirs.pk])}"' in text) is wide
    hidden = text.count(">not shown<") + text.count(">未显示<")
    assert hidden == (0 if wide else 2)


def test_a_version_that_no_longer_counts_leads_to_no_customer_out_of_reach(
    firm: User, now: Document
) -> None:
    client = caller_in("salesperson", firm)
    Document.objects.filter(pk=now.pk).update(current=False)
    Document.objects.filter(net=THEN).update(current=True)
    page = Client()
    page.force_login(User.objects.get(username="a-salesperson"))
    page.cookies["django_language"] = "en"
    text = html.unescape(page.get(reverse("document", args=[now.pk])).content.decode())
    assert "See the one that does" not in text and "查看有效版本" not in text
    assert "77,777.77" not in text
    answer = client.get(f"{BASE}/documents/{now.pk}").json()
    (counting,) = [one for one in answer["versions"] if one["counts"]]
    assert (counting["shown"], counting["net"]) == (False, None)


def test_a_role_for_the_whole_company_opens_them_at_once(firm: User, now: Document) -> None:
    caller_in("salesperson", firm)
    user = User.objects.get(username="a-salesperson")
    with_rights(user, "customers.see")
    page = Client()
    page.force_login(user)
    assert "77,777.77" in page.get(reverse("document", args=[now.pk])).content.decode()
