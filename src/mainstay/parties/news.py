"""What this room tells people of."""

from __future__ import annotations

from collections.abc import Sequence

from mainstay.foundation.models import User
from mainstay.foundation.notices.kinds import declare
from mainstay.kernel.errors import words
from mainstay.parties.permissions import SEE
from mainstay.parties.selectors import visible_to


def _seen(user: User, subjects: Sequence[str]) -> set[str]:
    """Those whose customer the reader still sees."""
    codes = [subject.partition(":")[2] for subject in subjects]
    found = visible_to(user, SEE).filter(codes__code__in=codes)
    return {f"customer:{code}" for code in found.values_list("codes__code", flat=True)}


GIVEN = declare(
    "customer.given",
    words("Customers given to you", "客户分配给您"),
    words("{who} made you the owner of {customer}.", "{who} 指定您负责 {customer}。"),
    seen=_seen,
)
HANDED = declare(
    "customers.given",
    words("Many customers handed over to you at once", "成批移交给您的客户"),
    words(
        "{who} handed {customers} {customers:customer|customers} over to you.",
        "{who} 向您移交了 {customers} 个客户。",
    ),
)
