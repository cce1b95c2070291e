"""The portfolio's structure, for programs: figures as on the pages, and they add up."""

from __future__ import annotations

from django.test import Client

from tests.api.callers import BASE
from tests.web import company

WHERE = f"{BASE}/portfolio"
CUSTOMERS = range(1, company.COUNT + 1)
WHOLE = sum(company.sales(number) for number in CUSTOMERS)


def test_groups_add_up_to_all(program: Client) -> None:
    for by in ("class", "region", "trade", "size"):
        found = program.get(f"{WHERE}/structure?by={by}").json()
        (only,) = found["gradings"]
        assert (found["by"], only["as_of"], only["whole"]["net"]) == (by, "2026-06-30", WHOLE)
        for name in ("customers", "active", "net", "profit"):
            assert sum(group[name] for group in only["groups"]) == only["whole"][name]
        assert only["tops"]["10"] * WHOLE == sum(map(company.sales, range(1, 11)))
        assert only["core_share"] == only["tops"]["10"]
    assert program.get(f"{WHERE}/structure?by=colour").status_code == 422
    assert program.get(f"{WHERE}/structure?scheme=none").status_code == 404


def test_a_matrix_and_the_customers_of_a_cell(program: Client) -> None:
    found = program.get(f"{WHERE}/matrix?row=class:abc&column=metric:net_sales").json()
    assert found["row"]["parts"] == ["A", "B", "C"]
    assert len(found["column"]["cuts"]) == 3
    assert sum(cell["net"] for cell in found["cells"]) == WHOLE
    assert {(c["row"], c["column"]): c["customers"] for c in found["cells"]} == {
        ("A", "3"): 10, ("B", "3"): 5, ("B", "2"): 15, ("C", "1"): 15, ("C", "0"): 15,
    }  # fmt: skip
    cell = "row=class:abc&row_part=B&column=metric:net_sales&column_part=3"
    listed = program.get(f"{WHERE}/matrix/customers?{cell}&size=3").json()
    assert (listed["total"], listed["next"]) == (5, "3")
    assert [row["code"] for row in listed["rows"]] == ["C011", "C012", "C013"]
    assert program.get(f"{WHERE}/matrix/customers").json()["total"] == company.COUNT
    answer = program.get(f"{WHERE}/matrix?row=colour")
    assert (answer.status_code, answer.json()["code"]) == (422, "axis_not_valid")


def test_cohorts_add_up_and_open_their_customers(program: Client) -> None:
    found = program.get(f"{WHERE}/cohorts").json()
    whole = sum(company.sales(n) * len(company.quarters(n)) for n in CUSTOMERS) + 3000
    assert found["net"] == whole
    told = sum(one["net"] for one in found["cohorts"])
    assert told + found["never"] + found["unassigned"] == whole
    assert [one["name"] for one in found["cohorts"]] == ["2024-H2", "2026-H1"]
    assert [cell["buying"] for cell in found["cohorts"][0]["cells"]] == [40, 0, 20, 0]
    listed = program.get(f"{WHERE}/cohorts/2024-H2?since=2&silent=true").json()
    assert listed["total"] == 20
    assert program.get(f"{WHERE}/cohorts?months=4").status_code == 422
