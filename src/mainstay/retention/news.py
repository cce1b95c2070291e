"""What this room tells people of."""

from __future__ import annotations

from collections.abc import Sequence

from mainstay.foundation.models import User
from mainstay.foundation.notices.kinds import declare
from mainstay.foundation.permissions import may
from mainstay.kernel.errors import words
from mainstay.parties.permissions import SEE
from mainstay.parties.selectors import visible_to


def _seen(user: User, subjects: Sequence[str]) -> set[str]:
    """Those whose customer the reader still sees."""
    if not may(user, SEE):
        return set()
    codes = [subject.partition(":")[2] for subject in subjects]
    found = visible_to(user, SEE).filter(codes__code__in=codes)
    return {f"loss:{code}" for code in found.values_list("codes__code", flat=True)}


LOST = declare(
    "losses.found",
    words("Customers of yours that are lost", "您的客户流失"),
    words(
        "{lost} of your {lost:customer|customers} did not order for longer than usual: {names}.",
        "您有 {lost} 家客户未下单的时间超出其下单节奏：{names}。",
    ),
)
GIVEN = declare(
    "losses.given",
    words("Lost customers you are to win back", "交由您挽回的客户"),
    words(
        "{who} asks you to win {customer} back by {due}: {what}",
        "{who} 请您在 {due} 前挽回 {customer}：{what}",
    ),
    seen=_seen,
)
DUE = declare(
    "losses.due",
    words("Win-backs of yours that are due", "您的挽回任务到期"),
    words(
        "Winning {customer} back is due on {due}: {what}",
        "挽回 {customer} 的期限为 {due}：{what}",
    ),
    seen=_seen,
)
