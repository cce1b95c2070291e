"""Prove the audit trail: every entry against its seal, every seal against the one before it and
against the head file, and what is not sealed yet against its mac.

Reads a chunk at a time: memory does not grow with the trail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from mainstay.foundation.errors import HeadUnreadable
from mainstay.foundation.lock import one_at_a_time
from mainstay.foundation.models import AuditEntry, AuditSeal
from mainstay.foundation.trail import content, head, sealing
from mainstay.kernel.errors import Words, words

CHUNK = 2_000
"""Seals read at a time."""
NAMED = 20
"""Entries or seals that a fault names; the rest it counts."""
FAULTS: dict[str, Words] = {
    "entry_altered": words(
        "Entries say something else than when they were sealed ({count}): {first}.",
        "封存后被改动的记录（{count}）：{first}。",
    ),
    "entry_missing": words(
        "Sealed entries were deleted ({count}): {first}.",
        "已封存而被删除的记录（{count}）：{first}。",
    ),
    "entry_forged": words(
        "Entries that Mainstay did not write, or changed before sealing ({count}): {first}.",
        "并非由柱石写入或在封存前被改动的记录（{count}）：{first}。",
    ),
    "seal_altered": words(
        "Seals do not add up ({count}): {first}.", "与其内容不符的封印（{count}）：{first}。"
    ),
    "seal_out_of_line": words(
        "Seals were deleted, inserted or put in another order ({count}), at sequence {first}.",
        "封印被删除、插入或调换了顺序（{count}），位于序号 {first}。",
    ),
    "chain_cut": words(
        "The newest entries are gone with their seals: sequence {first}.",
        "最新的记录连同封印一起丢失：序号 {first}。",
    ),
    "head_missing": words(
        "The head file is missing or empty, and the chain had been written there.",
        "链首文件缺失或为空，而审计链此前已写入其中。",
    ),
    "head_unreadable": words(
        "The head file has a line that makes no sense: {first}.",
        "链首文件中有无法识别的行：{first}。",
    ),
    "head_behind": words(
        "The head file is older than the chain: it ends at sequence {first}.",
        "链首文件比审计链旧：它止于序号 {first}。",
    ),
    "head_differs": words(
        "Lines of the head file name another hash than the chain ({count}), at sequence {first}.",
        "链首文件中的哈希值与审计链不同（{count}），位于序号 {first}。",
    ),
}


@dataclass(frozen=True, slots=True)
class TrailFault:
    """Something that was tampered with: how often, and the first places by name."""

    code: str
    count: int
    first: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As data; ``en`` and ``zh`` say it."""
        facts = {"count": self.count, "first": ", ".join(self.first)}
        said = {lang: text.format(**facts) for lang, text in FAULTS[self.code].items()}
        return {"code": self.code, "count": self.count, "first": list(self.first), **said}


