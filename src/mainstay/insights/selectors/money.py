"""What a customer owes in all currencies together, as the engine settles and converts it."""

from __future__ import annotations

from datetime import date

from mainstay.foundation.models import User
from mainstay.insights import facts_out
from mainstay.insights.errors import NothingToGrade
from mainstay.parties.selectors import of_code


def open_in_company(user: User, customer_code: str, as_of: date) -> int | None:
    """The open balance on a day in the company's minor units, each item at its own date's rate.

    ``None`` for a customer without documents, or one the user may not see.
    """
    from mainstay_engine import compute_metrics

    customer = of_code(user, customer_code).first()
    if customer is None:
        return None
    try:
        facts = facts_out.facts_of_customer(customer.pk)
    except NothingToGrade:
        return None
    table = compute_metrics(facts, ["open_balance"], as_of=as_of, window="12m")
    for row in table.to_pylist():
        if row["customer_id"] == customer.code:
            found: int | None = row["open_balance"]
            return found
    return 0
