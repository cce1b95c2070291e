"""The audit trail is sealed without a gap, and stays provable through kills and restores."""

from __future__ import annotations

import enum
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from mainstay.foundation import backup, schedule, worker
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import AuditEntry, AuditSeal, Job, User
from mainstay.foundation.services import audit, audit_each
from mainstay.foundation.trail import content, head, sealing, selectors
from mainstay.foundation.trail import jobs as trail_jobs
from mainstay.foundation.trail.verifying import verify
from tests.people import administrator, person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def head_file(settings: Settings, tmp_path: Path) -> Path:
    settings.AUDIT_HEAD = tmp_path / "elsewhere" / "head.jsonl"
    return tmp_path / "elsewhere" / "head.jsonl"


@pytest.fixture
def boss(db: None) -> User:
    return administrator("boss")


def decide(by: User | None, count: int) -> None:
    for number in range(count):
        audit(by, "limit.set", f"customer:K{number}", reason="见附件", amount=number, old=None)


def faults() -> list[str]:
    return [fault.code for fault in verify().faults]


def test_entries_are_sealed_in_order_and_the_head_is_written_outside(
    boss: User, head_file: Path
) -> None:
    decide(boss, 5)
    assert verify().unsealed == 5
    assert sealing.seal() == 5
    assert sealing.seal() == 0
    seals = list(AuditSeal.objects.order_by("sequence"))
    assert [seal.sequence for seal in seals] == [1, 2, 3, 4, 5]
    assert [seal.previous for seal in seals[1:]] == [seal.hash for seal in seals[:-1]]
    report = verify()
    assert (report.entries, report.sealed, report.unsealed, report.faults) == (5, 5, 0, ())
    line = head.last()
    assert line is not None
    assert (line.sequence, line.hash) == (5, seals[-1].hash)
    assert head_file.stat().st_mode & 0o777 == 0o600
    assert len(head_file.read_text().splitlines()) == 1


def test_an_entry_committed_late_under_a_smaller_id_is_sealed_and_nothing_renumbered(
    boss: User,
) -> None:
    decide(boss, 3)
    first = AuditEntry.objects.earliest("pk").pk
    late = AuditEntry(pk=first + 10, actor=boss, action="limit.set", subject="customer:Z")
    AuditEntry(pk=first + 20, actor=boss, action="limit.set", subject="customer:Y").save()
    sealing.seal()
    before = list(AuditSeal.objects.values_list("sequence", "hash").order_by("sequence"))
    late.save()
    assert sealing.is_due()
    assert sealing.seal() == 1
    after = list(AuditSeal.objects.values_list("sequence", "hash").order_by("sequence"))
    assert after[:-1] == before
    assert AuditSeal.objects.get(entry=late).sequence == 5
    assert faults() == []


def test_the_nightly_sealing_finds_what_came_later_than_any_transaction_lasts(boss: User) -> None:
    decide(boss, 3)
    first = AuditEntry.objects.earliest("pk").pk
    late = AuditEntry(pk=first + 5, actor=boss, action="limit.set", subject="customer:Z")
    AuditEntry(pk=first + 20, actor=boss, action="limit.set", subject="customer:Y").save()
    sealing.seal()
    sealing.LATE, kept = timedelta(0), sealing.LATE
    try:
        late.save()
        assert sealing.seal() == 0
        assert sealing.seal(thorough=True) == 1
    finally:
        sealing.LATE = kept
    assert faults() == []


class Colour(enum.StrEnum):
    RED = "red"


def test_facts_of_every_kind_are_the_same_when_read_back(boss: User) -> None:
    """PostgreSQL gives 1e+22 back as an integer and knows no minus zero."""
    audit(
        boss, "limit.set", "customer:K", reason="é\u2028 \\ \"quoted\"\n𠮷",
        big=1e22, whole=100.0, tiny=5e-324, share=0.1, zero=-0.0, huge=2**63, none=None, yes=True,
        names=("甲", "乙"), nested={"b": [1.0, {"a": 2.50}], "a": Colour.RED},
    )  # fmt: skip
    assert faults() == []
    sealing.seal()
    assert faults() == []


