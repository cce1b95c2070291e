"""Reading: figures as on the pages, keyset pages, ETags, refusals in the language asked for."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from mainstay.api.app import api
from mainstay.foundation.models import Job, User
from mainstay.ledger.models import ImportBatch
from tests.api.callers import BASE, caller, client_with, code_of, token_of
from tests.web import company


def pages(client: Client, path: str, size: int) -> list[list[dict[str, Any]]]:
    """The rows of every page of a list."""
    found, after = [], ""
    while True:
        answer = client.get(f"{BASE}{path}{'&' if '?' in path else '?'}size={size}{after}").json()
        found.append(answer["rows"])
        if answer["next"] is None:
            return found
        after = f"&after={answer['next']}"


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/customers", "code"), ("/grades", "code"), ("/grades?sort=region", "code"),
        ("/documents", "id"), ("/documents?kind=invoice", "id"), ("/receipts", "id"),
    ],
)  # fmt: skip
def test_pages_hold_everything_once(program: Client, path: str, key: str) -> None:
    found = pages(program, path, 17)
    assert [len(rows) for rows in found] == [17, 17, 17, 9]
    assert len({row[key] for rows in found for row in rows}) == company.COUNT


def test_pages_of_jobs_and_imports_go_backwards_in_time(firm: User, program: Client) -> None:
    made = [str(Job.objects.create(kind="insights.grade", owner=firm).pk) for _ in range(5)]
    rows = [row["id"] for page in pages(program, "/jobs", 2) for row in page]
    assert rows == made[::-1]
    more = [ImportBatch.objects.create(state="applied", created_by=firm).pk for _ in range(3)]
    rows = [row["id"] for page in pages(program, "/imports", 2) for row in page]
    assert rows[:3] == more[::-1] and len(rows) == 4


def test_a_row_added_meanwhile_shifts_no_page(firm: User, program: Client) -> None:
    first = program.get(f"{BASE}/customers?size=10").json()
    company.add_customers(0)  # C000 stands before all
    second = program.get(f"{BASE}/customers?size=10&after={first['next']}").json()
    assert second["rows"][0]["code"] == "C011"


def test_figures_are_those_of_the_books(program: Client) -> None:
    one = program.get(f"{BASE}/customers/C004").json()
    assert one["currency"] == "CNY" and one["exponent"] == 2
    metrics = {metric["name"]: metric["value"] for metric in one["metrics"]}
    assert metrics["net_sales"] == company.sales(4) == 25_000_000
    answer = program.get(f"{BASE}/customers/C004/balance").json()
    assert answer["books_reach"] == "2026-04-01"
    (balance,) = answer["rows"]
    assert balance["total"] == 28_250_000 - 25_000_000  # gross of 13 % VAT, less the receipt
    graded = program.get(f"{BASE}/grades?class_id=A&q=C004").json()
    assert (graded["total"], graded["rows"][0]["rank"]) == (1, 4)


def test_a_document_lists_its_lines_and_versions(program: Client) -> None:
    row = program.get(f"{BASE}/documents?customer=C002").json()["rows"][0]
    document = program.get(f"{BASE}/documents/{row['id']}").json()
    assert (document["number"], document["net"]) == ("XS-0002", 50_000_000)
    assert [line["item"] for line in document["lines"]] == ["A-60"]
    assert [version["counts"] for version in document["versions"]] == [True]


def test_days_bound_a_list(program: Client) -> None:
    for path, day in (("/documents", "2026-03-10"), ("/receipts", "2026-04-01")):
        inside = program.get(f"{BASE}{path}?start={day}&end={day}").json()["rows"]
        assert len(inside) == 50
        assert program.get(f"{BASE}{path}?end=2026-03-09").json()["rows"] == []


@pytest.mark.parametrize(
    "path", ["/me", "/metrics", "/customers/C003", "/customers/C003/balance", "/documents/{id}"]
)
def test_what_has_not_changed_is_not_sent_again(program: Client, path: str) -> None:
    row = program.get(f"{BASE}/documents?customer=C003").json()["rows"][0]
    address = BASE + path.format(id=row["id"])
    first = program.get(address)
    again = program.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = program.get(address, headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.content) == (200, first.content)


def test_a_changed_customer_has_another_etag(firm: User, program: Client) -> None:
    from mainstay.parties.models import Customer

    before = program.get(f"{BASE}/customers/C003")["ETag"]
    Customer.objects.filter(code="C003").update(trade="航空")
    answer = program.get(f"{BASE}/customers/C003", headers={"If-None-Match": before})
    assert answer.status_code == 200 and answer["ETag"] != before


@pytest.mark.parametrize(
    ("language", "message"),
    [("en", "There is no customer C999."), ("zh-CN", "没有客户 C999。"), ("fr", "没有客户 C999。")],
)
def test_a_refusal_speaks_the_language_asked_for(firm: User, language: str, message: str) -> None:
    answer = client_with(token_of(firm), language).get(f"{BASE}/customers/C999")
    assert answer.json() == {
        "code": "customer_not_found", "message": message, "field": None, "remedy": "",
        "faults": [],
    }  # fmt: skip


def test_all_faults_of_a_request_are_told_at_once(program: Client) -> None:
    answer = program.get(f"{BASE}/documents?size=0&kind=pie&start=yesterday")
    assert answer.status_code == 422
    faults = {fault["field"] for fault in answer.json()["faults"]}
    assert faults == {"query.size", "query.kind", "query.start"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/nothing", 404, "no_such_address"), ("get", "/", 404, "no_such_address"),
        ("put", "/me", 405, "method_not_allowed"), ("get", "/jobs/x", 422, "not_valid"),
        ("get", "/documents/99999999", 404, "document_not_found"),
        ("get", "/customers?after=x", 404, "bad_cursor"),
        ("get", "/jobs?after=WyJ4IiwwXQ", 404, "bad_cursor"),
        ("get", "/me?x=%00", 400, "not_understood"), ("get", "/grades?scheme=x", 404, "not_graded"),
    ],
)  # fmt: skip
def test_every_refusal_is_a_problem(
    program: Client, method: str, path: str, status: int, code: str
) -> None:
    answer = getattr(program, method)(BASE + path, content_type="application/json")
    assert (answer.status_code, code_of(answer)) == (status, code)
    assert answer.json().keys() == {"code", "message", "field", "remedy", "faults"}


@pytest.mark.parametrize("body", ["{", "\xff", "[" * 100_000])
def test_a_body_that_is_no_json_is_refused(program: Client, body: str) -> None:
    answer = program.post(f"{BASE}/runs", body, content_type="application/json")
    assert (answer.status_code, code_of(answer)) == (400, "not_understood")


def test_what_nobody_foresaw_is_told_as_such(
    firm: User, program: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("mainstay.parties.selectors.cards", broken)
    answer = program.get(f"{BASE}/customers")
    assert (answer.status_code, code_of(answer)) == (500, "crashed")
    assert "secret" not in answer.content.decode()


def test_an_answer_is_its_callers_alone(program: Client) -> None:
    answer = program.get(f"{BASE}/customers")
    assert answer["Cache-Control"] == "private, no-cache"
    assert "Authorization" in answer["Vary"]


def test_the_description_names_every_refusal() -> None:
    for path in api.get_openapi_schema(path_prefix="")["paths"].values():
        for operation in path.values():
            assert {401, 403, 422, 429} <= {int(status) for status in operation["responses"]}


def test_before_the_first_import_lists_are_empty(boss: User) -> None:
    client = caller(boss)
    for path in ("/customers", "/documents", "/receipts", "/runs", "/imports", "/products"):
        assert client.get(BASE + path).json()["rows"] == []
    assert code_of(client.get(f"{BASE}/grades")) == "not_graded"
