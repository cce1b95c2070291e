"""Maps of columns kept by name: saved with an import, offered again, shared as YAML."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mainstay.exchange import services, sources
from mainstay.exchange.errors import BadMapping, BadSourceName, SourceNotFound
from mainstay.exchange.models import Source, Upload
from mainstay.foundation import worker
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.ledger.models import ImportBatch

pytestmark = pytest.mark.grades(False)

ODD = "凭证,日子,谁,销货净值,备注\n1,2024-01-05,K01,1200.00,\n2,2024-02-11,K02,800.00,\n"
CHOSEN = {"lines": {"doc_no": "凭证", "doc_date": "日子", "customer_id": "谁", "net": "销货净值"}}
HEADINGS = {"lines": ["凭证", "日子", "谁", "销货净值", "备注"]}


@pytest.fixture
def odd(owner: User, tmp_path: Path) -> Callable[[], Upload]:
    path = tmp_path / "odd.csv"
    path.write_text(ODD, encoding="utf-8")
    return lambda: services.start_upload(owner, {"lines": services.LocalFile(path)})


def test_an_import_under_a_name_keeps_its_map(odd: Callable[[], Upload]) -> None:
    job = services.apply(odd(), CHOSEN, source=" 用友 U8 ")
    assert not Source.objects.exists()  # not before it is in force
    worker.run_pending()
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    kept = sources.source_named("用友 U8")
    assert kept.mapping == CHOSEN == ImportBatch.objects.get().mapping
    assert kept.headings == HEADINGS


def test_what_was_guessed_is_kept_beside_what_was_corrected(owner: User, tmp_path: Path) -> None:
    path = tmp_path / "half.csv"
    path.write_text(
        "单据编号,单据日期,谁,无税金额,部门\n1,2024-01-05,K01,5.00,x\n", encoding="utf-8"
    )
    upload = services.start_upload(owner, {"lines": services.LocalFile(path)})
    services.apply(upload, {"lines": {"customer_id": "谁", "region": None}}, source="half")
    worker.run_pending()
    assert sources.source_named("half").mapping["lines"] == {
        "customer_id": "谁", "region": None, "doc_no": "单据编号", "doc_date": "单据日期",
        "net": "无税金额",
    }  # fmt: skip


def test_a_failed_import_keeps_no_map(odd: Callable[[], Upload]) -> None:
    job = services.apply(odd(), {"lines": {"doc_no": "凭证"}}, source="用友")
    worker.run_pending()
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert not Source.objects.exists()


def test_the_same_headings_are_recognised_in_any_order(
    owner: User, odd: Callable[[], Upload]
) -> None:
    kept = sources.save_source(owner, "用友", CHOSEN, HEADINGS)
    sources.save_source(owner, "other", CHOSEN, {"lines": ["a", "b"]})
    found = sources.headings_of(odd())
    assert found == HEADINGS
    assert sources.recognise(found) == kept
    assert sources.recognise({"lines": HEADINGS["lines"][::-1]}) == kept
    assert sources.recognise({"lines": HEADINGS["lines"][:-1]}) is None
    assert sources.recognise({**HEADINGS, "receipts": ["x"]}) is None
    assert sources.recognise({}) is None


def test_a_file_that_cannot_be_opened_has_no_headings(owner: User, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    upload = services.start_upload(owner, {"lines": services.LocalFile(tmp_path / "empty.csv")})
    assert sources.headings_of(upload) == {}


def test_saving_writes_the_audit_trail_once_per_change(owner: User) -> None:
    sources.save_source(owner, "用友", CHOSEN, HEADINGS)
    sources.save_source(owner, "用友", CHOSEN, HEADINGS)
    receipts = {"receipts": {"receipt_no": "号"}}
    kept = sources.save_source(owner, "用友", receipts)
    entries = AuditEntry.objects.filter(action="source.saved").order_by("pk")
    assert [entry.facts["changed"] for entry in entries] == [["lines"], ["receipts"]]
    assert kept.mapping == CHOSEN | receipts
    assert kept.headings == HEADINGS
    assert [source.name for source in sources.sources(owner)] == ["用友"]


def test_a_forgotten_map_is_gone_and_leaves_a_trace(owner: User) -> None:
    sources.save_source(owner, "用友", CHOSEN)
    sources.forget_source(owner, "用友")
    with pytest.raises(SourceNotFound):
        sources.source_named("用友")
    assert AuditEntry.objects.get(action="source.forgotten").facts["mapping"] == CHOSEN


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "two\nlines"])
def test_a_name_fits_on_a_line(owner: User, odd: Callable[[], Upload], name: str) -> None:
    with pytest.raises(BadSourceName):
        sources.save_source(owner, name, CHOSEN)
    if name:
        with pytest.raises(BadSourceName):
            services.apply(odd(), CHOSEN, source=name)
        assert not Job.objects.exists()


def test_a_map_goes_out_as_yaml_and_comes_back(owner: User) -> None:
    mapping = {**CHOSEN, "options": {"dayfirst": True, "currency": "CNY", "decimal": ","}}
    text = sources.to_yaml(sources.save_source(owner, "用友", mapping))
    assert text.startswith("# 用友\n")
    assert "凭证" in text
    assert sources.from_yaml(text) == mapping


def test_columns_outside_a_table_are_those_of_lines(tmp_path: Path) -> None:
    path = tmp_path / "columns.yaml"
    path.write_text("doc_no: 凭证\nlines: {net: 净值}\n", encoding="utf-8")
    assert sources.read_yaml(path) == {"lines": {"doc_no": "凭证", "net": "净值"}}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("lines: [", {"no_yaml"}),
        ("- a\n- b", {"no_map"}),
        ("lines: {colour: x, net: [1]}\noptions: {dayfirst: maybe, tempo: 3}",
         {"no_heading_name", "bad_option", "unknown_option", "unknown_column"}),
        ("lines: {colour: x}\nreceipts: {shape: y}", {"unknown_column"}),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", {"no_plain_map"}),
        ("lines: {net: " + "x" * 70_000 + "}", {"no_plain_map"}),
        ("!!python/object/apply:os.system ['true']", {"no_yaml"}),
    ],
)  # fmt: skip
def test_a_bad_map_is_refused_with_all_its_faults(text: str, codes: set[str]) -> None:
    with pytest.raises(BadMapping) as refused:
        sources.from_yaml(text, "theirs.yaml")
    assert {fault.code for fault in refused.value.faults} == codes
    assert {fault.file for fault in refused.value.faults} == {"theirs.yaml"}


def test_a_bad_map_is_not_saved(owner: User) -> None:
    with pytest.raises(BadMapping) as refused:
        sources.save_source(owner, "用友", {"lines": {"colour": "x"}, "options": {"tempo": 3}})
    assert {fault.code for fault in refused.value.faults} == {"unknown_column", "unknown_option"}
    assert not Source.objects.exists()