def test_a_sealer_killed_before_it_wrote_the_head_is_caught_up(
    boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(boss, 3)
    sealing.seal()
    decide(boss, 2)

    def full(*args: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(head, "append", full)
        with pytest.raises(OSError, match="no space"):
            sealing.seal()
    assert faults() == []  # nothing was marked as written that was not
    assert sealing.is_due()
    assert sealing.seal() == 0
    line = head.last()
    assert line is not None
    assert line.sequence == 5
    assert not sealing.is_due()


def test_a_line_torn_by_a_power_cut_is_passed_over(boss: User, head_file: Path) -> None:
    decide(boss, 3)
    sealing.seal()
    with head_file.open("ab") as file:
        file.write(b'{"kind": "sealed", "sequ')
    assert faults() == []
    decide(boss, 1)
    sealing.seal()
    assert faults() == []
    assert [line.sequence for line in head.lines()] == [3, 4]


def test_sealing_goes_on_beside_a_lost_head_file_which_is_told_until_it_begins_anew(
    boss: User, head_file: Path
) -> None:
    decide(boss, 3)
    sealing.seal()
    head_file.unlink()
    decide(boss, 2)
    assert sealing.seal() == 2
    assert not head_file.exists()
    assert faults() == ["head_missing"]
    with pytest.raises(NotAllowed):
        sealing.anchor_anew(person("lin", "salesperson"), "lost with the disk")
    sealing.anchor_anew(boss, "lost with the disk")
    report = verify()
    assert report.faults == ()
    assert "lost with the disk" in report.begun
    assert AuditEntry.objects.get(action="audit.anchored").reason == "lost with the disk"


def test_a_restored_store_verifies_and_the_file_tells_where_it_began_again(
    boss: User, head_file: Path, tmp_path: Path, settings: Settings
) -> None:
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    decide(boss, 4)
    sealing.seal()
    decide(boss, 2)
    backup.back_up(tmp_path / "b")
    decide(boss, 9)
    sealing.seal()
    backup.restore(tmp_path / "b", force=True)
    report = verify()
    assert report.faults == ()
    assert (report.sequence, report.unsealed) == (4, 3)  # the restore is an entry itself
    assert "restored: b" in report.begun
    sealing.seal()
    assert verify().faults == ()
    head_file.write_text(head_file.read_text().splitlines()[0] + "\n")
    assert faults() == ["head_behind"]


def test_a_backup_comes_back_whole_on_a_machine_with_another_key(
    boss: User, tmp_path: Path, settings: Settings
) -> None:
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    decide(boss, 4)
    sealing.seal()
    decide(boss, 2)
    backup.back_up(tmp_path / "b")
    settings.SECRET_KEY = "another"
    settings.AUDIT_HEAD = tmp_path / "new" / "head.jsonl"
    assert "entry_forged" in faults()
    backup.restore(tmp_path / "b", force=True)
    assert faults() == []
    assert AuditEntry.objects.get(action="backup.restored").facts["unsealed"] == 2
    sealing.seal()
    assert faults() == []


def test_entries_from_before_there_were_macs_are_signed_by_the_migration(boss: User) -> None:
    from importlib import import_module

    from django.apps import apps

    decide(boss, 3)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE foundation_auditentry SET mac = NULL")
    assert faults() == ["entry_forged"]
    migration = import_module("mainstay.foundation.migrations.0008_seals")

    class History:
        """The models as the migration sees them: without our managers."""

        @staticmethod
        def get_model(app: str, name: str) -> object:
            model = apps.get_model(app, name)
            return type("Model", (), {"objects": model._base_manager})

    with connection.schema_editor() as editor:
        migration.sign(History, editor)
    assert faults() == []


def test_sealing_is_queued_each_minute_and_only_where_there_is_something_to_seal(
    boss: User,
) -> None:
    now = timezone.now()
    assert "audit.seal" not in [job.kind for job in schedule.enqueue_due(now)]
    decide(boss, 2)
    assert "audit.seal" in [job.kind for job in schedule.enqueue_due(now)]
    assert "audit.seal" not in [
        job.kind for job in schedule.enqueue_due(now + timedelta(minutes=2))
    ]  # one waits already
    worker.run_pending()
    assert verify().unsealed <= 1  # the nightly checks may have written of faults
    decide(boss, 1)
    assert "audit.seal" not in [job.kind for job in schedule.enqueue_due(now)]
    later = now + timedelta(days=2)
    assert "audit.seal" in [job.kind for job in schedule.enqueue_due(later)]
    assert Job.objects.filter(kind="audit.seal", state="done").count() == 0  # tidied away


def test_a_verification_that_finds_something_stands_until_one_finds_nothing(boss: User) -> None:
    decide(boss, 3)
    job = trail_jobs.ask(boss)
    assert trail_jobs.ask(boss).pk == job.pk
    worker.run_pending()
    assert selectors.standing_faults(boss) is None
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE foundation_auditentry SET reason = 'x' WHERE subject = 'customer:K1'"
        )
    trail_jobs.ask(boss)
    worker.run_pending()
    standing = selectors.standing_faults(boss)
    assert standing is not None
    assert "limit.set customer:K1" in standing.faults[0]["en"]
    assert selectors.standing_faults(person("lin", "salesperson")) is None
    assert AuditEntry.objects.filter(action="audit.faults").count() == 1
    with connection.cursor() as cursor:
        cursor.execute("UPDATE foundation_auditentry SET reason = '见附件'"
                       " WHERE subject = 'customer:K1'")  # fmt: skip
    trail_jobs.ask(boss)
    worker.run_pending()
    assert selectors.standing_faults(boss) is None


def test_only_who_reads_the_trail_may_ask_for_its_proof(boss: User) -> None:
    with pytest.raises(NotAllowed):
        trail_jobs.ask(person("lin", "finance"))
    assert trail_jobs.ask(person("wu", "auditor")).kind == "audit.verify"


def test_a_chain_can_be_checked_without_the_application(boss: User) -> None:
    """The hash of a seal is SHA-256 over five lines that an export holds."""
    from hashlib import sha256

    decide(boss, 2)
    sealing.seal()
    first, second = AuditSeal.objects.order_by("sequence")
    sealed_at = second.sealed_at.isoformat(timespec="microseconds")
    lines = [first.hash, "2", str(second.entry_id), second.digest, sealed_at]
    assert second.hash == sha256("\n".join(lines).encode()).hexdigest()
    assert content.digest(second.entry) == second.digest


def test_entries_written_together_are_signed_each() -> None:
    audit_each(None, "test.done", ((f"thing:{n}", {"n": n}) for n in range(3)))
    entries = AuditEntry.objects.filter(action="test.done")
    assert len({entry.mac for entry in entries}) == 3
    assert all(content.is_ours(entry) for entry in entries)
