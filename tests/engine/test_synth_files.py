"""The demo company's files look like an ERP's export and read back to the same figures."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import mainstay_engine as me
from mainstay_engine.synth import Company, demo, stream_parquet


@pytest.fixture(scope="module")
def company() -> Company:
    return demo(customers=60)


def test_csv_is_utf8_with_bom_and_chinese_headings(company: Company, tmp_path: Path) -> None:
    company.write(tmp_path)
    raw = (tmp_path / "lines.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    head, first = list(csv.reader(raw.decode("utf-8-sig").splitlines()[:2]))
    row = dict(zip(head, first, strict=True))
    net, tax, gross = (row[name] for name in ("不含税金额", "税额", "价税合计"))
    assert all(len(amount.split(".")[1]) == 2 for amount in (net, tax, gross))
    assert row["单据类型"] in ("销售发票", "红字发票")
    assert len(row["单据日期"].split("-")) == 3


def test_same_seed_same_bytes_in_both_forms(tmp_path: Path) -> None:
    for form in ("csv", "xlsx"):
        one = demo(seed=3, customers=40).write(tmp_path / "one", form)
        two = demo(seed=3, customers=40).write(tmp_path / "two", form)
        for name, path in one.items():
            assert path.read_bytes() == two[name].read_bytes(), path


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_files_read_back_to_the_same_figures(company: Company, tmp_path: Path, form: str) -> None:
    paths = company.write(tmp_path, form)
    facts = me.read_facts(
        paths["lines"],
        paths["receipts"],
        paths["customers"],
        efforts=paths["efforts"],
        effort_rates=paths["effort_rates"],
    )
    assert not facts.rejects
    assert facts.currency == "CNY"
    for name, columns in {
        "lines": ("net", "tax", "gross", "cost", "discount"),
        "receipts": ("amount",),
        "customers": ("credit_limit", "terms_days"),
        "efforts": ("hours", "quantity", "amount"),
        "effort_rates": ("per_hour", "per_time", "per_year"),
    }.items():
        read, made = getattr(facts, name).to_pyarrow(), getattr(company, name)
        assert read.num_rows == made.num_rows
        assert set(made.column_names) <= set(read.column_names)
        for column in columns:
            assert pc.sum(read[column]).as_py() == pc.sum(made[column]).as_py(), column


def test_an_unknown_form_is_refused(company: Company, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="csv"):
        company.write(tmp_path, "ods")


def test_streamed_parquet_has_the_lines_asked_for_in_date_order(tmp_path: Path) -> None:
    paths = stream_parquet(tmp_path, lines=620_000, customers=1_000, receipts=True)
    file = pq.ParquetFile(paths["lines"])
    assert file.metadata.num_rows == 620_000
    assert file.metadata.num_row_groups == 2
    lines = file.read()
    days = lines["doc_date"].to_numpy()
    assert (days[1:] >= days[:-1]).all()
    assert (lines["net"].to_numpy() + lines["tax"].to_numpy() == lines["gross"].to_numpy()).all()
    documents = lines.group_by("doc_no").aggregate([("customer_id", "count_distinct")])
    assert pc.max(documents["customer_id_count_distinct"]).as_py() == 1
    assert len(pc.unique(lines["customer_id"])) == 1_000


def test_streamed_parquet_is_canonical_and_reproducible(tmp_path: Path) -> None:
    one = stream_parquet(tmp_path / "one", lines=20_000, seed=5)
    two = stream_parquet(tmp_path / "two", lines=20_000, seed=5)
    assert one["lines"].read_bytes() == two["lines"].read_bytes()
    facts = me.facts_from_tables(one["lines"], customers=one["customers"])
    assert facts.lines.count().execute() == 20_000
