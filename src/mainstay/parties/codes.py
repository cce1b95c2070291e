"""The codes that files bring: which customer each leads to, and which new ones look like old ones.

A code is resolved once per import, not once per line. New ones are other customers unless somebody
decided that they are the same (``Decisions``). There may be very many: they are kept in Arrow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, models
from django.utils import timezone

from mainstay.foundation import bulk
from mainstay.foundation.models import User
from mainstay.parties import merging
from mainstay.parties.errors import NotNew, UnknownCode
from mainstay.parties.likeness import Card, Likeness, alike, tax_number
from mainstay.parties.models import Customer, CustomerCode, Merge, Refusal

CHUNK = 500
"""Codes named in one statement."""
ROWS = 5_000
"""Customers read or added at a time."""
_NONE = pa.scalar("")


@dataclass(frozen=True, slots=True)
class Decisions:
    """What somebody decided on the new codes of an import."""

    same: Mapping[str, str] = field(default_factory=dict)
    """New code → code of the customer it is."""
    other: frozenset[tuple[str, str]] = frozenset()
    """New code and code of a customer it is not; kept, so that it is not proposed again."""
    accept: frozenset[str] = frozenset()
    """Evidence that is taken without asking, where it speaks for one customer only."""
    likely: bool = False
    """Take what is likely the same, as a page proposes it before anybody decided. Not kept."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Where the facts of each code go; in arrays, since there may be very many codes."""

    codes: pa.Array[Any]
    ids: pa.Array[Any]
    """Of each code."""
    customers: pa.Array[Any]
    """Ids of the customers they lead to."""

    def of(self, codes: pa.ChunkedArray[Any]) -> tuple[Any, Any]:
        """The ids of these codes and of their customers; null where there is no code."""
        places: Any = pc.index_in(codes, value_set=self.codes)
        if places.null_count != codes.null_count:
            raise KeyError("a code that was never registered")
        return pc.take(self.ids, places), pc.take(self.customers, places)


@dataclass(frozen=True, slots=True)
class Matching:
    """The customers that files name: new codes, what they look like, and what was decided."""

    named: pa.Table
    """All of them by code, as documents name them: ``code, name, region, salesperson, tax_no``."""
    new: pa.Table
    """``code, name, tax_no`` of those whose codes no import in force brought, by code."""
    proposals: tuple[Likeness, ...]
    same: dict[str, tuple[str, str]]
    """New code → code of the customer it was decided to be, and the evidence."""
    decisions: Decisions
    leads: dict[str, str]
    """Code → code of the customer it leads to, once the decisions hold; not of other new codes."""
    other_tax_no: tuple[tuple[str, str, str], ...] = ()
    """Codes whose documents state another tax number than their customer has, which stays: the
    code, the stated number, the customer's."""

    @property
    def refused(self) -> list[tuple[str, str]]:
        """New codes and the customers they are not."""
        told = sorted(self.decisions.other)
        among = _within([code for code, _ in told], self.new["code"])
        return [pair for pair in told if pair[0] in among and pair[0] not in self.same]

    @property
    def others(self) -> pa.Table:
        """The new codes that become customers of their own."""
        return self.new.filter(pc.invert(pc.is_in(self.new["code"], _texts(self.same))))


