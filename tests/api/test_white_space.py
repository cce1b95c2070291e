"""What customers could buy, for programs."""

from __future__ import annotations

from django.test import Client

from mainstay.insights.models import KeptWhiteSpace
from tests.api.callers import BASE
from tests.web import company


def test_a_program_reads_what_could_be_bought(program: Client) -> None:
    one = program.get(f"{BASE}/customers/C002/could-buy").json()
    assert one["rows"][0] == {
        "product": "B2", "name": "", "because": "A1", "because_name": "", "like": 12,
        "buyers": 10, "typical": 20_000, "score": 700_002,
    }  # fmt: skip
    whole = program.get(f"{BASE}/portfolio/white-space", {"size": 1}).json()
    assert (whole["total"], whole["customers"]) == (2, company.COUNT)
    assert [row["product"] for row in whole["rows"]] == ["B2"]
    rest = program.get(f"{BASE}/portfolio/white-space", {"after": whole["next"]}).json()
    assert [row["product"] for row in rest["rows"]] == ["C3"]
    takers = program.get(
        f"{BASE}/portfolio/white-space/customers", {"product": "C3", "by": "category"}
    ).json()
    assert takers["rows"][0]["code"] == f"C{company.COUNT:03}"
    assert takers["rows"][0]["place"] == 2


def test_until_it_is_worked_out_it_is_not_found(program: Client) -> None:
    KeptWhiteSpace.objects.all().delete()
    answer = program.get(f"{BASE}/customers/C002/could-buy")
    assert (answer.status_code, answer.json()["code"]) == (404, "white_space_not_made")
