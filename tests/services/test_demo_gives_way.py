"""The demo company stays until a firm's own import is in force, and nothing of it stays after."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from mainstay.exchange import demo
from mainstay.exchange import dry_run as dry_runs
from mainstay.exchange import services as exchange
from mainstay.exchange.dry_run import dry_run
from mainstay.exchange.models import Upload
from mainstay.foundation import bulk, worker
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.insights.models import Grade, Snapshot
from mainstay.insights.services import grade_all
from mainstay.ledger import demo as room
from mainstay.ledger import identity, versions
from mainstay.ledger import services as ledger
from mainstay.ledger.check import check_books
from mainstay.ledger.models import Document, DocumentLine, ImportBatch, Receipt
from mainstay.parties import cards, codes
from mainstay.parties.models import (
    Assignment,
    Contact,
    Customer,
    CustomerCard,
    CustomerCode,
    CustomerWords,
    Merge,
    Refusal,
)
from tests.services import company
from tests.services.conftest import Bring

OWN_CODE = "A77"
"""A customer of the firm that the demo company does not have; the others it shares."""

BARE = "B88"
"""A customer that both know, and of whom the firm's files say nothing but the code."""


def write_own(folder: Path) -> dict[str, Path]:
    """The firm's own files: numbers and codes of the demo company, one document with other content,
    without C03, with a customer more.
    """
    paths = company.write(folder, change="XS2601-05")
    for path in paths.values():
        rows = [row for row in path.read_text("utf-8-sig").splitlines() if ",C03," not in row]
        path.write_text("\n".join([rows[0], *(r for r in rows[1:] if not r.startswith("C03,"))])
                        + "\n", encoding="utf-8-sig")  # fmt: skip
    with paths["lines"].open("a", encoding="utf-8") as file:
        file.write(f"E1,销售发票,{OWN_CODE},自有客户,2026-06-03,2026-07-03,P9,1,50,6.5,56.5,40\n")
        file.write(f"E2,销售发票,{BARE},,2026-06-03,2026-07-03,P9,1,50,6.5,56.5,40\n")
    return paths


def local(paths: dict[str, Path]) -> dict[str, exchange.Incoming]:
    return {table: exchange.LocalFile(path) for table, path in paths.items()}


@pytest.fixture
def own(owner: User, tmp_path: Path) -> Upload:
    return exchange.start_upload(owner, local(write_own(tmp_path / "own")))


def run(upload: Upload) -> Job:
    job = exchange.apply(upload)
    worker.run_pending()
    job.refresh_from_db()
    return job


def load_demo(owner: User, tmp_path: Path) -> None:
    """A small demo company that somebody has worked with: customers merged, given away, filled."""
    paths = company.write(tmp_path / "demo")
    with paths["lines"].open("a", encoding="utf-8") as file:
        file.write(f"D1,销售发票,{BARE},演示客户,2026-06-03,2026-07-03,P9,1,50,6.5,56.5,40\n")
    given = exchange.start_upload(owner, local(paths), is_demo=True)
    assert run(given).state == Job.State.DONE
    identity.merge(owner, "C05", "C04", "the same shop")
    customer = Customer.objects.get(code="C01")
    Assignment.objects.create(
        customer=customer, user=owner, duty="owner", source="hand", since="2026-01-01", by=owner
    )
    Contact.objects.create(customer=customer, name="Demo Person", by=owner)
    Refusal.objects.create(code=OWN_CODE, other="C01", by=owner)
    Customer.objects.filter(code="C01").update(
        name_en="Demo Ltd", trade="demo", terms="月结30天", terms_days=99, credit_limit=5,
        tax_no="DEMO", since="2001-01-01", on_file=True, region="Demo", salesperson="Demo",
    )  # fmt: skip
    grade_all(owner)


@pytest.fixture
def with_demo(owner: User, tmp_path: Path) -> None:
    load_demo(owner, tmp_path)


