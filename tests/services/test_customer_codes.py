"""One customer, several codes: matches, merges, splits and undo against a model in dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mainstay.foundation.errors import NotAllowed, ReasonMissing
from mainstay.foundation.models import AuditEntry, User
from mainstay.ledger import identity, selectors, services
from mainstay.ledger.check import check_books
from mainstay.ledger.demo import make_room
from mainstay.ledger.models import Document, ImportBatch, Receipt
from mainstay.ledger.plan import Books, counts, plan
from mainstay.parties.codes import Decisions
from mainstay.parties.errors import (
    MergeNotFound,
    NotNew,
    OneAlready,
    UnknownCode,
)
from mainstay.parties.models import Customer, CustomerCode, Merge, Refusal
from tests.people import administrator, person

DAY = date(2026, 5, 1)
CODES = ("A", "B", "C", "D", "E")


@pytest.fixture
def boss(db: None) -> User:
    return administrator("boss")


def books(
    amounts: Mapping[str, int],
    tag: str,
    *,
    paid: Mapping[str, int | list[int]] | None = None,
    numbered: bool = True,
    cards: list[dict[str, Any]] | None = None,
    names: Mapping[str, str] | None = None,
    **decided: object,
) -> Books:
    """One invoice per code, numbered by ``tag`` and code; receipts likewise."""
    lines = [
        {"doc_no": f"{tag}-{code}", "kind": "invoice", "customer_id": code, "doc_date": DAY,
         "customer_name": (names or {}).get(code), "net": net, "gross": net}
        for code, net in amounts.items()
    ]  # fmt: skip
    receipts = [
        {"receipt_no": f"{tag}-{code}" if numbered else None, "customer_id": code,
         "customer_name": None, "date": DAY, "amount": amount, "method": None}
        for code, amounts in (paid or {}).items()
        for amount in ([amounts] if isinstance(amounts, int) else amounts)
    ]  # fmt: skip
    columns: dict[str, pa.DataType] = {
        "doc_no": pa.string(), "kind": pa.string(), "customer_id": pa.string(),
        "doc_date": pa.date32(), "customer_name": pa.string(), "net": pa.int64(),
        "gross": pa.int64(),
    }  # fmt: skip
    return Books(
        lines=pa.Table.from_pylist(lines, schema=pa.schema(columns)),
        receipts=pa.Table.from_pylist(receipts) if receipts else None,
        customers=pa.Table.from_pylist(cards) if cards else None,
        currency="CNY",
        exponent=2,
        decisions=Decisions(**decided),  # type: ignore[arg-type]
    )


def take_in(user: User, given_books: Books) -> int:
    batch = services.open_batch(user, [], {})
    services.take_in(batch, given_books, lambda done, total: None)
    return batch.pk


def owed(user: User, code: str) -> int:
    return selectors.balance(user, code, DAY).total


def picture() -> tuple[object, ...]:
    """What counts now: whose each fact is, and what each customer of its own shows."""
    roots = CustomerCode.objects.filter(in_use=True)
    return (
        sorted(Document.objects.visible().values_list("key", "customer__code", "net")),
        sorted(Receipt.objects.visible().values_list("key", "customer__code", "amount")),
        sorted(roots.values_list("code", "customer__code", "customer__name", "customer__region",
                                 "customer__terms_days", "customer__on_file")),
    )  # fmt: skip


def test_a_confirmed_code_is_the_customer_and_apart_again(boss: User) -> None:
    take_in(boss, books({"A": 100, "B": 7}, "x", paid={"A": 30}))
    second = take_in(boss, books({"N": 50}, "y", paid={"N": 5}, same={"N": "A"}))
    assert owed(boss, "A") == owed(boss, "N") == 100 - 30 + 50 - 5
    said = Document.objects.filter(number="y-N").values_list("customer_code__code", flat=True)
    assert list(said) == ["N"]  # what the file said
    merge = Merge.objects.get()
    assert (merge.why, merge.batch, merge.by) == ("match", second, boss)
    third = take_in(boss, books({"N": 8}, "z"))  # a known code is not asked for again
    assert owed(boss, "A") == 123
    identity.split(boss, merge.pk, "not the same")
    assert (owed(boss, "A"), owed(boss, "N")) == (70, 53)
    assert not check_books().faults
    assert third > second


def test_the_same_files_again_change_nothing_after_a_match(boss: User) -> None:
    take_in(boss, books({"A": 100}, "x"))
    take_in(boss, books({"N": 50}, "y", same={"N": "A"}))
    again = counts(plan(books({"A": 100}, "x"))), counts(plan(books({"N": 50}, "y")))
    for found in again:
        assert (found["documents_identical"], found["documents_new"]) == (1, 0)
        assert (found["customers_new"], found["customers_matched"]) == (0, 0)


def unnumbered(tag: str, paid: Mapping[str, int | list[int]], **decided: object) -> Books:
    """Receipts without numbers, and an invoice of ``tag`` for each code."""
    return books(dict.fromkeys(paid, 1_000), tag, paid=paid, numbered=False, **decided)


def received(user: User, code: str) -> int:
    return 1_000 * Document.objects.visible().filter(customer__code=code).count() - owed(user, code)


def test_a_receipt_without_number_counts_once_under_all_codes(boss: User) -> None:
    take_in(boss, unnumbered("x", {"A": [30, 30, 7]}))
    asked = unnumbered("y", {"N": [30, 30, 30, 5]}, same={"N": "A"})
    told = counts(plan(asked))
    assert (told["receipts_identical"], told["receipts_new"]) == (2, 2)
    assert told["receipts_amount_new"] == 35
    second = take_in(boss, asked)
    assert received(boss, "A") == 30 + 30 + 7 + 30 + 5
    for again in (asked, unnumbered("z", {"A": [30, 30, 30, 7, 5]})):
        told = counts(plan(replace(again, decisions=Decisions())))
        assert told["receipts_new"] == 0
    more = counts(plan(unnumbered("z", {"A": [30, 5], "N": [30, 30, 30]})))
    assert (more["receipts_identical"], more["receipts_amount_new"]) == (4, 30)
    assert not check_books().faults
    services.undo(boss, second)
    assert received(boss, "A") == 30 + 30 + 7
    assert not check_books().faults


def test_what_two_codes_brought_before_the_merge_counts_as_it_did(boss: User) -> None:
    take_in(boss, unnumbered("x", {"A": 30, "N": [30, 4], "B": 30}))
    identity.merge(boss, "N", "A", "one firm")
    assert received(boss, "A") == 64
    for paid in ({"A": [30, 30, 4]}, {"N": [30, 30]}, {"A": [30, 4], "N": 30}):
        assert counts(plan(unnumbered("x", paid)))["receipts_new"] == 0
    assert counts(plan(unnumbered("x", {"B": [30, 30]})))["receipts_new"] == 1
    identity.split(boss, Merge.objects.get().pk, "two firms")
    assert counts(plan(unnumbered("x", {"A": [30, 30, 4]})))["receipts_amount_new"] == 34


def test_the_first_import_taken_back_leaves_what_came_again_under_the_other_code(
    boss: User,
) -> None:
    first = take_in(boss, unnumbered("x", {"A": 30}))
    take_in(boss, unnumbered("y", {"N": [30, 5]}, same={"N": "A"}))
    services.undo(boss, first)
    assert sum(Receipt.objects.visible().values_list("amount", flat=True)) == 35
    assert not check_books().faults


def test_many_matches_take_as_many_statements_as_few(boss: User) -> None:
    taken = []
    for tag, count in (("few", 3), ("many", 60)):
        codes = [f"{tag}{number}" for number in range(count)]
        take_in(boss, books({f"A{code}": 1 for code in codes}, f"x{tag}"))
        same = {f"N{code}": f"A{code}" for code in codes}
        asked = books(dict.fromkeys(same, 1), f"y{tag}", same=same)
        with CaptureQueriesContext(connection) as statements:
            batch = take_in(boss, asked)
        taken.append(len(statements))
        services.undo(boss, batch)
        with CaptureQueriesContext(connection) as statements:
            take_in(boss, books(dict.fromkeys(same, 1), f"z{tag}"))  # not confirmed: split again
        taken.append(len(statements))
    assert Merge.objects.exclude(split_at=None).count() == 63
    assert taken[:2] == taken[2:]


def test_undo_takes_the_code_away_where_nothing_else_uses_it(boss: User) -> None:
    take_in(boss, books({"A": 100}, "x"))
    before = picture()
    second = take_in(boss, books({"N": 50}, "y", same={"N": "A"}))
    services.undo(boss, second)
    assert picture() == before
    take_in(boss, books({"N": 50}, "y"))  # asked again, and not confirmed this time
    assert (owed(boss, "A"), owed(boss, "N")) == (100, 50)
    assert not check_books().faults


def test_undo_leaves_a_code_that_a_later_import_uses(boss: User) -> None:
    take_in(boss, books({"A": 100}, "x"))
    second = take_in(boss, books({"N": 50}, "y", same={"N": "A"}))
    third = take_in(boss, books({"N": 8}, "z"))
    services.undo(boss, second)
    assert owed(boss, "A") == 108
    services.undo(boss, third)
    assert not CustomerCode.objects.get(code="N").in_use


def test_a_merge_survives_the_undo_of_its_code(boss: User) -> None:
    take_in(boss, books({"A": 100}, "x"))
    second = take_in(boss, books({"N": 50}, "y"))
    identity.merge(boss, "N", "A", "moved to the new system")
    services.undo(boss, second)
    take_in(boss, books({"N": 9}, "z"))
    assert owed(boss, "A") == 109


def test_cards_follow_and_the_latest_import_wins(boss: User) -> None:
    old: list[dict[str, Any]] = [
        {"customer_id": "A", "customer_name": "Old name", "region": "North", "terms_days": 30}
    ]
    new: list[dict[str, Any]] = [
        {"customer_id": "N", "customer_name": "New name", "region": "South"}
    ]
    take_in(boss, books({"A": 1}, "x", cards=old))
    take_in(boss, books({"N": 2}, "y", cards=new))
    apart = picture()
    identity.merge(boss, "N", "A", "one firm")
    shown = Customer.objects.get(code="A")
    assert (shown.name, shown.region, shown.terms_days) == ("New name", "South", 30)
    identity.split(boss, Merge.objects.get().pk, "two firms")
    assert picture() == apart


@pytest.mark.parametrize(("gone", "stays"), [("A", "N"), ("N", "A")])
def test_of_one_list_the_word_on_the_customer_that_stays_counts(
    boss: User, gone: str, stays: str
) -> None:
    both: list[dict[str, Any]] = [
        {"customer_id": code, "customer_name": f"Name of {code}"} for code in ("A", "N")
    ]
    take_in(boss, books({"A": 1, "N": 2}, "x", cards=both))
    identity.merge(boss, gone, stays, "one firm")
    assert Customer.objects.get(code=stays).name == f"Name of {stays}"


def test_who_may_and_why(boss: User) -> None:
    take_in(boss, books({"A": 1, "B": 2}, "x"))
    clerk = person("clerk", "credit_controller")
    with pytest.raises(NotAllowed):
        identity.merge(clerk, "B", "A", "because")
    with pytest.raises(ReasonMissing):
        identity.merge(boss, "B", "A", "  ")
    with pytest.raises(UnknownCode):
        identity.merge(boss, "B", "Z", "because")
    identity.merge(boss, "B", "A", "because")
    with pytest.raises(OneAlready):
        identity.merge(boss, "A", "B", "because")
    merge = Merge.objects.get()
    identity.split(boss, merge.pk, "wrong")
    with pytest.raises(MergeNotFound):
        identity.split(boss, merge.pk, "wrong")
    trail = list(AuditEntry.objects.filter(action__startswith="customer.").order_by("pk"))
    assert [(one.action, one.actor, one.reason) for one in trail] == [
        ("customer.merged", boss, "because"), ("customer.split", boss, "wrong"),
    ]  # fmt: skip
    assert trail[0].facts["documents"] == 1


def test_decisions_must_name_codes_that_are_there(boss: User) -> None:
    take_in(boss, books({"A": 1}, "x"))
    with pytest.raises(UnknownCode):
        plan(books({"N": 1}, "y", same={"N": "Q"}))
    with pytest.raises(NotNew):
        plan(books({"N": 1}, "y", same={"M": "A"}))


def test_a_refusal_is_remembered(boss: User) -> None:
    names = {"A": "杭州百味有限责任公司", "N": "杭州百味有限公司"}
    take_in(boss, books({"A": 1}, "x", names=names))
    asked = books({"N": 1}, "y", names=names, other=frozenset({("N", "A")}))
    assert len(plan(asked).matching.proposals) == 1
    batch = take_in(boss, asked)
    assert Refusal.objects.get().other == "A"
    services.undo(boss, batch)
    assert plan(books({"N": 1}, "y", names=names)).matching.proposals == ()


@st.composite
def acts(draw: st.DrawFn) -> list[tuple[object, ...]]:
    code = st.sampled_from(CODES)
    one = st.one_of(
        st.tuples(st.just("import"), st.dictionaries(code, st.integers(1, 999), min_size=1),
                  st.dictionaries(code, code, max_size=2)),
        st.tuples(st.just("merge"), code, code),
        st.tuples(st.just("split"), st.integers(0, 9)),
        st.tuples(st.just("undo"), st.integers(0, 9)),
    )  # fmt: skip
    return draw(st.lists(one, min_size=3, max_size=9))


class Model:
    """Whose each amount is, in plain dictionaries: a forest of merges over the files' codes."""

    def __init__(self) -> None:
        self.files: dict[int, dict[str, int]] = {}
        self.undone: set[int] = set()
        self.parent: dict[str, tuple[str, bool]] = {}
        self.seen: set[str] = set()

    def live(self) -> set[str]:
        return {c for b, file in self.files.items() if b not in self.undone for c in file}

    def new(self, code: str) -> bool:
        by_hand = code in self.parent and not self.parent[code][1]
        return code not in self.live() and not by_hand

    def root(self, code: str) -> str:
        while code in self.parent:
            code = self.parent[code][0]
        return code

    def balances(self) -> dict[str, int]:
        sums = dict.fromkeys(self.seen, 0)
        for batch, file in self.files.items():
            if batch not in self.undone:
                for code, amount in file.items():
                    sums[self.root(code)] += amount
        return {code: sums[self.root(code)] for code in self.seen}


