"""Grading's part of a customer's time line: the class that was given first, and each change."""

from __future__ import annotations

from django.db.models import F, Q

from mainstay.foundation.models import User
from mainstay.insights import hidden, reasons
from mainstay.insights.models import Grade, Snapshot
from mainstay.insights.selectors.runs import headline_run, info
from mainstay.parties.models import Customer
from mainstay.parties.selectors import sees_cost
from mainstay.parties.timeline import Before, Event, source


@source("grades")
def grades(user: User, customer: Customer, before: Before, size: int) -> list[Event]:
    """Changes of class by the headline scheme, as gradings that stand tell them."""
    headline = headline_run(user)
    if headline is None:
        return []
    rows = Grade.objects.filter(
        customer=customer, run__scheme=headline.scheme,
        run__snapshot__state=Snapshot.State.DONE, run__snapshot__withdrawn_at=None,
    ).filter(~Q(previous_class=F("klass")), before.q("run__snapshot__as_of"))  # fmt: skip
    order = rows.select_related("run", "run__snapshot", "run__snapshot__previous")
    cost, found = sees_cost(user, customer.pk), []
    for grade in order.order_by("-run__snapshot__as_of", "-pk")[:size]:
        run = info(grade.run)
        told = cost or not hidden.rests_on_cost(run)
        found.append(Event(run.as_of, grade.pk, "grade", {
            "run": run, "klass": grade.klass, "before": grade.previous_class,
            "reason": reasons.reason(run, customer.code, grade) if told else hidden.REASON,
        }))  # fmt: skip
    return found
