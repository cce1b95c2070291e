"""The codes that files bring: which customer each leads to, and which new ones look like old ones.

A code is resolved once per import, not once per line. New ones are other customers unless somebody
decided that they are the same (``Decisions``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
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
"""Customers added at a time."""


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

    named: dict[str, dict[str, Any]]
    """All of them by code, as documents name them: ``code, name, region, salesperson, tax_no``."""
    new: tuple[Card, ...]
    """Those whose codes no import in force brought, by code."""
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
        news = {card.code for card in self.new} - self.same.keys()
        return sorted(pair for pair in self.decisions.other if pair[0] in news)

    @property
    def others(self) -> list[Card]:
        """The new codes that become customers of their own."""
        return [card for card in self.new if card.code not in self.same]


def match(seen: pa.Table, cards: Mapping[str, Mapping[str, Any]], decisions: Decisions) -> Matching:
    """Compare the customers of files with those of the books. Writes nothing.

    ``seen``: as documents and receipts name them; ``cards``: fields by code, as a customer list
    has them. Raises ``UnknownCode`` and ``NotNew`` where a decision names no such code.
    """
    named = _named(seen, cards)
    held = _merged_by_hand()
    whose, leads, tax_nos = dict[str, str](), dict[str, str](), dict[str, str]()
    columns = ("code", "customer__code", "customer__tax_no", "in_use")
    for code, customer, tax_no, in_use in CustomerCode.objects.values_list(*columns).iterator():
        if in_use or code in held:
            leads[code], tax_nos[customer] = customer, tax_no
        if in_use:
            whose[code] = customer
    new = tuple(
        _card(named[code], cards.get(code, {}))
        for code in sorted(named)
        if code not in whose and code not in held
    )
    codes = {card.code for card in new}
    for code, old in decisions.same.items():
        if old not in whose:
            raise UnknownCode(customer=old)
        if code not in codes and whose.get(code) != whose[old]:
            raise NotNew(customer=code)
    refused = set(Refusal.objects.values_list("code", "other")) if new else set()
    proposals = tuple(alike(new, _of_books(), refused)) if new else ()
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


def _other_tax_nos(
    named: Mapping[str, Mapping[str, Any]], leads: Mapping[str, str], kept: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    """Codes whose documents state another tax number than is ``kept`` of their customer."""
    for code, row in sorted(named.items()):
        stated, there = row.get("tax_no") or "", kept.get(leads.get(code, code)) or ""
        if tax_number(stated) and tax_number(there) not in ("", tax_number(stated)):
            yield code, stated, there


def _named(seen: pa.Table, cards: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    named = {row["code"]: row for row in seen.to_pylist()}
    return {code: {"code": code} for code in cards} | named


def _card(named: Mapping[str, Any], card: Mapping[str, Any]) -> Card:
    name = card.get("name") or named.get("name") or ""
    return Card(named["code"], str(name), str(card.get("tax_no") or named.get("tax_no") or ""))


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
    there = set(CustomerCode.objects.values_list("code", flat=True).iterator())
    missing = [code for code in made.named if code not in there]
    customers = dict(Customer.objects.values_list("code", "pk").iterator()) if missing else {}
    unknown = [code for code in missing if code not in customers]
    for start in range(0, len(unknown), ROWS):
        some = pa.array(unknown[start : start + ROWS], pa.string())
        bulk.insert(Customer, pa.table({"code": some}))
    if unknown:
        customers = dict(Customer.objects.values_list("code", "pk").iterator())
    bulk.insert(CustomerCode, _codes_of(missing, customers, batch, by))
    del there, missing, unknown, customers
    columns = ("code", "pk", "customer_id", "own_id")
    known = {code: rest for code, *rest in CustomerCode.objects.values_list(*columns).iterator()}
    apart = merging.roots_without(known[card.code][2] for card in made.new)
    owners = {old: apart.get(known[old][1], known[old][1]) for old, _ in made.same.values()}

    def customer_of(code: str) -> int:
        _pk, customer, own = known[code]
        found: int = owners[made.same[code][0]] if code in made.same else apart.get(own, customer)
        return found

    return Whose(
        codes=pa.array(made.named, pa.string()),
        ids=pa.array((known[code][0] for code in made.named), pa.int64()),
        customers=pa.array((customer_of(code) for code in made.named), pa.int64()),
    )


def _codes_of(
    codes: list[str], customers: Mapping[str, int], batch: int, by: User | None
) -> pa.Table:
    """The rows of codes, each leading to the customer of its own."""
    own = pa.array([customers[code] for code in codes], pa.int64())
    now = str(connection.ops.adapt_datetimefield_value(timezone.now()))
    return pa.table({
        "code": pa.array(codes, pa.string()), "own_id": own, "customer_id": own,
        "since": pa.array([now] * len(codes), pa.string()),
        "batch": pa.array([batch] * len(codes), pa.int64()),
        "by_id": pa.array([by and by.pk] * len(codes), pa.int64()),
    })  # fmt: skip


def settle(made: Matching, batch: int, by: User | None) -> list[merging.Moved]:
    """Let the codes count and the decisions hold. Call inside the switch; what moved.

    A match confirmed with an import that was taken back holds no more unless it is confirmed again.
    """
    codes = [card.code for card in made.new]
    unused = [*codes, *(_merged_by_hand() & made.named.keys())]
    now = timezone.now()
    for start in range(0, len(unused), CHUNK):
        rows = CustomerCode.objects.filter(code__in=unused[start : start + CHUNK], in_use=False)
        rows.update(in_use=True, batch=batch, since=now, by=by)
    stale, news = Merge.objects.filter(split_at=None, why=Merge.Why.MATCH), set(codes)
    merged = stale.values_list("pk", "merged__code")
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


def known() -> set[str]:
    """The codes that imports in force brought."""
    return set(CustomerCode.objects.filter(in_use=True).values_list("code", flat=True).iterator())


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
