"""How long uploaded files stay: they hold whatever their rows held, persons too.

What an import brought is in the books; of its files only their names and sums are needed then. They
go after ``KEPT``, or when whoever protects personal data says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from mainstay.exchange.errors import UploadAtWork, UploadNotFound
from mainstay.exchange.files import path_of, rejects_path
from mainstay.exchange.models import Upload, UploadFile
from mainstay.foundation.errors import ReasonMissing
from mainstay.foundation.models import Job, User
from mainstay.foundation.permissions import demand_company
from mainstay.foundation.scratch import Claims
from mainstay.foundation.services import audit
from mainstay.ledger.models import ImportBatch
from mainstay.parties.permissions import PROTECT

KEPT = timedelta(days=90)
"""After an upload; while its import is at work or can go on, its files stay."""


@dataclass(frozen=True, slots=True)
class KeptUpload:
    """An upload whose files are still there."""

    id: UUID
    names: tuple[str, ...]
    batch: int | None
    at: datetime
    by: str
    goes_at: datetime
    removable: bool
    """Its import is neither at work nor to go on."""


def customer_lists(by: User) -> list[KeptUpload]:
    """The kept uploads with a customer list, which names contacts; the newest first.

    Raises ``NotAllowed``.
    """
    demand_company(by, PROTECT)
    lists = UploadFile.objects.filter(upload=OuterRef("pk"), table="customers")
    rows = Upload.objects.filter(Exists(lists)).select_related("owner").prefetch_related("files")
    over = set(_over().values_list("pk", flat=True))
    return [
        KeptUpload(
            row.pk, tuple(file.name for file in row.files.all()), row.batch_id, row.created_at,
            row.owner.known_as(), row.created_at + KEPT, row.pk in over,
        )
        for row in rows.order_by("-created_at")
    ]  # fmt: skip


def remove(by: User, uploads: Iterable[UUID], reason: str) -> int:
    """Remove the files of these uploads, and the rows they left out; how many files.

    Raises ``NotAllowed``, ``ReasonMissing``, ``UploadNotFound``, ``UploadAtWork``.
    """
    demand_company(by, PROTECT)
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        named = set(uploads)
        rows = list(Upload.objects.filter(pk__in=named, files__isnull=False).distinct())
        if not named or len(rows) != len(named):
            raise UploadNotFound
        if _over().filter(pk__in=named).count() != len(named):
            raise UploadAtWork
        removed = 0
        for row in rows:
            gone = _remove(row)
            audit(by, "upload.removed", f"upload:{row.pk}", reason=reason.strip(), files=gone)
            removed += gone
    return removed


def remove_old() -> int:
    """Remove files that were kept long enough, with an entry for each upload; how many files."""
    removed = 0
    old = _over().filter(created_at__lt=timezone.now() - KEPT, files__isnull=False).distinct()
    for row in old:
        with transaction.atomic():
            gone = _remove(row)
            audit(None, "upload.removed", f"upload:{row.pk}", files=gone)
        removed += gone
    return removed


def _over() -> QuerySet[Upload]:
    """Uploads whose import has ended, or was never asked for."""
    rows = Upload.objects.exclude(job__state__in=Job.OPEN)
    return rows.exclude(batch__state=ImportBatch.State.LOADING)


def _remove(row: Upload) -> int:
    """Its files are no upload's any more; they go from the disk once that stands."""
    paths = [path_of(file) for file in row.files.all()]
    claims = Claims()
    claims.add([path.name for path in paths])
    count = len(paths)
    row.files.all().delete()
    paths.append(rejects_path(row))

    def unlink() -> None:
        for path in paths:
            path.unlink(missing_ok=True)
        claims.close()

    transaction.on_commit(unlink)
    return count