def shown() -> dict[str, list[Any]]:
    """Everything that any page could show, free of ids and moments."""
    plain = [f.name for f in Customer._meta.concrete_fields if f.name not in {"id", "territory"}]
    known = CustomerCode.objects.filter(in_use=True)
    queries: dict[str, Any] = {
        "codes": known.values_list("code", "own__code", "customer__code"),
        "customers": Customer.objects.filter(pk__in=known.values("own")).values_list(*plain),
        "cards": CustomerCard.objects.values_list("customer__code", "said", "values"),
        "owners": Assignment.objects.values_list("customer__code", "user__username", "source"),
        "contacts": Contact.objects.values_list("customer__code", "name"),
        "words": CustomerWords.objects.values_list("customer__code", "source"),
        "merges": Merge.objects.values_list("merged__code", "into__code", "why"),
        "refusals": Refusal.objects.values_list("code", "other"),
        "documents": Document.objects.visible().values_list(
            "key", "part", "digest", "net", "customer__code", "customer_code__code", "is_change"
        ),
        "lines": DocumentLine.objects.filter(document__current=True).values_list(
            "document__key", "item", "net", "cost"
        ),
        "receipts": Receipt.objects.visible().values_list("key", "digest", "customer__code"),
        "imports": ImportBatch.objects.filter(state="applied").values_list("counts", "currency"),
        "days": Snapshot.objects.filter(state="done").values_list("as_of", "totals"),
        "grades": Grade.objects.values_list("run__scheme", "customer__code", "klass"),
    }  # fmt: skip
    found = {name: sorted(map(repr, rows)) for name, rows in queries.items()}
    return found | {"faults": [fault.code for fault in check_books().faults]}


def as_if_alone(own: Upload) -> dict[str, list[Any]]:
    """What shows after the import into empty books, which then are empty again."""
    with transaction.atomic():
        assert run(own).state == Job.State.DONE
        found = shown()
        transaction.set_rollback(True)
    assert not ImportBatch.objects.exists()
    own.refresh_from_db()
    return found


def test_after_the_own_import_nothing_tells_that_the_demo_company_was_there(
    owner: User, own: Upload, tmp_path: Path
) -> None:
    alone = as_if_alone(own)
    assert not alone["faults"]
    load_demo(owner, tmp_path)
    said = dry_run(own)
    assert said.demo_gives_way
    assert (said.counts["customers_new"], said.proposals) == (company.CUSTOMERS + 1, [])
    assert run(own).state == Job.State.DONE
    after = shown()
    for name, rows in after.items():
        assert rows == alone[name], name
    batch = ImportBatch.objects.get()
    assert {name: batch.counts[name] for name in said.counts} == said.counts
    assert not Customer.objects.filter(code="C03").exists()
    assert AuditEntry.objects.filter(action="demo.removed").count() == 1


