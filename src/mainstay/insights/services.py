"""Verbs: grade all customers by every scheme whose data is there."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from mainstay.foundation.jobs import Progress, silent
from mainstay.foundation.lock import one_at_a_time
from mainstay.foundation.models import Job, User
from mainstay.foundation.permissions import demand
from mainstay.foundation.services import audit, enqueue
from mainstay.insights import deciding, facts_out, following, measuring, outline, snapshots
from mainstay.insights.models import Run, Snapshot
from mainstay.insights.permissions import GRADE
from mainstay.insights.portfolio import coming, concessions, growth
from mainstay.insights.schemes import in_use
from mainstay.insights.schemes.given import Given, given
from mainstay.parties.models import Customer
from mainstay_engine.periods import add_months, months_before

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts
    from mainstay_engine.schemes import Scheme

LOOK_BACK = 6
"""Months before the first snapshot that changes of class are told against."""


def regrade(user: User, as_of: date | None = None) -> Job:
    """Put a grading of everybody into the queue because somebody asks. Raises ``NotAllowed``."""
    demand(user, GRADE)
    return ask_for_grades(user, as_of)


def ask_for_grades(user: User, as_of: date | None = None) -> Job:
    """Put a grading of everybody into the queue because the books changed."""
    return enqueue(
        "insights.grade", owner=user, as_of=as_of.isoformat() if as_of else None, user=user.pk,
        asked=timezone.now().isoformat(),
    )  # fmt: skip


def grade_all(
    user: User | None,
    as_of: date | None = None,
    progress: Progress = silent,
    asked: datetime | None = None,
) -> Snapshot:
    """Measure and grade every customer as of a day (default: the latest document's), now.

    ``asked``: when it was asked for. A grading that began since, of the same day on the same books
    by the same schemes, is the answer already: its worker died before it could say so.

    Every scheme in use is run; one without data is recorded with the reason. The first time, a
    snapshot half a year earlier (of a month's last day: the last day then) is made too where the
    books reach back far enough, so that changes of class show. It takes turns with imports, so
    that the newest snapshot rests on the newest books. Raises ``NothingToGrade`` and
    ``MixedCurrencies``.
    """

    return _in_turn(user, as_of, progress, asked)[0]


def grade_and_follow(
    user: User | None,
    as_of: date | None = None,
    progress: Progress = silent,
    asked: datetime | None = None,
) -> Snapshot:
    """Grade as ``grade_all``; then, while others have their turn, what follows a grading is done on
    the same facts.
    """
    snapshot, facts = _in_turn(user, as_of, progress, asked)
    following.follow(snapshot, facts, progress)
    return snapshot


def _in_turn(
    user: User | None, as_of: date | None, progress: Progress, asked: datetime | None
) -> tuple[Snapshot, Facts]:
    def waiting() -> None:
        progress(0, 0, "Waiting for another import", "正在等待其他导入完成")

    with one_at_a_time("books", waiting):
        return _grade_all(user, as_of, progress, asked)


def _grade_all(
    user: User | None, as_of: date | None, progress: Progress, asked: datetime | None
) -> tuple[Snapshot, Facts]:
    begun = timezone.now()
    Snapshot.objects.filter(state=Snapshot.State.WRITING).delete()  # a killed grading left them
    facts = facts_out.facts_of_books()
    day = as_of or measuring.latest_day(facts)
    if asked is not None and (answer := _answer(day, asked)) is not None:
        return answer, facts
    days = [day]
    if _earlier(day) is None:
        back = months_before(day, LOOK_BACK)
        if measuring.first_day(facts) <= add_months(back, -measuring.MONTHS):
            days.insert(0, back)
    drafts: list[Snapshot] = []
    try:
        for each in days:
            _draft(
                user, facts, each, begun, drafts, progress, newest=each == days[-1] and not as_of
            )
        with transaction.atomic():  # all at once: nobody sees the earlier one as today's
            for snapshot in drafts:
                snapshot.state, snapshot.finished_at = Snapshot.State.DONE, timezone.now()
                snapshot.save(update_fields=["state", "finished_at"])
                audit(user, "grades.run", f"snapshot:{snapshot.pk}", **_facts(snapshot))
            deciding.only(drafts[-1])
            growth.only(drafts[-1])
            coming.only(drafts[-1])
            concessions.only(drafts[-1])
    except BaseException:
        for snapshot in reversed(drafts):
            snapshot.delete()
        raise
    return drafts[-1], facts


def _answer(day: date, asked: datetime) -> Snapshot | None:
    """The snapshot that a grading asked for at a moment would only make again."""
    from mainstay_engine import __version__

    found = Snapshot.objects.filter(
        state=Snapshot.State.DONE, withdrawn_at=None, as_of=day, started_at__gte=asked,
        fingerprint=facts_out.fingerprint(), engine_version=__version__,
    ).order_by("-pk").first()  # fmt: skip
    if found is None:
        return None
    stored = set(Run.objects.filter(snapshot=found).values_list("scheme", "version"))
    asked_for = {(scheme.name, str(scheme.version)) for scheme in in_use.in_use()}
    same = stored == asked_for and found.headline == in_use.headline_name()
    return found if same else None


def _earlier(day: date) -> Snapshot | None:
    done = Snapshot.objects.filter(state=Snapshot.State.DONE, withdrawn_at=None, as_of__lt=day)
    return done.order_by("-as_of", "-pk").first()


def _draft(
    user: User | None,
    facts: Facts,
    day: date,
    begun: datetime,
    drafts: list[Snapshot],
    progress: Progress,
    *,
    newest: bool,
) -> None:
    """Write the snapshot of a day, not yet to be seen, and add it to the ``drafts``."""
    from mainstay_engine import __version__

    measured = measuring.measure(facts, day)
    snapshot = Snapshot.objects.create(
        as_of=day, window_start=measured.start, window_end=measured.end,
        currency=facts.currency or "", exponent=facts.exponent, engine_version=__version__,
        fingerprint=facts_out.fingerprint(), totals=measured.totals,
        previous=drafts[-1] if drafts else _earlier(day), created_by=user,
        started_at=begun, headline=in_use.headline_name(),
        held_on=timezone.localdate(begun) if newest else day,
    )  # fmt: skip
    drafts.append(snapshot)
    _write(snapshot, measured, progress)


def _write(snapshot: Snapshot, measured: measuring.Measured, progress: Progress) -> None:
    customer_ids = dict(Customer.objects.values_list("code", "pk").iterator())
    figure_ids = snapshots.write_figures(snapshot, measured, customer_ids)

    def tell(number: int, count: int, scheme: Any) -> None:
        title = scheme.title.model_dump()
        day = measured.as_of.isoformat()
        progress(number, count, f"Grading: {title['en']}, {day}", f"正在分级：{title['zh']}，{day}")

    tables: dict[str, Any] = {}

    def beside(scheme: Scheme) -> Given:
        return given(snapshot, scheme)

    for outcome in measured.grades(in_use.in_use(), beside, tell, tables):
        if isinstance(outcome, measuring.Refusal):
            snapshots.write_refusal(snapshot, outcome)
        else:
            snapshots.write_grades(snapshot, outcome, customer_ids, figure_ids)
    outline.keep(snapshot)
    deciding.keep(snapshot, tables)
    growth.keep_usual(snapshot, measured.facts, customer_ids)
    coming.keep(snapshot, measured.facts, customer_ids)
    concessions.keep(snapshot, measured.facts, customer_ids)


def _facts(snapshot: Snapshot) -> dict[str, Any]:
    runs = Run.objects.filter(snapshot=snapshot).order_by("pk")
    return {
        "as_of": snapshot.as_of.isoformat(),
        "engine": snapshot.engine_version,
        "fingerprint": snapshot.fingerprint,
        "schemes": [f"{run.scheme} v{run.version}" for run in runs if run.state == Run.State.DONE],
        "no_data": [run.scheme for run in runs if run.state == Run.State.NO_DATA],
    }


def withdraw_since(moment: datetime) -> list[dict[str, Any]]:
    """Show no more the snapshots that were made since a moment; what they were, for review.

    They stay in each customer's history, marked. Call inside the decision's transaction.
    """
    rows = Snapshot.objects.filter(
        state=Snapshot.State.DONE, withdrawn_at=None, started_at__gte=moment
    )
    listed = [
        {"snapshot": pk, "as_of": as_of.isoformat(), "started_at": started.isoformat()}
        for pk, as_of, started in rows.order_by("pk").values_list("pk", "as_of", "started_at")
    ]
    rows.update(withdrawn_at=timezone.now())
    return listed


def forget_everything() -> None:
    """Delete every snapshot. Only for the demo company, whose grades go with its books."""
    Snapshot.objects.all().delete()
