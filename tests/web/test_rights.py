"""Every route with every role, for customers within and outside the role's reach.

A route that this file does not know fails it: whoever adds one says here who may open it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from mainstay.exchange import services as exchange
from mainstay.foundation import roles
from mainstay.foundation.models import Job, Notice, Request, Territory, User
from mainstay.foundation.services import audit
from mainstay.insights.models import CustomerMetrics
from mainstay.ledger.models import Document
from mainstay.ledger.news import UNDONE
from mainstay.parties import asking, contacts, handover, owners, territories
from mainstay.parties.models import Contact, Merge
from mainstay.web.urls import urlpatterns
from tests.backtested import backtested
from tests.people import administrator, hold, person
from tests.web import company

EVERYBODY = frozenset({*roles.shipped(), "nobody"})
SEES = frozenset(roles.shipped())
"""Whoever sees customers: each shipped role, within its reach."""


def having(right: str) -> frozenset[str]:
    return frozenset(name for name, role in roles.shipped().items() if right in role.rights)


COMPANY = frozenset(name for name, role in roles.shipped().items() if role.reach == "company")
OPEN = {"sign-in", "sign-out", "set-preferences", "home", "me", "change-password", "start",
        "search", "jobs", "second-step", "sign-in-code", "sign-in-provider", "sign-in-back",
        "inbox", "inbox-choices", "help", "help-metrics"}  # fmt: skip
"""What anybody signed in may open."""
READS: dict[str, frozenset[str]] = {
    "portfolio": having("portfolio.see"), "waste": having("portfolio.see"),
    "waste-data": having("portfolio.see") & having("lists.export"),
    "portfolio-data": having("portfolio.see") & having("lists.export"),
    "concessions": having("portfolio.see"),
    "concessions-data": having("portfolio.see") & having("lists.export"),
    "sales-change": having("portfolio.see"), "sales-change-customers": having("portfolio.see"),
    "sales-change-data": having("portfolio.see") & having("lists.export"),
    "moves": having("portfolio.see"), "week": having("portfolio.see"),
    "week-sheet": having("portfolio.see"),
    "white-space": having("portfolio.see"),
    "white-space-customers": having("portfolio.see"),
    **dict.fromkeys(
        ("over-time", "matrix", "matrix-customers", "cohorts", "cohort-customers"),
        having("portfolio.see"),
    ),
    **dict.fromkeys(
        ("over-time-data", "matrix-data", "cohorts-data"),
        having("portfolio.see") & having("lists.export"),
    ),
    "moves-data": having("portfolio.see") & having("lists.export"),
    "customers": SEES,
    "customers-sums": SEES,
    "customers-excel": having("lists.export"), "customers-csv": having("lists.export"),
    "all-documents": SEES,
    "terms": EVERYBODY,
    "hand-over": having("customers.assign"), "handed-over": having("customers.assign"),
    "data": having("books.see"), "imports-excel": having("books.see") & having("lists.export"),
    "imports-csv": having("books.see") & having("lists.export"),
    "batch": having("books.see"), "batch-documents": having("books.see"),
    "batch-history": having("books.see"), "person-history": having("people.manage"),
    "role-history": having("people.manage"),
    "products": COMPANY,
    "quality": having("books.see"), "quality-rows": having("books.see"),
    "rates": having("books.see"),
    "people": having("people.manage"), "person": having("people.manage"),
    "roles": having("people.manage"), "role": having("people.manage"),
    "schemes": SEES, "scheme": SEES, "scheme-draft": having("schemes.propose"),
    "scheme-studio": having("schemes.propose"),
    "scheme-compare": having("schemes.propose") | having("schemes.approve"),
    "backtests": COMPANY & having("schemes.propose"),
    "backtest": COMPANY & having("schemes.propose"),
    "backtest-days": COMPANY & having("schemes.propose") & having("lists.export"),
    "territories": having("people.manage"), "audit": having("audit.read"),
    "audit-subjects": having("audit.read"),
    "effort-rates": COMPANY & having("cost.see"),
    "policies": SEES, "policy": SEES, "policy-draft": having("policies.propose"),
    "owed": SEES, "owed-data": having("lists.export"), "lost": SEES,
    "company": having("company.manage") | having("books.see"),
    "calendar": having("company.manage") | having("books.see"),
}  # fmt: skip
"""Reading routes that are not of one customer: the roles that may."""
OF_CUSTOMER: dict[str, frozenset[str]] = {
    "customer": SEES, "money": SEES, "documents": SEES, "receipts": SEES, "orders": SEES,
    "money-promised": SEES, "money-in-all": SEES,
    "deliveries": SEES, "document": SEES, "keepers": SEES, "timeline": SEES,
    "set-class": SEES, "judge": SEES,
    "customer-history": SEES, "customer-path": SEES, "customer-path-pdf": SEES,
    "customer-changes": SEES, "contacts": SEES, "efforts": SEES,
    "customer-owed": SEES, "could-buy": SEES, "customer-lost": SEES,
    "waterfall-data": having("lists.export") & having("cost.see"),
    "contact": having("contacts.edit") | having("personal.protect"),
    "customer-grades": having("lists.export"), "customer-months": having("lists.export"),
    "same-customer": having("customers.merge"), "split-customer": having("customers.merge"),
}  # fmt: skip
"""Reading routes of one customer: the roles that may, where the customer is within reach."""
WRITES: dict[str, frozenset[str]] = {
    "demo": having("data.import"), "upload": having("data.import"),
    "take-back": having("data.take_back"), "check-books": having("books.check"),
    "grade-again": having("grades.run"), "cancel-job": frozenset(),
    "verify-audit": having("audit.read"), "contact-known": having("personal.protect"),
    "customers-act": SEES, "save-view": EVERYBODY, "read-all": EVERYBODY,
}  # fmt: skip
"""Writing routes: the roles that may. A job is its owner's, and whoever may cancel any."""
OWN = {"drop-view", "check", "use-map", "map-file", "dry-run", "apply", "faults", "rejects", "job",
       "request", "notice"}  # fmt: skip
