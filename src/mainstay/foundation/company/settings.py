"""The settings of the company: what each is, who changed it last, and the verb that changes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from django.conf import settings as django
from django.db import transaction
from django.db.models import JSONField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from mainstay.foundation.calendar import CHINA
from mainstay.foundation.company import once
from mainstay.foundation.company.models import Setting
from mainstay.foundation.errors import SettingNotValid
from mainstay.foundation.models import User
from mainstay.foundation.permissions import declare, demand_company
from mainstay.foundation.services import audit

MANAGE = declare(
    "company.manage", "Change the company's settings and calendar", "修改公司设置与日历"
)
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Company:
    """Every setting, as shipped until somebody changes it."""

    name: str = ""
    currency: str = ""
    """What empty books are to be kept in, by its ISO 4217 code; ``ledger`` sets it."""
    language: str = ""
    """Of people who chose none; empty: pages follow the browser, mail is in Chinese."""
    week_starts: int = 0
    """The weekday that calendars show first, Monday being 0."""
    fiscal_month: int = 1
    """The month in which the fiscal year begins."""
    weekend: tuple[int, ...] = (5, 6)
    """Weekdays without work."""
    holidays: str = CHINA
    """Whose official days count; empty: nobody's."""


@dataclass(frozen=True, slots=True)
class Change:
    """Who changed a setting last, and when."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """The settings with their last changes, by name."""

    company: Company
    changes: dict[str, Change] = field(default_factory=dict)


def company() -> Company:
    """The settings as they are now."""
    return once.kept(_read)


def shown() -> Shown:
    """The settings with who changed each last."""
    rows = Setting.objects.select_related("by")
    return Shown(company(), {row.name: Change(row.by.known_as(), row.at) for row in rows})


def change(by: User, name: str, value: Any) -> None:
    """Decide on a setting; nothing happens where it is so already.

    Raises ``NotAllowed`` and ``SettingNotValid``.
    """
    demand_company(by, MANAGE)
    value = _CHECKS[name](value)
    with transaction.atomic():
        row = Setting.objects.select_for_update().filter(name=name).first()
        before = row.value if row else _plain(Company())[name]
        if value == before:
            return
        Setting.objects.update_or_create(
            name=name, defaults={"value": value, "by": by, "at": timezone.now()}
        )
        audit(by, "company.changed", f"setting:{name}", value=value, was_value=before)
    once.forget()


def with_company_name(users: QuerySet[User]) -> QuerySet[User]:
    """People with the company's name as ``company``, in the same query."""
    name = Setting.objects.filter(name=OuterRef("named")).values("value")
    found = Coalesce(Subquery(name), Value("", JSONField()), output_field=JSONField())
    return users.alias(named=Value("name")).annotate(company=found)


def as_kept(name: str) -> Subquery:
    """SQL of a setting, for a query that needs one alone; null where nobody decided on it."""
    return Subquery(Setting.objects.filter(name=name).values("value")[:1])


def _read() -> Company:
    known = {one.name for one in fields(Company)}
    kept: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in Setting.objects.values_list("name", "value")
        if name in known
    }
    return Company(**kept)


def _plain(of: Company) -> dict[str, Any]:
    """The settings as JSON has them."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(of).items()
    }


def _text(value: Any) -> str:
    text = " ".join(str(value).split())
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise SettingNotValid
    return text


def _one_of(*allowed: Any) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if value not in allowed:
            raise SettingNotValid
        return value

    return check


def _weekend(value: Any) -> list[int]:
    days = sorted(set(value))
    if len(days) > 6 or not set(days) <= set(range(7)):
        raise SettingNotValid
    return days


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": _text,
    "currency": _text,
    "language": _one_of("", *dict(django.LANGUAGES)),
    "week_starts": _one_of(0, 6),
    "fiscal_month": _one_of(*range(1, 13)),
    "weekend": _weekend,
    "holidays": _one_of("", CHINA),
}
