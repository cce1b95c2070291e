"""Secrets of webhooks that stood plain in the store are sealed by the update."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from mainstay.foundation import vault
from mainstay.foundation.models import Webhook

BEFORE = [("foundation", "0013_company")]
URL, SECRET = "https://erp.example.com/told", "whs_as-it-was"

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


def test_plain_secrets_are_sealed_and_come_back(before: Any) -> None:
    user = before.get_model("foundation", "User").objects.create(username="boss")
    hook = before.get_model("foundation", "Webhook").objects
    hook.create(url=URL, kinds=["grades.run"], secret=SECRET, created_by=user)
    _migrate(None)
    sealed = Webhook.objects.get().secret
    assert SECRET not in sealed
    assert vault.unseal(sealed, f"webhook to {URL}") == SECRET.encode()
    _migrate(BEFORE)
    assert hook.get().secret == SECRET
