"""A15: stages of the life cycle; regression is seen, on the demo company."""

from __future__ import annotations

import pytest

import mainstay_engine as me
from tests.scenarios.planted import books, classes, planted


@pytest.fixture(scope="module")
def facts() -> me.Facts:
    return books()


@pytest.fixture(scope="module")
def truths() -> dict[str, list[str]]:
    return planted()


def test_drifting_key_accounts_are_marked_as_regression_and_few_others(
    facts: me.Facts, truths: dict[str, list[str]]
) -> None:
    found = classes(facts, "life_stage")
    assert {found[code] for code in truths["drifting_key"]} == {"regression"}
    assert {found[code] for code in truths["sleeping"]} == {"ending"}
    assert sum(klass == "regression" for klass in found.values()) < len(found) / 10
    regression = me.load_scheme("life_stage").klass("regression")
    assert regression.play is not None
    assert "reinvest or let go" in regression.play.en
