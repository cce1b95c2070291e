"""Jobs in words: what kinds are called, how one went, how long it took, and what it made."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mainstay.foundation.models import User
from mainstay.foundation.permissions import READ_AUDIT, may
from mainstay.foundation.schedule import Schedule
from mainstay.foundation.selectors import JobInfo
from mainstay.insights.permissions import PORTFOLIO, SCHEMES
from mainstay.insights.portfolio.growth import KIND as BRIDGE
from mainstay.insights.portfolio.white import KIND as WHITE
from mainstay.ledger.permissions import BOOKS
from mainstay.parties.selectors import sees_everything
from mainstay.web.formatting import day, number, said
from mainstay.web.listing import addressed

TELLING = 0.05
"""Share of the work after which its speed tells how long the rest takes."""


def kind_words() -> dict[str, str]:
    """What each kind of job is called. A test holds it against the kinds there are."""
    return {
        "exchange.apply": _("Import"), "exchange.undo": _("Taking an import back"),
        "insights.grade": _("Grading"), "ledger.check": _("Check of the books"),
        "insights.backtest": _("Backtest"), "insights.bridge": _("Comparison of two periods"),
        "insights.white_space": _("White space"), "insights.week": _("Telling of the week"),
        "insights.follow": _("Grading where decisions begin or end"),
        "audit.seal": _("Sealing the audit trail"),
        "audit.verify": _("Verifying the audit trail"), "webhooks.deliver": _("Telling a webhook"),
        "notices.mail": _("Mail of notices"), "notices.digest": _("Mail of the day"),
        "upkeep.tidy": _("Clearing away what is over"),
        "notices.prune": _("Old notices removed"),
        "losses.due": _("Telling of win-backs that are due"),
        "uploads.prune": _("Old uploaded files removed"),
    }  # fmt: skip


def state_words() -> dict[str, str]:
    """What each state of a job is called."""
    return {
        "queued": _("waiting"), "running": _("running"), "done": _("done"),
        "failed": _("did not work"), "cancelled": _("cancelled"),
    }  # fmt: skip


def outcome(job: JobInfo) -> str:
    """How a job ended, in a line: what it did, or what stopped it and what to do."""
    if job.state == "failed":
        return said(job.error)
    if job.state == "cancelled":
        return _("Nothing was half done.")
    return _done(job.kind, job.report or {})


def made(job: JobInfo, user: User) -> tuple[str, str]:
    """What a job left behind: its title and its page; both empty where there is none to open."""
    report = job.report or {}
    if (batch := report.get("batch")) and may(user, BOOKS):
        return _("Import %(number)s") % {"number": batch}, reverse("batch", args=[batch])
    if report.get("snapshot") and may(user, PORTFOLIO):
        return _("Grades"), reverse("portfolio")
    if report.get("backtest") and sees_everything(user, SCHEMES):
        return _("Report"), reverse("backtest", args=[report["backtest"]])
    if job.kind == BRIDGE and job.state == "done" and may(user, PORTFOLIO):
        return _("Comparison"), addressed(reverse("sales-change"), **dict(sorted(report.items())))
    if job.kind == WHITE and job.state == "done" and may(user, PORTFOLIO):
        return _("White space"), reverse("white-space")
    if job.kind == "audit.verify" and job.state == "done" and may(user, READ_AUDIT):
        return _("Audit trail"), reverse("audit")
    if job.kind == "ledger.check" and job.state == "done":
        return _("What was found"), reverse("job", args=[job.id])
    return "", ""


def took(job: JobInfo) -> str:
    """How long it ran, or runs; empty before it begins."""
    if job.started_at is None:
        return ""
    return lasting((job.finished_at or timezone.now()) - job.started_at)


def lasting(time: dt.timedelta) -> str:
    """A length of time by its two largest units: ``3 min 5 s``."""
    seconds = max(0, round(time.total_seconds()))
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    parts = [
        _("%(num)s h") % {"num": number(hours)} if hours else "",
        _("%(num)s min") % {"num": minutes} if minutes else "",
        _("%(num)s s") % {"num": rest} if not hours and (rest or not minutes) else "",
    ]
    return " ".join(filter(None, parts))


def time_left(job: JobInfo) -> str:
    """How long the rest takes at the speed of this part of the work; empty while nothing tells."""
    if job.state != "running" or job.stage_at is None or job.total <= job.stage_done:
        return ""
    share = (job.done - job.stage_done) / (job.total - job.stage_done)
    if not TELLING <= share < 1:
        return ""
    gone = (timezone.now() - job.stage_at).total_seconds()
    left = gone * (1 - share) / share
    if left < 60:
        seconds = max(1, round(left))
        return ngettext(
            "about %(num)s second left", "about %(num)s seconds left", seconds
        ) % {"num": number(seconds)}  # fmt: skip
    minutes = round(left / 60)
    return ngettext("about %(num)s minute left", "about %(num)s minutes left", minutes) % {
        "num": number(minutes)
    }


def when(schedule: Schedule) -> str:
    """When a schedule runs, in words."""
    if schedule.at is not None:
        return _("each day at %(time)s") % {"time": f"{schedule.at:%H:%M}"}
    every = schedule.every or dt.timedelta()
    return _("every %(time)s where there is need") % {"time": lasting(every)}


def about(moment: dt.datetime) -> str:
    """A moment to come: the hour today, else day and hour."""
    local = localtime(moment)
    if local.date() == timezone.localdate():
        return f"{local:%H:%M}"
    return f"{day(local.date())} {local:%H:%M}"


def _done(kind: str, report: dict[str, Any]) -> str:
    if kind == "exchange.apply":
        new, changed = report.get("documents_new", 0), report.get("documents_changed", 0)
        return _("%(new)s new documents, %(changed)s changed") % {
            "new": number(new), "changed": number(changed)
        }  # fmt: skip
    if kind == "exchange.undo":
        return _("%(gone)s documents no longer count") % {
            "gone": number(report.get("counts", {}).get("documents_gone", 0))
        }
    if kind == "insights.grade":
        as_of = report.get("as_of")
        return _("Everybody is graded as of %(day)s.") % {
            "day": day(dt.date.fromisoformat(as_of) if as_of else None)
        }
    if kind in {"ledger.check", "audit.verify"}:
        faults = len(report.get("faults", ()))
        if faults:
            return ngettext("%(num)s fault", "%(num)s faults", faults) % {"num": number(faults)}
        return _("No fault")
    if kind == "audit.seal":
        return _("%(count)s entries sealed") % {"count": number(report.get("sealed", 0))}
    states = {
        "taken": _("taken"), "given_up": _("given up"), "waiting": _("not taken; tried again"),
    }  # fmt: skip
    return states.get(str(report.get("state")), _("Done"))
