"""The three facts of a customer in words: what is so, what stands behind it, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mainstay.insights.records import CustomerDetail, FactNow
from mainstay.web.figures import documents_of
from mainstay.web.formatting import day, metric, money, number, percent
from mainstay.web.grades import Badges


@dataclass(frozen=True, slots=True)
class Said:
    """One of the three facts in words, with the action that follows."""

    tone: str
    title: str
    text: str
    link: str
    link_text: str


def spoken(fact: FactNow, detail: CustomerDetail) -> Said:
    """A fact in words."""
    facts = fact.facts
    title, text, link, link_text = _WORDS[fact.code](facts, detail)
    return Said(fact.tone, title, text, link, link_text)


def _cash(value: Any, detail: CustomerDetail) -> str:
    return money(value, detail.currency, detail.exponent)


Words = tuple[str, str, str, str]


def _over_limit(facts: Mapping[str, Any], detail: CustomerDetail) -> Words:
    return (
        _("%(amount)s over the credit limit") % {"amount": _cash(facts["amount"], detail)},
        _("%(open)s is open, the limit is %(limit)s")
        % {"open": _cash(facts["open_balance"], detail), "limit": _cash(facts["limit"], detail)},
        documents_of(detail, "open_balance"), _("See the open documents"),
    )  # fmt: skip


def _overdue(facts: Mapping[str, Any], detail: CustomerDetail) -> Words:
    return (
        _("%(amount)s is overdue") % {"amount": _cash(facts["amount"], detail)},
        _overdue_since(facts),
        documents_of(detail, "overdue_balance"), _("See the documents"),
    )  # fmt: skip


def _overdue_since(facts: Mapping[str, Any]) -> str:
    """«3 invoices, the oldest by 41 days»; of grades made before that was kept, the share."""
    count, days = facts.get("invoices"), facts.get("days")
    if count is None or days is None:
        return _("%(share)s of what they owe") % {"share": percent(facts.get("share"))}
    told = ngettext("%(days)s day", "%(days)s days", days) % {"days": number(days)}
    if count == 1:
        return _("1 invoice, by %(days)s") % {"days": told}
    return _("%(count)s invoices, the oldest by %(days)s") % {
        "count": number(count), "days": told,
    }  # fmt: skip


def _nothing_overdue(facts: Mapping[str, Any], detail: CustomerDetail) -> Words:
    return (
        _("Nothing is overdue"),
        _("%(open)s is open and not yet due") % {"open": _cash(facts["open_balance"], detail)},
        documents_of(detail, "receipts"), _("See the receipts"),
    )  # fmt: skip


def _no_receivables(_facts: Mapping[str, Any], _detail: CustomerDetail) -> Words:
    return (
        _("What they owe is not known"),
        _("the books hold no receipts or no due dates"),
        reverse("data"), _("Import receipts"),
    )  # fmt: skip


def _next_class(facts: Mapping[str, Any], detail: CustomerDetail) -> Words:
    amount = metric(facts["amount"], facts["unit"], detail.currency, detail.exponent)
    return (
        _("%(amount)s short of class %(klass)s")
        % {"amount": amount, "klass": _klass(facts["scheme"], facts["next_class"], detail)},
        _("the distance to the smallest customer of that class"),
        "#why", _("See why"),
    )  # fmt: skip


def _top_class(facts: Mapping[str, Any], detail: CustomerDetail) -> Words:
    klass = _klass(facts["scheme"], facts["klass"], detail)
    return (
        _("In the best class, %(klass)s") % {"klass": klass},
        _("there is no class above"),
        "#why", _("See why"),
    )  # fmt: skip


def _not_ranked(_facts: Mapping[str, Any], _detail: CustomerDetail) -> Words:
    return (_("Not ranked"), _("nothing positive in the window to rank by"), "#why", _("See why"))


def _silent(facts: Mapping[str, Any], detail: CustomerDetail) -> Words:
    return (
        _("Silent for %(days)s days; the usual gap is %(gap)s")
        % {"days": number(facts["days"]), "gap": number(facts["gap"])},
        _("%(ratio)s times the usual gap between orders") % {"ratio": number(facts["ratio"], 1)},
        documents_of(detail, "recency"), _("See the last orders"),
    )  # fmt: skip


def _in_rhythm(facts: Mapping[str, Any], detail: CustomerDetail) -> Words:
    gap = facts.get("gap")
    return (
        _("Ordered today")
        if facts["days"] == 0
        else ngettext("Ordered %(days)s day ago", "Ordered %(days)s days ago", facts["days"])
        % {"days": number(facts["days"])},
        ngettext(
            "within its rhythm: an order every %(gap)s day",
            "within its rhythm: an order every %(gap)s days",
            round(gap),
        )
        % {"gap": number(gap)}
        if gap is not None
        else _("too few orders to know a rhythm"),
        documents_of(detail, "recency"), _("See the last orders"),
    )  # fmt: skip


def _never_bought(_facts: Mapping[str, Any], detail: CustomerDetail) -> Words:
    since = (
        _("customer since %(day)s") % {"day": day(detail.since)}
        if detail.since
        else _("no sale in the books")
    )
    return (_("Has never ordered"), since, reverse("customers"), _("Back to the list"))


_WORDS = {
    "over_limit": _over_limit, "overdue": _overdue,
    "nothing_overdue": _nothing_overdue, "no_receivables": _no_receivables,
    "next_class": _next_class, "top_class": _top_class, "not_ranked": _not_ranked,
    "silent": _silent, "in_rhythm": _in_rhythm, "never_bought": _never_bought,
}  # fmt: skip


def _klass(scheme: str, klass: str, detail: CustomerDetail) -> str:
    for grade in detail.grades:
        if grade.scheme == scheme:
            return Badges(grade.run)(klass).text
    return klass
