"""A class that a person sets for one customer: for a reason, until a day, decided by another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from mainstay.foundation.approvals import deciding
from mainstay.foundation.approvals.models import Request
from mainstay.foundation.errors import NoReason, NotAllowed
from mainstay.foundation.models import User
from mainstay.foundation.permissions import may
from mainstay.foundation.services import audit
from mainstay.insights.errors import DateNotValid, NotAClass, NotInUse, SchemeUnchanged
from mainstay.insights.models import Grade, Override, Run, Snapshot
from mainstay.insights.schemes import in_use
from mainstay.insights.services import ask_for_grades
from mainstay.parties import owners
from mainstay.parties.models import Customer
from mainstay.parties.permissions import APPROVE, SEE
from mainstay.parties.selectors import of_code

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme

KIND = "customer.class"
LONGEST = timedelta(days=366)
"""After that somebody looks again."""


def ask(by: User, wanted: Mapping[str, Any], reason: str) -> Request | None:
    """Ask for a class (``wanted``: customer, scheme, class, until), or set it where nobody else
    could decide; the request, or nothing. Raises what ``check`` raises, and ``NotAllowed``.
    """
    check(wanted)
    return deciding.ask_or_decide(by, KIND, wanted, reason)


def check(wanted: Mapping[str, Any]) -> Scheme:
    """The scheme it is about. Raises what makes it impossible or idle."""
    customer = owners.known(wanted["customer"])
    found = [one for one in in_use.in_use() if one.name == wanted["scheme"]]
    if not found:
        raise NotInUse(scheme=wanted["scheme"])
    scheme, today = found[0], timezone.localdate()
    if wanted["class"] not in {klass.id for klass in scheme.classes}:
        title = scheme.title
        raise NotAClass(klass=wanted["class"], scheme=title.en, scheme_zh=title.zh)
    until = date.fromisoformat(wanted["until"])
    if not today <= until <= today + LONGEST:
        raise DateNotValid(day=until, most=today + LONGEST)
    if standing(customer).filter(scheme=scheme.name, klass=wanted["class"], until=until).exists():
        raise SchemeUnchanged
    return scheme


def carry_out(asker: User, by: User, wanted: Mapping[str, Any], reason: str) -> None:
    """Set it, and have everybody graded anew. Call inside the decision's transaction."""
    scheme = check(wanted)
    customer = owners.known(wanted["customer"])
    Override.objects.create(
        customer=customer, scheme=scheme.name, klass=wanted["class"], reason=reason,
        since=timezone.localdate(), until=wanted["until"], by=asker, decided_by=by,
    )  # fmt: skip
    audit(
        by, "customer.class_set", f"customer:{customer.code}", reason=reason, scheme=scheme.name,
        klass=wanted["class"], until=wanted["until"], asked_by=asker.pk,
    )  # fmt: skip
    ask_for_grades(by)


def end(by: User, pk: int, reason: str) -> None:
    """Let the figures decide again before the day, for a reason: by whoever asked for the class,
    or may decide on it. Raises ``NotAllowed``, ``NoReason``.
    """
    reason = reason.strip()
    if not reason:
        raise NoReason
    with transaction.atomic():
        row = Override.objects.select_for_update().filter(pk=pk, ended_at=None).first()
        if row is None or not of_code(by, row.customer.code, SEE).exists():
            raise NotAllowed
        if row.by_id != by.pk and not may_decide(by, row.customer.code):
            raise NotAllowed
        row.ended_at = timezone.now()
        row.save(update_fields=["ended_at"])
        audit(
            by, "customer.class_freed", f"customer:{row.customer.code}", reason=reason,
            scheme=row.scheme, klass=row.klass,
        )  # fmt: skip
        ask_for_grades(by)


def may_decide(user: User, code: str) -> bool:
    """Whether the user's right to decide reaches the customer."""
    return may(user, APPROVE) and of_code(user, code, APPROVE).exists()


def standing(customer: Customer) -> QuerySet[Override]:
    """Those in force today."""
    rows = Override.objects.filter(customer=customer, ended_at=None)
    return rows.filter(since__lte=timezone.localdate(), until__gte=timezone.localdate())


def of(user: User, code: str) -> list[Override]:
    """Every class that was ever set for a customer the user may see, the latest first."""
    rows = Override.objects.filter(customer__in=of_code(user, code))
    return list(rows.select_related("by", "decided_by").order_by("-since", "-pk"))


def class_now(customer: Customer, scheme: str) -> str:
    """The customer's class in the newest grading; empty: none."""
    newest = Snapshot.objects.filter(state=Snapshot.State.DONE, withdrawn_at=None)
    last = newest.order_by("-as_of", "-pk").values_list("pk", flat=True).first()
    rows = Grade.objects.filter(
        customer=customer, run__snapshot=last, run__scheme=scheme, run__state=Run.State.DONE
    )
    return rows.values_list("klass", flat=True).first() or ""