def match(
    seen: pa.Table,
    cards: Mapping[str, Mapping[str, Any]],
    decisions: Decisions,
    *,
    afresh: bool = False,
) -> Matching:
    """Compare the customers of files with those of the books. Writes nothing.

    ``seen``: as documents and receipts name them; ``cards``: fields by code, as a customer list
    has them; ``afresh``: as if the books had none. Raises ``UnknownCode`` and ``NotNew`` where a
    decision names no such code.
    """
    named = _named(seen, cards)
    if afresh:
        return _of_nobody(named, cards, decisions)
    held = _merged_by_hand()
    whose, leads, tax_nos = dict[str, str](), dict[str, str](), dict[str, str]()
    columns = ("code", "customer__code", "customer__tax_no", "in_use")
    for code, customer, tax_no, in_use in CustomerCode.objects.values_list(*columns).iterator():
        if in_use or code in held:
            leads[code] = customer
            if tax_no:
                tax_nos[customer] = tax_no
        if in_use:
            whose[code] = customer
    new = _new(named, _texts(whose.keys() | held), cards)
    codes = _within(decisions.same, new["code"])
    for code, old in decisions.same.items():
        if old not in whose:
            raise UnknownCode(customer=old)
        if code not in codes and whose.get(code) != whose[old]:
            raise NotNew(customer=code)
    refused = set(Refusal.objects.values_list("code", "other")) if new.num_rows else set()
    proposals = tuple(alike(_cards(new), _of_books(), refused)) if new.num_rows else ()
    same = _accepted(proposals, decisions)
    by_pair = {(each.new.code, each.old.code): each.evidence for each in proposals}
    for code, old in decisions.same.items():
        if code not in codes:  # decided before
            continue
        same[code] = (whose[old], by_pair.get((code, whose[old]), ""))
    leads |= {code: old for code, (old, _) in same.items()}
    kept = tax_nos | {
        leads.get(code, code): no for code, card in cards.items() if (no := card.get("tax_no"))
    }
    other = tuple(_other_tax_nos(named, leads, kept))
    return Matching(named, new, proposals, same, decisions, leads, other)


def _of_nobody(
    named: pa.Table, cards: Mapping[str, Mapping[str, Any]], decisions: Decisions
) -> Matching:
    """All of them are new, and there is nobody whom they could be."""
    for old in decisions.same.values():
        raise UnknownCode(customer=old)
    new = _new(named, _texts(()), cards)
    kept = {code: no for code, card in cards.items() if (no := card.get("tax_no"))}
    return Matching(named, new, (), {}, Decisions(), {}, tuple(_other_tax_nos(named, {}, kept)))


