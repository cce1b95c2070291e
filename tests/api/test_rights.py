"""Every operation with every role, for customers within and outside the role's reach.

An operation that this file does not know fails it: whoever adds one says here who may call it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from mainstay.api.app import api
from mainstay.effort import services
from mainstay.foundation import roles
from mainstay.foundation.models import Job, User, Webhook
from mainstay.ledger.models import Document, ImportBatch
from mainstay.parties import contacts
from mainstay.retention import services as retention
from mainstay.retention.models import WinBack
from tests.api.callers import (
    BASE,
    EVERYBODY,
    INSIDE,
    NOBODY,
    OUTSIDE,
    caller,
    caller_in,
    client_with,
    company_wide,
    having,
    token_of,
)
from tests.people import person
from tests.web import company

SEES = frozenset(roles.shipped())
"""Whoever sees customers: each shipped role, within its reach."""
OPEN = {"get_me": "/me", "list_metrics": "/metrics", "list_jobs": "/jobs"}
"""What any token may read: itself, the catalogues, its owner's jobs."""
READS: dict[str, tuple[str, frozenset[str]]] = {
    "list_customers": ("/customers", SEES),
    "list_documents": ("/documents", SEES),
    "list_receipts": ("/receipts", SEES),
    "list_runs": ("/runs", SEES),
    "list_schemes": ("/schemes", SEES),
    "list_grades": ("/grades", SEES),
    "get_sales_change": ("/portfolio/sales-change", having("portfolio.see")),
    "get_concessions": ("/portfolio/concessions", having("portfolio.see")),
    "list_sales_change": ("/portfolio/sales-change/change", having("portfolio.see")),
    "list_white_space": ("/portfolio/white-space", having("portfolio.see")),
    "list_takers": ("/portfolio/white-space/customers?product=B2", having("portfolio.see")),
    "get_structure": ("/portfolio/structure", having("portfolio.see")),
    "get_matrix": ("/portfolio/matrix", having("portfolio.see")),
    "list_matrix_customers": ("/portfolio/matrix/customers", having("portfolio.see")),
    "get_cohorts": ("/portfolio/cohorts", having("portfolio.see")),
    "list_cohort_customers": ("/portfolio/cohorts/2024-H2", having("portfolio.see")),
    "get_movement": ("/movement", having("portfolio.see")),
    "get_week": ("/week", having("portfolio.see")),
    "list_products": ("/products", frozenset(filter(company_wide, SEES))),
    "list_imports": ("/imports", having("books.see")),
    "get_import": ("/imports/{batch}", having("books.see")),
    "list_import_documents": ("/imports/{batch}/documents", having("books.see")),
    "list_effort_rates": (
        "/effort-rates",
        having("cost.see") & frozenset(filter(company_wide, SEES)),
    ),
    "list_policies": ("/policies", SEES),
    "list_losses": ("/losses", SEES),
    "list_served": ("/policies/served", SEES),
    "list_users": ("/users", having("people.manage")),
    "get_user": ("/users/{user}", having("people.manage")),
    "list_webhooks": ("/webhooks", having("people.manage")),
    "list_messages": ("/webhooks/{webhook}/messages", having("people.manage")),
}
"""Reading operations that are not of one customer: the roles that may."""
OF_CUSTOMER: dict[str, str] = {
    "get_customer": "/customers/{code}",
    "list_customer_grades": "/customers/{code}/grades",
    "get_balance": "/customers/{code}/balance",
    "get_paths": "/customers/{code}/paths",
    "get_paths_pdf": "/customers/{code}/paths.pdf",
    "get_changes": "/customers/{code}/changes",
    "list_keepers": "/customers/{code}/keepers",
    "list_contacts": "/customers/{code}/contacts",
    "list_efforts": "/customers/{code}/efforts",
    "get_could_buy": "/customers/{code}/could-buy",
    "list_owed": "/customers/{code}/owed",
    "list_customer_losses": "/customers/{code}/losses",
    "list_orders": "/orders?customer={code}",
    "get_document": "/documents/{document}",
}
"""Reading operations of one customer: whoever sees it."""
RECEIPT = {"number": "R1", "date": "2026-06-01", "customer_code": "C003", "amount": 1}
WRITES: dict[str, tuple[str, Any, frozenset[str]]] = {
    "grade": ("/runs", {}, having("grades.run")),
    "compare_periods": (
        "/portfolio/sales-change",
        {"earlier": "2025-05", "later": "2026-05"},
        having("portfolio.see"),
    ),
    "undo_import": ("/imports/{batch}/undo", {"reason": "wrong file"}, having("data.take_back")),
    "send_events": ("/events", {"documents": [], "receipts": [RECEIPT]}, having("data.import")),
}
"""Writing operations, what they are sent, and the roles that may."""
OWN = {"start_import": ("post", "/imports"), "get_upload": ("get", "/uploads/{upload}")}
"""Operations of one's own files, for whoever may import."""
MANAGED = {"make_webhook": ("post", "/webhooks"), "end_webhook": ("delete", "/webhooks/{webhook}")}
"""Operations that leave no job, of whoever manages people."""
CONTACTS = {"add_contact", "change_contact", "end_contact"}
"""Operations on contacts: whoever may change them, where the customer is within reach."""
EFFORTS = {"record_effort", "withdraw_effort", "set_effort_rate", "withdraw_effort_rate"}
"""Operations on efforts: whoever may record them within reach, and whoever sets rates."""
LOSSES = {"name_loss_reason", "begin_win_back", "end_win_back"}
"""Operations on lost customers: whoever may handle them, where the customer is within reach."""
OF_JOB = {"get_job": ("get", "/jobs/{job}"), "cancel_job": ("post", "/jobs/{job}/cancel")}
"""Operations of one job: its owner's, and whoever may see or cancel all."""


