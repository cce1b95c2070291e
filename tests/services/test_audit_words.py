"""What real work writes to the audit trail: each fact has words, whatever the books brought."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from mainstay.exchange import services as exchange
from mainstay.foundation import worker
from mainstay.foundation.approvals import deciding, inbox
from mainstay.foundation.approvals.models import Request
from mainstay.foundation.models import AuditEntry, User
from mainstay.foundation.services import audit_each
from mainstay.foundation.trail import selectors as trail
from mainstay.ledger import identity
from mainstay.ledger.models import ImportBatch
from mainstay.parties import asking, territories
from mainstay.parties.models import Merge
from mainstay.web.actions import actions
from mainstay.web.decisions import WAS, tell
from tests.people import person
from tests.services.conftest import Bring
from tests.web.test_audit import OPEN_ENDED

HEAD = "单据编号,单据日期,客户编码,客户名称,无税金额,税额,价税合计,币别,汇率\n"
JUNE = (
    HEAD
    + """A-1,2026-06-02,C01,甲,300.00,39.00,339.00,人民币,1
A-2,2026-06-03,C02,乙,500.00,65.00,565.00,人民币,1
"""
)
DOLLARS = (
    HEAD
    + """US-1,2026-06-20,C01,甲,100.00,0.00,100.00,USD,7.1
US-2,2026-06-20,C01,甲,100.00,0.00,100.00,人民币,1
"""
)
RATES = "币别,生效日期,汇率\nUSD,2026-06-01,7.1\n"


def ask_for_owners(boss: User) -> None:
    """Requests by somebody who may not decide: approved after a question, refused, withdrawn."""
    lin = person("lin", "auditor", "salesperson", first_name="Lin")

    def ask(code: str) -> Request:
        wanted = {"customer": code, "person": lin.pk}
        return deciding.ask(lin, asking.OWNER, wanted, "mine before")

    first = ask("C01")
    deciding.ask_back(boss, first.pk, "since when?")
    deciding.answer(lin, first.pk, "May")
    deciding.approve(boss, first.pk, inbox.detail(boss, first.pk).seen)
    deciding.refuse(boss, ask("C02").pk, "no")
    deciding.withdraw(lin, ask("C02").pk)


@pytest.fixture
def work(bring: Bring, owner: User, tmp_path: Path) -> None:
    """An import, another in dollars with rates, a merge and its split, a territory, an undo."""
    for tables in ({"lines": JUNE}, {"lines": DOLLARS, "rates": RATES}):
        files = {}
        for table, text in tables.items():
            files[table] = tmp_path / f"{table}.csv"
            files[table].write_text(text, encoding="utf-8")
        job = bring(files)
        assert job.state == "done", job.error
    identity.merge(owner, "C02", "C01", "one firm")
    identity.split(owner, Merge.objects.get().pk, "two firms")
    east = territories.save(owner, None, name="华东", regions=["浙江"])
    territories.save(owner, east.pk, name="东区", regions=["浙江", "江苏"])
    ask_for_owners(owner)
    exchange.ask_undo(owner, ImportBatch.objects.latest("pk").pk, "wrong file")
    worker.run_pending()


def test_every_fact_that_work_writes_has_words(work: None) -> None:
    words, seen = actions(), set()
    for entry in AuditEntry.objects.order_by("pk"):
        seen.add(entry.action)
        named = {name.removeprefix(WAS) for name in entry.facts}
        assert named <= words[entry.action].facts.keys(), entry.action
    assert seen >= OPEN_ENDED


@translation.override("en")
def test_what_work_wrote_reads_as_sentences(work: None, owner: User) -> None:
    oldest_first = trail.entries(owner).rows[::-1]
    told = {one.what: one for one in tell(owner, oldest_first, cost=True)}
    changed = told["Territory saved"].facts
    assert "Name: 华东 → 东区" in changed
    assert "Regions: 浙江 → 江苏, 浙江" in changed
    assert "New documents: 2" in told["Import applied"].facts
    assert "Other currencies: USD" in told["Import applied"].facts
    assert "New rates: 1" in told["Import applied"].facts
    asked = told["Request approved"].facts
    assert "What: Another owner of a customer" in asked
    assert "To what: Customer C01" in asked
    assert "Owner: nobody → Lin" in told["Owner decided"].facts
    undone = told["Import taken back"]
    assert (undone.reason, "Documents gone: 2" in undone.facts) == ("wrong file", True)
    assert any(fact.startswith("Gradings: ") for fact in told["Gradings withdrawn"].facts)
    assert "Merged customer: C02" in told["Customers merged"].facts
    for one in told.values():
        for fact in one.facts:
            assert "{" not in fact, fact
            assert "_" not in fact.partition(":")[0], fact


def test_a_record_tells_its_own_history_newest_first(work: None) -> None:
    batch = ImportBatch.objects.latest("pk").pk
    found = trail.history(f"batch:{batch}").rows
    assert [row.action for row in found] == [
        "grades.withdrawn", "import.undone", "import.applied",
    ]  # fmt: skip
    first = trail.history(f"batch:{batch}", size=2)
    rest = trail.history(f"batch:{batch}", after=first.next_cursor, size=2)
    assert [*first.rows, *rest.rows] == list(found)
    assert rest.next_cursor is None
    both = trail.history("customer:C01", "customer:C02").rows
    assert {row.action for row in both} == {
        "customer.merged", "customer.owner", "customer.split",
    }  # fmt: skip
    assert trail.history("customer:C0").rows == ()


def test_a_history_is_found_by_the_index_on_subjects(owner: User) -> None:
    many = ((f"customer:C{number % 50}", {"code": "X"}) for number in range(4_000))
    audit_each(owner, "customer.told_apart", many)
    with CaptureQueriesContext(connection) as told:
        assert len(trail.history("customer:C1", "customer:C2", size=5).rows) == 5
    query = told.captured_queries[-1]["sql"]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        how = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
        cursor.execute(f"{how} {query}")
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "audit_subject_at" in plan, plan