"""Routes of one's own upload, job, request or notice: of others they are «not found», whatever the
role."""
INSIDE, OUTSIDE = "C003", "C001"
"""Customers of the territory and team of every role below, and one outside."""


@pytest.fixture
def firm(db: None) -> User:
    """The company, its territories, and somebody who may do everything."""
    boss = administrator("boss", password=company.PASSWORD)
    company.build(boss)
    territories.save(boss, None, name="浙江区", regions=["浙江"])
    served(INSIDE, OUTSIDE)
    company.owe(boss)
    return boss


def served(*codes: str) -> None:
    """Let customers have figures of service, as a grading with efforts measures them."""
    for row in CustomerMetrics.objects.filter(customer__code__in=codes):
        row.metrics |= {
            "net_sales": 900, "cost": 500, "gross_profit": 400, "rebates": 10, "effort_cost": 90,
            "effort_cost_visit": 90, "effort_hours": 3.0, "financing": 5, "cost_to_serve": 105,
            "profit_after_service": 295,
        }  # fmt: skip
        row.save(update_fields=["metrics"])


def client_of(role: str, boss: User) -> Client:
    """A browser of somebody in that role, whose customers are those of 浙江."""
    if role == "nobody":
        user = person("nobody-yet")
    else:
        where = Territory.objects.get(name="浙江区")
        needs = roles.shipped()[role].reach == "territory"
        user = person(f"a-{role}", language="en")
        hold(user, role, territory=where if needs else None)
        if roles.shipped()[role].reach == "own":
            owners.assign(boss, INSIDE, user.pk)
    client = Client()
    client.force_login(user)
    return client


def arguments(code: str, boss: User) -> dict[str, Any]:
    """Arguments that lead to something there."""
    return {
        "code": code, "name": "finance", "figure": "pareto", "change": "new",
        "what": "unassigned", "step": "change", "product": "B2", "cohort": "2024-H2",
        "upload_id": "00000000-0000-0000-0000-000000000000",
        "job_id": str(Job.objects.create(kind="insights.grade", owner=boss).pk),
    }  # fmt: skip