def address(path: str, code: str, boss: User) -> str:
    """The address of something that is there."""
    values = {
        "code": code,
        "document": Document.objects.get(customer__code=code).pk,
        "batch": ImportBatch.objects.earliest("pk").pk,
        "user": boss.pk,
        "webhook": Webhook.objects.get_or_create(url="https://erp.test", created_by=boss)[0].pk,
    }
    return BASE + path.format(**values)


def operations() -> set[str]:
    """Every operation the description names."""
    paths = api.get_openapi_schema(path_prefix="")["paths"]
    return {operation["operationId"] for path in paths.values() for operation in path.values()}


def test_every_operation_is_known_here() -> None:
    known = OPEN.keys() | READS.keys() | OF_CUSTOMER.keys() | WRITES.keys() | OF_JOB.keys()
    known |= OWN.keys() | MANAGED.keys() | CONTACTS | EFFORTS | LOSSES
    assert operations() == known


@pytest.mark.parametrize("role", EVERYBODY)
def test_a_role_reads_what_it_may_and_nothing_else(role: str, firm: User) -> None:
    client = caller_in(role, firm)
    for name, (path, allowed) in READS.items():
        answer = client.get(address(path, INSIDE, firm))
        assert answer.status_code == (200 if role in allowed else 403), (name, answer.content)
    for name, path in OPEN.items():
        assert client.get(BASE + path).status_code == 200, name


@pytest.mark.parametrize("role", EVERYBODY)
def test_a_customer_outside_the_reach_is_not_found(role: str, firm: User) -> None:
    client = caller_in(role, firm)
    for name, path in OF_CUSTOMER.items():
        inside = client.get(address(path, INSIDE, firm))
        assert inside.status_code == (403 if role == NOBODY else 200), (name, inside.content)
        outside = client.get(address(path, OUTSIDE, firm))
        wanted = 403 if role == NOBODY else 200 if company_wide(role) else 404
        assert outside.status_code == wanted, (name, outside.content)


@pytest.mark.parametrize("role", EVERYBODY)
def test_lists_hold_the_customers_within_reach_alone(role: str, firm: User) -> None:
    if role == NOBODY:
        return  # refused above
    client = caller_in(role, firm)
    everything = company_wide(role)
    for path, name in (
        ("/customers", "code"), ("/grades", "code"), ("/documents", "customer_code"),
        ("/receipts", "customer_code"),
    ):  # fmt: skip
        rows = client.get(f"{BASE}{path}?size=200").json()["rows"]
        codes = {row[name] for row in rows}
        assert INSIDE in codes and (OUTSIDE in codes) == everything, path
        theirs = client.get(f"{BASE}/documents?customer={OUTSIDE}").json()["rows"]
        assert bool(theirs) == everything


@pytest.mark.parametrize("role", EVERYBODY)
def test_a_role_changes_what_it_may_and_nothing_else(role: str, firm: User) -> None:
    client = caller_in(role, firm)
    for name, (path, body, allowed) in WRITES.items():
        before = Job.objects.count()
        target = address(path, INSIDE, firm)
        answer = client.post(target, body, content_type="application/json")
        assert answer.status_code == (202 if role in allowed else 403), (name, answer.content)
        assert (Job.objects.count() > before) == (role in allowed), name


