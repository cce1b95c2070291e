"""Regions in the reader's language."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from mainstay.parties.models import Customer
from mainstay.web.places import PROVINCES, region_words


@pytest.mark.parametrize(
    ("region", "english"),
    [
        ("浙江", "Zhejiang"), ("浙江省", "Zhejiang"), ("上海市", "Shanghai"),
        ("陕西", "Shaanxi"), ("山西", "Shanxi"), ("新疆维吾尔自治区", "Xinjiang"),
        ("内蒙古自治区", "Inner Mongolia"), ("香港特别行政区", "Hong Kong"),
        ("华东", "华东"), ("Bavaria", "Bavaria"), ("省", "省"), ("", ""),
    ],
)  # fmt: skip
def test_a_province_has_its_english_name_and_nothing_else_changes(
    region: str, english: str
) -> None:
    with translation.override("en"):
        assert region_words(region) == english
    with translation.override("zh-hans"):
        assert region_words(region) == region


def test_every_province_of_the_official_list_is_known(shared_data: Path) -> None:
    with (shared_data / "cn-divisions" / "provinces.csv").open(encoding="utf-8") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    assert len(names) >= 31
    with translation.override("en"):
        assert [name for name in names if region_words(name) not in PROVINCES.values()] == []


def test_the_list_shows_the_name_and_still_asks_by_the_books_spelling(page: Client) -> None:
    Customer.objects.filter(code="C001").update(region="陕西省")
    shown = page.get(reverse("customer", args=["C001"])).content.decode()
    assert " · Shaanxi · " in shown
    assert "陕西省" not in shown
