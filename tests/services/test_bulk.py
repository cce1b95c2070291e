"""Many rows at once: the store answers quickly about them at once."""

from __future__ import annotations

import pyarrow as pa
import pytest
from django.db import connection

from mainstay.catalogue.models import Product
from mainstay.foundation import bulk


def known_rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [Product._meta.db_table]
        )
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_the_planner_knows_of_many_new_rows_at_once() -> None:
    """Joins planned for empty tables took minutes over a company of 20,000 documents."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite plans without counts")
    bulk.insert(Product, pa.table({"code": [f"P{n}" for n in range(bulk.MANY)]}))
    assert known_rows() == bulk.MANY
    bulk.insert(Product, pa.table({"code": ["one more"]}))
    assert known_rows() == bulk.MANY