def empty() -> None:
    """Nothing in the books, as after the demo company: what an earlier example left goes."""
    batch = services.open_batch(None, [], {})
    make_room(batch, pa.array([], pa.int64()))
    batch.delete()


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=acts())
def test_any_order_of_imports_merges_splits_and_undo(boss: User, steps: list[tuple]) -> None:  # type: ignore[type-arg]
    empty()
    model = Model()
    for number, (what, *rest) in enumerate(steps):
        if what == "import":
            _import(boss, model, f"t{number}", *rest)
        elif what == "merge":
            _merge(boss, model, *rest)
        elif what == "split":
            held = list(Merge.objects.filter(split_at=None).order_by("pk"))
            if held:
                one = held[rest[0] % len(held)]
                identity.split(boss, one.pk, "test")
                del model.parent[one.merged.code]
        else:
            applied = ImportBatch.objects.filter(state="applied").order_by("pk")
            if applied:
                batch = applied[rest[0] % len(applied)].pk
                services.undo(boss, batch)
                model.undone.add(batch)
        assert {code: owed(boss, code) for code in model.seen} == model.balances()
        assert not check_books().faults
    for merge in Merge.objects.filter(split_at=None):
        identity.split(boss, merge.pk, "all")
    model.parent.clear()
    assert {code: owed(boss, code) for code in model.seen} == model.balances()


def _import(boss: User, model: Model, tag: str, file: dict[str, int], same: dict[str, str]) -> None:
    known = model.live()
    same = {n: o for n, o in same.items() if n in file and model.new(n) and o in known}
    fresh = [code for code in file if model.new(code)]
    batch = take_in(boss, books(file, tag, same=same))
    for code in fresh:
        if code in model.parent:
            del model.parent[code]
    for code, old in sorted(same.items()):
        if model.root(old) != code:
            model.parent[code] = (old, True)
    model.files[batch] = file
    model.seen |= file.keys()


def _merge(boss: User, model: Model, code: str, into: str) -> None:
    if {code, into} <= model.seen and model.root(code) != model.root(into):
        identity.merge(boss, code, into, "test")
        model.parent[model.root(code)] = (model.root(into), False)
    elif {code, into} <= model.seen:
        with pytest.raises(OneAlready):
            identity.merge(boss, code, into, "test")
