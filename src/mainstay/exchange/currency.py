"""The currency of books whose files name none: named by hand, and everybody graded anew."""

from __future__ import annotations

from mainstay.foundation.models import Job, User
from mainstay.insights import services as insights
from mainstay.ledger import currency
from mainstay.ledger.services import is_empty


def name_currency(user: User, code: str) -> Job | None:
    """Name the company's currency; the grading that follows, or none where the books are empty.

    Raises as ``ledger.currency.set_currency``.
    """
    currency.set_currency(user, code)
    return None if is_empty() else insights.ask_for_grades(user)
