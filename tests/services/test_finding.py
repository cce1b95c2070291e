"""Customers by what people type, on the store's own index."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import pytest

from mainstay.foundation.models import User
from mainstay.ledger import identity
from mainstay.ledger.selectors import find_documents
from mainstay.parties import finding, owners
from mainstay.parties.models import Customer, CustomerCode, CustomerWords
from mainstay.parties.selectors import closest, search
from tests.people import administrator, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db: None) -> User:
    return administrator("boss")


def add(code: str, name: str = "", **more: str) -> Customer:
    customer = Customer.objects.create(code=code, name=name, **more)
    CustomerCode.objects.create(code=code, own=customer, customer=customer, in_use=True)
    return customer


def found(user: User, query: str) -> list[str]:
    return [one.code for one in closest(user, query, 20)]


def test_only_what_changed_is_indexed_anew(boss: User) -> None:
    add("C1", "苏州恒晟")
    add("C2", "宁波拓普")
    assert finding.refresh() == 2
    assert finding.refresh() == 0
    Customer.objects.filter(code="C2").update(name="宁波拓普汽车")
    assert finding.refresh() == 1
    assert (found(boss, "拓普汽车"), found(boss, "hengsheng")) == (["C2"], ["C1"])


def test_everything_is_read_before_anything_is_written(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reading left open keeps SQLite from writing once another process has written."""
    steps: list[str] = []
    sources, put = finding._sources, finding._put

    def read(only: Collection[int] | None) -> Iterator[tuple[int, str, Any]]:
        yield from sources(only)
        steps.append("read")

    def write(rows: list[tuple[int, str, str]]) -> None:
        steps.append("write")
        put(rows)

    monkeypatch.setattr(finding, "CHUNK", 1)
    monkeypatch.setattr(finding, "_sources", read)
    monkeypatch.setattr(finding, "_put", write)
    add("C1", "苏州恒晟")
    add("C2", "宁波拓普")
    assert finding.refresh() == 2
    assert steps == ["read", "write", "write"]


def test_a_changed_name_is_found_by_the_new_one_only(boss: User) -> None:
    customer = add("C1", "苏州恒晟")
    finding.refresh()
    customer.name = "上海东方"
    customer.save()
    finding.refresh()
    assert (found(boss, "恒晟"), found(boss, "东方")) == ([], ["C1"])
    CustomerWords.objects.all().delete()
    assert found(boss, "东方") == []


def test_codes_come_first_then_names_that_begin_so(boss: User) -> None:
    for code, name in (("9", "A 317 trade"), ("317", "x"), ("3178", "y"), ("8", "317 first")):
        add(code, name)
    finding.refresh()
    assert found(boss, "317") == ["317", "3178", "8", "9"]


@pytest.mark.parametrize(
    "query", ["'", '"', "a' OR 1=1", '" OR "', "*", "a:*", "&|!()", "\\", "恒'晟"]
)
def test_no_query_breaks_the_index(boss: User, query: str) -> None:
    add("C1", "苏州恒晟")
    finding.refresh()
    assert found(boss, query) in ([], ["C1"])


def test_nobody_finds_whom_they_may_not_see(boss: User) -> None:
    add("C1", "苏州恒晟")
    add("C2", "苏州恒通")
    finding.refresh()
    seller = person("seller", "salesperson")
    assert found(seller, "苏州") == []
    owners.assign(boss, "C2", seller.pk)
    assert found(seller, "苏州") == ["C2"]
    assert [one.code for one in search(seller, "C1", 0)] == []
    assert find_documents(seller, "XS", 5) == []


def test_a_merged_code_leads_to_the_customer_that_stays(boss: User) -> None:
    add("OLD1", "恒晟老号")
    add("NEW1", "恒晟")
    identity.merge(boss, "OLD1", "NEW1", "one firm")
    finding.refresh()
    assert found(boss, "OLD1") == ["NEW1"]
    assert found(boss, "恒晟") == ["NEW1"]
