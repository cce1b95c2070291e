"""The invented world: regions, cities, trades, people and company names of ``names.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml


@dataclass(frozen=True, slots=True)
class City:
    zh: str
    en: str
    area: str
    weight: float


@dataclass(frozen=True, slots=True)
class Region:
    zh: str
    en: str
    weight: float
    cities: tuple[City, ...]


@dataclass(frozen=True, slots=True)
class Trade:
    zh: str
    en: str
    weight: float
    tastes: dict[str, float]


@dataclass(frozen=True, slots=True)
class World:
    """Everything names are made of. Pairs are (Chinese, English)."""

    company: tuple[str, str]
    salespeople: tuple[tuple[str, str], ...]
    regions: tuple[Region, ...]
    people: dict[str, list[str]]
    """Parts of contacts: surnames, given names, positions."""
    given: tuple[tuple[str, str], ...]
    trades: tuple[Trade, ...]


def read_yaml(name: str) -> Any:
    """A data file of this package."""
    return yaml.safe_load(files(__package__).joinpath(name).read_text(encoding="utf-8"))


@cache
def world() -> World:
    data = read_yaml("names.yaml")
    return World(
        company=(data["company"]["zh"], data["company"]["en"]),
        salespeople=tuple((p["zh"], p["en"]) for p in data["salespeople"]),
        regions=tuple(
            Region(r["zh"], r["en"], r["weight"], tuple(City(**c) for c in r["cities"]))
            for r in data["regions"]
        ),
        people=data["people"],
        given=tuple((g["zh"], g["en"]) for g in data["given"]),
        trades=tuple(Trade(**t) for t in data["trades"]),
    )


_SUFFIXES = ("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司")


class CompanyNames:
    """Draws company names of city + given name + trade; never the same twice."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._taken: set[tuple[str, str, str]] = set()

    def draw(self, city: City, trade: Trade) -> tuple[str, str]:
        """A name in both languages: 无锡瑞泽精密机械有限公司, Wuxi Ruize Precision Machinery."""
        given = world().given
        order = self._rng.permutation(len(given))
        suffix = _SUFFIXES[int(self._rng.integers(len(_SUFFIXES)))]
        for index in order:
            zh, en = given[index]
            if (city.zh, zh, trade.zh) not in self._taken:
                self._taken.add((city.zh, zh, trade.zh))
                return f"{city.zh}{zh}{trade.zh}{suffix}", f"{city.en} {en} {trade.en}"
        number = len(self._taken) + 1
        self._taken.add((city.zh, str(number), trade.zh))
        zh, en = given[int(order[0])]
        return f"{city.zh}{zh}{trade.zh}{number}{suffix}", f"{city.en} {en} {trade.en} {number}"
