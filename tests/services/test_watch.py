"""A watched folder: files wait until whole, go in once, and lie aside with a report."""

from __future__ import annotations

from pathlib import Path

import pytest

from mainstay.exchange import local, services, sources
from mainstay.exchange import watch as watching
from mainstay.exchange.watch import Watch
from mainstay.foundation.models import User
from mainstay.kernel.errors import Words
from mainstay.ledger.models import ImportBatch
from tests.services import company

pytestmark = pytest.mark.grades(False)

SALES = "单据编号,单据日期,客户编码,不含税金额\nX1,2024-01-05,K01,5.00\n"
FAULTY = SALES + "X2,2024-02-30,K02,8.00\n"
RECEIPTS = "收款单号,客户编码,收款日期,收款金额\nSK1,K01,2024-02-01,5.00\n"


class Inbox(Watch):
    """A watch that remembers what it told."""

    def __init__(self, folder: Path, user: User, **kinds: object) -> None:
        self.said: list[Words] = []
        folder.mkdir()
        super().__init__(folder, user, tell=self.said.append, **kinds)  # type: ignore[arg-type]

    def put(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def pass_by(self) -> int:
        """One look, and import what has settled."""
        return self.bring(self.look())

    def names(self, where: str = "") -> list[str]:
        folder = self.folder / where
        return sorted(p.name for p in folder.iterdir() if p.is_file()) if folder.exists() else []


@pytest.fixture
def inbox(owner: User, tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "inbox", owner)


def applied() -> list[int]:
    batches = ImportBatch.objects.filter(state=ImportBatch.State.APPLIED).order_by("pk")
    return [batch.counts["net_new"] for batch in batches]


def test_a_file_that_still_grows_waits(inbox: Inbox) -> None:
    path = inbox.put("sales.csv", SALES)
    assert inbox.pass_by() == 0
    with path.open("a", encoding="utf-8") as file:
        file.write("X2,2024-01-06,K02,8.00\n")
    assert inbox.pass_by() == 0
    assert applied() == []
    assert inbox.names() == ["sales.csv"]
    assert inbox.pass_by() == 0
    assert applied() == [1300]
    assert inbox.names() == []


def test_what_went_in_lies_in_done_with_its_report(inbox: Inbox) -> None:
    inbox.put("sales.csv", SALES)
    for _ in range(4):
        inbox.pass_by()
    assert applied() == [500]
    assert inbox.names("done") == ["sales.csv", "sales.csv.txt"]
    report = (inbox.folder / "done" / "sales.csv.txt").read_text(encoding="utf-8")
    number = ImportBatch.objects.get().pk
    assert f"Import {number} is in force." in report
    assert f"第 {number} 次导入已生效。" in report
    assert not (inbox.folder / "failed").exists()


def test_the_same_name_again_overwrites_nothing(inbox: Inbox) -> None:
    for net in ("5.00", "6.00"):
        inbox.put("sales.csv", SALES.replace("5.00", net))
        inbox.look()
        inbox.pass_by()
    assert inbox.names("done") == [
        "sales (2).csv", "sales (2).csv.txt", "sales.csv", "sales.csv.txt"
    ]  # fmt: skip
    assert "6.00" in (inbox.folder / "done" / "sales (2).csv").read_text(encoding="utf-8")
    assert ImportBatch.objects.latest("pk").counts["net_changed"] == 100


def test_a_faulty_file_lies_in_failed_with_every_fault(inbox: Inbox) -> None:
    inbox.put("sales.csv", FAULTY)
    inbox.look()
    assert inbox.pass_by() == 1
    assert inbox.names("failed") == ["sales.csv", "sales.csv.txt"]
    report = (inbox.folder / "failed" / "sales.csv.txt").read_text(encoding="utf-8")
    assert "sales.csv › row 3 › 单据日期: «2024-02-30»" in report
    assert "sales.csv › 第 3 行 › 单据日期: «2024-02-30»" in report
    assert applied() == []


def test_on_wish_faulty_rows_are_left_out_and_lie_beside(owner: User, tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox", owner, skip_bad=True)
    inbox.put("sales.csv", FAULTY)
    inbox.look()
    assert inbox.pass_by() == 0
    assert inbox.names("done") == ["sales.csv", "sales.csv-rejects.xlsx", "sales.csv.txt"]
    assert applied() == [500]


def test_what_is_ready_together_goes_in_together(inbox: Inbox) -> None:
    inbox.put("a-receipts.csv", RECEIPTS)
    inbox.put("june.csv", SALES)
    inbox.put("july.csv", SALES.replace("X1", "X2"))
    inbox.look()
    assert inbox.pass_by() == 0
    batches = ImportBatch.objects.order_by("pk")
    assert [sorted(f["table"] for f in batch.files) for batch in batches] == [
        ["lines", "receipts"], ["lines"]
    ]  # fmt: skip
    assert inbox.names() == []
    assert len(inbox.names("done")) == 6


def test_receipts_may_come_alone_and_first(inbox: Inbox) -> None:
    inbox.put("receipts.csv", RECEIPTS)
    inbox.look()
    assert inbox.pass_by() == 0
    assert ImportBatch.objects.get().counts["receipts_new"] == 1
    assert inbox.names("done") == ["receipts.csv", "receipts.csv.txt"]


def test_a_file_whose_kind_is_unclear_fails_with_the_question(inbox: Inbox) -> None:
    inbox.put("odd.csv", "a,b\n1,2\n")
    inbox.look()
    assert inbox.pass_by() == 1
    report = (inbox.folder / "failed" / "odd.csv.txt").read_text(encoding="utf-8")
    assert "It is not clear from its headings" in report


def test_a_file_removed_between_two_looks_is_reported(inbox: Inbox) -> None:
    path = inbox.put("sales.csv", SALES)
    inbox.look()
    path.unlink()
    assert inbox.look() == []
    assert [text["en"] for text in inbox.said] == [
        "«sales.csv» was taken away before it was read. Put it there again."
    ]


def test_a_file_removed_while_it_is_read_is_reported(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = inbox.put("sales.csv", SALES)
    inbox.look()
    stored = local.upload

    def taken_away(user: User, given: local.Delivery) -> object:
        path.unlink()
        return stored(user, given)

    monkeypatch.setattr(local, "upload", taken_away)
    assert inbox.pass_by() == 1
    assert any("taken away" in text["en"] for text in inbox.said)
    assert inbox.names("failed") == ["sales.csv.txt"]
    assert applied() == []


def test_a_file_removed_after_it_was_stored_went_in(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = inbox.put("sales.csv", SALES)
    inbox.look()
    finish = local.finish

    def taken_away(*arguments: object) -> object:
        path.unlink()
        return finish(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(local, "finish", taken_away)
    assert inbox.pass_by() == 0
    assert applied() == [500]
    assert any("taken away" in text["en"] for text in inbox.said)


def test_a_file_written_anew_while_it_is_imported_stays_and_goes_in_too(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.put("sales.csv", SALES)
    inbox.look()
    finish = local.finish

    def written_anew(*arguments: object) -> object:
        inbox.put("sales.csv", SALES + "X2,2024-01-06,K02,8.00\n")
        monkeypatch.setattr(local, "finish", finish)
        return finish(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(local, "finish", written_anew)
    assert inbox.pass_by() == 0
    assert (applied(), inbox.names()) == ([500], ["sales.csv"])
    assert any("written anew" in text["en"] for text in inbox.said)
    inbox.look()
    assert inbox.pass_by() == 0
    assert (applied(), inbox.names()) == ([500, 800], [])


@pytest.mark.parametrize("name", [".hidden.csv", "~$open.xlsx", "notes.docx", "sales.csv.part"])
def test_files_of_no_concern_stay(inbox: Inbox, name: str) -> None:
    inbox.put(name, SALES)
    inbox.look()
    assert inbox.pass_by() == 0
    assert inbox.names() == [name]


def test_a_source_gives_its_map(owner: User, tmp_path: Path) -> None:
    mapping = {"lines": {"doc_no": "凭证", "doc_date": "日子", "customer_id": "谁", "net": "值"}}
    sources.save_source(owner, "用友", mapping)
    inbox = Inbox(tmp_path / "inbox", owner, source="用友")
    inbox.put("odd.csv", "凭证,日子,谁,值\n1,2024-01-05,K01,5.00\n")
    inbox.look()
    assert inbox.pass_by() == 0
    assert applied() == [500]


def test_once_brings_what_lies_there_and_ends(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.write(inbox.folder)
    pauses: list[float] = []
    monkeypatch.setattr("mainstay.exchange.watch.time.sleep", pauses.append)
    assert watching.watch(inbox, once=True, settle=7.0) == 0
    assert pauses[0] == 7.0
    assert applied() == [company.FILE_NET]


def test_watching_goes_on_until_stopped(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox.put("sales.csv", SALES)
    looks = iter(range(4))

    def sleep(seconds: float) -> None:
        if next(looks, None) is None:
            raise KeyboardInterrupt
        if (inbox.folder / "done").exists() and not inbox.names():
            inbox.put("more.csv", SALES.replace("X1", "X2"))

    monkeypatch.setattr("mainstay.exchange.watch.time.sleep", sleep)
    with pytest.raises(KeyboardInterrupt):
        watching.watch(inbox)
    assert applied() == [500, 500]


def test_names_of_files_we_read() -> None:
    assert services.is_readable("SALES.CSV.GZ")
    assert services.is_readable("sales.xlsx.gz")
    assert not services.is_readable("sales.csv.part")
