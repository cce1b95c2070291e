"""A rate of exchange entered by hand: into the books, and everybody graded anew."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from mainstay.exchange import demo
from mainstay.exchange.errors import DemoIsThere
from mainstay.foundation.models import Job, User
from mainstay.insights import services as insights
from mainstay.ledger import rates
from mainstay.ledger.selectors import foreign_currencies


def enter_rate(user: User, currency: str, day: date, rate: Decimal) -> Job | None:
    """Enter a rate; the grading that follows, or none where no row is in another currency.

    Raises ``NotAllowed``, ``BadRate``, and ``DemoIsThere`` while the demo company is in the
    books, which its own data would remove.
    """
    if demo.is_there():
        raise DemoIsThere
    rates.enter(user, currency, day, rate)
    return insights.ask_for_grades(user) if foreign_currencies() else None
