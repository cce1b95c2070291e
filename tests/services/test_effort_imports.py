"""Efforts and rates from files: matched to customers, counted once, gone with their import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mainstay.effort import selectors
from mainstay.effort.models import Effort, Rate
from mainstay.exchange import rules, undoing
from mainstay.exchange import services as exchange
from mainstay.exchange.dry_run import dry_run
from mainstay.exchange.models import Upload
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.insights.facts_out import facts_of_books
from mainstay.insights.models import CustomerMetrics
from mainstay.ledger.models import ImportBatch
from mainstay.web.actions import actions
from tests.services.conftest import Bring

pytestmark = [pytest.mark.django_db, pytest.mark.shared_books]
HEADS = "客户编码,日期,活动,业务员,工时,金额,备注\n"
ROWS = """C03,2026-05-10,拜访,高飞,2.5,,年框
C03,2026-05-10,拜访,高飞,2.5,,年框
C04,2026-05-11,运费,,,"1,200.50",
"""
RATES = "活动,生效日期,每小时,每次,年利率\n拜访,2025-01-01,200,,\n资金占用,2024-01-01,,,6%\n"


@pytest.fixture
def file(tmp_path: Path, graded: Job) -> Callable[..., Path]:
    def written(text: str, name: str = "投入.csv") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


File = Callable[..., Path]


def brought(job: Job) -> dict[str, int]:
    assert job.state == Job.State.DONE, job.error
    return {name: n for name, n in job.report.items() if name.startswith("effort")}


def figures(code: str) -> dict[str, float]:
    return CustomerMetrics.objects.filter(customer__code=code).order_by("-snapshot").first().metrics


def test_files_of_efforts_and_rates_become_figures(bring: Bring, file: File) -> None:
    job = bring({"efforts": file(HEADS + ROWS), "effort_rates": file(RATES, "费率.csv")})
    assert brought(job) == {
        "efforts_new": 3, "efforts_identical": 0, "effort_rates_new": 2,
        "effort_rates_changed": 0, "effort_rates_identical": 0,
    }  # fmt: skip
    found = figures("C03")
    assert found["effort_hours"] == 5.0 and found["effort_cost"] == 2 * 50_000
    assert figures("C04")["effort_cost_freight"] == 120_050
    assert found["profit_after_service"] == found["gross_profit"] - found["cost_to_serve"]
    entry = AuditEntry.objects.filter(action="import.applied").latest("pk")
    assert set(entry.facts) <= set(actions()["import.applied"].facts)


def test_the_same_again_counts_once_and_survives_the_first_ones_undo(
    bring: Bring, file: File, owner: User
) -> None:
    first = bring({"efforts": file(HEADS + ROWS)}).report["batch"]
    again = bring({"efforts": file(HEADS + ROWS + "C05,2026-05-12,电话,,1,,\n")})
    assert brought(again) == {"efforts_new": 1, "efforts_identical": 3}
    assert Effort.objects.visible().count() == 4
    facts = facts_of_books()
    assert facts.efforts is not None and facts.efforts.to_pyarrow().num_rows == 4
    done = undoing.undo(owner, first, "wrong")
    assert done.counts["efforts_gone"] == 3
    assert Effort.objects.visible().count() == 4  # the later import brought them too
    undoing.undo(owner, again.report["batch"], "wrong as well")
    assert not Effort.objects.visible().exists()
    assert facts_of_books().efforts is None


def test_a_rate_imported_later_supersedes_and_its_undo_brings_the_old_one_back(
    bring: Bring, file: File, owner: User
) -> None:
    bring({"effort_rates": file(RATES)})
    job = bring({"effort_rates": file(RATES.replace(",200,", ",250,"))})
    assert brought(job) == {
        "effort_rates_new": 0, "effort_rates_changed": 1, "effort_rates_identical": 1,
    }  # fmt: skip
    assert [r.per_hour for r in selectors.rates(owner)] == [None, 25_000]
    undoing.undo(owner, job.report["batch"], "too much")
    assert [r.per_hour for r in selectors.rates(owner)] == [None, 20_000]
    assert Rate.objects.count() == 4


def test_customers_are_known_by_name_too(bring: Bring, file: File) -> None:
    bring({"efforts": file("客户名称,日期,活动,工时\n客户3,2026-05-10,拜访,1\n")})
    assert Effort.objects.visible().get().customer.code == "C03"


def test_unknown_customers_stop_it_or_go_to_the_rejects(
    bring: Bring, file: File, latest_upload: Callable[[], Upload]
) -> None:
    path = file(HEADS + ROWS + "ZZ9,2026-05-12,电话,,1,,\n")
    job = bring({"efforts": path})
    assert job.state == Job.State.FAILED and not Effort.objects.exists()
    (fault,) = latest_upload().faults
    assert (fault["code"], fault["row"], fault["column"], fault["value"]) == (
        "unknown_customer", 5, "客户编码", "ZZ9",
    )  # fmt: skip
    job = bring({"efforts": path}, skip_bad=True)
    assert brought(job)["efforts_new"] == 3 and job.report["rejected"] == 1
    assert exchange.open_rejects(latest_upload()) is not None


def test_a_customer_of_the_same_upload_is_known(bring: Bring, file: File) -> None:
    customers = file("客户编码,客户名称\nN1,新客户\n", "客户.csv")
    job = bring({"customers": customers, "efforts": file(HEADS + "N1,2026-05-12,电话,,1,,\n")})
    assert brought(job)["efforts_new"] == 1
    assert Effort.objects.visible().get().customer.code == "N1"


def test_a_dry_run_counts_and_writes_nothing(bring: Bring, file: File, owner: User) -> None:
    bring({"efforts": file(HEADS + ROWS)})
    more = file(HEADS + ROWS + "C05,2026-05-12,电话,,1,,\n")
    upload = exchange.start_upload(owner, {"efforts": exchange.LocalFile(more)})
    plan = dry_run(upload)
    assert plan.possible and not plan.changes_nothing, plan.faults
    assert (plan.counts["efforts_new"], plan.counts["efforts_identical"]) == (1, 3)
    assert Effort.objects.count() == 3


def test_files_of_efforts_are_told_by_their_headings(file: File) -> None:
    assert rules.best(rules.fitness(file(HEADS + ROWS))) == "efforts"
    assert rules.best(rules.fitness(file(RATES, "费率.csv"))) == "effort_rates"
    english = "Customer ID,Visit Date,Activity Type,Sales Rep,Hours\nC03,2026-05-10,Visit,Jo,2\n"
    assert rules.best(rules.fitness(file(english, "visits.csv"))) == "efforts"


def test_the_books_still_prove_themselves(bring: Bring, file: File) -> None:
    from mainstay.ledger.check import check_books

    bring({"efforts": file(HEADS + ROWS), "effort_rates": file(RATES, "费率.csv")})
    assert check_books().faults == ()
    assert ImportBatch.objects.filter(state="applied").count() == 2
