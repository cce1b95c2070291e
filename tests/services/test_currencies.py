"""Books in several currencies: in, graded, proved, corrected and taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from mainstay.exchange import services as exchange
from mainstay.exchange.dry_run import DryRun, dry_run
from mainstay.exchange.models import Upload
from mainstay.foundation.models import Job, User
from mainstay.insights import facts_out, identity
from mainstay.ledger import selectors as ledger
from mainstay.ledger.check import check_books
from mainstay.ledger.errors import RatesMissing
from mainstay.ledger.models import Document, ImportBatch, Rate, Receipt
from mainstay_engine import allocation
from mainstay_engine.metrics import settlement
from tests.services.conftest import Bring

LINES = """单据编号,单据日期,客户编码,客户名称,无税金额,税额,价税合计,币别,汇率
A1,2026-01-05,C1,甲,100.00,13.00,113.00,人民币,1
A2,2026-01-06,C1,甲,200.55,0.00,200.55,美元,7.2345678901
A3,2026-02-07,C1,甲,1000,0,1000,日元,
A4,2026-02-08,C2,乙,50.00,0.00,50.00,USD,
"""
RECEIPTS = """收款单号,收款日期,客户编码,收款金额,币别
P1,2026-03-05,C1,200.55,USD
P2,2026-03-06,C2,20.00,USD
P3,2026-03-06,C1,400,JPY
"""
RATES = """币别,生效日期,汇率
USD,2026-01-01,7.1
USD,2026-03-01,6.9
JPY,2026-02-01,0.048123
"""


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., dict[str, Path]]:
    """Files of the given texts by table."""

    def write(**texts: str) -> dict[str, Path]:
        found = {}
        for table, text in texts.items():
            found[table] = tmp_path / f"{table}.csv"
            found[table].write_text(text, encoding="utf-8")
        return found

    return write


Files = Callable[..., dict[str, Path]]


@pytest.fixture
def rated(bring: Bring, files: Files) -> Job:
    job = bring(files(lines=LINES, receipts=RECEIPTS, rates=RATES))
    assert job.state == Job.State.DONE, job.error
    return job


def looked_at(owner: User, given: dict[str, Path]) -> DryRun:
    local = {table: exchange.LocalFile(path) for table, path in given.items()}
    return dry_run(exchange.start_upload(owner, local))


def measured(names: tuple[str, ...] = ("net_sales", "open_balance")) -> dict[str, tuple[int, ...]]:
    from mainstay_engine import compute_metrics

    table = compute_metrics(facts_out.facts_of_books(), names, as_of="2026-06-30", window="12m")
    return {row["customer_id"]: tuple(row[n] for n in names) for row in table.to_pylist()}


C1 = 100_00 + 1450_89 + 48_12
"""100 + 200.55 × 7.2345678901 + 1000 × 0.048123, each half-even to the fen."""


def test_documents_keep_their_currency_and_grades_are_the_company_s(rated: Job) -> None:
    kept = {
        row[0]: row[1:] for row in Document.objects.values_list("number", "currency", "net", "rate")
    }
    assert kept["A2"] == ("USD", 200_55, Decimal("7.2345678901"))
    assert kept["A3"] == ("JPY", 1000, None)
    assert dict(Receipt.objects.values_list("number", "amount")) == {
        "P1": 200_55, "P2": 20_00, "P3": 400,
    }  # fmt: skip
    assert ledger.books_currency() == ("CNY", 2)
    assert ledger.foreign_currencies() == ("JPY", "USD")
    # The dollars of C1 are paid: open are 113.00 CNY and 600 of 1000 JPY at the invoice's rate.
    assert measured() == {"C1": (C1, 113_00 + 28_87), "C2": (355_00, 30 * 7_10)}


def test_the_check_sums_each_currency_and_the_identity_holds(rated: Job) -> None:
    report = check_books()
    assert report.faults == ()
    assert identity.faults() == ()
    assert {s.currency: (s.exponent, s.net, s.receipts, s.open) for s in report.currencies} == {
        "CNY": (2, 100_00, 0, 113_00), "JPY": (0, 1000, 400, 600),
        "USD": (2, 250_55, 220_55, 30_00),
    }  # fmt: skip
    assert [c["currency"] for c in report.to_dict()["currencies"]] == ["CNY", "JPY", "USD"]


def test_balances_stand_in_each_currency(rated: Job, owner: User) -> None:
    found = ledger.balances(owner, "C1", date(2026, 6, 30))
    assert [(b.currency, b.exponent, b.total) for b in found] == [
        ("CNY", 2, 113_00), ("JPY", 0, 600), ("USD", 2, 0),
    ]  # fmt: skip


def test_the_dry_run_counts_each_currency(owner: User, files: Files) -> None:
    said = looked_at(owner, files(lines=LINES, receipts=RECEIPTS, rates=RATES))
    assert said.possible, said.faults
    assert (said.currency, said.counts["net_new"], said.counts["rates_new"]) == ("CNY", 100_00, 3)
    foreign = said.counts["currencies"]
    assert foreign["USD"]["net_new"] == 250_55
    assert foreign["JPY"] == {"net_new": 1000, "net_changed": 0, "net_identical": 0,
                              "receipts_amount_new": 400, "exponent": 0}  # fmt: skip


def test_missing_rates_are_named_by_currency_and_first_day(owner: User, files: Files) -> None:
    said = looked_at(owner, files(lines=LINES, receipts=RECEIPTS))
    assert not said.possible
    assert [(f["code"], f["file"], f["value"]) for f in said.faults] == [
        ("rate_missing", "lines.csv", "JPY"), ("rate_missing", "lines.csv", "USD"),
        ("rate_missing", "receipts.csv", "JPY"), ("rate_missing", "receipts.csv", "USD"),
    ]  # fmt: skip
    assert "2026-02-08" in said.faults[1]["message"]["en"]


def test_rates_in_the_books_serve_the_next_import(rated: Job, bring: Bring, files: Files) -> None:
    later = LINES.splitlines()[0] + "\nB1,2026-03-10,C2,乙,10.00,0,10.00,USD,\n"
    assert bring(files(lines=later)).state == Job.State.DONE
    assert measured()["C2"] == (355_00 + 69_00, 3 * 71_00 + 69_00)


def test_the_same_files_again_change_nothing(rated: Job, bring: Bring, files: Files) -> None:
    before = measured()
    job = bring(files(lines=LINES, receipts=RECEIPTS, rates=RATES))
    assert job.report is not None
    assert {k: v for k, v in job.report.items() if k.endswith(("_new", "_changed")) and v} == {}
    assert job.report["rates_identical"] == 3
    assert measured() == before


def test_a_changed_rate_is_a_new_version_and_undo_brings_the_old_one_back(
    rated: Job, owner: User, bring: Bring, files: Files
) -> None:
    before = measured()
    job = bring(files(rates="币别,生效日期,汇率\nUSD,2026-01-01,7.3\n"))
    assert job.state == Job.State.DONE, job.error
    assert job.report is not None
    assert job.report["rates_changed"] == 1
    assert measured()["C2"] == (365_00, 30 * 7_30)
    assert Rate.objects.filter(currency="USD", date=date(2026, 1, 1)).count() == 2
    undone = exchange.undo(owner, job.report["batch"], "typed wrongly")
    assert undone.counts["rates_gone"] == undone.counts["rates_back"] == 1
    assert undone.decided, "the grading that rested on the rate is withdrawn"
    assert measured() == before
    assert check_books().faults == ()


def test_rates_that_documents_need_cannot_be_taken_back(
    owner: User, bring: Bring, files: Files
) -> None:
    first = bring(files(lines=LINES.splitlines()[0] + "\nA1,2026-01-05,C1,甲,1,0,1,CNY,1\n"))
    assert first.state == Job.State.DONE, first.error
    rates = bring(files(rates=RATES))
    assert rates.state == Job.State.DONE, rates.error
    documents = bring(files(lines=LINES, receipts=RECEIPTS))
    assert documents.state == Job.State.DONE, documents.error
    assert rates.report is not None
    assert documents.report is not None
    with pytest.raises(RatesMissing, match="JPY 2026-02-07"):
        exchange.undo(owner, rates.report["batch"])
    assert ImportBatch.objects.get(pk=rates.report["batch"]).state == "applied"
    exchange.undo(owner, documents.report["batch"])
    exchange.undo(owner, rates.report["batch"])
    assert not Rate.objects.visible().exists()
    assert check_books().faults == ()


def test_a_row_without_a_rate_is_a_fault_of_the_check(rated: Job) -> None:
    Rate.objects.filter(currency="JPY").update(current=False)
    codes = {fault.code: fault for fault in check_books().faults}
    assert codes["rate_missing"].first == ("JPY 2026-02-07",)
    assert codes["rate_missing"].count == 2


def test_the_dry_run_foresees_that_rows_of_the_books_lack_a_rate(
    rated: Job, owner: User, files: Files
) -> None:
    Rate.objects.filter(currency="JPY").update(current=False)

    def planned(**rows: str) -> list[str]:
        local = {table: exchange.LocalFile(path) for table, path in files(**rows).items()}
        found = dry_run(exchange.start_upload(owner, local))
        return [fault["code"] for fault in found.faults]

    harmless = LINES.splitlines()[0] + "\nZ9,2026-05-05,C1,甲,1,0,1,CNY,1\n"
    assert planned(lines=harmless) == ["rates_missing"]
    assert planned(lines=harmless, rates=RATES) == []


def test_books_in_one_currency_hand_over_no_currency(
    bring: Bring, files: Files, settings: Settings
) -> None:
    job = bring(files(lines=LINES.splitlines()[0] + "\nA1,2026-01-05,C1,甲,1,0,1,CNY,1\n"))
    assert job.state == Job.State.DONE, job.error
    assert "currency" not in facts_out.facts_of_books().lines.columns
    assert check_books().to_dict().get("currencies") is None
    assert Upload.objects.count() == 1


def test_a_document_of_the_company_s_currency_is_the_same_beside_others_or_alone(
    rated: Job, bring: Bring, files: Files
) -> None:
    job = bring(files(lines="\n".join(LINES.splitlines()[:2]) + "\n"))
    assert job.report is not None
    assert (job.report["documents_identical"], job.report["documents_changed"]) == (1, 0)


ORDERS = """单据编号,单据类型,单据日期,客户编码,存货编码,数量,无税金额,税额,价税合计,币别,来源单号
O1,标准销售订单,2025-12-01,C1,P1,1,100.00,0,100.00,USD,
O2,标准销售订单,2025-12-01,C1,P1,1,70.00,0,70.00,CNY,
D1,发货通知单,2025-12-02,C1,P1,1,40.00,0,40.00,USD,O1
D2,发货通知单,2025-12-02,C1,P1,1,30.00,0,30.00,CNY,O1
"""


def test_orders_need_no_rate_and_are_followed_in_their_own_currency(
    rated: Job, bring: Bring, owner: User, files: Files
) -> None:
    before = measured()
    job = bring(files(lines=ORDERS))  # of days before the first rate
    assert job.state == Job.State.DONE, job.error
    counts = ImportBatch.objects.latest("pk").counts
    assert (counts["orders_net_new"], counts["deliveries_net_new"]) == (70_00, 30_00)
    assert counts["currencies"]["USD"]["orders_net_new"] == 100_00
    page = ledger.orders(owner, "C1")
    assert (page.net, page.open) == (70_00, 70_00)
    how = {row.number: (row.currency, row.progress.delivered) for row in page.rows}
    assert how == {"O1": ("USD", 40_00), "O2": ("CNY", 0)}
    assert measured() == before
    assert (check_books().faults, identity.faults()) == ((), ())


OPENINGS = """单据编号,单据类型,单据日期,客户编码,客户名称,无税金额,税额,价税合计,币别
Q1,期初余额,2026-01-01,C2,乙,100.00,0,100.00,USD
Q2,期初余额,2026-01-01,C2,乙,7.00,0,7.00,CNY
"""
BILLS = """收款单号,收款日期,客户编码,收款金额,币别,收款方式,票据号,票据到期日
B1,2026-04-01,C2,30.00,USD,银行承兑汇票,7001,2026-12-31
B2,2026-04-01,C2,5.00,CNY,银行承兑汇票,7002,2026-12-31
"""


def test_openings_and_bills_stand_in_their_own_currency(
    rated: Job, bring: Bring, owner: User, files: Files
) -> None:
    job = bring(files(lines=OPENINGS, receipts=BILLS))
    assert job.state == Job.State.DONE, job.error
    counts = ImportBatch.objects.latest("pk").counts
    assert (counts["openings"], counts["openings_owed"]) == (2, 7_00)
    home, dollars = ledger.balances(owner, "C2", date(2026, 6, 30))
    assert (home.openings.amount, home.bills_not_due, home.total) == (7_00, 5_00, 2_00)
    # 50 invoiced + 100 from before − 20 money − 30 as a bill
    assert (dollars.openings.amount, dollars.bills_not_due) == (100_00, 30_00)
    assert dollars.total == 100_00
    # Oldest first: the opening is settled by 20 + 30; open are 50 of it and the invoice's 50.
    assert measured(("open_balance", "bills_at_risk"))["C2"] == (
        2_00 + 100 * 7_10, 5_00 + 30 * 6_90
    )  # fmt: skip
    assert (check_books().faults, identity.faults(every_month=True)) == ((), ())


def test_the_identity_names_customer_and_currency(
    rated: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def moved(debits: Any, credits: Any, references: Any = None) -> allocation.Allocation:
        """Settlement that leaves 5 cents of what is open of one debit to another."""
        made = allocation.allocate(debits, credits, references)
        wrong = made.open_debit.copy()
        wrong[0] += 5
        wrong[-1] -= 5
        return replace(made, open_debit=wrong)

    monkeypatch.setattr(settlement, "allocate", moved)
    (fault,) = identity.faults()
    assert fault.first == (
        "C1 2026-03-06: 5 ≠ 0 USD", "C2 2026-03-06: 2995 ≠ 3000 USD",
    )  # fmt: skip
