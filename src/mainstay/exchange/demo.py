"""The demo company gives way: its books and grades go when a firm's own data come into force.

Until then it stays as it is, so that an import that fails, is cancelled or is killed leaves it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.db import transaction

from mainstay.effort import taking
from mainstay.exchange.files import path_of
from mainstay.exchange.models import Upload, UploadFile
from mainstay.foundation.services import audit
from mainstay.insights import services as insights
from mainstay.ledger import services as ledger
from mainstay.policies import excepting
from mainstay.retention import services as retention


def is_there() -> bool:
    """Whether the demo company is in the books."""
    return ledger.holds_demo()


def leave(own: Upload) -> None:
    """Remove grades and files of the demo company, where it is there, for the import of ``own``.

    Call inside the transaction in which the ledger makes room (``ledger.demo.make_room``).
    """
    uploads = Upload.objects.filter(is_demo=True)
    paths = [path_of(file) for file in UploadFile.objects.filter(upload__in=uploads)]
    insights.forget_everything()
    taking.forget_everything()
    excepting.forget_everything()
    retention.forget_everything()
    uploads.delete()
    Upload.objects.exclude(pk=own.pk).update(batch=None)  # of imports taken back before the demo
    audit(None, "demo.removed", "books:demo")
    transaction.on_commit(lambda: _unlink(paths))


def _unlink(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
