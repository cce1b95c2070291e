"""Customers of the demo company leave; those a firm's first import names begin anew.

All verbs here run inside the transaction that puts that import in force.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from mainstay.foundation.models import User
from mainstay.parties.models import (
    Assignment,
    Contact,
    Customer,
    CustomerCard,
    CustomerCode,
    CustomerWords,
    Merge,
    Refusal,
)

CHUNK = 500
"""Codes named in one statement."""


def hold() -> None:
    """Let whoever is about to write of these customers wait: what they write would outlive them."""
    known = CustomerCode.objects.filter(in_use=True).values("own")
    list(Customer.objects.filter(pk__in=known).select_for_update().values_list("pk", flat=True))


def forget_words() -> None:
    """Remove whatever was said of any customer: cards, owners, contacts, merges."""
    for rows in (CustomerCard, CustomerWords, Assignment, Contact, Refusal, Merge):
        rows._default_manager.all()._raw_delete("default")


def keep_only(codes: pa.Array[Any], batch: int, by: User | None) -> None:
    """Remove all customers and codes but these. Those that were there before ``batch`` become what
    ``codes.register`` makes of new ones: blank, leading to themselves, in use nowhere.

    ``codes``: ids of ``CustomerCode``.
    """
    older = pa.array(
        CustomerCode.objects.exclude(batch=batch).values_list("pk", flat=True).iterator(),
        pa.int64(),
    )
    named: Any = pc.is_in(older, value_set=codes)
    for some in _chunks(older.filter(pc.invert(named))):
        CustomerCode.objects.filter(pk__in=some)._raw_delete("default")
    now = timezone.now()
    for some in _chunks(older.filter(named)):
        rows = CustomerCode.objects.filter(pk__in=some)
        Customer.objects.filter(pk__in=rows.values("own")).update(**_blank())
        rows.update(in_use=False, since=now, by=by, batch=batch)
    CustomerCode.objects.exclude(customer=F("own")).update(customer=F("own"))
    coded = CustomerCode.objects.filter(own=OuterRef("pk"))
    Customer.objects.filter(~Exists(coded))._raw_delete("default")


def _blank() -> dict[str, Any]:
    """Every field of a customer of whom nothing is said, but the code."""
    fields = (field for field in Customer._meta.concrete_fields if not field.primary_key)
    return {field.attname: field.get_default() for field in fields if field.name != "code"}


def _chunks(ids: pa.Array[Any]) -> Iterator[list[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids.slice(start, CHUNK).to_numpy().tolist()
