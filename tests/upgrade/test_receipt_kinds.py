"""Receipts that came before their kinds were told get them by the update."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from mainstay.ledger.models import Receipt

BEFORE = [("ledger", "0003_orders")]

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


def test_words_and_maturities_tell_the_kind_of_old_receipts(before: Any) -> None:
    batch = before.get_model("ledger", "ImportBatch").objects.create(state="applied")
    for number, (method, amount, maturity) in enumerate(
        [
            ("电汇", 5, None), ("银行承兑汇票", 5, None), ("", 5, "2026-08-01"), ("坏账", 5, None),
            ("汇票拒付", -5, None), ("汇票拒付", 5, None), ("返利抵扣", 5, None),
        ]
    ):  # fmt: skip
        before.get_model("ledger", "Receipt").objects.create(
            batch=batch, number=str(number), key=str(number), date="2026-02-01", amount=amount,
            method=method, maturity=maturity,
        )  # fmt: skip
    _migrate(None)
    assert list(Receipt.objects.order_by("pk").values_list("kind", flat=True)) == [
        "money", "bill", "bill", "write_off", "dishonour", "money", "rebate"
    ]  # fmt: skip
    assert sum(Receipt.objects.values_list("amount", flat=True)) == 25
