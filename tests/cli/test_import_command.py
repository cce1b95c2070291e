"""``mainstay import`` and ``mainstay watch``: the same door as the wizard, from a terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from mainstay.exchange import services, sources
from mainstay.exchange.models import Source, Upload
from mainstay.foundation import worker
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.ledger.models import Document, ImportBatch
from tests.cli.conftest import FAULTY, Run
from tests.people import administrator
from tests.services import company

pytestmark = pytest.mark.grades(False)

ODD = "凭证,日子,谁,销货净值\n1,2024-01-05,K01,1200.00\n2,2024-02-11,K02,800.00\n"
MAP = "lines:\n  doc_no: 凭证\n  customer_id: 谁\n  doc_date: 日子\n  net: 销货净值\n"


@pytest.fixture
def store(db: None, settings: Settings, folder: Path) -> User:
    """The store, with its administrator, and another user who came before."""
    settings.UPLOAD_FOLDER = folder / "uploads"
    User.objects.create_user("reader")
    return administrator("boss")


@pytest.fixture
def brought(store: User, run: Run, folder: Path) -> list[Path]:
    """The small company, brought in by its headings alone."""
    paths = [*company.write(folder / "files").values()]
    result = run("import", *reversed(paths))
    assert result.exit_code == 0, result.output
    return paths


@pytest.mark.grades
def test_files_are_told_apart_by_their_headings_and_go_in(brought: list[Path], store: User) -> None:
    batch = ImportBatch.objects.get()
    assert batch.state == ImportBatch.State.APPLIED
    assert batch.created_by == store
    assert batch.counts["net_new"] == company.FILE_NET
    assert {f["name"]: f["table"] for f in batch.files} == {
        "销售明细.csv": "lines", "收款.csv": "receipts", "客户.csv": "customers"
    }  # fmt: skip
    asked = AuditEntry.objects.get(action="import.asked")
    assert (asked.actor, asked.facts["via"]) == (store, "cli")
    report = Job.objects.get().report
    assert report
    assert report["as_of"] == company.AS_OF.isoformat()


def test_it_says_what_changed_and_under_which_number(
    brought: list[Path], run: Run, folder: Path
) -> None:
    changed = company.write(folder / "again", change="XS2605-03")
    result = run("import", *changed.values())
    assert result.exit_code == 0, result.output
    batch = ImportBatch.objects.latest("pk")
    assert f"Import {batch.pk} is in force." in result.stdout
    assert f"documents: new 0, changed 1, as before {company.DOCUMENTS - 1}" in result.stdout
    assert "1.00 by changes" in result.stdout
    assert f"mainstay import --undo {batch.pk}" in result.stdout


def test_the_same_again_changes_nothing_and_says_so_in_chinese(
    brought: list[Path], run: Run
) -> None:
    result = run("import", *brought, "--lang", "zh")
    assert result.exit_code == 0, result.output
    assert "全部内容此前均已入账。" in result.stdout
    assert f"不变 {company.DOCUMENTS}" in result.stdout


def test_a_dry_run_leaves_no_trace(store: User, run: Run, folder: Path) -> None:
    result = run("import", *company.write(folder / "files").values(), "--dry-run", "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["possible"]
    assert said["counts"]["net_new"] == company.FILE_NET
    assert not Upload.objects.exists()
    assert not Job.objects.exists()
    assert not Document.objects.exists()
    assert list((folder / "uploads").iterdir()) == []


def test_every_fault_is_listed_and_nothing_goes_in(store: User, run: Run) -> None:
    result = run("import", "faulty.csv")
    assert result.exit_code == 1
    assert "faulty.csv › row 3 › 单据日期: «2024-02-30» There is no such day." in result.stderr
    assert "faulty.csv › row 4 › 不含税金额: «abc» This is not a number." in result.stderr
    assert "2 faults; nothing was imported." in result.stderr
    assert "--skip-bad REJECTS.xlsx" in result.stderr
    assert not Document.objects.exists()
    assert not ImportBatch.objects.filter(state=ImportBatch.State.APPLIED).exists()


def test_a_dry_run_of_a_faulty_file_fails_alike(store: User, run: Run) -> None:
    result = run("import", "faulty.csv", "--dry-run")
    assert result.exit_code == 1
    assert "«2024-02-30» There is no such day." in result.stderr


def test_rows_left_out_come_back_in_a_file(store: User, run: Run, folder: Path) -> None:
    result = run("import", "faulty.csv", "--skip-bad", "rejects.xlsx", "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["rejects"] == "rejects.xlsx"
    assert said["counts"]["rejected"] == 2
    assert said["counts"]["net_new"] == 150_000
    content = (folder / "rejects.xlsx").read_bytes()
    upload = Upload.objects.get()
    assert content == services.rejects_path(upload).read_bytes()


def test_no_rejects_no_file(store: User, run: Run, folder: Path) -> None:
    result = run("import", "sales.csv", "--skip-bad", "rejects.xlsx")
    assert result.exit_code == 0, result.output
    assert not (folder / "rejects.xlsx").exists()


def test_files_that_cannot_be_opened_are_all_named(store: User, run: Run, folder: Path) -> None:
    (folder / "empty.csv").write_text("")
    result = run("import", "empty.csv", "gone.csv", "--json")
    assert result.exit_code == 1
    faults = json.loads(result.stdout)["faults"]
    assert [(f["file"], f["code"]) for f in faults] == [
        ("empty.csv", "empty"), ("gone.csv", "no_file")
    ]  # fmt: skip
    assert not Upload.objects.exists()


def test_a_file_whose_kind_is_unclear_is_asked_for(store: User, run: Run, folder: Path) -> None:
    (folder / "odd.csv").write_text(ODD, encoding="utf-8")
    result = run("import", "odd.csv")
    assert result.exit_code == 2
    assert "odd.csv" in result.stderr
    assert "--table" in result.stderr
    (folder / "map.yaml").write_text(MAP, encoding="utf-8")
    result = run("import", "odd.csv", "--table", "lines", "--map", "map.yaml")
    assert result.exit_code == 0, result.output
    assert ImportBatch.objects.get().counts["net_new"] == 200_000


def test_a_map_tells_what_a_file_holds(store: User, run: Run, folder: Path) -> None:
    (folder / "odd.csv").write_text(ODD, encoding="utf-8")
    (folder / "map.yaml").write_text(MAP, encoding="utf-8")
    assert run("import", "odd.csv", "--map", "map.yaml").exit_code == 0


def test_a_source_keeps_its_map_and_is_recognised_next_month(
    store: User, run: Run, folder: Path
) -> None:
    (folder / "odd.csv").write_text(ODD, encoding="utf-8")
    (folder / "map.yaml").write_text(MAP, encoding="utf-8")
    first = run("import", "odd.csv", "--map", "map.yaml", "--source", "用友 U8")
    assert first.exit_code == 0, first.output
    assert sources.to_yaml(Source.objects.get()) == f"# 用友 U8\n{MAP}"
    (folder / "odd.csv").write_text(ODD + "3,2024-03-01,K03,1.00\n", encoding="utf-8")
    named = run("import", "odd.csv", "--source", "用友 U8")
    assert named.exit_code == 0, named.output
    assert ImportBatch.objects.latest("pk").counts["net_new"] == 100
    recognised = run("import", "odd.csv")
    assert recognised.exit_code == 0, recognised.output
    assert "Read by the map «用友 U8»." in recognised.stderr


def test_a_bad_map_is_refused_with_all_its_faults(store: User, run: Run, folder: Path) -> None:
    (folder / "map.yaml").write_text("lines: {colour: x}\noptions: {tempo: 3}\n")
    result = run("import", "sales.csv", "--map", "map.yaml")
    assert result.exit_code == 1
    assert "lines.colour" in result.stderr
    assert "options.tempo" in result.stderr


def test_two_files_of_one_kind_are_refused(store: User, run: Run) -> None:
    result = run("import", "sales.csv", "faulty.csv")
    assert result.exit_code == 2
    assert "«sales.csv» and «faulty.csv» both hold lines." in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("sales.csv", "--table", "lines", "--table", "receipts"),
        ("sales.csv", "--undo", "1"),
        ("sales.csv", "--skip-bad", "rejects.csv"),
        ("sales.csv", "--skip-bad", "nowhere/rejects.xlsx"),
    ],
)
def test_a_command_at_fault_is_refused_before_anything(
    store: User, run: Run, arguments: tuple[str, ...]
) -> None:
    result = run("import", *arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: ")
    assert not Upload.objects.exists()


@pytest.mark.grades
def test_an_import_is_taken_back_with_what_was_decided_on_it(
    brought: list[Path], run: Run, store: User
) -> None:
    batch = ImportBatch.objects.get()
    result = run("import", "--undo", batch.pk, "--reason", "wrong month")
    assert result.exit_code == 0, result.output
    assert f"Import {batch.pk} is taken back." in result.stdout
    assert f"documents: {company.DOCUMENTS} count no more, 0 count again" in result.stdout
    assert "customer cards withdrawn: 12" in result.stdout
    assert company.AS_OF.isoformat() in result.stdout
    batch.refresh_from_db()
    assert batch.state == ImportBatch.State.UNDONE
    assert (batch.undone_by, batch.undo_reason) == (store, "wrong month")
    assert AuditEntry.objects.get(action="undo.asked").facts == {"via": "cli"}
    again = run("import", "--undo", batch.pk)
    assert again.exit_code == 2
    assert f"Import {batch.pk} is not in force" in again.stderr


def test_a_job_asked_for_before_is_done_first(store: User, run: Run, folder: Path) -> None:
    """As after a killed command: the next one finishes what it left."""
    files = company.write(folder / "files")
    left = services.apply(
        services.start_upload(store, {t: services.LocalFile(p) for t, p in files.items()})
    )
    result = run("import", "sales.csv")
    assert result.exit_code == 0, result.output
    left.refresh_from_db()
    assert left.state == Job.State.DONE
    numbers = [b.counts["net_new"] for b in ImportBatch.objects.order_by("pk")]
    assert numbers[0] == company.FILE_NET


def test_a_job_that_another_worker_took_is_waited_for(
    store: User, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[Job] = []
    claim = worker.claim

    def by_another() -> Job | None:
        if not taken and (job := claim()) is not None:
            taken.append(job)
        elif taken and not taken[0].finished_at:
            worker.run(taken[0])  # meanwhile the other one finishes
            taken[0].refresh_from_db()
        return None

    monkeypatch.setattr(worker, "claim", by_another)
    result = run("import", "sales.csv")
    assert result.exit_code == 0, result.output
    assert len(taken) == 1


def test_receipts_may_come_before_any_sales(store: User, run: Run, folder: Path) -> None:
    (folder / "receipts.csv").write_text(
        "收款单号,客户编码,收款日期,收款金额\nSK1,K01,2024-02-01,5.00\n", encoding="utf-8"
    )
    result = run("import", "receipts.csv")
    assert result.exit_code == 0, result.output
    assert "receipts: new 1, changed 0, as before 0" in result.stdout
    assert Job.objects.get().state == Job.State.DONE


def test_a_watched_folder_is_emptied_once(store: User, run: Run, folder: Path) -> None:
    inbox = folder / "inbox"
    company.write(inbox)
    (inbox / "faulty.csv").write_text(FAULTY, encoding="utf-8")
    result = run("watch", inbox, "--once")
    assert result.exit_code == 1, result.output
    assert sorted(p.name for p in (inbox / "done").iterdir() if p.suffix == ".csv") == [
        "客户.csv", "收款.csv", "销售明细.csv"
    ]  # fmt: skip
    assert sorted(p.name for p in (inbox / "failed").iterdir()) == ["faulty.csv", "faulty.csv.txt"]
    assert ImportBatch.objects.get().counts["net_new"] == company.FILE_NET
    assert {e.facts["via"] for e in AuditEntry.objects.filter(action="import.asked")} == {"folder"}


def test_a_new_data_folder_is_made_by_the_command_itself(tmp_path: Path) -> None:
    """In a process of its own, over a store that is not there yet; the second run finds it."""
    (tmp_path / "sales.csv").write_text(
        "单据编号,单据日期,客户编码,不含税金额\nX1,2024-01-05,K01,5.00\n", encoding="utf-8"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAINSTAY_")}
    environment |= {"MAINSTAY_HOME": str(tmp_path / "home"), "LC_ALL": "C.UTF-8"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)

    def command(*arguments: str) -> dict[str, Any]:
        done = subprocess.run(
            [str(Path(sys.executable).with_name("mainstay")), "import", *arguments, "--json"],
            cwd=tmp_path, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout) | {"said": done.stderr}
        return found

    first = command("sales.csv")
    assert "one-time password" in first["said"]
    assert (first["batch"], first["counts"]["net_new"]) == (1, 500)
    second = command("sales.csv")
    assert "password" not in second["said"]
    assert (second["batch"], second["counts"]["documents_identical"]) == (2, 1)
    assert command("--undo", "2")["undone"] == 2
