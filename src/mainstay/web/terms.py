"""Terms of payment in words: «month-end, then 30 days; closing on the 25th»."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mainstay.web.formatting import mark, number

if TYPE_CHECKING:
    from mainstay_engine.terms import Terms


def terms_words(terms: Terms | None) -> str:
    """The rule as a person says it; a dash without terms."""
    if terms is None:
        return "–"
    steps = [_days(terms.days)] if terms.days else []
    if terms.months:
        count = number(terms.months)
        steps.append(ngettext("%(num)s month", "%(num)s months", terms.months) % {"num": count})
    if terms.month_end:
        steps.append(_("month-end"))
    if terms.then_days:
        steps.append(_days(terms.then_days))
    said = [_(", then ").join(steps) or _("at once")]
    if terms.start == "delivery":
        said.append(_("from the delivery"))
    elif terms.start == "statement":
        said.append(_("from the statement"))
    if terms.cut_off is not None:
        said.append(_("closing on day %(day)s") % {"day": terms.cut_off})
    if terms.pay_day is not None:
        said.append(_("paid on day %(day)s") % {"day": terms.pay_day})
    return mark(";").join(said)


def _days(days: int) -> str:
    return ngettext("%(num)s day", "%(num)s days", days) % {"num": number(days)}
