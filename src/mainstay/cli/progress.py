"""A job's progress on a terminal: what it does, how far it is, how long it will take."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mainstay.cli.language import Lang

if TYPE_CHECKING:
    from mainstay.foundation.models import Job, User

LOOK = 0.3
"""Seconds between two looks at the job."""


@contextmanager
def shown(user: User, job: Job, lang: Lang) -> Iterator[None]:
    """Show the job's progress while the block runs; nothing where output is piped."""
    if not sys.stderr.isatty():
        yield
        return
    from django.db import connection
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    from mainstay.foundation import selectors

    bar = Progress(
        TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(),
        TimeLeft(), console=Console(stderr=True), transient=True,
    )  # fmt: skip
    stop = threading.Event()

    def follow() -> None:
        task, before = bar.add_task("…", total=None), ""
        while not stop.wait(LOOK):
            now = selectors.job(user, job.pk)
            text = now.message.get(lang, "…")
            if text != before:  # a new step: its speed says nothing of the last one's
                bar.reset(task, description=text, total=now.total or None, completed=now.done)
                before = text
            bar.update(task, completed=now.done, total=now.total or None)
        connection.close()

    thread = threading.Thread(target=follow, name="progress", daemon=True)
    with bar:
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
