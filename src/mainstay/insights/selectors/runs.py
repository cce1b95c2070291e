"""Which schemes were run, and the one that heads the pages."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import QuerySet

from mainstay.foundation.compiled import ask
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand, demand_company
from mainstay.insights import hidden
from mainstay.insights.errors import NotGraded
from mainstay.insights.models import Run, Snapshot
from mainstay.insights.records import ClassCount, RunInfo
from mainstay.insights.schemes.in_use import HEADLINES
from mainstay.parties.permissions import SEE
from mainstay.parties.selectors import sees_cost


class Day(NamedTuple):
    """A grading to choose: the newest of its day."""

    run: int
    as_of: date
    version: str


def latest_runs(user: User) -> dict[str, RunInfo]:
    """Every scheme of the newest snapshot, in the order of the mission's rows."""
    demand(user, SEE)
    return {run.scheme: run for run in newest_runs(cost=sees_cost(user))}


def newest_runs(*, cost: bool = True) -> tuple[RunInfo, ...]:
    """The same whoever asks; ``cost``: with sums that may tell it."""
    newest = ask("newest snapshot", _newest)
    return _of_snapshot(*newest[0], cost) if newest else ()


@lru_cache(maxsize=8)
def _of_snapshot(snapshot: int, finished_at: datetime, cost: bool) -> tuple[RunInfo, ...]:
    """The runs of a snapshot. Kept: a finished one never changes, and every page asks."""
    del finished_at  # tells it from a snapshot of the same number in a restored store
    found = tuple(map(info, _runs().filter(snapshot=snapshot).order_by("pk")))
    return found if cost else tuple(map(hidden.without_sums, found))


def headline_run(user: User) -> RunInfo | None:
    """The run whose class stands on lists and badges; ``None`` before anything was graded."""
    return headline(latest_runs(user))


def headline(latest: dict[str, RunInfo]) -> RunInfo | None:
    """The scheme chosen to head the pages where it graded somebody; else the first of the usual
    ones that did, else any.
    """
    done = {name: run for name, run in latest.items() if run.state == Run.State.DONE}
    chosen = next((run.headline for run in latest.values()), "")
    for name in (chosen, *HEADLINES):
        if name in done:
            return done[name]
    return next(iter(done.values()), None)


def done_run(user: User, scheme: str = "") -> RunInfo:
    """The newest run of a scheme (default: the headline's). Raises ``NotGraded``."""
    latest = latest_runs(user)
    run = latest.get(scheme) if scheme else headline(latest)
    if run is None or run.state != Run.State.DONE:
        raise NotGraded(scheme=scheme)
    return run


def runs(user: User, size: int = 200) -> list[RunInfo]:
    """The latest runs of all dates, newest first."""
    demand_company(user, SEE)
    rows = _runs().filter(snapshot__in=_finished())
    found = rows.order_by("-snapshot__as_of", "-snapshot_id", "pk")[:size]
    cost = sees_cost(user)
    return [run if cost else hidden.without_sums(run) for run in map(info, found)]


def gradings(scheme: str) -> tuple[Day, ...]:
    """The gradings by a scheme, the newest of each day, the latest day first."""
    rows = Run.objects.filter(
        scheme=scheme, state=Run.State.DONE, snapshot__state=Snapshot.State.DONE,
        snapshot__withdrawn_at=None,
    ).order_by("-snapshot__as_of", "-snapshot_id")  # fmt: skip
    found: dict[date, Day] = {}
    for pk, as_of, version in rows.values_list("pk", "snapshot__as_of", "version"):
        found.setdefault(as_of, Day(pk, as_of, version))
    return tuple(found.values())


def info(run: Run) -> RunInfo:
    """The record of a run whose snapshot (and the one before) is at hand."""
    snapshot = run.snapshot
    return RunInfo(
        id=run.pk, snapshot=run.snapshot_id, scheme=run.scheme, scheme_title=run.title,
        version=run.version, row=run.row,
        state=run.state, reason=run.reason, as_of=snapshot.as_of,
        window_start=snapshot.window_start, window_end=snapshot.window_end,
        finished_at=snapshot.finished_at, currency=snapshot.currency, exponent=snapshot.exponent,
        engine_version=snapshot.engine_version, value_metric=run.value_metric,
        value_unit=run.value_unit, classes=tuple(class_count(entry) for entry in run.classes),
        ranked=run.ranked, measured=tuple(run.measured), left_out=run.left_out,
        parameters=run.parameters, kept=run.kept, headline=snapshot.headline,
        previous_as_of=snapshot.previous.as_of if snapshot.previous else None,
    )  # fmt: skip


def class_count(entry: dict[str, Any]) -> ClassCount:
    """The record of one entry of ``Run.classes``."""
    return ClassCount(
        klass=entry["class"], title=entry["title"], badge=entry.get("badge"),
        customers=entry["customers"],
        customer_share=entry["customer_share"], value=entry["value"], least=entry.get("least"),
    )  # fmt: skip


def _finished() -> QuerySet[Snapshot]:
    return Snapshot.objects.filter(state=Snapshot.State.DONE, withdrawn_at=None)


def _newest() -> QuerySet[Any]:
    return _finished().order_by("-as_of", "-pk").values_list("pk", "finished_at")[:1]


def _runs() -> QuerySet[Run]:
    return Run.objects.select_related("snapshot", "snapshot__previous")