@pytest.mark.usefixtures("with_demo")
def test_the_plan_beside_the_demo_company_reads_nothing_of_the_books(
    owner: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write_own(tmp_path / "own")
    rows = paths["lines"].read_text("utf-8-sig").splitlines()
    rows = [f"{row},{'组织' if place == 0 else '杭州'}" for place, row in enumerate(rows)]
    paths["lines"].write_text("\n".join(rows) + "\n", encoding="utf-8-sig")
    with paths["receipts"].open("a", encoding="utf-8") as file:
        file.write(",C05,2026-06-02,1.00,\n")
    real, read = dry_runs._planned, list[str]()

    def watched(books: ledger.Books, **options: Any) -> Any:
        with CaptureQueriesContext(connection) as seen:
            found = real(books, **options)
        read.extend(each["sql"] for each in seen.captured_queries)
        return found

    monkeypatch.setattr(dry_runs, "_planned", watched)
    said = dry_run(exchange.start_upload(owner, local(paths)))
    assert said.mapping["lines"]["organisation"] == "组织"
    assert said.counts["documents_new"] and not said.counts["documents_changed"]
    rooms = ("ledger_", "parties_", "catalogue_", "insights_")
    assert [sql for sql in read if any(f'"{room}' in sql for room in rooms)] == []


STEPS: dict[str, tuple[Any, str]] = {
    "plan": (versions, "compare"),
    "register": (codes, "register"),
    "confirm": (versions, "confirm"),
    "sums": (ledger, "_check_sums"),
    "leave": (demo, "leave"),
    "make room": (room, "make_room"),
    "in force": (versions, "put_in_force"),
    "settle": (codes, "settle"),
    "cards": (cards, "file_cards"),
    "rated": (ledger, "_all_rated"),
    "audit": (ledger, "audit"),
}


def breaking(monkeypatch: pytest.MonkeyPatch, step: str) -> Callable[[], None]:
    """Let the step fail once it is done; how to mend it."""
    where, name = STEPS[step]
    real = getattr(where, name)

    def broken(*args: Any, **options: Any) -> None:
        real(*args, **options)
        raise OSError("disk full")

    monkeypatch.setattr(where, name, broken)
    return lambda: monkeypatch.setattr(where, name, real)


@pytest.mark.usefixtures("with_demo")
@pytest.mark.parametrize("step", STEPS)
def test_where_the_own_import_fails_the_demo_company_is_as_it_was(
    own: Upload, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shown()
    mend = breaking(monkeypatch, step)
    job = run(own)
    assert job.error is not None and job.error["code"] == "job_crashed"
    assert shown() == before
    assert not Document.objects.filter(batch__is_demo=False).exists()
    assert not AuditEntry.objects.filter(action="demo.removed").exists()
    mend()
    assert run(own).state == Job.State.DONE
    assert set(Document.objects.values_list("batch__is_demo", flat=True)) == {False}
    assert not shown()["faults"]


@pytest.mark.usefixtures("with_demo")
@pytest.mark.parametrize("table", [Document, DocumentLine, Receipt])
def test_where_it_is_cancelled_while_rows_are_written_the_demo_company_is_as_it_was(
    own: Upload, table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, real = shown(), bulk.insert

    def cancelling(model: Any, rows: Any, **options: Any) -> None:
        if model is table:
            Job.objects.filter(state=Job.State.RUNNING).update(cancel_asked=True)
        real(model, rows, **options)

    monkeypatch.setattr(bulk, "insert", cancelling)
    assert run(own).state == Job.State.CANCELLED
    assert shown() == before
    assert not Document.objects.filter(batch__is_demo=False).exists()


@pytest.mark.usefixtures("with_demo")
def test_faulty_files_leave_the_demo_company(owner: User, bring: Bring, tmp_path: Path) -> None:
    before, path = shown(), tmp_path / "faulty.csv"
    path.write_text("单据编号,客户编码,单据日期,无税金额\nX1,C1,2026-06-31,5.00\n", "utf-8-sig")
    failed = bring({"lines": path})
    assert failed.error is not None and failed.error["code"] == "file_has_faults"
    assert shown() == before


def test_a_merge_in_the_demo_company_while_the_import_is_broken_off_does_not_move_own_facts(
    owner: User, own: Upload, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = as_if_alone(own)
    load_demo(owner, tmp_path)

    def killed(*args: Any) -> None:
        raise Killed

    monkeypatch.setattr(ledger, "_check_sums", killed)
    monkeypatch.setattr(ledger, "discard", lambda batch: None)  # a killed process tidies nothing
    monkeypatch.setattr("mainstay.exchange.jobs._leave_nothing", lambda work: None)
    exchange.apply(own)
    job = worker.claim()
    assert job is not None
    with pytest.raises(Killed):
        worker.run(job)
    monkeypatch.undo()
    assert Document.objects.filter(batch__is_demo=False, current=False).exists()
    identity.merge(owner, "C06", "C07", "after the kill")
    Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED)
    worker.run_pending()
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    for name, rows in shown().items():
        assert rows == alone[name], name


class Killed(BaseException):
    """The process is gone: nobody catches it."""


def test_the_demo_company_never_comes_beside_own_data_that_were_asked_for_first(
    owner: User, own: Upload, tmp_path: Path
) -> None:
    exchange.apply(own)
    late = exchange.start_upload(owner, local(company.write(tmp_path / "demo")), is_demo=True)
    job = exchange.apply(late)
    worker.run_pending()
    job.refresh_from_db()
    assert job.error is not None and job.error["code"] == "books_not_empty"
    assert set(Document.objects.values_list("batch__is_demo", flat=True)) == {False}


def test_a_demo_company_that_was_still_coming_in_when_own_data_came_stays_out(
    owner: User, own: Upload, tmp_path: Path
) -> None:
    given = exchange.start_upload(owner, local(company.write(tmp_path / "demo")), is_demo=True)
    job = exchange.apply(given)
    half = ledger.open_batch(owner, [], {}, is_demo=True)  # its worker was killed
    Upload.objects.filter(pk=given.pk).update(batch=half)
    Job.objects.filter(pk=job.pk).update(not_before="2999-01-01T00:00:00Z")
    assert run(own).state == Job.State.DONE
    Job.objects.filter(pk=job.pk).update(not_before=None)
    worker.run_pending()
    job.refresh_from_db()
    assert job.error is not None and job.error["code"] == "upload_not_found"
    assert set(Document.objects.values_list("batch__is_demo", flat=True)) == {False}


def test_own_data_taken_back_and_the_demo_company_loaded_again_make_room_once_more(
    owner: User, own: Upload, tmp_path: Path
) -> None:
    alone = as_if_alone(own)
    assert run(own).state == Job.State.DONE
    exchange.undo(owner, ImportBatch.objects.get().pk)
    Job.objects.filter(state=Job.State.QUEUED).delete()
    load_demo(owner, tmp_path)
    again = exchange.start_upload(owner, local(write_own(tmp_path / "again")))
    assert run(again).state == Job.State.DONE
    for name, rows in shown().items():
        assert rows == alone[name], name
    own.refresh_from_db()
    assert own.batch_id is None
