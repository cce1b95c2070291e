"""The events of a time line in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mainstay.effort.rules import activities
from mainstay.parties.timeline import Event
from mainstay.retention.rules import REASONS, RESULTS
from mainstay.web.formatting import (
    day,
    mark,
    money_exact,
    not_shown,
    number,
    quantity,
    said,
)
from mainstay.web.grades import Badge, Badges
from mainstay.web.tables import kinds, receipt_kinds


@dataclass(frozen=True, slots=True)
class Told:
    """One event as the page shows it."""

    day: dt.date
    icon: str
    title: str
    more: str = ""
    href: str = ""
    badge: Badge | None = None
    scheme: str = ""
    bad: bool = False


def source_words() -> dict[str, str]:
    """What each source is called."""
    return {
        "documents": _("Documents"), "receipts": _("Receipts"), "grades": _("Grades"),
        "people": _("Owners and team"), "codes": _("Codes"),
        "contacts": _("Contacts"), "efforts": _("Efforts"),
        "losses": _("Lost and back"),
    }  # fmt: skip


def told(event: Event) -> Told:
    """An event in the reader's language."""
    return _TELL[event.source](event)


def _document(event: Event) -> Told:
    facts = event.facts
    lines = ngettext("%(num)s line", "%(num)s lines", facts["lines"]) % {
        "num": number(facts["lines"])
    }
    amount = money_exact(facts["net"], facts["currency"], facts["exponent"])
    return Told(
        event.day, "data", f"{kinds()[event.kind]} {facts['number']}", f"{amount} · {lines}",
        reverse("document", args=[event.number]), bad=facts["net"] < 0,
    )  # fmt: skip


def _receipt(event: Event) -> Told:
    facts, kind = event.facts, event.kind.removeprefix("receipt_")
    amount = money_exact(facts["amount"], facts["currency"], facts["exponent"])
    due = facts["maturity"]
    falls_due = _("falls due %(day)s") % {"day": day(due)} if due else ""
    more = " · ".join(filter(None, (amount, falls_due)))
    title = f"{receipt_kinds()[kind]} {facts['number']}".strip()
    return Told(event.day, "check", title, more, bad=facts["amount"] < 0)


def _grade(event: Event) -> Told:
    facts = event.facts
    badges = Badges(facts["run"])
    now = badges(facts["klass"])
    if facts["before"]:
        title = _("From %(before)s to %(now)s") % {
            "before": badges(facts["before"]).text, "now": now.text
        }  # fmt: skip
    else:
        title = _("First graded: %(now)s") % {"now": now.text}
    return Told(
        event.day, "portfolio", title, said(facts["reason"]), badge=now, scheme=badges.scheme
    )  # fmt: skip


def _person(event: Event) -> Told:
    facts = event.facts
    words = _("%(name)s is the owner") if event.kind == "owner" else _("%(name)s joins the team")
    by = facts["by"] or _("by the books")
    more = f"{by}{mark(':')}{facts['reason']}" if facts["reason"] else by
    return Told(event.day, "person", words % {"name": facts["name"]}, more)


def _merge(event: Event) -> Told:
    facts = event.facts
    words = (
        _("%(code)s became this customer")
        if not facts["split"]
        else _("%(code)s became this customer, and was split off again")
    )
    return Told(event.day, "customers", words % {"code": facts["code"]}, facts["reason"])


def _contact(event: Event) -> Told:
    name, position = event.facts["name"], event.facts["position"]
    who = not_shown() if name is None else name or _("nobody by name")
    title = _("Contact: %(name)s") % {"name": who}
    more = [position, _("no contact any more") if event.kind == "ended" else ""]
    return Told(event.day, "person", title, " · ".join(filter(None, more)))


def _effort(event: Event) -> Told:
    facts = event.facts
    hours = _("%(hours)s h") % {"hours": quantity(facts["hours"])} if facts["hours"] else ""
    title = said(activities()[facts["activity"]])
    more = " · ".join(filter(None, (facts["person"], hours, facts["note"])))
    return Told(event.day, "person", title, more)


def _loss(event: Event) -> Told:
    facts = event.facts
    by = facts["by"]
    match event.kind:
        case "lost":
            title = _("Lost: silent for longer than its rhythm allows")
            more = ngettext(
                "%(num)s day was allowed", "%(num)s days were allowed", facts["allowed"]
            ) % {"num": number(facts["allowed"])}
        case "back":
            title, more = _("Came back: ordered again"), ""
        case "reason":
            title = _("Why it was lost: %(reason)s") % {"reason": said(REASONS[facts["reason"]])}
            more = " · ".join(filter(None, (facts["rival"], facts["evidence"], by)))
        case "begun":
            title = _("%(name)s is to win it back by %(day)s") % {
                "name": facts["owner"], "day": day(dt.date.fromisoformat(facts["due"]))
            }  # fmt: skip
            more = f"{facts['what']} · {by}"
        case _ended:
            title = _("Win-back: %(result)s") % {"result": said(RESULTS[facts["result"]])}
            more = f"{facts['note']} · {by}"
    return Told(event.day, "person" if by else "portfolio", title, more, bad=event.kind == "lost")


_TELL: dict[str, Callable[[Event], Told]] = {
    "documents": _document, "receipts": _receipt, "grades": _grade, "people": _person,
    "codes": _merge, "contacts": _contact, "efforts": _effort, "losses": _loss,
}  # fmt: skip


def by_month(events: list[Told]) -> list[tuple[dt.date, list[Told]]]:
    """The events under the first day of their month, in their order."""
    months: dict[dt.date, list[Told]] = {}
    for event in events:
        months.setdefault(event.day.replace(day=1), []).append(event)
    return list(months.items())


def shown(rows: Any) -> list[tuple[dt.date, list[Told]]]:
    """A page's events, told and by month."""
    return by_month([told(event) for event in rows])
