"""Roles that a firm changed or made may own customers after the update, where they did before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from mainstay.foundation.models import Role

BEFORE = [("foundation", "0015_weighed")]

pytestmark = pytest.mark.django_db(transaction=True)


def _migrate(targets: list[Any] | None) -> MigrationExecutor:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes() if targets is None else targets)
    return MigrationExecutor(connection)


@pytest.fixture
def before() -> Iterator[Any]:
    """The models as they were, over a store at that schema."""
    yield _migrate(BEFORE).loader.project_state(BEFORE).apps
    _migrate(None)


def test_whoever_owned_customers_still_may(before: Any) -> None:
    role = before.get_model("foundation", "Role").objects
    role.all().delete()
    for name, reach, rights in (
        ("sales_director", "company", ["customers.see"]), ("route", "own", ["customers.see"]),
        ("auditor", "company", ["audit.read"]), ("salesperson", "", None),
    ):  # fmt: skip
        role.create(name=name, reach=reach, rights=rights)
    _migrate(None)
    assert dict(Role.objects.values_list("name", "rights")) == {
        "sales_director": ["customers.own", "customers.see"],
        "route": ["customers.own", "customers.see"],
        "auditor": ["audit.read"], "salesperson": None,
    }  # fmt: skip
