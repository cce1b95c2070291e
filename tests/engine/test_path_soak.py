"""The trial of every path (``tests/soak/paths.py``) on a few customers; and that it would tell."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

import mainstay_engine as me
from mainstay_engine.path import Paths, graded_by, paths_of
from mainstay_engine.synth import demo
from tests.soak import paths


@pytest.fixture(scope="module")
def graded():
    made = demo(customers=40)
    facts = me.facts_from_tables(made.lines, made.receipts, made.customers, currency="CNY")
    return graded_by(facts, "abc")


def test_every_path_of_a_few_customers_holds(graded) -> None:
    tried = paths.try_all(*graded)
    assert tried.customers == len(graded[1])
    assert tried.paths > tried.customers / 2
    assert tried.smaller > 0
    assert tried.wrong == []


@pytest.mark.parametrize("more", [Decimal("0.01"), Decimal("-0.01")])
def test_a_path_that_is_a_cent_off_is_told(graded, more: Decimal, monkeypatch) -> None:
    def off(*asked: object) -> Paths:
        found = paths_of(*asked)
        up = [path for path in found.up if len(path.changes) == 1]
        moved = [replace(path.changes[0], to=path.changes[0].to + more) for path in up]
        return replace(found, up=tuple(
            replace(path, changes=(change,)) for path, change in zip(up, moved, strict=True)
        ))  # fmt: skip

    monkeypatch.setattr(paths, "paths_of", off)
    assert paths.try_all(*graded).wrong