@dataclass(frozen=True, slots=True)
class TrailReport:
    """What the trail holds, and what is wrong with it."""

    entries: int
    sealed: int
    unsealed: int
    """Written since the last sealing, and the forged."""
    sequence: int
    hash: str
    """Of the newest seal: keep it elsewhere, and it proves all that is sealed today."""
    sealed_at: str
    """When the newest seal was made, ISO, UTC; empty where there is none."""
    begun: str
    """Why the head file began afresh, and when; empty where it never did."""
    faults: tuple[TrailFault, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """As data for a job's report or JSON."""
        return asdict(self) | {"faults": [fault.to_dict() for fault in self.faults]}


class _Found:
    """Faults as they come to light."""

    def __init__(self) -> None:
        self._first: dict[str, list[str]] = {}
        self._count: dict[str, int] = {}

    def add(self, code: str, name: str = "") -> None:
        first = self._first.setdefault(code, [])
        self._count[code] = self._count.get(code, 0) + 1
        if name and len(first) < NAMED:
            first.append(name)

    def all(self) -> tuple[TrailFault, ...]:
        return tuple(
            TrailFault(code, self._count[code], tuple(self._first[code]))
            for code in FAULTS if code in self._count
        )  # fmt: skip


def verify() -> TrailReport:
    """Read the whole trail and find everything that was altered, deleted, inserted, reordered or
    cut off: entries, seals and head.

    What is sealed meanwhile is left to the next time.
    """
    found = _Found()
    skip, begun, line = 0, None, None
    with one_at_a_time(sealing.LOCK):
        end = sealing.newest()
        try:
            skip, begun = head.begun()
            line = head.last()
        except HeadUnreadable as error:
            found.add("head_unreadable", str(error.facts["line"]))
        else:
            _compare_ends(end, line, found)
    reached = end.sequence if end else 0
    _walk(reached, _Lines(skip) if line else None, found)
    unsealed = _look_at_unsealed(found)
    return TrailReport(
        entries=AuditEntry.objects.count(), sealed=AuditSeal.objects.count(), unsealed=unsealed,
        sequence=reached, hash=end.hash if end else "",
        sealed_at=end.sealed_at.isoformat() if end else "",
        begun=f"{begun.at[:19]} {begun.kind}: {begun.why}" if begun else "",
        faults=found.all(),
    )  # fmt: skip


class _Lines:
    """Lines of the head file, beside the seals as they go by."""

    def __init__(self, skip: int) -> None:
        self._rest = islice(head.lines(), skip, None)
        self._next = next(self._rest, None)

    def told(self, sequence: int) -> Iterator[head.Line]:
        """The lines up to that sequence that were not told yet."""
        while self._next is not None and self._next.sequence <= sequence:
            yield self._next
            self._next = next(self._rest, None)


def _compare_ends(end: AuditSeal | None, line: head.Line | None, found: _Found) -> None:
    """The chain may be longer than the file by what is not marked as written there."""
    known, reached = line.sequence if line else 0, end.sequence if end else 0
    if known > reached:
        found.add("chain_cut", f"{reached + 1}–{known}")
    elif AuditSeal.objects.filter(sequence__gt=known, anchored=True).exists():
        found.add("head_behind" if line else "head_missing", str(known) if line else "")


def _walk(end: int, lines: _Lines | None, found: _Found) -> None:
    """Every seal in order, with its entry."""
    previous, expected = "", 1
    for seal, entry in _pairs(end):
        name = _name(seal, entry)
        if seal.sequence != expected or seal.previous != previous:
            found.add("seal_out_of_line", str(seal.sequence))
        said = content.link(
            seal.previous, seal.sequence, seal.entry_id, seal.digest, seal.sealed_at
        )
        if said != seal.hash:
            found.add("seal_altered", name)
        if entry is None:
            found.add("entry_missing", name)
        elif content.digest(entry) != seal.digest:
            found.add("entry_altered", name)
        elif not seal.anchored and not content.is_ours(entry):
            found.add("entry_forged", name)  # sealed by somebody else's hand
        for line in lines.told(seal.sequence) if lines else ():
            if line.sequence and (line.sequence, line.hash) != (seal.sequence, seal.hash):
                found.add("head_differs", str(line.sequence))
        previous, expected = seal.hash, seal.sequence + 1


def _pairs(end: int) -> Iterator[tuple[AuditSeal, AuditEntry | None]]:
    after: int | None = None
    while True:
        seals = AuditSeal.objects.filter(sequence__lte=end).order_by("sequence")
        if after is not None:
            seals = seals.filter(sequence__gt=after)
        some = list(seals[:CHUNK])
        if not some:
            return
        entries = AuditEntry.objects.in_bulk([seal.entry_id for seal in some])
        for seal in some:
            yield seal, entries.get(seal.entry_id)
        after = some[-1].sequence


def _look_at_unsealed(found: _Found) -> int:
    count, after = 0, None
    while True:
        waiting = sealing.unsealed()
        some = list((waiting.filter(pk__gt=after) if after is not None else waiting)[:CHUNK])
        if not some:
            return count
        ours = {entry.pk for entry in sealing.genuine(some)}
        for entry in some:
            if entry.pk not in ours:
                found.add("entry_forged", f"{entry.pk} {entry.action} {entry.subject}")
        count, after = count + len(some), some[-1].pk


def _name(seal: AuditSeal, entry: AuditEntry | None) -> str:
    """An entry as a person finds it again."""
    if entry is None:
        return f"{seal.entry_id}"
    return f"{entry.pk} {entry.action} {entry.subject}"
