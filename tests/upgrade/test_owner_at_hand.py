"""Customers say who owns them after the update, as their assignments did before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from mainstay.parties.models import Customer

BEFORE = [("parties", "0008_hand_overs")]

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


def test_who_owns_a_customer_stands_at_it_and_goes_back_without_loss(before: Any) -> None:
    people = before.get_model("foundation", "User").objects
    ma, gao = people.create(username="ma"), people.create(username="gao", first_name="高飞")
    customers = before.get_model("parties", "Customer").objects
    held = before.get_model("parties", "Assignment").objects
    rows = (  # customer, user, duty, until
        ("C1", ma, "owner", None), ("C2", gao, "owner", None), ("C2", ma, "member", None),
        ("C3", ma, "owner", "2026-01-05"), ("C4", ma, "owner", "2026-01-05"),
        ("C4", gao, "owner", None),
    )  # fmt: skip
    for code, user, duty, until in rows:
        customer, _made = customers.get_or_create(code=code)
        held.create(customer=customer, user=user, duty=duty, source="hand", until=until,
                    since="2026-01-01")  # fmt: skip
    customers.create(code="C5")
    expected = {
        ("C1", ma.pk, "ma"), ("C2", gao.pk, "高飞"), ("C3", None, None), ("C4", gao.pk, "高飞"),
        ("C5", None, None),
    }  # fmt: skip
    for _turn in ("there", "back and there again"):
        _migrate(None)
        assert set(Customer.objects.values_list("code", "owner", "owner_name")) == expected
        _migrate(BEFORE)
