"""Which customers somebody may see in figures of the portfolio: both its right and that of the
customers reach them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from django.db.models import Q

from mainstay.foundation.models import User
from mainstay.insights.permissions import PORTFOLIO
from mainstay.parties.models import Customer
from mainstay.parties.selectors import sees_everything, within


def whole_portfolio(user: User) -> bool:
    """Whether the figures are everybody's, so that kept ones may be shown."""
    return sees_everything(user, PORTFOLIO) and sees_everything(user)


def in_portfolio(user: User, path: str = "") -> Q:
    """The customers whose figures the user may see. ``path``: to the customer, such as
    ``customer__``.
    """
    return within(user, PORTFOLIO, path) & within(user, path=path)


def ids_in_portfolio(user: User) -> npt.NDArray[np.int64]:
    """The ids of the customers whose figures the user may see."""
    seen = Customer.objects.filter(in_portfolio(user))
    return np.fromiter(seen.values_list("pk", flat=True).iterator(), np.int64)
