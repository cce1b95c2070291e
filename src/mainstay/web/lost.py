"""Lost customers in words: reasons, states, results, whether anybody cared."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mainstay.retention import rules
from mainstay.retention.selectors import UNSAID, LossRow, Rhythm, Summary
from mainstay.web.formatting import day, mark, money, number, said


def state_words() -> dict[str, str]:
    """What each state is called."""
    return {
        rules.LOST: _("nobody tries"), rules.WINNING: _("being won back"),
        rules.PROMISED: _("will buy again"), rules.FAILED: _("tried in vain"),
        rules.BACK: _("came back"),
    }  # fmt: skip


def reason_words() -> dict[str, str]:
    """What each reason is called, and where nobody said one."""
    return {UNSAID: _("not said yet")} | {
        name: said(title) for name, title in rules.REASONS.items()
    }


def reason_of(row: LossRow) -> str:
    """«Poached: Rival & Co»."""
    title = reason_words()[row.reason or UNSAID]
    return f"{title} · {row.rival}" if row.rival else title


def neglect_words(row: LossRow) -> str:
    """Whether nobody visited or called before it was lost."""
    if row.neglected is None:
        return _("not known")
    return _("yes") if row.neglected else _("no")


def care_words(row: LossRow) -> str:
    """What is recorded of visits, calls and complaints before it was lost, and what is not."""
    if row.neglected is None:
        told = _("Whether it was neglected is not known: no visits or calls are recorded that far "
                 "back.")  # fmt: skip
    else:
        told = _(
            "Visits and calls: %(before)s in the %(days)s days up to the last order, %(since)s "
            "from then until it was lost."
        ) % {
            "before": number(row.contacts_before), "since": number(row.contacts_since),
            "days": number(rules.CARE_DAYS),
        }  # fmt: skip
    return mark(".").join((told, *_complaints(row.complaints)))


def _complaints(count: int) -> tuple[str, ...]:
    open_ = _("Whether a complaint was left open is not recorded.")
    if not count:
        return (open_,)
    worked = ngettext(
        "Work on a complaint is recorded %(num)s time.",
        "Work on complaints is recorded %(num)s times.", count,
    ) % {"num": number(count)}  # fmt: skip
    return worked, open_


def rhythm_words(rhythm: Rhythm) -> str:
    """«Silent for 12 days; its own rhythm allows 124.»"""
    if rhythm.silence is None:
        return _("It never ordered.")
    if rhythm.allowed is None:
        return _("It ordered on fewer than three days: it has no rhythm of its own yet.")
    silent = ngettext(
        "Silent for %(num)s day", "Silent for %(num)s days", rhythm.silence
    ) % {"num": number(rhythm.silence)}  # fmt: skip
    return _("%(silent)s; its own rhythm allows %(allowed)s.") % {
        "silent": silent, "allowed": number(rhythm.allowed)
    }  # fmt: skip


def task_words(row: LossRow) -> str:
    """Who is to win it back by when; empty where nobody."""
    if row.open is None:
        return ""
    told = _("%(name)s by %(day)s") % {"name": row.open.owner, "day": day(row.open.due)}
    return f"{told} ({_('overdue')})" if row.open.late else told


def finding(found: Summary) -> str:
    """«12 customers were lost within a year; with them went ¥1.2M a year.»"""
    sums = found.sums
    if not sums.losses:
        return _("Nobody is lost")
    return ngettext(
        "%(num)s customer was lost within a year; with it went %(went)s a year",
        "%(num)s customers were lost within a year; with them went %(went)s a year",
        sums.year_losses,
    ) % {
        "num": number(sums.year_losses),
        "went": money(sums.year_went, found.currency, found.exponent),
    }  # fmt: skip
