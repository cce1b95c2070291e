"""A hundred tamperings with the audit trail by raw SQL: each is found, and none without one.

Each is undone before the next. ``MAINSTAY_TAMPER_SEED`` asks for other random ones.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from mainstay.foundation.models import AuditEntry, AuditSeal, User
from mainstay.foundation.services import audit
from mainstay.foundation.trail import sealing
from mainstay.foundation.trail.verifying import verify
from tests.people import administrator, person

pytestmark = pytest.mark.django_db(transaction=True)

TAMPERINGS = 100
PASSES, EACH, WAITING = 6, 8, 3
"""Sealings, entries of each, and entries that still wait."""
ENTRY, SEAL = "foundation_auditentry", "foundation_auditseal"
Tamper = Callable[[random.Random, Path], str]
"""Does it; says what it did."""


def sql(statement: str, *values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def some_entry(rng: random.Random) -> int:
    return rng.choice(list(AuditEntry.objects.order_by("pk").values_list("pk", flat=True)))


def some_sealed(rng: random.Random) -> AuditSeal:
    return rng.choice(list(AuditSeal.objects.order_by("sequence")))


def alter_entry(rng: random.Random, head: Path) -> str:
    column, value = rng.choice([
        ("at", "2020-01-01 00:00:00"), ("actor_id", User.objects.get(username="other").pk),
        ("actor_id", None), ("action", "limit.raised"), ("subject", "customer:OTHER"),
        ("reason", "another"), ("facts", '{"amount": 999}'), ("mac", "0" * 80), ("mac", None),
    ])  # fmt: skip
    entry = some_entry(rng)
    assert sql(f"UPDATE {ENTRY} SET {column} = %s WHERE id = %s", value, entry) == 1
    return f"entry {entry}: {column}"


def delete_entry(rng: random.Random, head: Path) -> str:
    entry = some_sealed(rng).entry_id
    assert sql(f"DELETE FROM {ENTRY} WHERE id = %s", entry) == 1
    return f"entry {entry} deleted"


def delete_entry_and_seal(rng: random.Random, head: Path) -> str:
    seal = some_sealed(rng)
    sql(f"DELETE FROM {SEAL} WHERE sequence = %s", seal.sequence)
    return delete_of(seal.entry_id)


def delete_of(entry: int) -> str:
    assert sql(f"DELETE FROM {ENTRY} WHERE id = %s", entry) == 1
    return f"entry {entry} deleted with its seal"


def insert_entry(rng: random.Random, head: Path) -> str:
    """As if written now, or long ago; with a mac copied and changed, made up, or none."""
    model = AuditEntry.objects.get(pk=some_entry(rng))
    mac = rng.choice([None, "f" * 80, "x" + str(model.mac)[1:]])
    entry = rng.choice([-5, 0, model.pk + 10_000])
    sql(f"INSERT INTO {ENTRY} (id, at, actor_id, action, subject, reason, facts, mac)"
        f" SELECT %s, at, actor_id, action, subject, reason, facts, %s FROM {ENTRY} WHERE id = %s",
        entry, mac, model.pk)  # fmt: skip
    return f"entry {entry} inserted"


def swap_entries(rng: random.Random, head: Path) -> str:
    """Two decisions change places, macs and all."""
    one, two = rng.sample(list(AuditSeal.objects.values_list("entry_id", flat=True)), 2)
    for before, after in ((one, -one - 1), (two, one), (-one - 1, two)):
        assert sql(f"UPDATE {ENTRY} SET id = %s WHERE id = %s", after, before) == 1
    return f"entries {one} and {two} swapped"


def alter_seal(rng: random.Random, head: Path) -> str:
    seal = some_sealed(rng)
    column, value = rng.choice([
        ("digest", "0" * 64), ("previous", "0" * 64), ("hash", "0" * 64),
        ("sealed_at", "2020-01-01 00:00:00"), ("entry_id", 999_999), ("sequence", 999_999),
        ("sequence", 0), ("sequence", -7),
    ])  # fmt: skip
    assert sql(f"UPDATE {SEAL} SET {column} = %s WHERE sequence = %s", value, seal.sequence) == 1
    return f"seal {seal.sequence}: {column}"


def delete_seal(rng: random.Random, head: Path) -> str:
    seal = some_sealed(rng)
    assert sql(f"DELETE FROM {SEAL} WHERE sequence = %s", seal.sequence) == 1
    return f"seal {seal.sequence} deleted"


def swap_seals(rng: random.Random, head: Path) -> str:
    one, two = rng.sample(list(AuditSeal.objects.values_list("sequence", flat=True)), 2)
    for before, after in ((one, -one), (two, one), (-one, two)):
        assert sql(f"UPDATE {SEAL} SET sequence = %s WHERE sequence = %s", after, before) == 1
    return f"seals {one} and {two} swapped"


def insert_sealed(rng: random.Random, head: Path) -> str:
    """A forged entry with a seal that fits, at the end, as a sealer before it writes the head."""
    what = insert_entry(rng, head)
    entry = AuditEntry.objects.get(pk=int(what.split()[1]))
    end = sealing.newest()
    assert end is not None
    _insert_seal(end.sequence + 1, end.hash, entry, anchored=rng.choice([True, False]))
    return f"{what} with a seal"


def _insert_seal(sequence: int, previous: str, entry: AuditEntry, *, anchored: bool) -> None:
    seal = sealing._link(previous, sequence, entry, entry.at)
    sql(f"INSERT INTO {SEAL} (sequence, entry_id, digest, previous, hash, sealed_at, anchored)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        sequence, entry.pk, seal.digest, previous, seal.hash, entry.at, anchored)  # fmt: skip


def rewrite(rng: random.Random, head: Path) -> str:
    """An entry is altered and every seal from there on made anew: a chain without a fault."""
    seals = list(AuditSeal.objects.order_by("sequence"))
    start = rng.randrange(len(seals))
    entry = seals[start].entry_id
    sql(f"UPDATE {ENTRY} SET reason = 'rewritten' WHERE id = %s", entry)
    _rewrite(seals, start)
    return f"entry {entry} rewritten with all seals behind it"


def remove_and_close(rng: random.Random, head: Path) -> str:
    """An entry and its seal go, and the rest is numbered and linked anew."""
    seals = list(AuditSeal.objects.order_by("sequence"))
    gone = seals.pop(rng.randrange(len(seals)))
    sql(f"DELETE FROM {SEAL} WHERE sequence = %s", gone.sequence)
    _rewrite(seals, gone.sequence - 1)
    return delete_of(gone.entry_id)


def _rewrite(seals: list[AuditSeal], start: int) -> None:
    previous = seals[start - 1].hash if start else ""
    for place in range(start, len(seals)):
        was = seals[place]
        entry = AuditEntry.objects.get(pk=was.entry_id)
        made = sealing._link(previous, place + 1, entry, was.sealed_at)
        sql(f"UPDATE {SEAL} SET sequence = %s, previous = %s, digest = %s, hash = %s"
            " WHERE sequence = %s",
            place + 1, previous, made.digest, made.hash, was.sequence)  # fmt: skip
        previous = made.hash


def cut(rng: random.Random, head: Path) -> str:
    """The newest entries go, with their seals or only one of the two."""
    end = sealing.newest()
    assert end is not None
    keep, what = rng.randrange(end.sequence), rng.choice(["both", "entries", "seals"])
    gone = list(AuditSeal.objects.filter(sequence__gt=keep).values_list("entry_id", flat=True))
    if what != "entries":
        sql(f"DELETE FROM {SEAL} WHERE sequence > %s", keep)
    if what != "seals":
        for entry in gone:
            sql(f"DELETE FROM {ENTRY} WHERE id = %s", entry)
    return f"{what} cut after {keep}"


def age_head(rng: random.Random, head: Path) -> str:
    """An older copy, an empty file, or none."""
    lines = head.read_text().splitlines(keepends=True)
    keep = rng.randrange(-1, len(lines))
    if keep < 0:
        head.unlink()
    else:
        head.write_text("".join(lines[:keep]))
    return f"head file: {keep} lines kept"


def alter_head(rng: random.Random, head: Path) -> str:
    """A hash or a sequence changed, a line from a chain that goes on, lines in another order."""
    lines = head.read_text().splitlines(keepends=True)
    at = rng.randrange(len(lines))
    what = rng.choice(["hash", "sequence", "newer", "order", "broken"])
    if what == "hash":
        mark = lines[at].index('"hash": "') + 9
        lines[at] = lines[at][:mark] + "0" * 64 + lines[at][mark + 64 :]
    elif what == "sequence":
        lines[at] = lines[at].replace('"sequence": ', '"sequence": 1')
    elif what == "newer":
        lines.append(lines[-1].replace('"sequence": ', '"sequence": 9'))
    elif what == "order":
        lines.reverse()
    else:
        lines[at] = lines[at][: len(lines[at]) // 2] + "\n"
    head.write_text("".join(lines))
    return f"head file: {what} at {at}"


TAMPERS: list[Tamper] = [
    alter_entry, delete_entry, delete_entry_and_seal, insert_entry, swap_entries, alter_seal,
    delete_seal, swap_seals, insert_sealed, rewrite, remove_and_close, cut, age_head, alter_head,
]  # fmt: skip


@pytest.fixture
def trail(settings: Settings, tmp_path: Path) -> Path:
    """A sealed trail with some entries waiting; its head file."""
    settings.AUDIT_HEAD = tmp_path / "head.jsonl"
    boss = administrator("boss")
    person("other")
    for at in range(PASSES):
        for number in range(EACH):
            audit(boss, "limit.set", f"customer:K{number}", reason=f"r{at}", amount=number)
        sealing.seal()
    for number in range(WAITING):
        audit(None, "limit.set", f"customer:W{number}", amount=number)
    assert len((tmp_path / "head.jsonl").read_text().splitlines()) == PASSES
    return tmp_path / "head.jsonl"


def test_every_one_of_a_hundred_tamperings_is_found(trail: Path) -> None:
    rng = random.Random(os.environ.get("MAINSTAY_TAMPER_SEED", "柱石"))
    kept = trail.with_suffix(".kept")
    shutil.copy(trail, kept)
    missed: list[str] = []
    kinds = [TAMPERS[at % len(TAMPERS)] for at in range(TAMPERINGS)]
    for tamper in kinds:
        assert verify().faults == ()
        with transaction.atomic():
            what = tamper(rng, trail)
            if not verify().faults:
                missed.append(what)
            transaction.set_rollback(True)
        shutil.copy(kept, trail)
    assert missed == []
    report = verify()
    assert (report.sealed, report.unsealed) == (PASSES * EACH, WAITING)
    assert report.faults == ()


def test_a_fault_names_the_entry_and_what_is_wrong(trail: Path) -> None:
    entry = AuditEntry.objects.order_by("pk")[10]
    sql(f"UPDATE {ENTRY} SET reason = 'x' WHERE id = %s", entry.pk)
    (fault,) = verify().faults
    assert (fault.code, fault.first) == (
        "entry_altered", (f"{entry.pk} limit.set {entry.subject}",),
    )  # fmt: skip
    told: dict[str, Any] = fault.to_dict()
    assert f"{entry.pk} limit.set" in told["zh"]
    assert f"{entry.pk} limit.set" in told["en"]


def test_a_forged_entry_is_never_sealed(trail: Path) -> None:
    model = AuditEntry.objects.earliest("pk")
    sql(f"INSERT INTO {ENTRY} (id, at, actor_id, action, subject, reason, facts, mac)"
        f" SELECT 5000, at, actor_id, action, subject, reason, facts, %s FROM {ENTRY}"
        " WHERE id = %s", "e" * 80, model.pk)  # fmt: skip
    assert sealing.seal(thorough=True) == WAITING
    (fault,) = verify().faults
    assert (fault.code, fault.first) == ("entry_forged", (f"5000 limit.set {model.subject}",))


def test_a_copied_entry_is_refused_by_the_store_or_shows_as_a_copy(trail: Path) -> None:
    """Its mac is valid, for it is the other's; a database administrator may drop the constraint."""
    entry = AuditEntry.objects.latest("pk")
    columns = "at, actor_id, action, subject, reason, facts, mac"
    copy = f"INSERT INTO {ENTRY} (id, {columns}) SELECT 6000, {columns} FROM {ENTRY} WHERE id = %s"
    with pytest.raises(IntegrityError), transaction.atomic():
        sql(copy, entry.pk)
    if connection.vendor != "postgresql":
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, ENTRY)
        held = [n for n, c in found.items() if c["unique"] and c["columns"] == ["mac"]]
        sql(f"ALTER TABLE {ENTRY} " + ", ".join(f"DROP CONSTRAINT {name}" for name in held))
        sql(copy, entry.pk)
        (fault,) = verify().faults
        assert (fault.code, fault.count) == ("entry_forged", 2)
        transaction.set_rollback(True)
