"""What the catalogue of metrics shows people stands in both languages, here and in the glossary."""

from __future__ import annotations

from pathlib import Path

import pytest

import mainstay_engine as me
from mainstay_engine.metrics import Metric
from mainstay_engine.metrics.formulas import ZH

GLOSSARY = (Path(__file__).resolve().parents[2] / "docs" / "glossary.md").read_text("utf-8")


@pytest.mark.parametrize("metric", me.list_metrics(), ids=lambda metric: metric.name)
def test_the_glossary_has_the_metric(metric: Metric) -> None:
    assert metric.zh in GLOSSARY
    assert metric.en.lower() in GLOSSARY.lower()


@pytest.mark.parametrize("metric", me.list_metrics(), ids=lambda metric: metric.name)
def test_the_formula_stands_in_both_languages(metric: Metric) -> None:
    assert metric.formulas["en"] == metric.formula
    assert any("\u4e00" <= letter <= "\u9fff" for letter in metric.formulas["zh"])


def test_no_formula_is_left_of_a_metric_that_went() -> None:
    assert ZH.keys() == {metric.name for metric in me.list_metrics()}
