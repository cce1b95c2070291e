"""Events and files in: the way of a file, once for each Idempotency-Key, faults and all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from mainstay.exchange.files import folder
from mainstay.foundation import worker
from mainstay.foundation.models import AuditEntry, Job, KeptAnswer, User
from tests.api.callers import BASE, caller, code_of

pytestmark = pytest.mark.grades(False)

JSON = "application/json"


@pytest.fixture
def erp(boss: User) -> Iterator[Client]:
    """An ERP's program before empty books."""
    yield caller(boss)
    for path in folder().iterdir():
        path.unlink()


def line(net: int, **more: Any) -> dict[str, Any]:
    return {"item": "A-60", "quantity": "2.5", "net": net, "tax": net * 13 // 100, **more}


def document(kind: str, number: str, net: int, **more: Any) -> dict[str, Any]:
    order = {"order_no": more.pop("order")} if "order" in more else {}
    return {
        "kind": kind, "number": number, "date": "2026-05-01", "customer_code": "K1",
        "customer_name": '甲;乙,"丙"\'', "currency": "CNY", "lines": [line(net, **order)], **more,
    }  # fmt: skip


def receipt(number: str, amount: int, **more: Any) -> dict[str, Any]:
    return {
        "number": number, "date": "2026-06-01", "customer_code": "K1", "amount": amount,
        "currency": "CNY", **more,
    }  # fmt: skip


def send(client: Client, key: str = "", **body: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"{BASE}/events", body, content_type=JSON, headers=headers)


def done(client: Client, answer: Any) -> dict[str, Any]:
    """The job of a 202, once a worker has done it."""
    assert answer.status_code == 202, answer.content
    worker.run_pending()
    found: dict[str, Any] = client.get(f"{BASE}/jobs/{answer.json()['job']}").json()
    return found


@pytest.mark.grades
def test_documents_and_receipts_come_into_the_books(erp: Client) -> None:
    job = done(erp, send(
        erp,
        documents=[
            document("order", "SO1", 100_000), document("delivery", "D1", 60_000, order="SO1"),
            document("invoice", "I1", 50_000, order="SO1"), document("credit_note", "C1", -5_000),
        ],
        receipts=[
            receipt("R1", 12_345),
            receipt("R2", 777, kind="bill", bill_no="B1", maturity="2026-09-01"),
            receipt("R3", -777, kind="dishonour", bill_no="B1"),
            receipt("R4", 10, kind="write_off"), receipt("R5", 20, kind="rebate"),
        ],
    ))  # fmt: skip
    assert job["state"] == "done" and job["error"] is None
    rows = {row["number"]: row for row in erp.get(f"{BASE}/documents").json()["rows"]}
    assert {n: (r["kind"], r["net"], r["gross"]) for n, r in rows.items()} == {
        "SO1": ("order", 100_000, 113_000), "D1": ("delivery", 60_000, 67_800),
        "I1": ("invoice", 50_000, 56_500), "C1": ("credit_note", -5_000, -5_650),
    }  # fmt: skip
    assert rows["I1"]["customer_name"] == '甲;乙,"丙"\''
    order = erp.get(f"{BASE}/orders?customer=K1").json()["rows"][0]
    assert (order["state"], order["delivered"], order["open"]) == ("open", 60_000, 40_000)
    kinds = {r["number"]: r["kind"] for r in erp.get(f"{BASE}/receipts").json()["rows"]}
    assert kinds == {
        "R1": "money", "R2": "bill", "R3": "dishonour", "R4": "write_off", "R5": "rebate"
    }  # fmt: skip
    balance = erp.get(f"{BASE}/customers/K1/balance").json()["rows"][0]
    assert balance["total"] == 56_500 - 5_650 - 12_345 - 777 + 777 - 10 - 20
    assert erp.get(f"{BASE}/grades").json()["rows"][0]["net_sales"] == 45_000


def test_a_document_sent_again_supersedes_and_can_be_taken_back(erp: Client) -> None:
    done(erp, send(erp, documents=[document("invoice", "I1", 50_000)]))
    again = done(erp, send(erp, documents=[document("invoice", "I1", 70_000)]))
    assert again["report"]["documents_changed"] == 1
    assert erp.get(f"{BASE}/documents").json()["rows"][0]["net"] == 70_000
    batch = again["report"]["batch"]
    body = {"reason": "sent too early"}
    done(erp, erp.post(f"{BASE}/imports/{batch}/undo", body, content_type=JSON))
    rows = erp.get(f"{BASE}/documents").json()["rows"]
    assert [row["net"] for row in rows] == [50_000]
    undone = erp.get(f"{BASE}/imports/{batch}").json()
    assert (undone["state"], undone["undo_reason"]) == ("undone", "sent too early")
    twice = erp.post(f"{BASE}/imports/{batch}/undo", body, content_type=JSON)
    assert (twice.status_code, code_of(twice)) == (409, "not_in_force")
    asked = AuditEntry.objects.filter(action="import.asked").values_list("facts", flat=True)
    assert [facts["via"] for facts in asked] == ["api", "api"]


def test_of_a_document_that_comes_twice_the_last_counts(erp: Client) -> None:
    done(erp, send(
        erp, documents=[document("invoice", "I1", 50_000), document("invoice", "I1", 60_000)]
    ))  # fmt: skip
    rows = erp.get(f"{BASE}/documents").json()["rows"]
    assert [(row["number"], row["net"]) for row in rows] == [("I1", 60_000)]


def test_amounts_are_in_the_minor_unit_of_their_currency(erp: Client) -> None:
    yen = document("invoice", "I1", 1_234, currency="JPY")
    done(erp, send(erp, documents=[yen]))
    row = erp.get(f"{BASE}/documents").json()["rows"][0]
    assert (row["net"], row["currency"], row["exponent"]) == (1_234, "JPY", 0)


@pytest.mark.parametrize("net", [12.5, "12.50", 10**16, None, True])
def test_an_amount_that_is_no_whole_number_is_refused(erp: Client, net: Any) -> None:
    answer = send(erp, documents=[document("invoice", "I1", 1) | {"lines": [{"net": net}]}])
    assert answer.status_code == 422
    assert answer.json()["field"] == "body.documents.0.lines.0.net"


def test_without_a_currency_the_companys_is_meant(erp: Client) -> None:
    plain = document("invoice", "I1", 1_000) | {"currency": ""}
    answer = send(erp, documents=[plain])
    assert (answer.status_code, code_of(answer)) == (422, "currency_not_given")
    done(erp, send(erp, documents=[document("invoice", "I0", 500)]))
    assert done(erp, send(erp, documents=[plain]))["state"] == "done"
    rows = {row["number"]: row for row in erp.get(f"{BASE}/documents").json()["rows"]}
    assert rows["I1"]["currency"] == "CNY"


def test_nothing_sent_is_refused(erp: Client) -> None:
    assert code_of(send(erp)) == "nothing_uploaded"


def test_faults_of_events_are_told_with_the_upload(erp: Client) -> None:
    done(erp, send(erp, documents=[document("invoice", "I0", 1_000)]))
    without_rate = document("invoice", "I1", 50_000, currency="USD")
    answer = send(erp, documents=[without_rate])
    job = done(erp, answer)
    assert job["state"] == "failed" and job["error"]["code"] == "file_has_faults"
    upload = erp.get(f"{BASE}/uploads/{answer.json()['upload']}").json()
    assert upload["batch"] is None and upload["fault_count"] >= 1
    assert upload["faults"][0]["message"]["en"] and upload["faults"][0]["message"]["zh"]
    rows = erp.get(f"{BASE}/documents").json()["rows"]
    assert [row["number"] for row in rows] == ["I0"]


def test_a_repeated_request_is_done_once(erp: Client) -> None:
    body = {"documents": [document("invoice", "I1", 50_000)]}
    first, again = send(erp, "k-1", **body), send(erp, "k-1", **body)
    assert again.status_code == 202 and again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true" and "Idempotent-Replayed" not in first
    assert Job.objects.filter(kind="exchange.apply").count() == 1
    assert send(erp, "k-2", **body).json() != first.json()


def test_a_key_with_other_content_is_refused(erp: Client) -> None:
    send(erp, "k-1", documents=[document("invoice", "I1", 50_000)])
    other = send(erp, "k-1", documents=[document("invoice", "I1", 50_001)])
    assert (other.status_code, code_of(other)) == (409, "idempotency_key_reused")


def test_a_key_is_its_tokens_own(boss: User, erp: Client) -> None:
    body = {"documents": [document("invoice", "I1", 50_000)]}
    assert send(erp, "k-1", **body).json() != send(caller(boss), "k-1", **body).json()


def test_a_refusal_keeps_nothing(erp: Client) -> None:
    plain = document("invoice", "I1", 1_000) | {"currency": ""}
    assert send(erp, "k-1", documents=[plain]).status_code == 422
    assert not KeptAnswer.objects.exists()
    assert send(erp, "k-1", documents=[document("invoice", "I1", 1)]).status_code == 202


def test_answers_are_forgotten_after_a_day(erp: Client) -> None:
    body = {"documents": [document("invoice", "I1", 50_000)]}
    first = send(erp, "k-1", **body).json()
    KeptAnswer.objects.update(created_at=timezone.now() - dt.timedelta(hours=24, seconds=1))
    assert send(erp, "k-1", **body).json() != first


def sales(net: str = "100.00", day: str = "2026-06-02") -> SimpleUploadedFile:
    text = f"单据编号,客户编码,单据日期,无税金额\nX1,K1,{day},{net}\nX2,K2,2026-06-03,5\n"
    return SimpleUploadedFile("sales.csv", text.encode())


def test_a_dry_run_tells_and_keeps_nothing(erp: Client) -> None:
    answer = erp.post(f"{BASE}/imports", {"lines": sales(), "dry_run": "true"})
    assert answer.status_code == 200
    found = answer.json()
    assert (found["possible"], found["counts"]["documents_new"]) == (True, 2)
    assert found["mapping"]["lines"]["net"] == "无税金额"
    assert not list(folder().iterdir()) and not Job.objects.exists()
    wrong = erp.post(f"{BASE}/imports", {"lines": sales(day="2026-06-31"), "dry_run": "true"})
    assert wrong.json()["faults"][0]["row"] == 2 and not wrong.json()["possible"]


def test_files_are_imported_by_a_map_that_is_remembered(erp: Client) -> None:
    odd = SimpleUploadedFile("s.csv", b"a,b,c,d\nX1,K1,2026-06-02,7\n")
    columns = '{"lines": {"doc_no": "a", "customer_id": "b", "doc_date": "c", "net": "d"}}'
    form = {"lines": odd, "mapping": columns, "source": "ERP"}
    assert done(erp, erp.post(f"{BASE}/imports", form))["state"] == "done"
    assert erp.get(f"{BASE}/documents").json()["rows"][0]["net"] == 700
    more = SimpleUploadedFile("t.csv", b"a,b,c,d\nX2,K1,2026-06-03,8\n")
    assert (
        done(erp, erp.post(f"{BASE}/imports", {"lines": more, "source": "ERP"}))["state"] == "done"
    )
    assert len(erp.get(f"{BASE}/imports").json()["rows"]) == 2


def test_faulty_rows_are_left_out_when_asked(erp: Client) -> None:
    stopped = done(erp, erp.post(f"{BASE}/imports", {"lines": sales(day="2026-06-31")}))
    assert stopped["error"]["code"] == "file_has_faults"
    form = {"lines": sales(day="2026-06-31"), "skip_bad": "true"}
    job = done(erp, erp.post(f"{BASE}/imports", form))
    assert (job["state"], job["report"]["rejected"]) == ("done", 1)


def test_the_same_files_under_one_key_are_imported_once(erp: Client) -> None:
    def post(net: str) -> Any:
        headers = {"Idempotency-Key": "march"}
        return erp.post(f"{BASE}/imports", {"lines": sales(net)}, headers=headers)

    first = post("100.00")
    assert post("100.00").json() == first.json()
    assert post("101.00").status_code == 409
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({}, 422, "nothing_uploaded"), ({"mapping": "{"}, 422, "bad_mapping"),
        ({"mapping": '{"lines": {"nonsense": "a"}}'}, 422, "bad_mapping"),
        ({"source": "unknown"}, 404, "source_not_found"),
        ({"skip_bad": "perhaps"}, 422, "not_valid"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_import_is_told(
    erp: Client, form: dict[str, str], status: int, code: str
) -> None:
    file = {"lines": sales()} if form else {}
    answer = erp.post(f"{BASE}/imports", {**form, **file})
    assert (answer.status_code, code_of(answer)) == (status, code)
    assert not Job.objects.exists()


def test_a_file_of_another_type_is_refused(erp: Client) -> None:
    answer = erp.post(f"{BASE}/imports", {"lines": SimpleUploadedFile("a.pdf", b"%PDF")})
    assert (answer.status_code, code_of(answer)) == (422, "unknown_file_type")
