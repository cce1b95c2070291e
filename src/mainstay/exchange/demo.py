"""The demo company: loaded through the same door as anybody's files, gone when those come."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.db import transaction

from mainstay.exchange import services
from mainstay.exchange.models import Upload
from mainstay.foundation.models import Job, User
from mainstay.foundation.services import audit
from mainstay.insights import bridge
from mainstay.insights import services as insights
from mainstay.ledger import services as ledger


class LocalFile:
    """A file of this machine, handed over as a form would."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while block := file.read(chunk_size or services.CHUNK):
                yield block


def ask_for_demo(user: User) -> Job | None:
    """Enqueue the import of the demo company; ``None`` where the books hold something already."""
    if not ledger.is_empty():
        return None
    with tempfile.TemporaryDirectory(prefix="mainstay-demo-") as folder:
        paths = bridge.write_demo(Path(folder))
        files = {table: LocalFile(path) for table, path in paths.items()}
        upload = services.start_upload(user, files, is_demo=True)
    return services.apply(upload)


def remove() -> None:
    """Clear books and grades of the demo company before a firm's own data come in."""
    with transaction.atomic():
        if not ledger.holds_demo():
            return
        insights.forget_everything()
        Upload.objects.filter(is_demo=True).delete()
        ledger.clear()
        audit(None, "demo.removed", "books:demo")
