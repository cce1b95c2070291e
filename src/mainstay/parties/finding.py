"""Customers by what people type: the index over their words, kept and asked."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import pyarrow as pa
from django.db import connection, transaction
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, When
from django.db.models.expressions import RawSQL

from mainstay.foundation import bulk
from mainstay.parties import words
from mainstay.parties.listed import contacts_in_force
from mainstay.parties.models import Customer, CustomerCode, CustomerWords

CHUNK = 2_000
"""Customers whose words are made at a time."""
NEAR = 200
"""Matches of a query that are ranked."""
TABLE = CustomerWords._meta.db_table


def refresh(only: Collection[int] | None = None) -> int:
    """Make the words of customers anew whose codes, names or contacts changed; how many.

    ``only``: of these customers. Whatever stopped an earlier call, the next one catches up. Chunks
    stand by themselves.
    """
    rows = (
        CustomerWords.objects.all() if only is None else CustomerWords.objects.filter(pk__in=only)
    )
    known = dict(rows.values_list("customer_id", "source").iterator())
    # Read to the end before anything is written: on SQLite, what another process writes while a
    # reading is open keeps its connection from writing («database is locked»).
    stale = [one for one in _sources(only) if known.get(one[0]) != one[1]]
    for start in range(0, len(stale), CHUNK):
        _put([(pk, source, found()) for pk, source, found in stale[start : start + CHUNK]])
    return len(stale)


def match(query: str, *, personal: bool = False) -> str:
    """What the index is asked for: words that begin with each word of a query.

    ``personal``: also those of contacts. Empty where the query has no word: it finds nobody.
    """
    asked = words.wanted(query)
    fts = connection.vendor == "sqlite"
    begins, either = ('"{}"*', " OR ") if fts else ("'{}':*", " | ")
    each = [[word, words.personal(word) if personal else ""] for word in asked]
    groups = [f"({either.join(begins.format(word) for word in ways if word)})" for ways in each]
    found = (" AND " if fts else " & ").join(groups)
    if found and personal and (number := words.dialled(query)):
        return f"({found}){either}{begins.format(number)}"
    return found


def ids(match: Any) -> RawSQL:
    """The customers whose words match, as a subquery of their ids; ``match`` may be ``Given``."""
    if connection.vendor == "sqlite":
        statement = f"SELECT rowid FROM {TABLE}_index WHERE {TABLE}_index MATCH %s"  # noqa: S608
    else:
        statement = (
            f"SELECT customer_id FROM {TABLE} "  # noqa: S608  our own name
            "WHERE array_to_tsvector(string_to_array(words, ' ')) @@ %s::tsquery"
        )
    return RawSQL(statement, (match,))  # noqa: S611  the query is an argument


def found(match: str) -> list[int]:
    """The same as a list, on SQLite: one text of all ids is read faster than a row of each."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT json_group_array(rowid) FROM {TABLE}_index "  # noqa: S608  our own name
            f"WHERE {TABLE}_index MATCH %s",
            [match],
        )
        ids: list[int] = json.loads(cursor.fetchone()[0])
    return ids


def closest(
    customers: QuerySet[Customer], found: Q, query: str, size: int
) -> QuerySet[Customer]:  # fmt: skip
    """Those of the customers a query ``found`` that it names best first: by code, then by name.

    Of more than ``NEAR`` matches the rest is not looked at: whoever types on narrows them.
    """
    text = query.strip()
    standing = CustomerCode.objects.filter(customer=OuterRef("pk"), in_use=True)
    near = customers.filter(found, Exists(standing)).values_list("pk", flat=True)[:NEAR]
    exact = customers.filter(codes__code=text, codes__in_use=True).values_list("pk", flat=True)
    rank = Case(
        When(code__iexact=text, then=0), When(code__istartswith=text, then=1),
        When(name__istartswith=text, then=2), When(name__icontains=text, then=3),
        default=4, output_field=IntegerField(),
    )  # fmt: skip
    return Customer.objects.filter(pk__in=[*near, *exact]).order_by(rank, "code")[:size]


def _sources(only: Collection[int] | None) -> Iterator[tuple[int, str, Any]]:
    """Customer, the texts it is found by as one, and a function that makes its words."""
    codes: dict[int, list[str]] = {}
    people: dict[int, list[tuple[str, ...]]] = {}
    leading, contacts, customers = (
        CustomerCode.objects.order_by("code"), contacts_in_force().order_by("pk"),
        Customer.objects.all(),
    )  # fmt: skip
    if only is not None:
        leading, customers = leading.filter(customer__in=only), customers.filter(pk__in=only)
        contacts = contacts.filter(customer__own_code__customer__in=only)
    for customer, code in leading.values_list("customer", "code"):
        codes.setdefault(customer, []).append(code)
    columns = ("customer__own_code__customer", "name", "phone", "mobile")
    for customer, *texts in contacts.values_list(*columns).iterator():
        people.setdefault(customer, []).append(tuple(texts))
    of_customer = ("pk", "code", "name", "name_en", "tax_no")
    for pk, code, name, name_en, tax_no in customers.values_list(*of_customer).iterator():
        own, named = codes.get(pk, [code]), people.get(pk, [])
        source = "\n".join((*own, "", name, name_en, tax_no, *(t for one in named for t in one)))

        def make(
            own: Iterable[str] = own, names: Any = (name, name_en), no: str = tax_no,
            named: Any = named,
        ) -> str:  # fmt: skip
            found = words.tokens(own, names, no) | words.of_contacts(named)
            return " ".join(sorted(found))

        yield pk, source, make


def _put(rows: list[tuple[int, str, str]]) -> None:
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
