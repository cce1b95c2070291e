"""Every metric of the catalogue agrees with a plain Python computation, to the last bit."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from mainstay_engine.metrics import available_metrics, compute_metrics, metrics
from tests.engine import metrics_reference
from tests.engine.metrics_worlds import World, world

NAMES = [one.name for one in metrics() if not one.fitted]


def expected(given: World, as_of: date, months: int, known: date | None = None) -> dict:
    return metrics_reference.metrics(
        given.lines, given.receipts, given.customers, given.allocations,
        as_of=as_of, months=months, known=known,
        efforts=given.efforts, effort_rates=given.effort_rates,
    )  # fmt: skip


def computed(given: World, as_of: date, months: int, known: date | None = None) -> dict:
    table = compute_metrics(
        given.facts(), NAMES, as_of=as_of, window=f"{months}m", known_as_of=known
    )
    rows = table.to_pylist()
    assert [row["customer_id"] for row in rows] == sorted(
        (row["customer_id"] for row in rows), key=str.encode
    )
    return {row["customer_id"]: {n: row[n] for n in NAMES} for row in rows}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("as_of", "months"), [
    (date(2024, 12, 31), 12), (date(2024, 2, 29), 6), (date(2023, 7, 15), 1),
])  # fmt: skip
def test_every_metric_agrees_with_plain_python(seed: int, as_of: date, months: int) -> None:
    given = world(seed)
    assert computed(given, as_of, months) == expected(given, as_of, months)


@pytest.mark.parametrize("seed", range(3))
def test_facts_known_later_are_not_seen(seed: int) -> None:
    given = world(seed, known=True)
    for as_of, known in [
        (date(2024, 6, 30), date(2024, 6, 30)),
        (date(2024, 6, 30), date(2024, 7, 20)),
        (date(2024, 6, 30), date(2024, 5, 1)),
    ]:
        assert computed(given, as_of, 12, known) == expected(given, as_of, 12, known)


def test_all_metrics_are_available_when_all_facts_are_there() -> None:
    assert [one.name for one in available_metrics(world(1).facts())] == NAMES


def test_the_future_is_not_seen() -> None:
    as_of = date(2024, 3, 31)
    given = world(3)
    past = World(
        [row for row in given.lines if row["doc_date"] <= as_of],
        [row for row in given.receipts if row["date"] <= as_of],
        given.customers, given.allocations,
        [row for row in given.efforts if row["date"] <= as_of], given.effort_rates,
    )  # fmt: skip
    assert computed(given, as_of, 12) == computed(past, as_of, 12)
    assert computed(given, as_of + timedelta(days=200), 12) != computed(past, as_of, 12)
