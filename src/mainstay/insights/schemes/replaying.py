"""Replaying a scheme over the past of the books: asked for, done as a job, kept as a report."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa
from django.db import transaction
from django.utils import timezone

from mainstay.foundation.jobs import Progress
from mainstay.foundation.models import Job, User
from mainstay.foundation.permissions import demand_company
from mainstay.foundation.services import audit, enqueue
from mainstay.insights import facts_out, measuring
from mainstay.insights.errors import NotReplayed
from mainstay.insights.models import Backtest, Judgement
from mainstay.insights.permissions import SCHEMES
from mainstay.insights.schemes.changing import scheme_of

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme

KIND = "insights.backtest"
PERIODS, MONTHS = (3, 6, 12, 24), (1, 3, 6)
"""What may be chosen: days of the past, and months followed after each."""


def ask(
    by: User, name: str, number: int, against: tuple[str, int], periods: int, months: int
) -> Job:
    """Put a backtest into the queue.

    It reads everybody's figures, so it takes the right to propose schemes for the whole company.
    Raises ``NotAllowed``, ``NoSuchScheme``, ``NotReplayed`` for what cannot be chosen.
    """
    demand_company(by, SCHEMES)
    if periods not in PERIODS or months not in MONTHS:
        raise NotReplayed(
            fault=f"{periods} days, each followed for {months} months, cannot be chosen.",
            fault_zh=f"不能选择 {periods} 个日期、各跟踪 {months} 个月。",
        )
    scheme_of(name, number)
    scheme_of(*against)
    return enqueue(
        KIND, owner=by, user=by.pk, name=name, number=number, against=list(against),
        periods=periods, months=months,
    )  # fmt: skip


def run(
    by: User, name: str, number: int, against: tuple[str, int], periods: int, months: int,
    progress: Progress,
) -> Backtest:  # fmt: skip
    """Replay and keep the report. Raises ``NotReplayed`` and ``NothingToGrade``."""
    from mainstay_engine import EngineError
    from mainstay_engine.backtest import backtest

    demand_company(by, SCHEMES)
    scheme, rival = scheme_of(name, number)[0], scheme_of(*against)[0]
    facts = facts_out.facts_of_books()

    def tell(done: int, total: int, day: date) -> None:
        progress(done, total, f"Replaying {day}", f"正在重放 {day}")

    try:
        found = backtest(
            facts, scheme, against=rival, periods=periods, months=months, tell=tell,
            judgements={one.name: table for one in (scheme, rival) if (table := _said(one))},
        )  # fmt: skip
    except EngineError as error:
        raise NotReplayed(fault=error.text("en"), fault_zh=error.text("zh")) from error
    with transaction.atomic():
        row = Backtest.objects.create(
            name=name, number=number, against=rival.name, periods=periods, months=months, by=by,
            until=measuring.latest_day(facts), definition=scheme.definition(),
            report=found.to_dict(),
        )  # fmt: skip
        audit(by, "scheme.backtested", f"scheme:{name}", version=number, against=rival.name,
              periods=periods, months=months, backtest=row.pk)  # fmt: skip
    return row


def _said(scheme: Scheme) -> pa.Table | None:
    """Every judgement by the scheme's criteria: known from the moment it was made."""
    levels = {one.name: {level.value for level in one.levels} for one in scheme.judged}
    rows = Judgement.objects.filter(scheme=scheme.name).order_by("day", "pk")
    found = [
        {"customer_id": code, "criterion": criterion, "value": value, "judge": judge, "date": day,
         "known_since": timezone.localdate(made), "valid_until": until}
        for code, criterion, value, judge, day, made, until in rows.values_list(
            "customer__code", "criterion", "value", "judge__username", "day", "made_at", "until"
        )
        if value in levels.get(criterion, ())
    ]  # fmt: skip
    return pa.Table.from_pylist(found) if found else None
