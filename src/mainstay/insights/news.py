"""What this room tells people of."""

from __future__ import annotations

from collections.abc import Sequence

from mainstay.foundation.models import User
from mainstay.foundation.notices.kinds import Attached, declare
from mainstay.foundation.notices.models import Way
from mainstay.foundation.permissions import may
from mainstay.insights.errors import NotGraded
from mainstay.insights.permissions import PORTFOLIO
from mainstay.insights.selectors.week import week
from mainstay.insights.week_sheet import sheet
from mainstay.kernel.errors import words
from mainstay.parties.permissions import SEE

BOOKS_BROKEN = declare(
    "ledger.faults",
    words("Faults in the books", "账簿有误"),
    words("The books do not tie: {faults} {faults:fault|faults}.", "账簿不平：{faults} 处差错。"),
    Way.MAIL,
)


def _seen(user: User, subjects: Sequence[str]) -> set[str]:
    return set(subjects) if may(user, PORTFOLIO) and may(user, SEE) else set()


def _on_paper(user: User, subject: str, lang: str) -> Attached | None:
    """The week as it stands when the mail goes."""
    try:
        found = week(user)
    except NotGraded:
        return None
    name = f"mainstay-week-{found.run.as_of:%Y-%m-%d}.pdf"
    return Attached(name, sheet(found, lang), "application/pdf")


WEEK = declare(
    "portfolio.week",
    words("The week: what moved, and whom to talk to", "本周：变化与应沟通的客户"),
    words("The week to {as_of}: {up} up, {down} down, {concerns} {concerns:customer|customers} to "
          "talk to.", "截至 {as_of} 的一周：升 {up}、降 {down}，应沟通客户 {concerns} 家。"),
    Way.DIGEST, _seen, _on_paper,
)  # fmt: skip
