"""What this room tells people of."""

from __future__ import annotations

from mainstay.foundation.notices.kinds import declare
from mainstay.kernel.errors import words

GIVEN = declare(
    "customer.given",
    words("Customers given to you", "客户分配给您"),
    words("{who} made you the owner of {customer}.", "{who} 指定您负责 {customer}。"),
)
HANDED = declare(
    "customers.given",
    words("Many customers handed over to you at once", "成批移交给您的客户"),
    words(
        "{who} handed {customers} {customers:customer|customers} over to you.",
        "{who} 向您移交了 {customers} 个客户。",
    ),
)
