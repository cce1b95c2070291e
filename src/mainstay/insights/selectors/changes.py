"""What changed for a customer since the grading before, and so why its class moved or stayed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mainstay.foundation.models import User
from mainstay.insights import hidden, reasons
from mainstay.insights.errors import CustomerNotFound
from mainstay.insights.models import Grade, Snapshot
from mainstay.insights.records import Criterion, RunInfo
from mainstay.insights.selectors.customer import criterion
from mainstay.insights.selectors.runs import done_run, info
from mainstay.kernel.errors import Words
from mainstay.parties.selectors import of_code, sees_cost


@dataclass(frozen=True, slots=True)
class Figure:
    """A criterion before and now; ``None`` where the scheme did not have it."""

    was: Criterion | None
    now: Criterion | None

    @property
    def shown(self) -> Criterion:
        """What it is called."""
        found = self.now or self.was
        if found is None:
            raise AssertionError("a figure is of one grading at least")
        return found

    @property
    def points(self) -> float | None:
        """How many points it brings more; ``None`` where it brought or brings none."""
        if self.was is None or self.now is None:
            return None
        if self.was.points is None or self.now.points is None:
            return None
        return self.now.points - self.was.points


@dataclass(frozen=True, slots=True)
class Event:
    """What happened beside the figures; the page words it by ``code``.

    ``version``: was, now · ``guard_now``, ``guard_gone``: title · ``set``: until · ``unset`` ·
    ``held``: runs, of · ``rank``: was, was_of, now, of (its own figure stood still) ·
    ``share``: was, now (what larger customers hold of the whole)
    """

    code: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Changes:
    """A customer's class before and now under one scheme."""

    run: RunInfo
    before: RunInfo | None
    """``None``: there was no grading before, or not of this customer."""
    was: str
    now: str
    figures: tuple[Figure, ...]
    """Those that changed, what moved most points first."""
    events: tuple[Event, ...]
    missing: Words | None = None
    """Why nothing is told."""


def changes(user: User, code: str, scheme: str = "") -> Changes:
    """Since the grading before the newest, under a scheme (default: the headline's).

    Raises ``CustomerNotFound`` and ``NotGraded``. Figures that tell cost are left out for whoever
    may not see it, and with them everything of a scheme that rests on it but the classes.
    """
    customer = of_code(user, code).first()
    if customer is None:
        raise CustomerNotFound(code=code)
    run = done_run(user, scheme)
    now = Grade.objects.filter(run=run.id, customer=customer).first()
    before = Grade.objects.filter(
        run__snapshot__in=Snapshot.objects.filter(pk=run.snapshot).values("previous"),
        run__scheme=run.scheme, run__snapshot__withdrawn_at=None, customer=customer,
    ).select_related("run", "run__snapshot", "run__snapshot__previous").first()  # fmt: skip
    if now is None or before is None:
        return Changes(run, None, "", now.klass if now else "", (), ())
    then = info(before.run)
    if hidden.rests_on_cost(run) and not sees_cost(user, customer.pk):
        return Changes(run, then, before.klass, now.klass, (), (), hidden.REASON)
    old = reasons.explanation(then, customer.code, before)
    new = reasons.explanation(run, customer.code, now)
    figures = tuple(_figures(old, new, then.exponent, run.exponent))
    return Changes(
        run, then, before.klass, now.klass, figures,
        (*_versions(then, run), *_events(old, new), *_overtaken(old, new, figures)),
    )  # fmt: skip


def _figures(
    old: Mapping[str, Any], new: Mapping[str, Any], was_exponent: int, exponent: int
) -> Iterator[Figure]:
    was = {one["metric"]: criterion(one, was_exponent) for one in old.get("criteria", ())}
    now = {one["metric"]: criterion(one, exponent) for one in new.get("criteria", ())}
    found = [Figure(was.get(name), now.get(name)) for name in {**now, **was}]
    changed = [
        one for one in found
        if one.was is None or one.now is None
        or (one.was.value, one.was.points) != (one.now.value, one.now.points)
    ]  # fmt: skip
    yield from sorted(changed, key=lambda one: -abs(one.points or 0))


def _versions(then: RunInfo, run: RunInfo) -> Iterator[Event]:
    if then.version != run.version:
        yield Event("version", {"was": then.version, "now": run.version})


def _events(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Event]:
    met = {one["name"]: one for one in old.get("guards", ()) if one["met"]}
    meets = {one["name"]: one for one in new.get("guards", ()) if one["met"]}
    yield from (Event("guard_now", {"title": meets[name]["title"]}) for name in meets
                if name not in met)  # fmt: skip
    yield from (Event("guard_gone", {"title": met[name]["title"]}) for name in met
                if name not in meets)  # fmt: skip
    if new.get("override") and not old.get("override"):
        yield Event("set", {"until": new["override"]["until"]})
    if old.get("override") and not new.get("override"):
        yield Event("unset", {})
    if new.get("held"):
        yield Event("held", {"runs": new["held"]["runs"], "of": new["held"]["of"]})


def _overtaken(
    old: Mapping[str, Any], new: Mapping[str, Any], figures: tuple[Figure, ...]
) -> Iterator[Event]:
    """Others passed it, or fell behind, while its own ranked figure stood still."""
    ranked = {one.shown.metric for one in figures}
    rank, was = new.get("rank"), old.get("rank")
    if rank and was and rank != was and new.get("metric") not in ranked and not new.get("groups"):
        yield Event("rank", {"was": was, "was_of": old["of"], "now": rank, "of": new["of"]})
    before, after = _held_by_larger(old), _held_by_larger(new)
    if before is not None and after is not None and before != after:
        yield Event("share", {"was": before, "now": after})


def _held_by_larger(why: Mapping[str, Any]) -> float | None:
    """Share of the whole that larger customers hold; ``None`` where no such cut decided."""
    cut = why.get("cut", {})
    if cut.get("by") != "cumulative_share" or "better" not in cut or not Decimal(cut["whole"]):
        return None
    return float(Decimal(cut["better"]) / Decimal(cut["whole"]))
