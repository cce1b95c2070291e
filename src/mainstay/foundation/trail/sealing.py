"""Seal audit entries into a hash chain: soon after they were written, one sealer at a time.

Entries are written without a link, so that decisions never wait for each other. The sealer gives
each a sequence in the order in which it finds them. A slow transaction may commit an entry with a
smaller id after greater ones were sealed: it is sealed then, under the next sequence. None is
skipped, and no sequence is ever given again.

First the seals are committed, then the head goes into its file, then the seals are marked as
``anchored`` there. A sealer that is killed in between is caught up by the next one; and a head
file that lacks what is marked was tampered with.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from mainstay.foundation.errors import HeadUnreadable
from mainstay.foundation.lock import one_at_a_time
from mainstay.foundation.models import AuditEntry, AuditSeal, User
from mainstay.foundation.permissions import MANAGE_JOBS, demand
from mainstay.foundation.services import audit
from mainstay.foundation.trail import content, head

LOCK = "audit"
CHUNK = 1_000
"""Entries sealed in one transaction."""
LONGEST = 500
"""Characters of a reason in the head file; the entry has it whole."""
LATE = timedelta(days=1)
"""How long a transaction may last for the sealing of each minute to look for its entries; a
thorough one looks for all."""


def seal(*, thorough: bool = False) -> int:
    """Seal what is not sealed yet and write the head; how many entries.

    An entry that this application did not write is left alone: ``verify`` names it. Where the head
    file disagrees with the chain, sealing goes on and the file is left as the evidence it is.
    Raises ``OSError`` where the file cannot be written: the next sealing writes it.
    """
    count = 0
    with one_at_a_time(LOCK):
        floor = 0 if thorough else _floor()
        while found := list(unsealed().filter(pk__gt=floor)[:CHUNK]):
            floor = found[-1].pk
            count += _seal(genuine(found))
            _anchor()
        _anchor()
    return count


def is_due() -> bool:
    """Whether there is anything to do."""
    waiting = unsealed().filter(pk__gt=_floor()).exists()
    return waiting or AuditSeal.objects.filter(anchored=False).exists()


def anchor_anew(user: User, reason: str) -> None:
    """Let the head file begin afresh at the chain as it stands, for a reason that stays in both.

    For a file that was lost, or a restore that was killed. Faults of the chain itself stay faults.
    """
    demand(user, MANAGE_JOBS)
    with one_at_a_time(LOCK):
        with transaction.atomic():
            audit(user, "audit.anchored", "audit:head", reason=reason)
        seal(thorough=True)
        _begin(head.ANEW, reason[:LONGEST])


def restored(source: str) -> None:
    """Let the head file begin afresh at what a backup brought back."""
    with one_at_a_time(LOCK):
        _begin(head.RESTORED, source[:LONGEST])


def sign_unsealed(using: str) -> int:
    """Sign what a backup brings unsealed, by this system's key; how many entries."""
    rows = AuditEntry._base_manager.using(using).filter(seal=None)
    count = 0
    for row in rows.iterator():
        rows.filter(pk=row.pk).update(mac=content.sign(row))
        count += 1
    return count


def unsealed() -> QuerySet[AuditEntry]:
    """Entries without a seal, in the order of their ids."""
    return AuditEntry.objects.filter(seal=None).order_by("pk")


def genuine(entries: list[AuditEntry]) -> list[AuditEntry]:
    """Those that this application wrote: their mac is its own, and no other entry's."""
    alike = AuditEntry.objects.filter(mac__in=[entry.mac for entry in entries]).values("mac")
    copied = set(alike.annotate(of=Count("pk")).filter(of__gt=1).values_list("mac", flat=True))
    return [one for one in entries if one.mac not in copied and content.is_ours(one)]


def agrees(line: head.Line | None) -> bool:
    """Whether the chain goes on from that line: it is in the chain, and nothing beyond it was
    ever marked as written down.
    """
    known, digest = (line.sequence, line.hash) if line else (0, "")
    if AuditSeal.objects.filter(sequence__gt=known, anchored=True).exists():
        return False
    return known == 0 or AuditSeal.objects.filter(sequence=known, hash=digest).exists()


def newest() -> AuditSeal | None:
    """The seal at the end of the chain."""
    return AuditSeal.objects.order_by("-sequence").first()


def _floor() -> int:
    """The id above which entries may still come to light."""
    settled = AuditSeal.objects.filter(sealed_at__lt=timezone.now() - LATE)
    ids = settled.order_by("-sealed_at", "-sequence").values_list("entry_id", flat=True)
    return ids.first() or 0


def _seal(entries: list[AuditEntry]) -> int:
    with transaction.atomic(durable=True):
        end, now = newest(), timezone.now()
        sequence, previous = (end.sequence, end.hash) if end else (0, "")
        seals = []
        for entry in entries:
            made = _link(previous, sequence + 1, entry, now)
            sequence, previous = made.sequence, made.hash
            seals.append(made)
        AuditSeal.objects.bulk_create(seals)
    return len(entries)


def _link(previous: str, sequence: int, entry: AuditEntry, now: datetime) -> AuditSeal:
    digest = content.digest(entry)
    return AuditSeal(
        sequence=sequence, entry=entry, digest=digest, previous=previous, sealed_at=now,
        hash=content.link(previous, sequence, entry.pk, digest, now),
    )  # fmt: skip


def _anchor() -> None:
    """Write the head where the file lacks it, and mark what it now holds."""
    end = newest()
    try:
        line = head.last()
    except HeadUnreadable:
        return
    if end is None or not agrees(line):
        return
    if line is None or line.sequence < end.sequence:
        head.append(head.SEALED, end.sequence, end.hash)
    _mark(end.sequence)


def _begin(kind: str, why: str) -> None:
    end = newest()
    sequence, digest = (end.sequence, end.hash) if end else (0, "")
    head.append(kind, sequence, digest, why)
    _mark(sequence)


def _mark(sequence: int) -> None:
    held = AuditSeal._base_manager.filter(anchored=False, sequence__lte=sequence)
    held.update(anchored=True)
