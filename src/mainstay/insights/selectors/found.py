"""Customers that a query finds, with what a line of the search box shows."""

from __future__ import annotations

from dataclasses import dataclass

from mainstay.foundation.models import User
from mainstay.insights.models import Grade
from mainstay.insights.records import RunInfo
from mainstay.insights.selectors.runs import headline_run
from mainstay.parties.selectors import closest


@dataclass(frozen=True, slots=True)
class FoundCustomer:
    """One customer of the result."""

    code: str
    name: str
    name_en: str
    region: str
    klass: str
    """By the headline scheme; empty where it is not graded."""


def find_customers(user: User, query: str, size: int) -> tuple[list[FoundCustomer], RunInfo | None]:
    """The customers the user may see that a query names best, and the run of their classes."""
    rows = list(closest(user, query, size))
    run = headline_run(user) if rows else None
    classes: dict[int, str] = {}
    if run is not None:
        grades = Grade.objects.filter(run=run.id, customer__in=[row.pk for row in rows])
        classes = dict(grades.values_list("customer_id", "klass"))
    found = [
        FoundCustomer(row.code, row.name, row.name_en, row.region, classes.get(row.pk, ""))
        for row in rows
    ]
    return found, run