@pytest.mark.parametrize("role", EVERYBODY)
def test_nobody_sees_or_ends_anothers_job(role: str, firm: User) -> None:
    client = caller_in(role, firm)
    rights = roles.shipped()[role].rights if role != NOBODY else ()
    theirs = Job.objects.create(kind="insights.grade", owner=firm)
    for name, (method, path) in OF_JOB.items():
        answer = getattr(client, method)(BASE + path.format(job=theirs.pk))
        right = "jobs.see_all" if name == "get_job" else "jobs.manage"
        wanted = (200,) if right in rights else (403, 404)
        assert answer.status_code in wanted, (name, answer.content)
    theirs.refresh_from_db()
    assert (theirs.state == "cancelled") == ("jobs.manage" in rights)
    listed = {row["id"] for row in client.get(BASE + "/jobs").json()["rows"]}
    assert (str(theirs.pk) in listed) == ("jobs.see_all" in rights)


@pytest.mark.parametrize("role", EVERYBODY)
def test_webhooks_are_made_and_ended_by_whoever_manages_people(role: str, firm: User) -> None:
    client, allowed = caller_in(role, firm), role in having("people.manage")
    body = {"url": "https://erp.example.com/told", "kinds": ["grades.run"]}
    made = client.post(f"{BASE}/webhooks", body, content_type="application/json")
    assert made.status_code == (201 if allowed else 403)
    ended = client.delete(address("/webhooks/{webhook}", INSIDE, firm))
    assert ended.status_code == (204 if allowed else 403)


@pytest.mark.parametrize("role", EVERYBODY)
def test_files_are_brought_by_whoever_may_and_seen_by_them_alone(role: str, firm: User) -> None:
    client, allowed = caller_in(role, firm), role in having("data.import")
    file = SimpleUploadedFile("r.csv", "客户编码,收款日期,金额\nC003,2026-06-01,1\n".encode())
    answer = client.post(f"{BASE}/imports", {"receipts": file})
    assert answer.status_code == (202 if allowed else 403)
    theirs = caller(firm).post(f"{BASE}/events", {"receipts": [RECEIPT]}, "application/json")
    foreign = client.get(f"{BASE}/uploads/{theirs.json()['upload']}")
    assert foreign.status_code == (404 if allowed else 403)
    if allowed:
        own = client.get(f"{BASE}/uploads/{answer.json()['upload']}")
        assert own.json()["files"] == ["r.csv"]


@pytest.mark.parametrize("role", sorted(roles.shipped()))
def test_cost_profit_and_margin_show_to_their_holders_only(role: str, firm: User) -> None:
    holds = role in having("cost.see")
    shows_cost(caller_in(role, firm), firm, holds=holds)


@pytest.mark.parametrize("role", EVERYBODY)
def test_contacts_are_changed_by_whoever_may_where_they_may(role: str, firm: User) -> None:
    client, allowed = caller_in(role, firm), role in having("contacts.edit")
    for code in (INSIDE, OUTSIDE):
        row = contacts.add(firm, code, {"name": "王芳", "mobile": "13800138000"})
        good = allowed and code == INSIDE
        refused = 404 if allowed else 403
        address = f"{BASE}/customers/{code}/contacts"
        body = {"name": "刘强", "email": "liu@example.com", "main": True}
        made = client.post(address, body, content_type="application/json")
        assert made.status_code == (201 if good else refused), made.content
        if good:
            assert (made.json()["name"], made.json()["main"]) == ("刘强", True)
        sent = {"mobile": "13900139000"}
        answer = client.patch(f"{address}/{row.pk}", sent, content_type="application/json")
        assert answer.status_code == (200 if good else refused)
        assert client.delete(f"{address}/{row.pk}").status_code == (204 if good else refused)
        row.refresh_from_db()
        assert (row.until is not None) == good
        assert row.mobile == ("13900139000" if good else "13800138000")


@pytest.mark.parametrize("role", sorted(roles.shipped()))
def test_personal_data_of_contacts_shows_to_its_holders_only(role: str, firm: User) -> None:
    shows_personal(caller_in(role, firm), firm, holds=role in having("personal.see"))


