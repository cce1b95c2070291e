"""Opening balances through the books: owed from their day on, never sold, taken back whole."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from mainstay.exchange import services as exchange
from mainstay.foundation.models import Job, User
from mainstay.insights.jobs import prove_books
from mainstay.insights.models import CustomerMetrics
from mainstay.ledger import selectors
from mainstay.ledger.models import Document
from tests.services import company
from tests.services.conftest import Bring

FILE = """单据编号,单据日期,客户编码,单据类型,不含税金额,税额,价税合计,到期日
Q1,2024-12-31,C10,期初应收,700.00,91.00,791.00,2025-01-31
,2024-12-31,C11,期初余额,-200.00,0.00,-200.00,
"""


def test_openings_are_owed_and_leave_every_sale_as_it_was(
    graded: Job, owner: User, bring: Bring, tmp_path: Path
) -> None:
    assert graded.report is not None
    before = {m.customer.code: m for m in _measured(graded)}
    path = tmp_path / "期初.csv"
    path.write_text(FILE, "utf-8-sig")
    done = bring({"lines": path})
    assert done.report is not None, done.error
    kinds = Document.objects.visible().filter(kind=Document.Kind.OPENING).order_by("number")
    assert list(kinds.values_list("number", "net", "gross")) == [
        ("C11", 0, -200_00), ("Q1", 0, 791_00)
    ]  # fmt: skip
    after = {m.customer.code: m for m in _measured(done)}
    for code, moved in (("C10", 791_00), ("C11", -200_00)):
        was, now = before[code], after[code]
        assert was.open_balance is not None and now.open_balance is not None
        assert now.open_balance - was.open_balance == moved
        assert (now.net_sales, now.metrics["orders"], now.metrics["last_purchase"]) == (
            was.net_sales, was.metrics["orders"], was.metrics["last_purchase"]
        )  # fmt: skip
        found = selectors.balance(owner, code, company.AS_OF)
        assert (found.openings.amount, found.total) == (moved, now.open_balance)
    assert selectors.balance(owner, "C10", dt.date(2024, 12, 30)).openings.amount == 0
    assert prove_books().faults == ()
    batch = Document.objects.get(number="Q1").batch
    assert (batch.counts["openings"], batch.counts["openings_owed"]) == (2, 591_00)
    exchange.undo(owner, batch.pk, "twice")
    assert not Document.objects.visible().filter(kind=Document.Kind.OPENING).exists()
    assert prove_books().faults == ()


def _measured(job: Job) -> list[CustomerMetrics]:
    assert job.report is not None
    return list(
        CustomerMetrics.objects.filter(snapshot=job.report["snapshot"]).select_related("customer")
    )
