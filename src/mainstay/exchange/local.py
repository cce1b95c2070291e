"""Files of this machine, brought in by a command or a watched folder through everybody's door."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import close_old_connections, connection

from mainstay.exchange import rules, services, sources
from mainstay.exchange.errors import FileWentAway, SourceNotFound, TableTwice, TableUnclear
from mainstay.exchange.models import Upload
from mainstay.foundation import worker
from mainstay.foundation.models import Job, User

if TYPE_CHECKING:
    from mainstay_engine import Fault

LOOK = 0.5
"""Seconds between two looks at a job that another worker does."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Files that belong together, and the map of columns they are read by."""

    files: dict[str, Path]
    """By table."""
    mapping: dict[str, Any]
    source: str = ""
    """Name to keep the map under; blank keeps none."""
    recognised: bool = False
    """Whether the source was told by the headings and not named by anybody."""


def delivery(
    paths: Sequence[Path],
    *,
    tables: Sequence[str] = (),
    mapping: Mapping[str, Any] | None = None,
    source: str = "",
    documents: str = "",
) -> Delivery:
    """What the files are and how they are read.

    ``tables`` says what each file holds, in their order; without it the headings tell. ``mapping``
    goes before the map saved under ``source``; with neither, a saved map that fits is taken.
    ``documents``: what all lines are, «sales», «orders» or «deliveries», whatever a map says.
    Raises ``BadInput`` with the faults of all files that cannot be opened, ``TableUnclear``,
    ``TableTwice``, ``BadSourceName``.
    """
    from mainstay_engine import BadInput

    kept_as = sources.checked_name(source) if source else ""
    if tables and (faults := rules.absent(paths)):
        raise BadInput(faults)
    chosen = dict(mapping or {}) or _saved(kept_as)
    files: dict[str, Path] = {}
    for path, table in zip(paths, tables or _told_by_headings(paths, chosen), strict=True):
        if table in files:
            raise TableTwice(name=files[table].name, other=path.name, table=table)
        files[table] = path
    if chosen or kept_as:
        return Delivery(files, rules.with_documents(chosen, documents), kept_as)
    known = sources.recognise({t: _headings(path, t) for t, path in files.items()})
    if known is None:
        return Delivery(files, rules.with_documents({}, documents))
    columns = rules.with_documents(known.mapping, documents)
    return Delivery(files, columns, known.name, recognised=True)


def upload(user: User, given: Delivery) -> Upload:
    """Store the files. Raises ``FileWentAway`` and what ``start_upload`` does."""
    try:
        return services.start_upload(
            user, {table: services.LocalFile(path) for table, path in given.files.items()}
        )
    except FileNotFoundError as error:
        raise FileWentAway(name=Path(error.filename).name) from error


def finish(job: Job, watching: Callable[[], None] = lambda: None) -> Job:
    """Work the queue in this process until the job has ended, whoever did it.

    Jobs asked for before it come first. Another worker may have taken it; then this one waits, and
    takes over should that one die. ``watching`` is called while waiting.
    """
    while True:
        if not connection.in_atomic_block:
            close_old_connections()
        mine = worker.claim()
        if mine is not None:
            worker.run(mine)
        job.refresh_from_db()
        if job.state not in {Job.State.QUEUED, Job.State.RUNNING}:
            return job
        if mine is None:
            watching()
            time.sleep(LOOK)


def _saved(name: str) -> dict[str, Any]:
    """The map saved under the name; empty where it is to be made by this import."""
    if not name:
        return {}
    try:
        return dict(sources.source_named(name).mapping)
    except SourceNotFound:
        return {}


def _told_by_headings(paths: Sequence[Path], mapping: Mapping[str, Any]) -> list[str]:
    from mainstay_engine import BadInput

    faults: list[Fault] = []
    told: list[str] = []
    for path in paths:
        try:
            fits = rules.fitness(path, mapping)
        except BadInput as error:
            faults += error.faults
            continue
        table = rules.best(fits) or sources.table_of(_headings(path, "lines"))
        if table is None:
            likely = [name for name in fits if fits[name]] or list(rules.TABLES)
            raise TableUnclear(name=path.name, tables=" / ".join(likely), first=likely[0])
        told.append(table)
    if faults:
        raise BadInput(faults)
    return told


def _headings(path: Path, table: str) -> list[str]:
    from mainstay_engine import BadInput

    try:
        return rules.headings(path, table)
    except BadInput:  # reading it, which comes next, says what is wrong with it
        return []
