"""One row in every table that a test of an update has none in yet, whatever its columns are."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Field

VALUES: dict[str, Any] = {
    "BooleanField": True, "DateField": date(2024, 2, 29),
    "DateTimeField": datetime(2026, 11, 28, 0, 22, 34, 123456, tzinfo=UTC),
    "DecimalField": Decimal("7.1000000001"), "FloatField": 0.1, "JSONField": {"金额": [1, None]},
    "UUIDField": uuid.UUID(int=7), "BinaryField": b"\x00\xffArrow",
}  # fmt: skip
"""By kind of column; numbers and texts are made from its name."""
KNOWN: dict[str, dict[str, Any]] = {
    "foundation.Notice": {"mail": ""},
    "foundation.Role": {"rights": ["customers.own"]},
    "ledger.Rate": {"key": "USD:2024-02-29", "currency": "USD", "current": True},
}
"""What must make sense; what a restore lets go: mails still to be sent; what an update adds to: a
role whose customers are its own has the right to own them.
"""


def fill_the_rest(models: Any, labels: Collection[str]) -> None:
    """Give each empty table of these rooms a row with a value in every column; rows that others
    point to come first.
    """
    waiting = [
        model for model in models.get_models()
        if model._meta.app_label in labels and not model._base_manager.exists()
    ]  # fmt: skip
    while waiting:
        ready = [model for model in waiting if not _needs(model) & {*waiting} - {model}]
        assert ready, waiting
        for model in ready:
            model._base_manager.create(**_row(model))
        waiting = [model for model in waiting if model not in ready]


def _needs(model: Any) -> set[Any]:
    return {field.related_model for field in model._meta.concrete_fields if field.is_relation}


def _row(model: Any) -> dict[str, Any]:
    known = KNOWN.get(model._meta.label, {})
    return {
        field.attname: known.get(field.name, _value(field))
        for field in model._meta.concrete_fields
        if field.get_internal_type() not in ("AutoField", "BigAutoField")
    }


def _value(field: Field[Any, Any]) -> Any:
    if field.is_relation:
        first: Any = field.related_model._base_manager.order_by("pk").first()  # type: ignore[union-attr]
        return first and first.pk
    if field.choices:
        return next(iter(field.choices))[0]
    kind = field.get_internal_type()
    if kind in ("CharField", "TextField"):
        return f"{field.name}·甲"[: field.max_length]
    return VALUES.get(kind, 7)
