"""A1: a sales file in, ABC classes out: a case worked by hand, and a year of a real wholesaler."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pytest

import mainstay_engine as me

TEN_CUSTOMERS = """\
单据编号,日期,客户编码,客户名称,金额
XS001,2024-01-01,C01,江南五金,3000.00
XS002,2024-06-30,C01,江南五金,2000.00
XS003,2024-02-11,C02,北方机电,2000.00
XS004,2024-03-12,C03,海达工具,1000.00
XS005,2024-04-13,C04,宏远建材,600.00
XS006,2024-05-14,C05,金桥电器,400.00
XS007,2024-06-15,C06,长风标准件,400.00
XS008,2024-07-16,C07,东升工贸,300.00
XS009,2024-08-17,C08,南湖阀门,200.00
XS010,2024-12-31,C09,平安轴承,100.00
XS011,2023-12-31,C09,平安轴承,9000.00
XS012,2024-09-18,C10,新华管件,50.00
XS013,2024-10-19,C10,新华管件,-55.00
XS014,2024-11-20,,散户,77.00
"""


@pytest.fixture
def ten_customers(tmp_path: Path) -> me.Facts:
    path = tmp_path / "sales.csv"
    path.write_text(TEN_CUSTOMERS, encoding="gb18030")
    return me.read_facts(lines=path)


def classes(result: me.Result) -> dict[str, str]:
    table = result.to_arrow()
    return dict(zip(table["customer_id"].to_pylist(), table["class"].to_pylist(), strict=True))


def test_ten_customers_fall_into_the_classes_worked_by_hand(ten_customers: me.Facts) -> None:
    # The whole is 10,000: C10 nets −5 and is not ranked, 2023 is outside the window. Larger ones
    # hold: C03 7,000 (below 8,000: A) · C04 8,000 (B) · C07 9,400 (below 9,500: B) · C08 9,700.
    result = me.grade(ten_customers, scheme="abc")
    assert result.as_of.isoformat() == "2024-12-31"
    assert classes(result) == {
        "C01": "A", "C02": "A", "C03": "A", "C04": "B", "C05": "B", "C06": "B", "C07": "B",
        "C08": "C", "C09": "C", "C10": "C",
    }  # fmt: skip
    counts = {count["class"]: count for count in result.counts()}
    assert {c: (n["customers"], n["value"]) for c, n in counts.items()} == {
        "A": (3, 800_000), "B": (4, 170_000), "C": (3, 29_500),
    }  # fmt: skip
    table = result.to_arrow().to_pydict()
    assert table["customer_id"][-1] == "C10"
    assert table["rank"] == [1, 2, 3, 4, 5, 5, 7, 8, 9, None]
    assert table["value"][2] == Decimal("1000.00")
    assert table["share"][2] == 0.1
    assert table["cumulative_share"][2] == 0.8
    assert set(table["scheme"]) == {"abc v1"}


def test_what_is_left_out_is_said(ten_customers: me.Facts) -> None:
    result = me.grade(ten_customers, scheme="abc")
    assert result.left_out["unassigned_lines"] == 1
    assert result.left_out["unassigned_value"] == 7_700
    assert (result.left_out["unranked_customers"], result.left_out["unranked_value"]) == (1, -500)
    assert "1 line without customer in the window, net 77.00" in result.summary("en")
    assert "未排名：1 个客户的数值不为正，合计 −5.00，归入 C" in result.summary("zh")


def test_the_reason_is_given_in_both_languages(ten_customers: me.Facts) -> None:
    explanation = me.grade(ten_customers, scheme="abc").explain("C07")
    assert explanation.to_dict()["cut"]["better"] == "9400.00"
    assert "rank 7 of 9; larger customers hold 94% of the total" in explanation.text("en")
    assert "更大的客户合计占 94%，不低于 80%、低于 95%" in explanation.text("zh")


def test_the_second_preset_cuts_at_seventy_and_ninety(ten_customers: me.Facts) -> None:
    # Larger ones hold: C02 5,000 (below 7,000: A) · C03 7,000 (B) · C05, C06 8,600 (B) · C07 9,400.
    assert classes(me.grade(ten_customers, scheme="abc_70")) == {
        "C01": "A", "C02": "A", "C03": "B", "C04": "B", "C05": "B", "C06": "B", "C07": "C",
        "C08": "C", "C09": "C", "C10": "C",
    }  # fmt: skip


def test_the_capped_preset_holds_a_within_a_fifth_of_the_customers(
    ten_customers: me.Facts,
) -> None:
    # Nine are ranked, 20% of nine is 1.8: one customer fits.
    result = me.grade(ten_customers, scheme="abc_capped")
    assert [c for c, k in classes(result).items() if k == "A"] == ["C01"]
    assert classes(result)["C02"] == "B"
    assert "top 20% of ranked customers (1 of 9)" in result.explain("C02").text("en")


@pytest.fixture(scope="module")
def online_retail_file(shared_data: Path) -> Path:
    return shared_data / "online-retail-1" / "online_retail.csv.gz"


@pytest.fixture(scope="module")
def online_retail(online_retail_file: Path) -> me.Facts:
    return me.read_facts(lines=online_retail_file)


def independent_net_sales(path: Path) -> dict[str, Decimal]:
    """Net sales per customer from 10 December 2010 to 9 December 2011, by pandas and Decimal."""
    import pandas as pd

    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert len(frame) == 541_909
    day = frame["InvoiceDate"].str.slice(0, 10)
    frame = frame[(day >= "2010-12-10") & (day <= "2011-12-09") & (frame["CustomerID"] != "")]
    net: dict[str, Decimal] = {}
    for customer, price, quantity in zip(
        frame["CustomerID"], frame["UnitPrice"], frame["Quantity"], strict=True
    ):
        line = (Decimal(price) * Decimal(quantity)).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
        net[customer] = net.get(customer, Decimal(0)) + line
    return net


def independent_classes(net: dict[str, Decimal], cuts: dict[str, Decimal]) -> dict[str, str]:
    whole = sum((value for value in net.values() if value > 0), Decimal(0))
    larger: dict[Decimal, Decimal] = {}
    running = Decimal(0)
    for value in sorted(net.values(), reverse=True):
        larger.setdefault(value, running)
        running += value
    return {
        customer: next(
            (c for c, cut in cuts.items() if value > 0 and larger[value] < cut * whole), "C"
        )
        for customer, value in net.items()
    }


def test_online_retail_agrees_customer_by_customer(
    online_retail: me.Facts, online_retail_file: Path
) -> None:
    net = independent_net_sales(online_retail_file)
    expected = independent_classes(net, {"A": Decimal("0.80"), "B": Decimal("0.95")})
    result = me.grade(online_retail, scheme="abc", as_of="2011-12-09", window="12m")
    assert (result.window.start.isoformat(), result.window.end.isoformat()) == (
        "2010-12-10", "2011-12-09",
    )  # fmt: skip
    found = classes(result)
    assert len(found) == 4_372
    assert {customer: found[customer] for customer in expected} == expected
    # Those who bought only before the window are known, have sold nothing in it, and are C.
    silent = set(found) - set(expected)
    assert {found[customer] for customer in silent} == {"C"}
    table = result.to_arrow()
    values = dict(zip(table["customer_id"].to_pylist(), table["value"].to_pylist(), strict=True))
    assert {customer: values[customer] for customer in net} == net
    assert {values[customer] for customer in silent} <= {Decimal("0.00")}


def test_online_retail_reports_its_unassigned_lines(online_retail: me.Facts) -> None:
    whole = me.grade(online_retail, scheme="abc", as_of="2011-12-09", window="all")
    assert whole.left_out["unassigned_lines"] == 135_080
    # 541,909 lines of 9,747,747.93 in all, to the rounding of each line to pence.
    assert whole.left_out["company_value"] == 974_774_793
    known = sum(count["value"] for count in whole.counts())
    assert known + whole.left_out["unassigned_value"] == 974_774_793