def address(name: str, code: str, boss: User) -> str:
    pattern = next(p for p in urlpatterns if p.name == name)
    values = arguments(code, boss)
    values["pk"] = {
        "document": lambda: Document.objects.get(customer__code=code).pk,
        "person": lambda: boss.pk,
        "person-history": lambda: boss.pk,
        "split-customer": lambda: _merge(code, boss).pk,
        "notice": lambda: Notice.objects.create(user=boss, kind=UNDONE, subject="batch:1").pk,
        "request": lambda: _asked(boss).pk,
        "handed-over": lambda: handover.give(boss, boss.pk, "to see", codes=[INSIDE]).pk,
        "contact": lambda: contact_of(code, boss).pk,
        "contact-known": lambda: contact_of(code, boss).pk,
        "backtest": lambda: backtested(boss).pk,
        "backtest-days": lambda: backtested(boss).pk,
    }.get(name, lambda: Document.objects.earliest("pk").batch_id)()
    if name.startswith(("scheme", "policy")) or name == "backtests":
        values["name"] = "abc"
    if name == "waste-data":
        values["what"] = "groups"
    wanted = pattern.pattern.regex.groupindex
    return reverse(name, kwargs={key: values[key] for key in wanted})


def contact_of(code: str, boss: User) -> Contact:
    """Somebody to talk to, whose every value is told by their holders only."""
    there = Contact.objects.filter(customer__code=code).first()
    return there or contacts.add(boss, code, {
        "name": "王芳", "position": "采购经理", "phone": "0512-66778899", "mobile": "13800138000",
        "email": "wang.fang@hengsheng.cn", "wechat": "wangfang66", "note": "左撇子",
    })  # fmt: skip


def _asked(boss: User) -> Request:
    """What the boss asks for about the customer outside."""
    return Request.objects.get_or_create(
        kind=asking.OWNER, subject=f"customer:{OUTSIDE}", asker=boss, steps=["customers.assign"],
        wanted={"customer": OUTSIDE, "person": boss.pk}, reason="to see",
    )[0]  # fmt: skip


def _merge(code: str, boss: User) -> Merge:
    from mainstay.parties.models import Customer

    merged = Customer.objects.get(code="C060")
    into = Customer.objects.get(code=code)
    return Merge.objects.get_or_create(merged=merged, defaults={"into": into, "why": "merge"})[0]


def test_every_route_is_known_here() -> None:
    known = OPEN | READS.keys() | OF_CUSTOMER.keys() | WRITES.keys() | OWN
    assert {pattern.name for pattern in urlpatterns} == known


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_a_role_opens_what_it_may_and_nothing_else(role: str, firm: User) -> None:
    client = client_of(role, firm)
    for name, allowed in READS.items():
        answer = client.get(address(name, INSIDE, firm))
        assert answer.status_code == (200 if role in allowed else 403), (name, answer)
    for name in OPEN - {"sign-in", "sign-out", "set-preferences"}:
        assert client.get(reverse(name)).status_code in (200, 302), name


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_a_customer_outside_the_reach_is_not_found(role: str, firm: User) -> None:
    client = client_of(role, firm)
    company_wide = role in roles.shipped() and roles.shipped()[role].reach == "company"
    for name, allowed in OF_CUSTOMER.items():
        inside = client.get(address(name, INSIDE, firm))
        assert inside.status_code == (200 if role in allowed else 403), (name, inside)
        Merge.objects.all().delete()
        outside = client.get(address(name, OUTSIDE, firm))
        Merge.objects.all().delete()
        if company_wide and role in allowed:
            assert outside.status_code == 200, name
        else:
            assert outside.status_code in (403, 404), name


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_a_role_changes_what_it_may_and_nothing_else(role: str, firm: User) -> None:
    client = client_of(role, firm)
    for name, allowed in WRITES.items():
        before = Job.objects.count()
        target = address(name, INSIDE, firm)
        answer = client.post(target, {"reason": ""})
        if role in allowed:
            assert answer.status_code in (302, 422), name
        else:
            refused = (403, 404) if name == "cancel-job" else (403,)
            manager = name == "cancel-job" and "jobs.manage" in _rights(role)
            assert (answer.status_code == 302) if manager else answer.status_code in refused, name
            assert Job.objects.count() <= before + 1  # the one that the address names


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_a_role_removes_a_territory_only_where_it_manages_people(role: str, firm: User) -> None:
    """Asked first or not: whoever may not is not even asked."""
    client, here = client_of(role, firm), reverse("territories")
    north = territories.save(firm, None, name="North", regions=["北京"])
    manages = "people.manage" in _rights(role)
    asked = {"do": "drop", "territory": north.pk}
    for given in (asked, asked | {"sure": 1}):
        assert Territory.objects.filter(pk=north.pk).exists()
        assert client.post(here, given).status_code == (302 if manages else 403)
    assert Territory.objects.filter(pk=north.pk).exists() == (not manages)


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_nobody_opens_anothers_upload_or_job(role: str, firm: User) -> None:
    client = client_of(role, firm)
    for name in OWN:
        target = address(name, INSIDE, firm)
        for answer in (client.get(target), client.post(target)):
            sees = name == "job" and "jobs.see_all" in _rights(role)
            if name == "request" and _decides_outside(role):
                assert answer.status_code in (200, 404)  # 404: what its form does not send
                continue
            right = (200, 405) if sees else (403, 404, 405)
            assert answer.status_code in right, (name, answer)


