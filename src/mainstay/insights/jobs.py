"""Grading and the proof of the books as jobs. Run twice, they come to the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from mainstay.foundation.company.days import working_calendar
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.jobs import Progress, Report, job
from mainstay.foundation.lock import one_at_a_time
from mainstay.foundation.models import User
from mainstay.foundation.notices import telling
from mainstay.foundation.notices.models import Notice
from mainstay.foundation.notices.telling import tell
from mainstay.foundation.permissions import holders
from mainstay.foundation.schedule import daily
from mainstay.foundation.services import audit
from mainstay.insights import identity, news, providing
from mainstay.insights.errors import NotGraded
from mainstay.insights.facts_out import fingerprint
from mainstay.insights.models import Snapshot
from mainstay.insights.permissions import PORTFOLIO
from mainstay.insights.portfolio import growth, white
from mainstay.insights.portfolio.periods import Periods, period
from mainstay.insights.schemes import in_use, replaying
from mainstay.insights.schemes.placing import DOWN, UP
from mainstay.insights.selectors.week import week
from mainstay.insights.services import grade_and_follow
from mainstay.ledger.check import CheckReport, check_books
from mainstay.ledger.permissions import CHECK_BOOKS
from mainstay.parties import finding


@job("insights.grade")
def grade(progress: Progress, as_of: str | None, user: int, asked: str = "") -> Report:
    """Grade everybody as of a day, the latest document's where none is given."""
    finding.refresh()
    snapshot = grade_and_follow(
        User.objects.get(pk=user),
        date.fromisoformat(as_of) if as_of else None,
        progress,
        datetime.fromisoformat(asked) if asked else None,
    )
    return {"snapshot": snapshot.pk, "as_of": snapshot.as_of.isoformat()}


@daily("00:30")
@job("insights.follow")
def follow(progress: Progress) -> Report:
    """Grade everybody anew where a scheme's day has come, a class or judgement has ended, or people
    recorded something that figures rest on.
    """
    if not in_use.ask_anew(timezone.localdate()) and not recorded_since():
        return {}
    snapshot = grade_and_follow(None, progress=progress)
    return {"snapshot": snapshot.pk, "as_of": snapshot.as_of.isoformat()}


def recorded_since() -> bool:
    """Whether other rooms hold facts recorded by hand that no grading in force knows."""
    if not providing.marks():
        return False
    shown = Snapshot.objects.filter(state=Snapshot.State.DONE, withdrawn_at=None)
    return shown.exists() and not shown.filter(fingerprint=fingerprint()).exists()


@daily("07:30")
@job("insights.week")
def tell_week(progress: Progress) -> Report:
    """On the first working day of the week, and after it to whoever was not told, what moved."""
    today = timezone.localdate()
    if not working_calendar().is_working_day(today):
        return {}
    monday, told = today - timedelta(days=today.weekday()), 0
    readers = telling.listening(holders(PORTFOLIO), news.WEEK)
    for number, reader in enumerate(readers):
        progress(number, len(readers), "Telling the week", "正在通报本周情况")
        last = Notice.objects.filter(user=reader, kind=news.WEEK).order_by("-pk").first()
        if last is not None and timezone.localdate(last.at) >= monday:
            continue
        try:
            found = week(reader)
        except (NotAllowed, NotGraded):
            continue
        day = found.run.as_of.isoformat()
        if found.before is None or (last is not None and last.facts["as_of"] == day):
            continue  # nothing is new
        told += tell(
            [reader], news.WEEK, f"week:{day}", as_of=day, up=found.moves.count(UP),
            down=found.moves.count(DOWN), concerns=found.concerns,
        )  # fmt: skip
    return {"told": told}


@job(replaying.KIND)
def backtest(
    progress: Progress, user: int, name: str, number: int, against: list[Any], periods: int,
    months: int,
) -> Report:  # fmt: skip
    """Replay a scheme over the past."""
    by = User.objects.get(pk=user)
    row = replaying.run(
        by, name, number, (str(against[0]), int(against[1])), periods, months, progress
    )
    return {"backtest": row.pk, "scheme": name}


@job(growth.KIND)
def bridge(progress: Progress, earlier: str, later: str, user: int) -> Report:
    """Work out why sales changed between two periods."""
    progress(0, 1, "Comparing the periods", "正在对比两个期间")
    periods = Periods(period(earlier), period(later))
    growth.run(User.objects.get(pk=user), periods)
    return {"earlier": earlier, "later": later}


@job(white.KIND)
def white_space(progress: Progress, user: int) -> Report:
    """Work out what customers could buy, for the newest grading."""
    progress(0, 1, "Finding what customers could buy", "正在测算客户的潜在需求产品")
    snapshot = white.run(User.objects.get(pk=user))
    return {"white_space": snapshot.pk, "as_of": snapshot.as_of.isoformat()}


def prove_books(*, every_month: bool = False) -> CheckReport:
    """The whole check: sums and versions in the store, and settlement against the sums.

    ``every_month``: settlement at the last 24 month ends too, not only as of the latest day.
    """
    with one_at_a_time("books"):
        found = check_books()
        settled = identity.faults(every_month=every_month)
        return replace(found, faults=(*found.faults, *settled))


@daily("02:00")
@job("ledger.check")
def check(progress: Progress) -> Report:
    """Prove the books. Faults stand in the report and in the audit trail."""
    progress(0, 1, "Checking the books", "正在核对账簿")
    report = prove_books().to_dict()
    if report["faults"]:
        with transaction.atomic():
            audit(None, "ledger.faults", "books:all", faults=report["faults"])
            tell(holders(CHECK_BOOKS), news.BOOKS_BROKEN, "books:all", faults=len(report["faults"]))
    return report
