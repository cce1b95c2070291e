"""Uploaded files go after a while, or when whoever protects personal data says so."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from mainstay.exchange import retention
from mainstay.exchange import services as exchange
from mainstay.exchange.errors import UploadAtWork, UploadNotFound
from mainstay.exchange.files import path_of, rejects_path
from mainstay.exchange.models import Upload, UploadFile
from mainstay.exchange.upkeep import prune
from mainstay.foundation.errors import NotAllowed, ReasonMissing
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.ledger.models import Document
from tests.people import person
from tests.services import company

pytestmark = [pytest.mark.django_db, pytest.mark.grades(False)]
Committing = DjangoCaptureOnCommitCallbacks


@pytest.fixture
def officer(db: None) -> User:
    return person("officer", "data_protection")


@pytest.fixture
def upload(graded: Job) -> Upload:
    """The small company's files, imported: sales, customers, receipts."""
    return Upload.objects.get(job=graded)


def paths(upload: Upload) -> list[Path]:
    return [path_of(file) for file in upload.files.all()]


def test_kept_customer_lists_are_told_with_the_day_they_go(officer: User, upload: Upload) -> None:
    (kept,) = retention.customer_lists(officer)
    assert (kept.id, kept.batch, kept.removable) == (upload.pk, upload.batch_id, True)
    assert kept.goes_at - kept.at == timedelta(days=90)
    UploadFile.objects.filter(table="customers").delete()
    assert retention.customer_lists(officer) == []


def test_the_officer_removes_files_and_the_books_stay(
    officer: User, upload: Upload, django_capture_on_commit_callbacks: Committing
) -> None:
    files, documents = paths(upload), Document.objects.count()
    rejects_path(upload).write_bytes(b"rows left out")
    with django_capture_on_commit_callbacks(execute=True):
        assert retention.remove(officer, [upload.pk], "asked by letter") == len(files) == 3
    assert not any(path.exists() for path in [*files, rejects_path(upload)])
    assert Document.objects.count() == documents
    assert retention.customer_lists(officer) == []
    entry = AuditEntry.objects.get(action="upload.removed")
    assert (entry.subject, entry.reason, entry.facts) == (
        f"upload:{upload.pk}", "asked by letter", {"files": 3},
    )  # fmt: skip
    with pytest.raises(UploadNotFound):
        retention.remove(officer, [upload.pk], "again")


def test_who_may_not_and_what_is_at_work(
    officer: User, owner: User, upload: Upload, django_capture_on_commit_callbacks: Committing
) -> None:
    with pytest.raises(NotAllowed):
        retention.remove(owner, [upload.pk], "why")
    with pytest.raises(NotAllowed):
        retention.customer_lists(owner)
    with pytest.raises(ReasonMissing):
        retention.remove(officer, [upload.pk], " ")
    for ids in ([], [uuid.uuid4()], [upload.pk, uuid.uuid4()]):
        with pytest.raises(UploadNotFound):
            retention.remove(officer, ids, "why")
    Job.objects.filter(pk=upload.job_id).update(state=Job.State.RUNNING)
    assert not retention.customer_lists(officer)[0].removable
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(UploadAtWork):
        retention.remove(officer, [upload.pk], "why")
    assert all(path.exists() for path in paths(upload))


def test_files_go_by_themselves_after_ninety_days(
    owner: User, upload: Upload, tmp_path: Path, django_capture_on_commit_callbacks: Committing
) -> None:
    files = company.write(tmp_path / "more")
    fresh = exchange.start_upload(owner, {"lines": exchange.LocalFile(files["lines"])})
    long_ago = timezone.now() - timedelta(days=91)
    interrupted = exchange.start_upload(owner, {"lines": exchange.LocalFile(files["lines"])})
    interrupted.job = Job.objects.create(kind="exchange.apply", state=Job.State.QUEUED)
    interrupted.save()
    Upload.objects.exclude(pk=fresh.pk).update(created_at=long_ago)
    gone = paths(upload)
    with django_capture_on_commit_callbacks(execute=True):
        assert prune(lambda *_args: None) == {"files": 3}
    assert not any(path.exists() for path in gone)
    assert all(path.exists() for path in paths(fresh) + paths(interrupted))
    assert AuditEntry.objects.get(action="upload.removed").actor is None