def _decides_outside(role: str) -> bool:
    """Whether a request about the customer outside is theirs to decide or to audit."""
    if "audit.read" in _rights(role):
        return True
    return "customers.assign" in _rights(role) and roles.shipped()[role].reach == "company"


def _rights(role: str) -> tuple[str, ...]:
    return roles.shipped()[role].rights if role in roles.shipped() else ()


@pytest.mark.parametrize("role", sorted(roles.shipped()))
def test_cost_profit_and_margin_show_to_their_holders_only(role: str, firm: User) -> None:
    client = client_of(role, firm)
    holds = "cost.see" in _rights(role)
    list_text = _text(client.get(reverse("customers")))
    one = _text(client.get(reverse("customer", args=[INSIDE]) + "?scheme=value5"))
    document = _text(client.get(address("document", INSIDE, firm)))
    cost = "249,999.99"  # of customer 3: three quarters of 333,333.33; the rest is profit
    assert (">Profit<" in list_text) == holds
    assert ("gross_profit" in list_text) == holds
    assert ("¥83K" in one) == holds
    assert ("It rests on cost, which you may not see" in one) == (not holds)
    assert (cost in document) == holds
    if "lists.export" in _rights(role):
        exported = client.get(reverse("customers-csv") + "?scheme=value5").content.decode()
        assert (",Profit" in exported.replace('"', "") and ",Margin" in exported) == holds
        assert ("rank 3" in exported) == holds  # the reason, which names the profit's place
    if "portfolio.see" in _rights(role):
        assert ("pyramid" in _text(client.get(reverse("portfolio")))) == holds
        data = client.get(reverse("portfolio-data", args=["pyramid"])).status_code
        assert (data == 200) == holds
    for sort in ("gross_profit", "-margin"):
        assert client.get(reverse("customers") + f"?sort={sort}").status_code == (
            200 if holds else 404
        )
    ranked = client.get(reverse("customers") + "?scheme=value5&sort=-value").status_code
    assert ranked == (200 if holds else 404)


PERSONAL = ("王芳", "66778899", "13800138000", "wang.fang", "wangfang66", "左撇子")


@pytest.mark.parametrize("role", sorted(roles.shipped()))
def test_personal_data_of_contacts_shows_to_its_holders_only(role: str, firm: User) -> None:
    contact_of(INSIDE, firm)
    client, holds = client_of(role, firm), "personal.see" in _rights(role)
    page = _text(client.get(reverse("contacts", args=[INSIDE])))
    part = _text(client.get(reverse("contacts", args=[INSIDE]), headers={"HX-Request": "true"}))
    for text in (page, part):
        assert "采购经理" in text
        assert ("not shown to you" in text) == (not holds)
        assert ("tel:13800138000" in text) == holds
        assert ("mailto:wang.fang@hengsheng.cn" in text) == holds
    assert [value in page for value in PERSONAL] == [holds] * len(PERSONAL)
    line = _text(client.get(reverse("timeline", args=[INSIDE])))
    assert "采购经理" in line and ("王芳" in line) == holds
    history = _text(client.get(reverse("customer-history", args=[INSIDE])))
    assert "Contact added" in history and "Mobile" in history
    places = [history, _text(client.get(reverse("customer", args=[INSIDE])))]
    if "lists.export" in _rights(role):
        places.append(client.get(reverse("customers-csv")).content.decode())
    if "audit.read" in _rights(role):
        places.append(_text(client.get(reverse("audit"))))
    for text in places:
        assert not any(value in text for value in PERSONAL)
    at_customer = f'href="{reverse("customer", args=[INSIDE])}"'
    for query in ("13800138000", "8000", "138 0013 8000", "王芳", "wangfang", "wf"):
        found = _text(client.get(reverse("search") + f"?q={query}"))
        assert (at_customer in found) == holds, query
        listed = _text(client.get(reverse("customers") + f"?q={query}"))
        assert (at_customer in listed) == holds, query
        if role != "salesperson":
            sums = _text(client.get(reverse("customers-sums") + f"?q={query}"))
            assert ("All 1<" in sums) == holds, query


