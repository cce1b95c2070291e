"""How policies are put into words: values with their units, what is owed, states."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mainstay.policies import rules, selectors
from mainstay.policies.owing import MONEY, Due
from mainstay.web.formatting import money_exact, number, quantity


def state_words() -> dict[str, str]:
    """What a version's state is called."""
    return {
        selectors.DRAFT: _("draft"), selectors.PROPOSED: _("proposed"),
        selectors.WAITING: _("from its day"), selectors.IN_FORCE: _("in force"),
        selectors.ENDED: _("ended"),
    }  # fmt: skip


def unit_words() -> dict[str, str]:
    """What each unit of a benefit is called beside its field."""
    return {
        rules.TIMES: _("times a year"), rules.DAYS: _("days"), rules.RATIO: _("percent"),
        rules.LEVEL: _("level, 1 is the best"), rules.SAMPLE: _("percent of the class"),
    }  # fmt: skip


def value_words(benefit: rules.Benefit, value: str | None) -> str:
    """A value with its unit: «12 a year»."""
    if value is None:
        return "–"
    told = Decimal(value)
    match benefit.unit:
        case rules.TIMES:
            return _("%(count)s a year") % {"count": quantity(told)}
        case rules.DAYS:
            return days_words(told)
        case rules.LEVEL:
            return _("level %(level)s") % {"level": quantity(told)}
        case _unit:
            return f"{quantity(told * 100)}%"


def days_words(days: Decimal | Fraction) -> str:
    """«45 days»."""
    return ngettext("%(num)s day", "%(num)s days", int(days)) % {"num": number(int(days))}


def amount_words(due: Due, amount: Fraction | None, currency: str, exponent: int) -> str:
    """An amount of a benefit in its unit; a dash where nobody can tell."""
    if amount is None:
        return "–"
    if due.unit == MONEY:
        return money_exact(round(amount), currency, exponent)
    if due.unit == rules.DAYS:
        return days_words(amount)
    return number(decimal(amount), 1)


def decimal(amount: Fraction) -> Decimal:
    """To four places, half-even."""
    return Decimal(round(amount * 10_000)).scaleb(-4)


def field_of(benefit: rules.Benefit, value: str | None) -> str:
    """A value as its field shows it: shares as percent."""
    if value is None:
        return ""
    if benefit.unit in (rules.RATIO, rules.SAMPLE):
        return rules.percent(value).rstrip("%")
    return value


def value_in(benefit: rules.Benefit, text: str) -> str:
    """What a field says, as a policy keeps it; what is no number stays as it is."""
    text = text.strip().replace(",", "").rstrip("%").strip()
    if benefit.unit not in (rules.RATIO, rules.SAMPLE):
        return text
    try:
        return f"{Decimal(text) / 100:f}"
    except ArithmeticError:
        return text


def note_words(due: Due) -> str:
    """Why nobody can tell, or from when; empty where all is told."""
    return {
        "no_facts": _("Nothing is recorded yet that would show it."),
        "not_yet": _("It holds only after the day of the grading."),
        "not_set": _("Not set on the customer's card."),
    }.get(due.note, "")
