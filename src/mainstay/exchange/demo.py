"""The demo company gives way: its books and grades go when a firm's own data come in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.db import transaction

from mainstay.exchange.models import Upload, UploadFile
from mainstay.exchange.services import path_of
from mainstay.foundation.services import audit
from mainstay.insights import services as insights
from mainstay.ledger import services as ledger


def remove() -> None:
    """Clear books, grades and files of the demo company before a firm's own data come in."""
    with transaction.atomic():
        if not ledger.holds_demo():
            return
        insights.forget_everything()
        uploads = Upload.objects.filter(is_demo=True)
        paths = [path_of(file) for file in UploadFile.objects.filter(upload__in=uploads)]
        uploads.delete()
        ledger.clear()
        audit(None, "demo.removed", "books:demo")
        transaction.on_commit(lambda: _unlink(paths))


def _unlink(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
