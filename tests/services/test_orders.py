"""Orders and deliveries: kept, followed and taken back, and never a sale or a debt."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from mainstay.exchange import services as exchange
from mainstay.exchange.dry_run import dry_run
from mainstay.exchange.rules import with_documents
from mainstay.foundation import worker
from mainstay.foundation.models import Job, User
from mainstay.insights.facts_out import facts_of_books
from mainstay.insights.jobs import prove_books
from mainstay.insights.models import CustomerMetrics, Grade, Snapshot
from mainstay.ledger import selectors
from mainstay.ledger.models import Document, ImportBatch
from tests.services import company
from tests.services.conftest import Bring

pytestmark = pytest.mark.grades(False)

HEADINGS = [
    "单据编号", "单据类型", "单据日期", "客户编码", "存货编码", "数量", "无税金额", "税额",
    "价税合计", "来源单号", "要求交货日", "单据状态",
]  # fmt: skip
DAY = date(2026, 6, 20)
"""After everything the small company did, so that a sale of that day would move every figure."""


def row(
    number: str, kind: str, net: int, *, item: str = "P1", order: str = "", promised: str = "",
    state: str = "已审核", customer: str = "C01",
) -> list[object]:  # fmt: skip
    return [number, kind, DAY, customer, item, 1, net, 0, net, order, promised, state]


def order(number: str, net: int, **more: str) -> list[object]:
    return row(number, "标准销售订单", net, **more)


def delivery(number: str, net: int, **more: str) -> list[object]:
    return row(number, "发货通知单", net, **more)


def write(path: Path, *rows: list[object]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEADINGS, *rows])
    return path


def everything_booked(user: User) -> tuple[object, ...]:
    """All that sums sales or debts, by each of its own ways."""
    report, facts, quality = prove_books(), facts_of_books(), selectors.quality(user)
    latest = Snapshot.objects.order_by("as_of", "pk").last()
    grades = Grade.objects.filter(run__snapshot=latest).order_by("run__scheme", "customer__code")
    measured = CustomerMetrics.objects.filter(snapshot=latest).order_by("customer__code")
    return (
        report.documents, report.lines, report.net, report.gross, report.receipts, report.open,
        report.customers, report.unassigned_lines, report.faults,
        facts.lines.order_by(["doc_no", "net"]).to_pyarrow(),
        list(grades.values_list("run__scheme", "customer__code", "klass", "value_minor", "rank")),
        list(measured.values_list("customer__code", "net_sales", "open_balance", "metrics")),
        [selectors.balance(user, f"C{n:02}", DAY) for n in range(1, company.CUSTOMERS + 1)],
        *((page.total, page.net) for page in (
            selectors.documents(user, "C01"), selectors.unassigned(user), selectors.costless(user),
            selectors.off_file(user),
        )),
        quality, selectors.months(user),
    )  # fmt: skip


@pytest.mark.grades
def test_orders_and_deliveries_change_no_balance_no_grade_no_sum_and_no_fact(
    graded: Job, owner: User, bring: Bring, tmp_path: Path
) -> None:
    before, snapshots = everything_booked(owner), Snapshot.objects.count()
    rows = [
        order("DD1", 1000), order("DD2", 500, customer=""), order("DD3", 70, customer="C99"),
        delivery("FH1", 400, order="DD1"), delivery("FH2", 30, customer=""),
    ]  # fmt: skip
    job = bring({"lines": write(tmp_path / "orders.csv", *rows)})
    assert job.state == Job.State.DONE, job.error
    assert Snapshot.objects.count() > snapshots  # graded again, on the same facts
    assert everything_booked(owner) == before
    report = prove_books()
    assert (report.orders, report.deliveries) == (3, 2)
    assert Document.objects.visible().count() == company.DOCUMENTS + 5
    assert Document.objects.visible().booked().count() == company.DOCUMENTS


@pytest.mark.grades
def test_the_same_rows_as_sales_do_change_them(
    graded: Job, owner: User, bring: Bring, tmp_path: Path
) -> None:
    """The proof above can fail: what it compares moves when the user calls the rows sales."""
    before = everything_booked(owner)
    bring_as(owner, write(tmp_path / "orders.csv", order("DD1", 1000)), "sales")
    after = everything_booked(owner)
    assert after[2] == before[2] + 100_000  # type: ignore[operator]
    assert after[9] != before[9]
    assert after[10] != before[10]


def bring_as(user: User, path: Path, documents: str) -> Job:
    upload = exchange.start_upload(user, {"lines": exchange.LocalFile(path)})
    job = exchange.apply(upload, with_documents({}, documents))
    worker.run_pending()
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    return job


def test_the_user_says_what_a_whole_file_is(owner: User, bring: Bring, tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    path.write_text("单据编号,日期,客户编码,无税金额\nA1,2026-01-01,C1,5.00\n", encoding="utf-8")
    kinds = {}
    for documents in ("sales", "orders", "deliveries"):
        bring_as(owner, path, documents)
        kinds[documents] = Document.objects.latest("pk").kind
    assert kinds == {"sales": "invoice", "orders": "order", "deliveries": "delivery"}
    assert Document.objects.visible().count() == 3  # one number under three kinds: three documents


def test_the_dry_run_counts_them_apart(owner: User, bring: Bring, tmp_path: Path) -> None:
    bring({"lines": write(tmp_path / "a.csv", order("DD1", 100), order("DD2", 200))})
    path = write(
        tmp_path / "b.csv", order("DD1", 100), order("DD2", 250), order("DD3", 40),
        delivery("FH1", 60, order="DD1"), row("FP1", "销售发票", 7),
    )  # fmt: skip
    upload = exchange.start_upload(owner, {"lines": exchange.LocalFile(path)})
    plan = dry_run(upload)
    expected = {
        "documents_new": 1, "documents_changed": 0, "documents_identical": 0, "lines_new": 1,
        "lines_identical": 0, "net_new": 700, "net_changed": 0, "net_identical": 0,
        "orders_new": 1, "orders_changed": 1, "orders_identical": 1, "orders_net_new": 4_000,
        "deliveries_new": 1, "deliveries_changed": 0, "deliveries_identical": 0,
        "deliveries_net_new": 6_000,
    }  # fmt: skip
    assert {name: plan.counts[name] for name in expected} == expected
    assert [found["number"] for found in plan.samples["new"]] == ["FP1"]
    assert plan.samples["changed"] == []


def test_an_order_is_open_until_closed_or_covered(
    owner: User, bring: Bring, tmp_path: Path
) -> None:
    rows = [
        order("DD1", 100, promised="2026-07-09"), order("DD1", 50, item="P2",
                                                        promised="2026-07-02"),
        delivery("FH1", 60, order="DD1"), row("FP1", "销售发票", 80, order="DD1"),
        order("DD2", 30), delivery("FH2", 30, order="DD2"), row("FP2", "销售发票", 30, order="DD2"),
        order("DD3", 20, state="已关闭"), order("DD4", 10, state="已取消"), order("DD5", 5),
    ]  # fmt: skip
    assert bring({"lines": write(tmp_path / "a.csv", *rows)}).state == Job.State.DONE
    page = selectors.orders(owner, "C01")
    how = {
        found.number: (found.progress.state, found.progress.delivered, found.progress.invoiced,
                       found.progress.open)
        for found in page.rows
    }  # fmt: skip
    assert how == {
        "DD1": ("open", 6_000, 8_000, 7_000),  # 100 − the larger of 60 and 80, and 50
        "DD2": ("fulfilled", 3_000, 3_000, 0),
        "DD3": ("closed", 0, 0, 0),
        "DD4": ("cancelled", 0, 0, 0),
        "DD5": ("open", 0, 0, 500),
    }
    assert (page.total, page.net, page.open) == (5, 21_500, 7_500)
    (first,) = (found for found in page.rows if found.number == "DD1")
    assert first.progress.promised == date(2026, 7, 2)
    sent = selectors.deliveries(owner, "C01")
    assert {found.number: found.orders for found in sent.rows} == {"FH1": ["DD1"], "FH2": ["DD2"]}


def test_a_document_shows_what_belongs_to_its_order(
    owner: User, bring: Bring, tmp_path: Path
) -> None:
    rows = [
        order("DD1", 100), delivery("FH1", 60, order="DD1"),
        row("FP1", "销售发票", 80, order="DD1"), row("FP9", "销售发票", 1),
    ]  # fmt: skip
    bring({"lines": write(tmp_path / "a.csv", *rows)})
    ids = dict(Document.objects.values_list("number", "pk"))
    linked = {
        number: {found.number for found in selectors.document(owner, pk).linked}
        for number, pk in ids.items()
    }
    assert linked == {
        "DD1": {"FH1", "FP1"}, "FH1": {"DD1", "FP1"}, "FP1": {"DD1", "FH1"}, "FP9": set(),
    }  # fmt: skip
    detail = selectors.document(owner, ids["DD1"])
    assert detail.progress is not None
    assert detail.progress.open == 2_000
    assert selectors.document(owner, ids["FH1"]).progress is None


def test_an_order_is_superseded_and_taken_back_like_any_document(
    owner: User, bring: Bring, tmp_path: Path
) -> None:
    bring({"lines": write(tmp_path / "a.csv", order("DD1", 100))})
    bring({"lines": write(tmp_path / "b.csv", order("DD1", 100, state="已取消"))})
    (found,) = selectors.orders(owner, "C01").rows
    assert found.progress.state == "cancelled"
    batch = ImportBatch.objects.latest("pk")
    assert selectors.loss(owner, batch.pk).commitments == 1
    assert selectors.batch_documents(owner, batch.pk, "orders").total == 1
    assert selectors.batch_documents(owner, batch.pk, "changed").total == 0
    exchange.undo(owner, batch.pk, "wrong file")
    (found,) = selectors.orders(owner, "C01").rows
    assert found.progress.state == "open"
    assert prove_books().faults == ()


def test_a_number_that_two_customers_share_is_told_apart_by_customer(
    owner: User, bring: Bring, tmp_path: Path
) -> None:
    rows = [
        order("DD1", 100), order("DD1", 70, customer="C02"),
        delivery("FH1", 60, order="DD1", customer="C02"),
    ]  # fmt: skip
    bring({"lines": write(tmp_path / "a.csv", *rows)})
    assert selectors.orders(owner, "C01").open == 10_000
    assert selectors.orders(owner, "C02").open == 1_000