def test_a_token_without_the_scope_shows_no_personal_data(firm: User) -> None:
    shows_personal(caller(firm, "customers.see", "contacts.edit"), firm, holds=False)
    answer = caller(firm, "customers.see", "contacts.edit").post(
        f"{BASE}/customers/{INSIDE}/contacts", {"name": "x"}, content_type="application/json"
    )
    assert answer.status_code == 403  # whoever changes contacts sees them


def shows_personal(client: Client, firm: User, *, holds: bool) -> None:
    contacts.add(firm, INSIDE, {
        "name": "王芳", "position": "采购经理", "phone": "051266778899", "mobile": "13800138000",
        "email": "w@example.com", "wechat": "wf66", "note": "n",
    })  # fmt: skip
    row = client.get(f"{BASE}/customers/{INSIDE}/contacts").json()["rows"][0]
    assert (row["position"], row["main"], row["shown"]) == ("采购经理", True, holds)
    for name in ("name", "phone", "mobile", "email", "wechat", "note"):
        assert bool(row[name]) == holds, name
    found = client.get(f"{BASE}/customers?q=13800138000").json()["rows"]
    assert [one["code"] for one in found] == ([INSIDE] if holds else [])
    graded = client.get(f"{BASE}/grades?q=王芳").json()["rows"]
    assert [one["code"] for one in graded] == ([INSIDE] if holds else [])


def test_a_token_without_the_scope_shows_no_cost(firm: User) -> None:
    client = caller(firm, "customers.see", "portfolio.see")
    shows_cost(client, firm, holds=False)


def shows_cost(client: Client, firm: User, *, holds: bool) -> None:
    document = client.get(address("/documents/{document}", INSIDE, firm)).json()
    assert (document["cost"] == 24_999_999) == holds and (document["cost"] is None) != holds
    assert (document["lines"][0]["cost"] is None) != holds
    one = client.get(f"{BASE}/customers/{INSIDE}").json()
    assert ("gross_profit" in {metric["name"] for metric in one["metrics"]}) == holds
    by_profit = next(grade for grade in one["grades"] if grade["scheme"] == "value5")
    assert (by_profit["rank"] == 3) == holds and (by_profit["rank"] is None) != holds
    given = client.get(f"{BASE}/customers/{INSIDE}/grades?scheme=value5").json()["rows"]
    assert (given[0]["rank"] is None) != holds
    row = client.get(f"{BASE}/grades?sort=code").json()["rows"][0]
    assert (row["gross_profit"] is None) != holds and (row["margin"] is None) != holds
    for sort in ("gross_profit", "-margin"):
        status = client.get(f"{BASE}/grades?sort={sort}").status_code
        assert status == (200 if holds else 422)


def test_a_scope_is_needed_beside_the_role(firm: User) -> None:
    reader = caller(firm, "customers.see")
    assert reader.get(f"{BASE}/customers").status_code == 200
    assert reader.get(f"{BASE}/imports").status_code == 403
    assert reader.get(f"{BASE}/users").status_code == 403
    assert reader.post(f"{BASE}/runs", {}, content_type="application/json").status_code == 403


def test_a_role_that_ended_takes_its_rights_from_the_token(firm: User) -> None:
    user = person("leaving", "credit_controller")
    client = client_with(token_of(user))
    assert client.get(f"{BASE}/customers").status_code == 200
    user.appointments.all().delete()
    assert client.get(f"{BASE}/customers").status_code == 403


def test_a_session_opens_nothing(firm: User) -> None:
    browser = Client()
    browser.force_login(firm)
    assert browser.get(f"{BASE}/me").status_code == 401
    assert browser.post(f"{BASE}/runs", {}, content_type="application/json").status_code == 401


@pytest.mark.parametrize("role", EVERYBODY)
def test_efforts_are_recorded_by_whoever_may_where_they_may(role: str, firm: User) -> None:
    client, allowed = caller_in(role, firm), role in having("efforts.record")
    sent = {"date": "2026-06-01", "activity": "visit", "hours": "1.5"}
    for code in (INSIDE, OUTSIDE):
        there = services.record(firm, code, services.Given(dt.date(2026, 6, 2), "gift", amount=700))
        made = client.post(
            f"{BASE}/customers/{code}/efforts", sent, content_type="application/json"
        )
        gone = client.post(
            f"{BASE}/customers/{code}/efforts/{there.pk}/withdraw", {"reason": "twice"},
            content_type="application/json",
        )  # fmt: skip
        inside = code == INSIDE or company_wide(role)
        wanted = (201, 204) if allowed and inside else (404, 404) if allowed else (403, 403)
        assert (made.status_code, gone.status_code) == wanted, (code, made.content)


