"""D5: why sales changed, from a file to the step of each customer; two public data sets beside."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import mainstay_engine as me
from mainstay.cli import app
from mainstay_engine.portfolio import STEPS, Bridge, bridge

FILE = """单据编号,单据日期,客户编码,物料编码,数量,不含税金额
S01,2023-05-10,老客户,甲,10,1000.00
S02,2024-03-01,老客户,甲,10,1100.00
S03,2024-09-01,老客户,甲,10,1100.00
S04,2023-06-01,流失,甲,5,500.00
S05,2024-02-01,新,甲,3,330.00
S06,2022-02-01,回头,甲,1,90.00
S07,2024-05-01,回头,甲,2,220.00
S08,2023-07-01,退货,乙,4,400.00
S09,2024-07-01,退货,乙,4,400.00
S10,2024-08-01,退货,乙,-1,-100.00
S11,2023-09-09,,丙,1,10.00
S12,2024-09-09,,丙,1,35.00
"""


def run(*words: str) -> str:
    """What the command prints."""
    answer = CliRunner().invoke(app, list(words))
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def test_a_director_asks_why_sales_changed_and_who_is_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "销售.csv"
    path.write_text(FILE, encoding="utf-8-sig")
    asked = ("bridge", str(path), "--from", "2023", "--to", "2024")
    said = json.loads(run(*asked, "--json"))
    # 1 order of 10 at 100 → 2 orders of 10 at 110: price 10 × 15, frequency 1 × 1,050.
    assert said["totals"] == {
        "customers": 5, "before": "1910.00", "after": "3085.00", "change": "1175.00",
        "steps": {
            "new": "330.00", "won_back": "220.00", "lost": "-500.00", "frequency": "1050.00",
            "breadth": "0.00", "mix": "0.00", "price": "150.00", "order_value": "0.00",
            "returns": "-100.00", "unassigned": "25.00",
        },
        "strategies": {
            "loyalty": "2720.00", "extension": "0.00", "acquisition": "330.00",
            "diversification": "0.00", "unnamed": "35.00",
        },
    }  # fmt: skip
    kinds = {row["customer_id"]: row["kind"] for row in said["customers"]}
    assert kinds == {"老客户": "both", "流失": "lost", "新": "new", "回头": "won_back",
                     "退货": "both", None: None}  # fmt: skip
    behind = run(*asked, "--step", "price", "--lang", "zh").splitlines()
    assert behind[1:] == [
        "客户\t类别\t上期\t本期\t变动\t价格",
        "老客户\t两期均购买\t1000.00\t2200.00\t1200.00\t150.00",
    ]
    told = run(*asked, "--lang", "en")
    assert "Lost customers\t1\t-500.00" in told
    assert "Loyalty\t3\t2720.00" in told
    assert "Acquisition\t1\t330.00" in told
    turned = json.loads(run("bridge", str(path), "--from", "2024", "--to", "2023", "--json"))
    assert turned["totals"]["change"] == "-1175.00"
    assert turned["totals"]["steps"]["price"] == "-150.00"


def test_a_period_nobody_can_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "销售.csv"
    path.write_text(FILE, encoding="utf-8-sig")
    answer = CliRunner().invoke(app, ["bridge", str(path), "--from", "last", "--to", "2024"])
    assert answer.exit_code != 0
    assert "last" in answer.output


# ── Public data, split once more with pandas ─────────────────────────────────────────────────────


def split(lines: Any, earlier: tuple[str, str], later: tuple[str, str]) -> dict[str, list[float]]:
    """The steps of each customer in cents, unrounded: ``lines`` has who, doc, day, item, quantity
    and cents, every line of which can be split, and no returns.
    """
    first = lines.groupby("who")["day"].min()
    parts = [lines[lines["day"].between(*days)] for days in (earlier, later)]
    steps: dict[str, list[float]] = {}
    for who in sorted(set(parts[0]["who"]) | set(parts[1]["who"])):
        own = [part[part["who"] == who] for part in parts]
        value = [float(part["cents"].sum()) for part in own]
        row = dict.fromkeys(STEPS, 0.0)
        if own[0].empty:
            row["won_back" if first[who] < later[0] else "new"] = value[1]
        elif own[1].empty:
            row["lost"] = -value[0]
        else:
            row |= _both(own, value)
        steps[who] = [row[name] for name in STEPS]
    return steps


def _both(own: list[Any], value: list[float]) -> dict[str, float]:
    orders = [part["doc"].nunique() for part in own]
    distinct = [len(part[["doc", "item"]].drop_duplicates()) for part in own]
    sums = [part.groupby("item")[["cents", "quantity"]].sum() for part in own]
    both = sums[0].merge(sums[1], on="item", suffixes=("_0", "_1"))
    price_0, price_1 = (both[f"cents_{i}"] / both[f"quantity_{i}"] for i in (0, 1))
    mean_quantity = (both["quantity_0"] + both["quantity_1"]) / 2
    price = float(((price_1 - price_0) * mean_quantity).sum())
    mean_price = (price_0 + price_1) / 2
    moved = [mean_price * both[f"quantity_{i}"] - both[f"cents_{i}"] for i in (0, 1)]
    even = [value[i] + float(moved[i].sum()) for i in (0, 1)]
    per_order = [even[i] / orders[i] for i in (0, 1)]
    breadth = [distinct[i] / orders[i] for i in (0, 1)]
    each = [even[i] / distinct[i] for i in (0, 1)]
    often = sum(orders) / 2
    return {
        "price": price,
        "frequency": (orders[1] - orders[0]) * sum(per_order) / 2,
        "breadth": often * (breadth[1] - breadth[0]) * sum(each) / 2,
        "mix": often * sum(breadth) / 2 * (each[1] - each[0]),
    }


def agrees(found: Bridge, wanted: dict[str, list[float]]) -> None:
    rows = {row["customer_id"]: row for row in found.table.to_pylist()}
    assert rows.keys() == wanted.keys()
    for who, row in rows.items():
        assert [row[name] for name in STEPS] == pytest.approx(wanted[who], abs=1.001), who
        assert sum(row[name] for name in STEPS) == row["change"]


def test_classic_models_from_2003_to_2004(shared_data: Path, tmp_path: Path) -> None:
    import pandas as pd

    def read(name: str) -> Any:
        return pd.read_csv(shared_data / "classic-models" / f"{name}.csv", dtype=str)

    lines = read("orderdetails").merge(read("orders"), on="orderNumber")
    cents = [
        int(Decimal(price) * 100) * int(pieces)
        for price, pieces in zip(lines["priceEach"], lines["quantityOrdered"], strict=True)
    ]
    pd.DataFrame({
        "Invoice No": lines["orderNumber"], "Invoice Date": lines["orderDate"],
        "Customer ID": lines["customerNumber"], "Item": lines["productCode"],
        "Quantity": lines["quantityOrdered"],
        "Net Amount": [str(Decimal(value) / 100) for value in cents],
    }).to_csv(tmp_path / "lines.csv", index=False)  # fmt: skip
    found = bridge(me.read_facts(tmp_path / "lines.csv"), "2003", "2004")
    plain = pd.DataFrame({
        "who": lines["customerNumber"], "doc": lines["orderNumber"],
        "day": lines["orderDate"].str[:10], "item": lines["productCode"],
        "quantity": lines["quantityOrdered"].astype(int), "cents": cents,
    })  # fmt: skip
    agrees(found, split(plain, ("2003-01-01", "2003-12-31"), ("2004-01-01", "2004-12-31")))
    totals = found.totals()
    assert totals["before"] == sum(plain[plain["day"].str[:4] == "2003"]["cents"])
    assert totals["price"] != 0
    assert totals["change"] == sum(totals[name] for name in STEPS)


def test_superstore_from_2021_to_2022(shared_data: Path) -> None:
    import pandas as pd

    path = shared_data / "superstore" / "superstore.csv.gz"
    facts = me.read_facts(path, currency="USD")
    found = bridge(facts, "2021", "2022")
    raw = pd.read_csv(path, dtype=str, encoding="utf-8-sig")
    plain = pd.DataFrame({
        "who": raw["Customer ID"], "doc": raw["Order ID"],
        "day": [_day(text) for text in raw["Order Date"]],
        "item": raw["Product ID"], "quantity": raw["Quantity"].astype(int),
        "cents": [_cents(value) for value in raw["Sales"]],
    })  # fmt: skip
    agrees(found, split(plain, ("2021-01-01", "2021-12-31"), ("2022-01-01", "2022-12-31")))


def _cents(text: str) -> int:
    """Half-even, as the reader rounds each line."""
    return int((Decimal(text.replace(",", "")) * 100).quantize(Decimal(1)))


def _day(text: str) -> str:
    return datetime.strptime(text, "%d/%m/%y").date().isoformat()  # noqa: DTZ007  days only