def test_sums_kept_for_one_reader_tell_no_other_whom_a_number_is_of(firm: User) -> None:
    contact_of(INSIDE, firm)
    asked = reverse("customers-sums") + "?q=13800138000"
    assert "All 1<" in _text(client_of("finance", firm).get(asked))
    assert "All 0<" in _text(client_of("auditor", firm).get(asked))


def test_the_officer_takes_out_and_forgets_with_a_reason(firm: User) -> None:
    row = contact_of(INSIDE, firm)
    client = client_of("data_protection", firm)
    known = reverse("contact-known", args=[INSIDE, row.pk])
    assert client.post(known, {"reason": " "}).status_code == 422
    told = client.post(known, {"reason": "asked by letter"})
    assert told["Content-Disposition"] == f'attachment; filename="contact-{row.pk}.json"'
    assert told.json()["known"][0]["mobile"] == "13800138000"
    page = reverse("contact", args=[INSIDE, row.pk])
    assert client.post(page, {"do": "forget", "reason": ""}).status_code == 422
    asked = {"do": "forget", "reason": "asked by letter"}
    refused = client.post(page, asked)
    assert refused.status_code == 422
    assert "1 entry goes blank, at 1 customer; nothing brings them back" in refused.content.decode()
    assert client.post(page, {**asked, "rows": "2"}).status_code == 422
    assert client.post(page, {**asked, "rows": "1"}).status_code == 302
    after = _text(client.get(reverse("contacts", args=[INSIDE])))
    assert "forgotten" in after and not any(value in after for value in PERSONAL)


def test_the_officer_sees_where_else_it_may_lie_and_removes_it(
    firm: User, settings: Settings, tmp_path: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    row = contact_of(INSIDE, firm)
    files = {"customers": SimpleUploadedFile("客户表.csv", "客户编码\nC001".encode())}
    upload = exchange.start_upload(firm, files)
    audit(None, "backup.made", "backup:tonight.backup", rows=1, encrypted=True)
    page = reverse("contact", args=[INSIDE, row.pk])
    assert "客户表.csv" not in _text(client_of("sales_director", firm).get(page))
    client = client_of("data_protection", firm)
    text = _text(client.get(page))
    assert "客户表.csv" in text and "tonight.backup" in text
    asked = {"do": "remove-files", "upload": str(upload.pk)}
    assert client.post(page, {**asked, "reason": ""}).status_code == 422
    assert client.post(page, {**asked, "upload": "x", "reason": "y"}).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(page, {**asked, "reason": "asked by letter"}).status_code == 302
    assert "客户表.csv" not in _text(client.get(page))
    assert list((tmp_path / "uploads").iterdir()) == []
    boss = Client()
    boss.force_login(firm)
    assert boss.get(reverse("check", args=[upload.pk])).status_code == 404
    assert boss.post(reverse("dry-run", args=[upload.pk])).status_code == 404


def _text(response: HttpResponse) -> str:
    assert response.status_code == 200
    return response.content.decode()


def test_lists_and_totals_hold_the_own_customers_only(firm: User) -> None:
    seller = client_of("salesperson", firm)
    text = _text(seller.get(reverse("customers")))
    assert "C003" in text or reverse("customer", args=[INSIDE]) in text
    assert reverse("customer", args=[OUTSIDE]) not in text
    sums = _text(seller.get(reverse("customers-sums")))
    assert "All 1<" in sums


def test_what_was_taken_out_is_written_down(firm: User) -> None:
    from mainstay.foundation.models import AuditEntry

    client = client_of("auditor", firm)
    client.get(reverse("customers-csv"))
    entry = AuditEntry.objects.get(action="list.exported")
    assert entry.actor is not None
    assert (entry.actor.username, entry.facts) == ("a-auditor", {"rows": 60, "kind": "csv"})
