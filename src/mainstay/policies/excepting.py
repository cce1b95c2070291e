"""An exception for one customer: for a reason, until a day, decided by another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from mainstay.foundation.approvals import deciding
from mainstay.foundation.approvals.models import Request
from mainstay.foundation.errors import NoReason, NotAllowed
from mainstay.foundation.models import User
from mainstay.foundation.permissions import may
from mainstay.foundation.services import audit
from mainstay.parties import owners
from mainstay.parties.models import Customer, CustomerCode
from mainstay.parties.permissions import APPROVE, SEE
from mainstay.parties.selectors import of_code
from mainstay.policies import changing, rules
from mainstay.policies.errors import (
    BenefitUnknown,
    ExceptionTooLong,
    ExceptionUnknown,
    NoSuchPolicy,
    PolicyUnchanged,
)
from mainstay.policies.models import PolicyException

KIND = "policy.exception"
LONGEST = timedelta(days=366)
"""After that somebody looks again."""


def ask(by: User, wanted: Mapping[str, Any], reason: str) -> Request | None:
    """Ask for an exception (``wanted``: customer, scheme, benefit, value, until), or make it where
    nobody else could decide; the request, or nothing. Raises what ``check`` raises, ``NotAllowed``.
    """
    check(wanted)
    return deciding.ask_or_decide(by, KIND, wanted, reason)


def check(wanted: Mapping[str, Any]) -> str:
    """The value as the store keeps it. Raises what makes it impossible or idle."""
    customer = owners.known(wanted["customer"])
    if changing.in_force(wanted["scheme"]) is None:
        raise NoSuchPolicy(policy=wanted["scheme"])
    if rules.benefit(wanted["benefit"]).unit == rules.SAMPLE:
        raise BenefitUnknown(benefit=wanted["benefit"])  # no one customer is owed it
    value, today = rules.value_of(wanted["benefit"], wanted["value"]), timezone.localdate()
    until = date.fromisoformat(wanted["until"])
    if not today <= until <= today + LONGEST:
        raise ExceptionTooLong(most=today + LONGEST)
    same = {"scheme": wanted["scheme"], "benefit": wanted["benefit"], "value": value}
    if standing(customer).filter(until=until, **same).exists():
        raise PolicyUnchanged
    return value


def carry_out(asker: User, by: User, wanted: Mapping[str, Any], reason: str) -> None:
    """Make it; one of the same benefit that stands ends. In the decision's transaction."""
    value, customer = check(wanted), owners.known(wanted["customer"])
    of = {"scheme": wanted["scheme"], "benefit": wanted["benefit"]}
    standing(customer).filter(**of).update(ended_at=timezone.now())
    PolicyException.objects.create(
        customer_id=CustomerCode.objects.values_list("own", flat=True).get(code=customer.code),
        value=value, reason=reason, since=timezone.localdate(), until=wanted["until"], by=asker,
        decided_by=by, **of,
    )  # fmt: skip
    audit(
        by, "policy.excepted", f"customer:{customer.code}", reason=reason, value=value,
        scheme=wanted["scheme"], benefit=wanted["benefit"], until=wanted["until"],
        asked_by=asker.pk,
    )  # fmt: skip


def end(by: User, pk: int, reason: str) -> None:
    """Let the class decide again before the day, for a reason: by whoever asked for the exception,
    or may decide on it. Raises ``NotAllowed``, ``NoReason``, ``ExceptionUnknown``.
    """
    reason = reason.strip()
    if not reason:
        raise NoReason
    with transaction.atomic():
        row = PolicyException.objects.select_for_update().filter(pk=pk, ended_at=None).first()
        if row is None or row.until < timezone.localdate():
            raise ExceptionUnknown
        code = CustomerCode.objects.values_list("customer__code", flat=True).get(
            own=row.customer_id
        )
        if not of_code(by, code, SEE).exists():
            raise ExceptionUnknown
        if row.by_id != by.pk and not may_decide(by, code):
            raise NotAllowed
        row.ended_at = timezone.now()
        row.save(update_fields=["ended_at"])
        audit(
            by, "policy.exception_ended", f"customer:{code}", reason=reason, scheme=row.scheme,
            benefit=row.benefit, value=row.value,
        )  # fmt: skip


def may_decide(user: User, code: str) -> bool:
    """Whether the user's right to decide reaches the customer."""
    return may(user, APPROVE) and of_code(user, code, APPROVE).exists()


def standing(customer: Customer) -> QuerySet[PolicyException]:
    """Those in force today."""
    today = timezone.localdate()
    rows = PolicyException.objects.filter(customer__own_code__customer=customer, ended_at=None)
    return rows.filter(since__lte=today, until__gte=today)


def of(user: User, code: str) -> list[PolicyException]:
    """Every exception there ever was for a customer the user may see, the latest first."""
    rows = PolicyException.objects.filter(customer__own_code__customer__in=of_code(user, code))
    return list(rows.select_related("by", "decided_by").order_by("-since", "-pk"))


def forget_everything() -> None:
    """Delete every exception. Only for the demo company, whose customers go too."""
    PolicyException.objects.all().delete()
