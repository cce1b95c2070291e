"""The glossary has every term that the catalogues show people, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

import mainstay_engine as me
from mainstay_engine.metrics import Metric

GLOSSARY = (Path(__file__).resolve().parents[2] / "docs" / "glossary.md").read_text("utf-8")


@pytest.mark.parametrize("metric", me.list_metrics(), ids=lambda metric: metric.name)
def test_the_glossary_has_the_metric(metric: Metric) -> None:
    assert metric.zh in GLOSSARY
    assert metric.en.lower() in GLOSSARY.lower()
