"""What people judge, and books for it: shared by the stories of stars, groups and core."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa

import mainstay_engine as me

DAY = date(2024, 12, 31)


def judgements(given: Mapping[str, Mapping[str, int]], judge: str = "sales") -> pa.Table:
    """Customer → criterion → level, all of one judge and day."""
    return pa.Table.from_pylist([
        {"customer_id": customer, "criterion": criterion, "value": value, "judge": judge,
         "date": date(2024, 11, 1)}
        for customer, levels in given.items() for criterion, value in levels.items()
    ])  # fmt: skip


def paying(tmp_path: Path) -> me.Facts:
    """Ten customers who bring over 80% of sales, and ten small ones; all pay, but three."""
    sales, paid = (
        ["单据编号,单据日期,到期日,客户编码,无税金额,税额,价税合计,成本\n"],
        ["收款单号,收款日期,客户编码,收款金额\n"],
    )
    for number in range(20):
        net = 9_000 if number < 10 else 1_000
        for year in (2023, 2024):
            sales.append(
                f"S{year}{number},{year}-03-01,{year}-04-01,C{number:02},"
                f"{net},0,{net},{net * 0.8}\n"
            )
            part = 0.5 if number in (2, 5, 19) else 1
            paid.append(f"R{year}{number},{year}-06-01,C{number:02},{net * part}\n")
    (tmp_path / "sales.csv").write_text("".join(sales), encoding="utf-8-sig")
    (tmp_path / "paid.csv").write_text("".join(paid), encoding="utf-8-sig")
    return me.read_facts(tmp_path / "sales.csv", tmp_path / "paid.csv")
