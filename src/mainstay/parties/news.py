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
        "{who} 向您移交了 {customers} 家客户。",
    ),
)
TAKEN = declare(
    "customer.taken",
    words("Customers of yours given to somebody else", "您的客户转给他人"),
    words(
        "{who} took {customer} from you; the owner now: {to}. {reason}",
        "{who} 将您负责的 {customer} 转出，现负责人：{to}。{reason}",
    ),
)
GONE = declare(
    "customers.taken",
    words("Many customers of yours handed over at once", "您的客户被成批移交"),
    words(
        "{who} handed {customers} of your {customers:customer|customers} over to {to}. {reason}",
        "{who} 将您的 {customers} 家客户移交给{to}。{reason}",
    ),
)
BACK = declare(
    "customers.back",
    words("Hand-overs that were taken back", "移交被撤回"),
    words(
        "{who} took a hand-over back: {came} {came:customer|customers} came to you, {went} went. "
        "{reason}",
        "{who} 撤回了一次移交：{came} 家客户转入，{went} 家转出。{reason}",
    ),
)
BY_BOOKS = declare(
    "customers.by_books",
    words("Customers that the books give you or take", "账上业务员变更"),
    words(
        "By the books {came} {came:customer|customers} came to you, {went} went to others.",
        "按账上的业务员，{came} 家客户转入，{went} 家转出。",
    ),
)
