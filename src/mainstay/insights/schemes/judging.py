"""What people hold of a customer by the judged criteria of the schemes in use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from mainstay.foundation.models import User
from mainstay.foundation.permissions import may
from mainstay.foundation.services import audit
from mainstay.insights.errors import CustomerNotFound, DateNotValid, NotInUse, NotOnTheScale
from mainstay.insights.models import Judgement
from mainstay.insights.permissions import JUDGE
from mainstay.insights.schemes import in_use
from mainstay.parties.selectors import of_code

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme
    from mainstay_engine.schemes.parts import Judged

LONGEST = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Opinion:
    """One criterion, and what was said of the customer by it: each judge's latest first."""

    scheme: Scheme
    criterion: Judged
    said: tuple[Judgement, ...]

    def own(self, user: User) -> int | None:
        """What the user holds today."""
        return next((one.value for one in self.said if one.judge_id == user.pk), None)


def judge(
    by: User, code: str, scheme: str, criterion: str, value: int, evidence: str,
    until: date | None = None,
) -> Judgement:  # fmt: skip
    """Say what one holds of a customer today; it counts from the next grading.

    Raises ``NotAllowed``, ``CustomerNotFound``, ``NotInUse``, ``NotOnTheScale``, ``DateNotValid``.
    """
    customer = of_code(by, code, JUDGE).first()
    if customer is None:
        raise CustomerNotFound(code=code)
    found = [one for each, one in judged() if each.name == scheme and one.name == criterion]
    if not found:
        raise NotInUse(scheme=scheme)
    if value not in {level.value for level in found[0].levels}:
        title = found[0].title
        raise NotOnTheScale(criterion=title.en, criterion_zh=title.zh)
    today = timezone.localdate()
    if until is not None and not today <= until <= today + LONGEST:
        raise DateNotValid(day=until, most=today + LONGEST)
    with transaction.atomic():
        row = Judgement.objects.create(
            customer=customer, scheme=scheme, criterion=criterion, value=value, day=today,
            until=until, evidence=evidence.strip(), judge=by,
        )  # fmt: skip
        audit(
            by, "customer.judged", f"customer:{customer.code}", reason=row.evidence,
            scheme=scheme, criterion=criterion, value=value,
            until=until.isoformat() if until else None,
        )  # fmt: skip
    return row


def judged() -> list[tuple[Scheme, Judged]]:
    """Every judged criterion of the schemes in use."""
    return [(scheme, one) for scheme in in_use.in_use() for one in scheme.judged]


def opinions(user: User, code: str) -> list[Opinion]:
    """Each judged criterion with what was said of a customer by it; nothing of one out of reach."""
    rows = Judgement.objects.filter(customer__in=of_code(user, code)).select_related("judge")
    said: dict[tuple[str, str], dict[int, Judgement]] = {}
    for row in rows.order_by("day", "pk"):
        said.setdefault((row.scheme, row.criterion), {})[row.judge_id] = row
    return [
        Opinion(scheme, one, tuple(reversed(said.get((scheme.name, one.name), {}).values())))
        for scheme, one in judged()
    ]


def may_judge(user: User, code: str) -> bool:
    """Whether the user judges this customer."""
    return may(user, JUDGE) and of_code(user, code, JUDGE).exists()