@pytest.mark.parametrize("role", EVERYBODY)
def test_what_an_effort_cost_shows_to_whoever_sees_cost(role: str, firm: User) -> None:
    services.record(firm, INSIDE, services.Given(dt.date(2026, 6, 2), "gift", amount=700))
    answer = caller_in(role, firm).get(f"{BASE}/customers/{INSIDE}/efforts")
    if role == NOBODY:
        assert answer.status_code == 403
        return
    (row,) = answer.json()["rows"]
    sees = role in having("cost.see")
    assert (row["amount"], row["shown"]) == ((700, True) if sees else (None, False))


@pytest.mark.parametrize("role", EVERYBODY)
def test_rates_of_efforts_are_set_by_whoever_may(role: str, firm: User) -> None:
    client = caller_in(role, firm)
    sent = {"activity": "financing", "since": "2026-01-01", "per_year": "0.06"}
    made = client.post(f"{BASE}/effort-rates", sent, content_type="application/json")
    allowed = role in having("efforts.rates")
    assert made.status_code == (201 if allowed else 403), made.content
    if allowed:
        number = made.json()["id"]
        address = f"{BASE}/effort-rates/{number}/withdraw"
        gone = client.post(address, {"reason": "a slip"}, content_type="application/json")
        assert gone.status_code == 204
        again = client.post(address, {"reason": "x"}, content_type="application/json")
        assert again.status_code == 404


@pytest.mark.parametrize("role", EVERYBODY)
def test_losses_are_handled_by_whoever_may_where_they_may(role: str, firm: User) -> None:
    client, allowed = caller_in(role, firm), role in having("losses.handle")
    due = (timezone.localdate() + dt.timedelta(days=7)).isoformat()
    for code in (INSIDE, OUTSIDE):
        loss = company.lose(code)
        place = f"{BASE}/customers/{code}/losses/{loss.pk}"
        why = {"reason": "poached", "evidence": "Their buyer said so", "rival": "Rival"}
        task = {"owner": firm.pk, "what": "Offer the new blade", "due": due}
        named = client.post(f"{place}/reason", why, content_type="application/json")
        begun = client.post(f"{place}/win-backs", task, content_type="application/json")
        seen = code == INSIDE or company_wide(role)
        good = allowed and seen
        refused = 403 if seen or role == NOBODY else 404
        assert named.status_code == (200 if good else refused), named.content
        assert begun.status_code == (201 if good else refused), begun.content
        there = retention.win_back(
            firm, code, loss.pk, retention.Task(firm.pk, "x", timezone.localdate())
        ) if not good else WinBack.objects.get(loss=loss)  # fmt: skip
        ended = client.post(
            f"{place}/win-backs/{there.pk}/result", {"result": "refused", "note": "Price"},
            content_type="application/json",
        )  # fmt: skip
        assert ended.status_code == (200 if good else refused), ended.content
        if good:
            told = ended.json()
            assert (told["reason"], told["rival"], told["state"]) == ("poached", "Rival", "failed")
            assert [one["result"] for one in told["win_backs"]] == ["refused"]
            again = client.get(f"{BASE}/losses?reason=poached").json()
            assert [row["code"] for row in again["rows"]] == [code]
            assert again["sums"]["losses"] == 1


def test_what_a_loss_is_told_must_make_sense(firm: User) -> None:
    loss, client = company.lose(INSIDE), caller(firm)
    place = f"{BASE}/customers/{INSIDE}/losses/{loss.pk}"
    late = {"owner": firm.pk, "what": "x", "due": "2020-01-01"}
    nobody = late | {"due": timezone.localdate().isoformat(), "owner": 999_999}
    for path, sent, status, code in (
        ("/reason", {"reason": "left", "evidence": " "}, 422, "evidence_missing"),
        ("/reason", {"reason": "sulked", "evidence": "x"}, 422, "not_valid"),
        ("/win-backs", late, 422, "win_back_day_not_valid"),
        ("/win-backs", nobody, 422, "win_back_owner_not_fit"),
        ("/win-backs/1/result", {"result": "refused", "note": "x"}, 404, "win_back_unknown"),
    ):
        answer = client.post(place + path, sent, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    other = client.post(
        f"{BASE}/customers/{OUTSIDE}/losses/{loss.pk}/reason",
        {"reason": "left", "evidence": "x"}, content_type="application/json",
    )  # fmt: skip
    assert (other.status_code, other.json()["code"]) == (404, "loss_unknown")
