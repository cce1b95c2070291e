"""Which new codes look like customers of the books, and what the dry run says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mainstay.exchange import customers, matching
from mainstay.exchange.dry_run import dry_run
from mainstay.exchange.services import LocalFile, start_upload
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.ledger.plan import plan, proposals
from mainstay.parties.codes import Decisions
from mainstay.parties.likeness import Card, alike, core_name, plain_name, tax_number
from mainstay.parties.models import Customer, CustomerCode
from tests.services.conftest import Bring
from tests.services.test_customer_codes import books, boss, owed, take_in

pytestmark = pytest.mark.grades(False)

__all__ = ["boss"]

TAX = "91330100MA2ABCDE0X"
FIRM = "杭州百味食品有限公司"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("杭州百味（集团）有限责任公司", "杭州百味(集团) 有限公司"),
        ("ＡＢＣ贸易有限公司", "abc贸易有限公司"),
        ("Acme Trading Co., Ltd.", "ACME TRADING COMPANY LIMITED"),
    ],
)
def test_names_alike_but_for_their_spelling(one: str, other: str) -> None:
    assert plain_name(one) == plain_name(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("百味食品有限公司杭州分公司", "百味食品有限公司宁波分公司"),
        ("百味食品有限公司杭州分公司", "百味食品有限公司"),
        ("杭州百味食品有限公司", "宁波百味食品有限公司"),
    ],
)
def test_another_place_or_a_branch_is_not_alike(one: str, other: str) -> None:
    assert plain_name(one) != plain_name(other)
    assert core_name(one) != core_name(other)
    assert alike([Card("n", one)], [Card("o", other)]) == []


def test_tax_numbers_and_what_is_none() -> None:
    assert tax_number(" 91330100 ma2abcde0x ") == TAX
    assert [tax_number(text) for text in ("0", "无", "000000000000", "1-1-1")] == [""] * 4


def test_the_strongest_evidence_speaks_and_two_taxpayers_never_match() -> None:
    old = [Card("A", FIRM, TAX), Card("B", "杭州百味食品")]
    found = alike([Card("N", FIRM, TAX.lower())], old)
    assert [(one.old.code, one.evidence) for one in found] == [("A", "tax_no"), ("B", "near")]
    other = Card("N", FIRM, TAX[:-1] + "Y")
    assert [one.old.code for one in alike([other], old)] == ["B"]


def card(code: str, tax_no: str, name: str = FIRM) -> dict[str, str]:
    return {"customer_id": code, "customer_name": name, "tax_no": tax_no}


def test_the_dry_run_shows_both_with_sums_and_what_to_type(boss: User) -> None:
    take_in(boss, books({"A": 12_345}, "x", cards=[card("A", TAX)]))
    given = books({"N": 5}, "y", cards=[card("N", TAX, "百味")])
    (row,) = proposals(plan(given))
    assert (row["code"], row["old_code"], row["evidence"]) == ("N", "A", "tax_no")
    assert (row["old_documents"], row["old_net"]) == (1, 12_345)
    assert (row["likely"], row["same"]) == (True, False)
    told = "\n".join(matching.lines([row], 2, "en"))
    assert "same tax number; 1 document, net 123.45 so far" in told
    assert "--same N=A" in told
    take_in(boss, given)
    assert (owed(boss, "A"), owed(boss, "N")) == (12_345, 5)  # never silently


def test_tax_numbers_may_be_taken_at_once_where_one_customer_has_it(boss: User) -> None:
    take_in(boss, books({"A": 1, "B": 2, "C": 4}, "x",
                        cards=[card("A", TAX), card("B", "9" * 9 + "AB1"), card("C", "9" * 9 + "AB1")]))  # fmt: skip  # noqa: E501
    take_in(boss, books({"N": 10, "M": 20}, "y",
                        cards=[card("N", TAX, "n"), card("M", "9" * 9 + "AB1", "m")],
                        accept=frozenset({"tax_no"})))  # fmt: skip
    assert owed(boss, "A") == 11
    assert owed(boss, "M") == 20  # two have it: nobody can tell
    entry = AuditEntry.objects.get(action="customer.matched")
    assert (entry.actor, entry.facts["code"], entry.facts["evidence"]) == (boss, "N", "tax_no")


def test_a_file_of_names_finds_the_customer_by_its_name(boss: User) -> None:
    take_in(boss, books({"A": 1}, "x", names={"A": FIRM}))
    named = books({FIRM: 10}, "y", names={FIRM: FIRM}, accept=frozenset({"name"}))
    take_in(boss, named)
    assert owed(boss, "A") == owed(boss, FIRM) == 11
    assert not plan(named).matching.new.num_rows


def test_lines_may_carry_the_tax_number(owner: User, bring: Bring, tmp_path: Path) -> None:
    head = "单据编号,单据日期,客户编码,客户名称,购方税号,不含税金额\n"
    for name, line in (("a", f"1,2026-05-01,A,甲,{TAX},10.00\n"),
                      ("b", f"2,2026-05-02,N,乙,{TAX.lower()},20.00\n")):  # fmt: skip
        (tmp_path / f"{name}.csv").write_text(head + line, "utf-8")
    assert bring({"lines": tmp_path / "a.csv"}).state == Job.State.DONE
    assert Customer.objects.get(code="A").tax_no == TAX
    files = {"lines": LocalFile(tmp_path / "b.csv")}
    (row,) = dry_run(start_upload(owner, files)).proposals
    assert (row["old_code"], row["evidence"], row["likely"]) == ("A", "tax_no", True)


def test_decisions_survive_as_data() -> None:
    made = Decisions({"N": "A"}, frozenset({("M", "B")}), frozenset({"name"}))
    assert matching.of_data(matching.as_data(made)) == made
    assert matching.as_data(Decisions()) == {}


def test_a_merge_asks_for_new_grades(boss: User) -> None:
    take_in(boss, books({"A": 1, "N": 2}, "x"))
    done = customers.merge(boss, "N", "A", "one firm")
    assert done.counts == {"documents": 1, "receipts": 0}
    assert Job.objects.get().kind == "insights.grade"
    assert CustomerCode.objects.get(code="N").customer.code == "A"
