"""The same facts from files, data frames, Arrow, Parquet and databases; real data sets."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import mainstay_engine as me
from mainstay_engine.reader import inspect, read
from tests.engine import messy_files as messy

ROWS = [messy.HEADINGS, *messy.LINES]


def table(facts: me.Facts) -> list[dict[str, Any]]:
    return facts.lines.order_by(["doc_no", "item", "net"]).to_pyarrow().to_pylist()


def text_frame() -> pd.DataFrame:
    return pd.DataFrame(messy.LINES, columns=messy.HEADINGS)


def typed_frame() -> pd.DataFrame:
    frame = text_frame()
    frame["单据日期"] = pd.to_datetime(frame["单据日期"])
    for name in ("不含税金额", "税额", "价税合计"):
        frame[name] = frame[name].astype(float)
    frame["数量"] = frame["数量"].astype(int)
    return frame


def inputs(folder: Path) -> Iterator[tuple[str, Any]]:
    yield "pandas text", text_frame()
    yield "pandas typed", typed_frame()
    yield "polars", pl.from_pandas(typed_frame())
    arrow = pa.Table.from_pandas(typed_frame(), preserve_index=False)
    yield "arrow", arrow
    pq.write_table(arrow, folder / "lines.parquet")
    yield "parquet", folder / "lines.parquet"


def test_frames_arrow_and_parquet_read_as_the_file_does(tmp_path: Path) -> None:
    expected = table(me.read_facts(messy.write_csv(tmp_path / "plain.csv", ROWS)))
    for name, source in inputs(tmp_path):
        assert table(me.read_facts(source)) == expected, name


def test_floats_are_read_by_their_shortest_decimal(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "InvoiceNo": [1, 2, 3],
            "InvoiceDate": pd.to_datetime(["2024-01-05"] * 3),
            "CustomerID": [17850.0, None, 13047.0],
            "Quantity": [100, 1, 3],
            "UnitPrice": [2.55, 1.005, 0.1],
        }
    )
    facts = me.read_facts(frame)
    rows = facts.lines.order_by("doc_no").to_pyarrow().to_pylist()
    assert [r["net"] for r in rows] == [25_500, 100, 30]
    assert [r["customer_id"] for r in rows] == ["17850", None, "13047"]


def test_faulty_frame_names_the_record(tmp_path: Path) -> None:
    frame = text_frame()
    frame.loc[2, "单据日期"] = "2024-02-30"
    with pytest.raises(me.BadInput) as caught:
        me.read_facts(frame)
    assert [(f.code, f.row, f.file) for f in caught.value.faults] == [("no_such_day", 4, "<lines>")]


def test_database_tables_are_read_over_any_connection(tmp_path: Path) -> None:
    expected = table(me.read_facts(messy.write_csv(tmp_path / "plain.csv", ROWS)))
    duck = duckdb.connect()
    duck.register("frame", text_frame())
    duck.execute("CREATE TABLE sales AS SELECT * FROM frame")
    lite = sqlite3.connect(tmp_path / "sales.db")
    text_frame().to_sql("sales", lite, index=False)
    for connection in (duck, lite, me.backends.on_duckdb(duck)):  # type: ignore[attr-defined]
        assert table(me.read_facts("sales", connection=connection)) == expected


def test_postgres_table_is_read_by_url(postgres_url: str) -> None:
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS mainstay_reader_sales")
        columns = ", ".join(f'"{h}" text' for h in messy.HEADINGS)
        connection.execute(f"CREATE TABLE mainstay_reader_sales ({columns})")  # type: ignore[arg-type]
        for line in messy.LINES:
            marks = ", ".join(["%s"] * len(line))
            connection.execute(f"INSERT INTO mainstay_reader_sales VALUES ({marks})", line)  # type: ignore[arg-type]
        try:
            facts = me.read_facts("mainstay_reader_sales", connection=postgres_url)
            assert sum(r["net"] for r in table(facts)) == messy.NET
        finally:
            connection.execute("DROP TABLE mainstay_reader_sales")


def test_receipts_customers_and_allocations_are_read(tmp_path: Path) -> None:
    lines = messy.write_csv(tmp_path / "lines.csv", ROWS)
    receipts = messy.write_csv(
        tmp_path / "r.csv",
        [
            [
                "收款单号",
                "收款日期",
                "客户编码",
                "客户名称",
                "收款金额",
                "结算方式",
                "票据到期日",
                "核销单号",
            ],
            ["SK-1", "2024-02-01", "C001", "甲公司", "1,130.00", "电汇", "", "XS-001"],
            ["SK-2", "2024-02-05", "C002", "乙公司", "565", "银行承兑汇票", "2024-08-05", ""],
            ["合计", "", "", "", "1,695.00", "", "", ""],
        ],
    )
    customers = messy.write_csv(
        tmp_path / "c.csv",
        [
            [
                "客户编码",
                "客户名称",
                "英文名称",
                "所属区域",
                "行业",
                "业务员",
                "信用天数",
                "信用额度",
                "税号",
                "建档日期",
            ],
            [
                "C001",
                "甲公司",
                "Jia",
                "华东",
                "机械",
                "张三",
                "30",
                "50,000",
                "91350100M000100Y43",
                "2020.1.1",
            ],
            ["C002", "乙公司", "", "华南", "", "", "60", "0", "", ""],
        ],
        encoding="gb18030",
    )
    allocations = messy.write_csv(
        tmp_path / "a.csv", [["收款单号", "单据编号", "核销金额"], ["SK-2", "XS-002", "565.00"]]
    )
    facts = me.read_facts(lines, receipts, customers, allocations)
    assert (
        facts.receipts is not None and facts.customers is not None and facts.allocations is not None
    )
    assert [
        (r["receipt_no"], r["amount"], r["method"], str(r["maturity"]), r["applied_to"])
        for r in facts.receipts.order_by("receipt_no").to_pyarrow().to_pylist()
    ] == [
        ("SK-1", 113_000, "电汇", "None", "XS-001"),
        ("SK-2", 56_500, "银行承兑汇票", "2024-08-05", None),
    ]
    assert [
        (c["customer_id"], c["name_en"], c["terms_days"], c["credit_limit"], str(c["since"]))
        for c in facts.customers.order_by("customer_id").to_pyarrow().to_pylist()
    ] == [
        ("C001", "Jia", 30, 5_000_000, "2020-01-01"),
        ("C002", None, 60, 0, "None"),
    ]
    assert facts.allocations.to_pyarrow().to_pylist() == [
        {"receipt_no": "SK-2", "doc_no": "XS-002", "amount": 56_500}
    ]
    assert [s.total for s in facts.sources] == [messy.NET, 169_500, 0, 56_500]


def test_canonical_tables_are_taken_as_they_are(tmp_path: Path) -> None:
    facts = me.read_facts(messy.write_csv(tmp_path / "plain.csv", ROWS))
    arrow = facts.lines.to_pyarrow()
    again = me.facts_from_tables(arrow, currency="CNY")
    assert table(again) == table(facts)
    pq.write_table(arrow, tmp_path / "lines.parquet")
    assert table(me.facts_from_tables(tmp_path / "lines.parquet")) == table(facts)
    with pytest.raises(me.BadInput):
        me.facts_from_tables(arrow.drop_columns(["net"]))


@pytest.fixture(scope="module")
def online_retail(shared_data: Path) -> tuple[Path, me.Facts]:
    path = shared_data / "online-retail-1" / "online_retail.csv.gz"
    return path, me.read_facts(path, currency="GBP")


def test_online_retail_is_read_whole(online_retail: tuple[Path, me.Facts]) -> None:
    _path, facts = online_retail
    source = facts.sources[0]
    assert (source.rows, source.kept, source.left_out, source.rejected) == (541_909, 541_909, 0, 0)
    assert source.exact_total == "9747747.934"  # README: 9,747,747.93
    unassigned = facts.lines.filter(facts.lines.customer_id.isnull()).count().execute()
    assert unassigned == 135_080
    assert any("135,080 lines without customer" in note["en"] for note in source.notes)
    assert any(
        "9,747,747.93 in all, -0.004 against the unrounded 9,747,747.934" in note["en"]
        for note in source.notes
    )


def test_online_retail_agrees_with_decimals_added_in_python(
    online_retail: tuple[Path, me.Facts],
) -> None:
    from decimal import ROUND_HALF_EVEN, Decimal

    path, facts = online_retail
    with gzip.open(path) as stream:
        raw = pyarrow.csv.read_csv(
            stream,
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={
                    "UnitPrice": pa.string(),
                    "Quantity": pa.string(),
                    "InvoiceNo": pa.string(),
                },
                include_columns=["InvoiceNo", "Quantity", "UnitPrice"],
            ),
        )
    cent = Decimal("0.01")
    total, documents = 0, {}
    for number, quantity, price in zip(*(c.to_pylist() for c in raw.columns), strict=True):
        net = int((Decimal(quantity) * Decimal(price)).quantize(cent, ROUND_HALF_EVEN) * 100)
        total += net
        old = documents.get(number, (0, 0))
        documents[number] = (old[0] + net, old[1] + int(quantity))
    assert facts.sources[0].total == total
    negative = {n for n, (net, pieces) in documents.items() if net < 0 or (net == 0 and pieces < 0)}
    credits = facts.lines.filter(facts.lines.kind == "credit_note").select("doc_no").distinct()
    assert set(credits.to_pyarrow()["doc_no"].to_pylist()) == negative


def test_careful_and_quick_reading_agree(
    online_retail: tuple[Path, me.Facts], tmp_path: Path
) -> None:
    path, _facts = online_retail
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        head = [next(stream) for _ in range(20_001)]
    clean = tmp_path / "clean.csv"
    clean.write_text("".join(head), encoding="utf-8", newline="")
    messy_ = tmp_path / "messy.csv"
    messy_.write_text(
        "".join(["Sales report\n", *head, ",,,,,,,\n"]), encoding="gb18030", newline=""
    )
    quick, careful = me.read_facts(clean), me.read_facts(messy_)
    keys = [*quick.lines.columns]
    assert quick.lines.order_by(keys).to_pyarrow().equals(careful.lines.order_by(keys).to_pyarrow())
    assert quick.sources[0].exact_total == careful.sources[0].exact_total
    # The title above the headings puts every record one row lower.
    counted, lower = (me.read_facts(p, source_rows=True).lines for p in (clean, messy_))
    rows = counted.order_by("source_row").to_pyarrow()
    below = lower.mutate(source_row=lower.source_row - 1).order_by("source_row")
    assert rows.equals(below.to_pyarrow().select(rows.column_names).cast(rows.schema))
    assert rows["source_row"].to_pylist() == [*range(2, 20_002)]
    view, seen = inspect(clean), inspect(messy_)
    assert view.counts == replace(seen.counts, in_file=20_001, left_out={})
    assert (seen.counts.in_file, dict(seen.counts.left_out)) == (20_003, {"blank": 1})
    for name in ("columns", "totals", "faults", "problems", "first_date", "last_date", "notes"):
        assert getattr(view, name) == getattr(seen, name), name
    assert view.rows == tuple(replace(row, row=row.row - 1) for row in seen.rows)
    assert view.heading_row == 1 and len(view.rows) == 50


def test_superstore_day_first_dates_profit_and_rates(shared_data: Path) -> None:
    facts = me.read_facts(shared_data / "superstore" / "superstore.csv.gz", currency="USD")
    lines = facts.lines.to_pyarrow()
    dates = lines["doc_date"].to_pylist()
    assert (len(dates), str(min(dates)), str(max(dates))) == (10_194, "2019-01-03", "2022-12-30")
    # csv.DictReader and %d/%m/%y find 2019-01-03 as the first day (the README says 01-02)
    # README: sales 2,326,534.35, profit 292,296.81; lines are rounded to cents one by one
    assert abs(facts.sources[0].total - 232_653_435) < 200
    profit = facts.sources[0].total - sum(lines["cost"].to_pylist())
    assert abs(profit - 29_229_681) < 300


def test_ibm_month_first_dates(shared_data: Path) -> None:
    path = shared_data / "ibm-accounts-receivable" / "accounts_receivable.csv"
    facts = me.read_facts(path)
    lines = facts.lines.to_pyarrow()
    assert (str(min(lines["doc_date"].to_pylist())), str(max(lines["doc_date"].to_pylist()))) == (
        "2012-01-03",
        "2013-12-02",
    )
    assert (facts.sources[0].kept, facts.sources[0].total) == (2_466, 14_770_318)


def test_classic_models_payments_and_joined_lines(shared_data: Path) -> None:
    folder = shared_data / "classic-models"
    orders, details, products = (
        pd.read_csv(folder / f"{n}.csv", dtype=str) for n in ("orders", "orderdetails", "products")
    )
    joined = details.merge(orders.drop(columns="status"), on="orderNumber").merge(
        products, on="productCode"
    )
    facts = me.read_facts(joined, folder / "payments.csv", folder / "customers.csv", currency="USD")
    assert [s.total for s in facts.sources[:2]] == [960_419_061, 885_383_923]
    cost = sum(facts.lines.to_pyarrow()["cost"].to_pylist())
    assert facts.sources[0].total - cost == 382_588_025


def small(**columns: Any) -> pd.DataFrame:
    """Three lines, with some columns replaced."""
    return pd.DataFrame({
        "CustomerID": ["C1", "C2", "C3"], "InvoiceNo": ["1", "2", "3"],
        "InvoiceDate": ["2024-01-05"] * 3, "Amount": [1.0, 2.0, 3.0],
    } | columns)  # fmt: skip


def by_number(facts: me.Facts) -> list[dict[str, Any]]:
    return facts.lines.order_by("doc_no").to_pyarrow().to_pylist()


def test_a_customer_of_blanks_is_no_customer(tmp_path: Path) -> None:
    frame = small(CustomerID=["C1", "  ", "\t"])
    frame.to_csv(tmp_path / "blank.csv", index=False)
    for source in (frame, tmp_path / "blank.csv"):
        codes = [row["customer_id"] for row in by_number(me.read_facts(source))]
        assert codes == ["C1", None, None]


def test_a_document_number_of_blanks_is_missing(tmp_path: Path) -> None:
    small(InvoiceNo=["1", " ", "3"]).to_csv(tmp_path / "blank.csv", index=False)
    with pytest.raises(me.BadInput) as caught:
        me.read_facts(tmp_path / "blank.csv")
    assert [(f.code, f.row, f.column) for f in caught.value.faults] == [
        ("missing_value", 3, "InvoiceNo")
    ]


def test_moments_with_a_zone_keep_the_day_their_users_saw() -> None:
    late = pd.Series(pd.to_datetime(["2024-01-05 23:30"] * 3)).dt.tz_localize("Asia/Shanghai")
    days = {
        row["doc_date"].isoformat() for row in by_number(me.read_facts(small(InvoiceDate=late)))
    }
    assert days == {"2024-01-05"}


def test_a_named_index_is_a_column() -> None:
    assert len(by_number(me.read_facts(small().set_index("InvoiceNo")))) == 3


def test_codes_that_pandas_made_floats_are_whole_again() -> None:
    for heading in ("CustomerID", "Customer"):
        frame = small(CustomerID=[17850.0, None, 12345.0])
        frame = frame.rename(columns={"CustomerID": heading})
        assert [row["customer_id"] for row in by_number(me.read_facts(frame))] == [
            "17850", None, "12345",
        ]  # fmt: skip


def test_frames_that_cannot_be_read_say_why() -> None:
    doubled = pd.concat([small(), small()[["Amount"]]], axis=1)
    for frame, code in [(doubled, "doubled_heading"), (pd.DataFrame(), "empty")]:
        with pytest.raises(me.BadInput) as caught:
            me.read_facts(frame)
        assert [fault.code for fault in caught.value.faults] == [code]


@pytest.mark.parametrize("connection", ["sqlite", "postgresql://root@127.0.0.1:1/none"])
def test_a_table_that_cannot_be_read_says_why(connection: str) -> None:
    given: Any = sqlite3.connect(":memory:") if connection == "sqlite" else connection
    with pytest.raises(me.BadInput) as caught:
        me.read_facts("sales", connection=given)
    assert [fault.code for fault in caught.value.faults] == ["no_table"]


def test_turning_the_sign_of_credit_notes_is_no_rounding() -> None:
    frame = small(Type=["Invoice", "Credit note", "Invoice"], Amount=[100.0, 50.0, 0.125])
    facts = me.read_facts(frame)
    assert [row["net"] for row in by_number(facts)] == [10_000, -5_000, 12]
    rounded = [note["en"] for note in facts.sources[0].notes if "half-even" in note["en"]]
    assert rounded == [
        "Net is rounded half-even per line: 50.12 in all, -0.005 against the unrounded 50.125."
    ]
    whole = me.read_facts(frame.assign(Amount=[100.0, 50.0, 1.0]))
    assert not [note for note in whole.sources[0].notes if "half-even" in note["en"]]


def test_receipts_may_come_alone_beside_no_lines(tmp_path: Path) -> None:
    (tmp_path / "收款.csv").write_text(
        "收款单号,客户编码,收款日期,收款金额\nR1,007,2026-01-02,5.00\n"
    )
    facts = me.read_facts(receipts=tmp_path / "收款.csv")
    assert facts.lines.count().to_pyarrow().as_py() == 0
    assert facts.receipts is not None
    assert facts.receipts.to_pyarrow().select(["customer_id", "amount"]).to_pylist() == [
        {"customer_id": "007", "amount": 500}
    ]
    with pytest.raises(TypeError):
        me.read_facts()


def test_rows_too_wide_for_flat_memory_are_read_with_more_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that spills is tried once more; one that lies in memory has its room already."""
    path = tmp_path / "sales.csv"
    path.write_text("单据编号,单据日期,客户编码,金额\nX1,2024-06-01,C1,900\n", encoding="utf-8-sig")
    limits: list[str] = []
    whole, needed = read.read_table, 1

    def narrow(con: duckdb.DuckDBPyConnection, *args: Any, **more: Any) -> Any:
        found = con.execute("SELECT current_setting('memory_limit')").fetchone()
        limits.append(str(found and found[0]))
        if len(limits) < needed:
            raise duckdb.OutOfMemoryException("too wide")
        return whole(con, *args, **more)

    monkeypatch.setattr(read, "read_table", narrow)
    rooms = ["91.5 MiB", "122.0 MiB", "244.1 MiB"]
    for needed in (1, 2, 3):
        limits.clear()
        (tmp_path / str(needed)).mkdir()
        facts = read.read_facts(path, folder=tmp_path / str(needed))
        assert facts.lines.count().to_pyarrow().as_py() == 1
        assert limits == rooms[:needed]
    needed = 4
    limits.clear()
    (tmp_path / "4").mkdir()
    with pytest.raises(duckdb.OutOfMemoryException):
        read.read_facts(path, folder=tmp_path / "4")
    assert limits == rooms
    limits.clear()
    with pytest.raises(duckdb.OutOfMemoryException):
        read.read_facts(path)
