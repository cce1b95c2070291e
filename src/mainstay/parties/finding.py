"""Customers by what people type: the index over their words, kept and asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
from django.db import connection, transaction
from django.db.models import Case, Exists, IntegerField, OuterRef, QuerySet, When
from django.db.models.expressions import RawSQL

from mainstay.foundation import bulk
from mainstay.parties import words
from mainstay.parties.models import Customer, CustomerCode, CustomerWords

CHUNK = 2_000
"""Customers whose words are made at a time."""
NEAR = 200
"""Matches of a query that are ranked."""
TABLE = CustomerWords._meta.db_table


def refresh() -> int:
    """Make the words of customers anew whose codes or names changed; how many.

    Whatever stopped an earlier call, the next one catches up. Chunks stand by themselves.
    """
    known = dict(CustomerWords.objects.values_list("customer_id", "source").iterator())
    done = 0
    stale: list[tuple[int, str, str]] = []
    for pk, source, found in _sources():
        if known.get(pk) != source:
            stale.append((pk, source, found()))
        if len(stale) == CHUNK:
            done += _put(stale)
            stale = []
    return done + _put(stale)


def ids(query: str) -> RawSQL | None:
    """The customers whose words begin with each word of a query, as a subquery of their ids.

    ``None`` where the query has no word: it finds nobody.
    """
    asked = words.wanted(query)
    if not asked:
        return None
    if connection.vendor == "sqlite":
        match = " AND ".join(f'"{word}"*' for word in asked)
        statement = f"SELECT rowid FROM {TABLE}_index WHERE {TABLE}_index MATCH %s"  # noqa: S608
    else:
        match = " & ".join(f"'{word}':*" for word in asked)
        statement = (
            f"SELECT customer_id FROM {TABLE} "  # noqa: S608  our own name
            "WHERE array_to_tsvector(string_to_array(words, ' ')) @@ %s::tsquery"
        )
    return RawSQL(statement, (match,))  # noqa: S611  the query is an argument


def closest(customers: QuerySet[Customer], query: str, size: int) -> QuerySet[Customer]:
    """The customers a query finds, those it names best first: by code, then by name.

    Of more than ``NEAR`` matches the rest is not looked at: whoever types on narrows them.
    """
    found, text = ids(query), query.strip()
    if found is None:
        return customers.none()
    standing = CustomerCode.objects.filter(customer=OuterRef("pk"), in_use=True)
    near = customers.filter(Exists(standing), pk__in=found).values_list("pk", flat=True)[:NEAR]
    exact = customers.filter(codes__code=text, codes__in_use=True).values_list("pk", flat=True)
    rank = Case(
        When(code__iexact=text, then=0), When(code__istartswith=text, then=1),
        When(name__istartswith=text, then=2), When(name__icontains=text, then=3),
        default=4, output_field=IntegerField(),
    )  # fmt: skip
    return Customer.objects.filter(pk__in=[*near, *exact]).order_by(rank, "code")[:size]


def _sources() -> Iterator[tuple[int, str, Any]]:
    """Customer, the texts it is found by as one, and a function that makes its words."""
    codes: dict[int, list[str]] = {}
    for customer, code in CustomerCode.objects.order_by("code").values_list("customer", "code"):
        codes.setdefault(customer, []).append(code)
    columns = ("pk", "code", "name", "name_en", "tax_no")
    for pk, code, name, name_en, tax_no in Customer.objects.values_list(*columns).iterator():
        own = codes.get(pk, [code])
        source = "\n".join((*own, "", name, name_en, tax_no))

        def make(own: Iterable[str] = own, names: Any = (name, name_en), no: str = tax_no) -> str:
            return " ".join(sorted(words.tokens(own, names, no)))

        yield pk, source, make


def _put(rows: list[tuple[int, str, str]]) -> int:
    if not rows:
        return 0
    ids, sources, found = zip(*rows, strict=True)
    with transaction.atomic():
        CustomerWords.objects.filter(pk__in=ids).delete()
        bulk.insert(
            CustomerWords,
            pa.table({
                "customer_id": pa.array(ids, pa.int64()), "source": pa.array(sources, pa.string()),
                "words": pa.array(found, pa.string()),
            }),
        )  # fmt: skip
    return len(rows)
