"""The dry run tells what the import then does, and writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.apps import apps

from mainstay.exchange import services
from mainstay.exchange.dry_run import DryRun, dry_run
from mainstay.exchange.models import Upload
from mainstay.exchange.report import planned_lines
from mainstay.foundation import worker
from mainstay.foundation.models import Job, User
from mainstay.ledger.models import Document, DocumentLine, ImportBatch
from tests.services import company
from tests.services.conftest import Bring


def rows_of_all_tables() -> dict[str, int]:
    return {model._meta.db_table: model._default_manager.count() for model in apps.get_models()}


@pytest.fixture
def upload(owner: User, tmp_path: Path) -> Callable[..., Upload]:
    def make(**kinds: object) -> Upload:
        files = company.write(tmp_path / "more", **kinds)  # type: ignore[arg-type]
        return services.start_upload(owner, {t: services.LocalFile(p) for t, p in files.items()})

    return make


def looked_at(upload: Upload, *, skip_bad: bool = False) -> DryRun:
    """The dry run, having seen that it wrote nothing."""
    before, state = rows_of_all_tables(), Upload.objects.filter(pk=upload.pk).values().get()
    found = dry_run(upload, skip_bad=skip_bad)
    assert rows_of_all_tables() == before
    assert Upload.objects.filter(pk=upload.pk).values().get() == state
    return found


def test_what_it_says_of_empty_books_is_what_the_import_does(
    upload: Callable[..., Upload],
) -> None:
    given = upload()
    said = looked_at(given)
    assert said.possible
    assert not said.changes_nothing
    assert said.counts["documents_new"] == company.DOCUMENTS
    assert said.counts["net_new"] == company.FILE_NET
    assert said.counts["customers_new"] == company.CUSTOMERS
    assert said.counts["unassigned_lines"] == 1
    assert said.counts["unassigned_net"] == int(company.UNASSIGNED * 100)
    assert len(said.samples["customers"]) == 10
    assert said.mapping["lines"]["doc_no"] == "单据编号"
    services.apply(given)
    worker.run_pending()
    batch = ImportBatch.objects.get()
    assert {name: batch.counts[name] for name in said.counts} == said.counts
    assert batch.mapping == said.mapping


def test_the_same_again_changes_nothing(graded: Job, upload: Callable[..., Upload]) -> None:
    said = looked_at(upload())
    assert said.changes_nothing
    assert said.counts["documents_identical"] == company.DOCUMENTS
    assert said.counts["net_identical"] == company.FILE_NET
    assert not any(said.samples.values())


def test_a_changed_document_is_shown_with_what_it_was(
    graded: Job, upload: Callable[..., Upload]
) -> None:
    said = looked_at(upload(change="XS2605-03"))
    assert said.counts["documents_changed"] == 1
    assert said.counts["documents_new"] == 0
    assert said.counts["net_changed"] == 100
    (changed,) = said.samples["changed"]
    assert changed["number"] == "XS2605-03"
    assert changed["net_before"] == company.net_of(3) * 100
    assert changed["net"] == changed["net_before"] + 100


FAULTY = "单据编号,客户编码,单据日期,无税金额\nX1,C1,2026-06-01,5.00\nX2,C1,2026-06-31,7.00\n"


@pytest.fixture
def faulty(owner: User, tmp_path: Path) -> Upload:
    path = tmp_path / "faulty.csv"
    path.write_text(FAULTY, encoding="utf-8")
    return services.start_upload(owner, {"lines": services.LocalFile(path)})


def test_faults_are_told_with_the_files_own_name(faulty: Upload) -> None:
    said = looked_at(faulty)
    assert not said.possible
    assert said.fault_count == 1
    (fault,) = said.faults
    assert (fault["file"], fault["row"], fault["column"]) == ("faulty.csv", 3, "单据日期")
    assert fault["value"] == "2026-06-31"
    assert fault["remedy"]["zh"]


def test_rows_left_out_are_counted(faulty: Upload) -> None:
    said = looked_at(faulty, skip_bad=True)
    assert said.counts["rejected"] == 1
    assert said.counts["net_new"] == 500
    assert [fault["row"] for fault in said.faults] == [3]


def test_another_currency_is_a_fault_not_a_crash(graded: Job, owner: User, tmp_path: Path) -> None:
    path = tmp_path / "usd.csv"
    path.write_text("单据编号,客户编码,单据日期,无税金额,币种\nU1,C1,2026-06-01,5.00,USD\n")
    ImportBatch.objects.update(currency="CNY")
    said = looked_at(services.start_upload(owner, {"lines": services.LocalFile(path)}))
    assert not said.possible
    assert [fault["code"] for fault in said.faults] == ["rate_missing"]
    assert "USD" in said.faults[0]["message"]["en"]


def test_the_demo_company_gives_way_to_the_first_own_files(
    owner: User, bring: Bring, upload: Callable[..., Upload], tmp_path: Path
) -> None:
    files = company.write(tmp_path / "demo")
    local = {table: services.LocalFile(path) for table, path in files.items()}
    services.apply(services.start_upload(owner, local, is_demo=True))
    worker.run_pending()
    held = Document.objects.visible().count()
    assert held == company.DOCUMENTS
    said = looked_at(upload())  # the same documents: still all of them are new
    assert said.demo_gives_way
    assert said.counts["documents_new"] == company.DOCUMENTS
    assert said.counts["documents_identical"] == 0
    assert said.counts["customers_new"] == company.CUSTOMERS
    assert any("demo company" in note["en"] for note in said.notes)
    assert Document.objects.visible().count() == held


def test_a_number_that_comes_back_as_another_kind_is_told_and_both_would_count(
    owner: User, bring: Bring, tmp_path: Path
) -> None:
    head = "单据编号,单据类型,客户编码,单据日期,无税金额\n"
    first, again = tmp_path / "first.csv", tmp_path / "again.csv"
    first.write_text(
        head + "N1,销售发票,C01,2026-06-05,100.00\nN2,销售发票,C01,2026-06-05,50.00\n", "utf-8-sig"
    )
    again.write_text(
        head + "N1,红字发票,C01,2026-06-05,-100.00\n"
        "N2,销售发票,C01,2026-06-05,50.00\nN2,红字发票,C01,2026-06-06,-50.00\n",
        "utf-8-sig",
    )
    assert bring({"lines": first}).state == Job.State.DONE
    given = services.start_upload(owner, {"lines": services.LocalFile(again)})
    said = looked_at(given)
    assert said.counts["documents_other_kind"] == 1  # N2 comes as both: told apart on purpose
    (told,) = said.samples["other_kind"]
    assert (told["number"], told["kind"], told["net"]) == ("N1", "credit_note", -10_000)
    services.apply(given)
    worker.run_pending()
    counting = Document.objects.visible().filter(number="N1").values_list("kind", flat=True)
    assert set(counting) == {"invoice", "credit_note"}


DOUBLED = """单据编号,单据日期,客户编码,客户名称,存货编码,数量,无税金额,税额,价税合计
A1,2026-01-05,C1,甲,P1,2,100.00,13.00,113.00
A1,2026-01-05,C1,甲,P2,2,100.00,13.00,113.00
A1,2026-01-05,C1,甲,P1,2,100.00,13.00,113.00
A1,2026-01-05,C1,甲,P1,2,100.00,13.00,113.00
A2,2026-01-06,C1,甲,P1,2,100.00,13.00,113.00
A3,2026-01-07,C1,甲,P1,1,50.00,6.50,56.50
A3,2026-01-07,C1,甲,P1,1,50.00,6.50,56.50
"""


def test_lines_that_repeat_another_of_their_document_are_counted_and_never_dropped(
    owner: User, tmp_path: Path
) -> None:
    path = tmp_path / "doubled.csv"
    path.write_text(DOUBLED, encoding="utf-8")

    def brought() -> Upload:
        return services.start_upload(owner, {"lines": services.LocalFile(path)})

    said = looked_at(brought())
    assert said.twice is not None
    assert (said.twice.lines, said.twice.documents) == (3, 2)
    assert [(row["number"], row["item"], row["times"], row["rows"], row["net"], row["exponent"])
            for row in said.twice.samples] == [
        ("A1", "P1", 3, [2, 4, 5], 10_000, 2), ("A3", "P1", 2, [7, 8], 5_000, 2),
    ]  # fmt: skip
    told = planned_lines(said, "en")
    assert any("more than once, with the very same content: 3, in 2 documents" in t for t in told)
    assert "Lines twice: A1 × 3, A3 × 2" in told
    services.apply(brought())
    worker.run_pending()
    assert DocumentLine.objects.count() == 7
    assert looked_at(brought()).twice is None  # nothing of them is new
    path.write_text(DOUBLED.replace("P1,2,100.00,13.00,113.00\nA2", "P9,2,100.00,13.00,113.00\nA2"),
                    encoding="utf-8")  # fmt: skip
    again = looked_at(brought()).twice
    assert again is not None and (again.lines, again.documents) == (1, 1)  # A1 changed


def test_files_without_repeated_lines_ask_nothing(upload: Callable[..., Upload]) -> None:
    assert looked_at(upload()).twice is None