def _other_tax_nos(
    named: pa.Table, leads: Mapping[str, str], kept: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    """Codes whose documents state another tax number than is ``kept`` of their customer."""
    stated: Any = pc.not_equal(named["tax_no"], _NONE)
    for row in _rows(named.filter(stated).sort_by("code")):
        code, tax_no = row["code"], row["tax_no"]
        there = kept.get(leads.get(code, code)) or ""
        if tax_number(tax_no) and tax_number(there) not in ("", tax_number(tax_no)):
            yield code, tax_no, there


def _named(seen: pa.Table, cards: Mapping[str, Mapping[str, Any]]) -> pa.Table:
    """The codes of a list in its order, then those that documents alone name."""
    if not cards:
        return seen
    listed = _texts(cards)
    said = seen.take(pc.index_in(listed, seen["code"])).set_column(0, "code", listed)
    alone = seen.filter(pc.invert(pc.is_in(seen["code"], listed)))
    return pa.concat_tables([said, alone])


def _new(named: pa.Table, known: pa.Array[Any], cards: Mapping[str, Mapping[str, Any]]) -> pa.Table:
    """Of the codes that are not ``known`` the card's name and tax number, else the documents'."""
    new = named.filter(pc.invert(pc.is_in(named["code"], known)))
    new = new.select(["code", "name", "tax_no"]).sort_by("code")
    codes: list[Any] = new["code"].to_pylist() if cards else []
    listed = [cards.get(code, {}) for code in codes]
    for place, column in enumerate(("name", "tax_no"), start=1):
        said: Any = pc.coalesce(new[column], _NONE)
        if listed:
            said = pc.coalesce(_texts(card.get(column) or None for card in listed), said)
        new = new.set_column(place, column, said)
    return new


def _cards(new: pa.Table) -> Iterator[Card]:
    return (Card(**row) for row in _rows(new))


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    """The rows, some thousands in memory at a time."""
    for part in table.to_batches(max_chunksize=ROWS):
        yield from part.to_pylist()


def _texts(values: Iterable[str | None]) -> pa.Array[Any]:
    return pa.array(values, pa.string())


def _within(values: Iterable[str], column: pa.ChunkedArray[Any]) -> set[str]:
    """Which of these stand in the column."""
    given = list(values)
    among = pc.is_in(_texts(given), column).to_pylist()
    return {value for value, there in zip(given, among, strict=True) if there}


def _merged_by_hand() -> set[str]:
    """Codes whose own customer was merged afterwards: they stay with it, in use or not."""
    merges = Merge.objects.filter(split_at=None, why=Merge.Why.MERGE)
    return set(merges.values_list("merged__code", flat=True))


def _of_books() -> Iterable[Card]:
    """The customers of the books, each by every name and tax number its codes have."""
    rows = CustomerCode.objects.filter(in_use=True).order_by("code")
    columns = ("customer__code", "own__name", "own__tax_no", "customer__name", "customer__tax_no")
    for code, name, tax_no, shown, shown_no in rows.values_list(*columns).iterator():
        yield Card(code, shown, shown_no)
        if (name, tax_no) != (shown, shown_no):
            yield Card(code, name, tax_no)


def _accepted(proposals: Iterable[Likeness], decisions: Decisions) -> dict[str, tuple[str, str]]:
    """What is taken without asking: by the evidence allowed, where there is one candidate."""
    candidates: dict[str, list[Likeness]] = {}
    for each in proposals:
        if (each.new.code, each.old.code) not in decisions.other:
            candidates.setdefault(each.new.code, []).append(each)
    return {
        code: (found[0].old.code, found[0].evidence)
        for code, found in candidates.items()
        if len(found) == 1
        and (found[0].evidence in decisions.accept or (decisions.likely and found[0].strong))
    }


def register(made: Matching, batch: int, by: User | None) -> Whose:
    """Add a customer and a code for each that is not there yet; where the facts of each code go.

    Nothing shows them until ``settle``, and what is said of them only ``cards.file_cards`` shows.
    Run again after a killed import, it finds its own.
    """
    codes = made.named["code"]
    missing = codes.filter(pc.invert(pc.is_in(codes, _read(CustomerCode, "code")["code"])))
    unknown = missing.filter(pc.invert(pc.is_in(missing, _read(Customer, "code")["code"])))
    for part in pa.table({"code": unknown}).to_batches(max_chunksize=ROWS):
        bulk.insert(Customer, pa.Table.from_batches([part]))
    if len(missing):
        there = _read(Customer, "code", "pk")
        own = pc.take(there["pk"], pc.index_in(missing, there["code"]))
        for part in pa.table({"code": missing, "own_id": own}).to_batches(max_chunksize=ROWS):
            bulk.insert(CustomerCode, _codes_of(part, batch, by))
        del there, own
    known = _read(CustomerCode, "code", "pk", "customer_id", "own_id")
    at = pc.index_in(codes, known["code"])
    owners = pc.take(known["own_id"], at)
    customers = np.asarray(pc.take(known["customer_id"], at), np.int64).copy()
    apart = merging.roots_without(owners.filter(pc.is_in(codes, made.new["code"])))
    moved = np.isin(np.asarray(owners), list(apart))
    customers[moved] = [apart[owner] for owner in np.asarray(owners)[moved].tolist()]
    if made.same:
        customers[_places(made.same, codes)] = [
            apart.get(customer, customer) for customer in _led_to(made, known)
        ]
    ids: Any = pc.take(known["pk"], at)
    return Whose(codes.combine_chunks(), ids.combine_chunks(), pa.array(customers, pa.int64()))


def _places(values: Iterable[str], column: pa.ChunkedArray[Any]) -> Any:
    return np.asarray(pc.index_in(_texts(values), column), np.int64)


def _led_to(made: Matching, known: pa.Table) -> list[int]:
    """The customers of the books whom codes were decided to be."""
    places = _places((old for old, _ in made.same.values()), known["code"])
    customers: Any = known["customer_id"].take(pa.array(places))
    return list(customers.to_pylist())


def _read(model: type[models.Model], *columns: str) -> pa.Table:
    """Columns of a whole table: codes, else whole numbers."""
    kinds = [pa.string() if name == "code" else pa.int64() for name in columns]
    rows = model._default_manager.values_list(*columns).iterator(chunk_size=ROWS)
    parts = [pa.table([pa.array([], kind) for kind in kinds], names=list(columns))]
    while part := list(islice(rows, ROWS)):
        values = [
            pa.array(each, kind) for each, kind in zip(zip(*part, strict=True), kinds, strict=True)
        ]
        parts.append(pa.table(values, names=list(columns)))
    return pa.concat_tables(parts)


def _codes_of(codes: pa.RecordBatch, batch: int, by: User | None) -> pa.Table:
    """The rows of codes, each leading to the customer of its own."""
    count = codes.num_rows
    now = str(connection.ops.adapt_datetimefield_value(timezone.now()))
    return pa.table({
        "code": codes["code"], "own_id": codes["own_id"], "customer_id": codes["own_id"],
        "since": pa.array([now] * count, pa.string()),
        "batch": pa.array([batch] * count, pa.int64()),
        "by_id": pa.array([by and by.pk] * count, pa.int64()),
    })  # fmt: skip


def settle(made: Matching, batch: int, by: User | None) -> list[merging.Moved]:
    """Let the codes count and the decisions hold. Call inside the switch; what moved.

    A match confirmed with an import that was taken back holds no more unless it is confirmed again.
    """
    new = made.new["code"]
    by_hand = _texts(_within(_merged_by_hand(), made.named["code"]))
    now = timezone.now()
    for unused in (new, by_hand):
        for start in range(0, len(unused), CHUNK):
            some = unused.slice(start, CHUNK).to_pylist()
            rows = CustomerCode.objects.filter(code__in=some, in_use=False)
            rows.update(in_use=True, batch=batch, since=now, by=by)
    stale = Merge.objects.filter(split_at=None, why=Merge.Why.MATCH)
    merged = list(stale.values_list("pk", "merged__code"))
    news = _within((code for _, code in merged), new)
    merging.split([pk for pk, code in merged if code in news], by, "import")
    own = dict(CustomerCode.objects.values_list("code", "own_id").iterator()) if made.same else {}
    pairs = [(own[code], own[old], evidence) for code, (old, evidence) in made.same.items()]
    merging.merge(pairs, by, why=Merge.Why.MATCH, batch=batch)
    moved = merging.follow()
    merging.show(moved)
    Refusal.objects.bulk_create(
        [Refusal(code=code, other=other, batch=batch, by=by) for code, other in made.refused],
        ignore_conflicts=True,
    )
    return moved


def known() -> pa.Array[Any]:
    """The codes that imports in force brought."""
    return _texts(
        CustomerCode.objects.filter(in_use=True).values_list("code", flat=True).iterator()
    )


def retire(batches: Iterable[int], used: Iterable[int]) -> int:
    """Let the codes these imports brought count as new again, save those ``used`` by others."""
    kept = set(used)
    rows = CustomerCode.objects.filter(in_use=True, batch__in=list(batches))
    idle = [pk for pk in rows.values_list("pk", flat=True) if pk not in kept]
    for start in range(0, len(idle), CHUNK):
        CustomerCode.objects.filter(pk__in=idle[start : start + CHUNK]).update(in_use=False)
    return len(idle)


def keep(used: Iterable[int]) -> None:
    """Let these codes count as known: what they brought counts again."""
    known = list(used)
    for start in range(0, len(known), CHUNK):
        rows = CustomerCode.objects.filter(pk__in=known[start : start + CHUNK], in_use=False)
        rows.update(in_use=True)
