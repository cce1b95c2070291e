"""The demo company gives way: its books and grades go when a firm's own data come in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.db import transaction

from mainstay.exchange.files import path_of
from mainstay.exchange.models import Upload, UploadFile
from mainstay.foundation.services import audit
from mainstay.insights import services as insights
from mainstay.ledger import services as ledger


def remove() -> None:
    """Clear books, grades and files of the demo company before a firm's own data come in."""
    with transaction.atomic():
        if not is_there():
            return
        uploads = Upload.objects.filter(is_demo=True)
        paths = [path_of(file) for file in UploadFile.objects.filter(upload__in=uploads)]
        clear()
        audit(None, "demo.removed", "books:demo")
        transaction.on_commit(lambda: _unlink(paths))


def is_there() -> bool:
    """Whether the demo company is in the books."""
    return ledger.holds_demo()


def clear() -> None:
    """Empty books and grades; the files stay. Call inside a transaction, when it ``is_there``."""
    insights.forget_everything()
    Upload.objects.filter(is_demo=True).delete()
    ledger.clear()


def _unlink(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
