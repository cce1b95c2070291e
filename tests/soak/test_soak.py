"""A bounded part of the soak on each store, with a fixed seed; ``make soak`` is the whole of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.soak import gives_way, kills, together
from tests.soak.store import Stage, opened

SEED = 20_261_127
Opened = tuple[Stage, dict[str, str]]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """A fresh store of each kind."""
    postgres = request.param == "postgres"
    server = request.getfixturevalue("postgres_url") if postgres else None
    with opened(tmp_path, server) as found:
        yield found


def test_nothing_is_lost_or_doubled_whenever_the_process_is_killed(store: Opened) -> None:
    tally = kills.soak(*store, seed=SEED, kills=12, seconds=30)
    assert tally.kills.total() >= 3


def test_processes_at_once_end_as_one_after_the_other(store: Opened) -> None:
    together.check(*store, seed=SEED, rounds=1)


def test_the_demo_company_gives_way_whole_or_not_at_all_whenever_killed(store: Opened) -> None:
    assert gives_way.check(*store, seed=SEED, kills=4) >= 4
