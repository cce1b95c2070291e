"""The goods: families in several packs, with list prices and costs, read from ``items.yaml``."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from mainstay_engine.synth.naming import Trade, read_yaml


class Catalogue:
    """All goods. A *family* is a product; an *item* is a family in one pack.

    ``price`` and ``cost`` are per item in minor units without VAT; ``pack_price`` is families ×
    packs, infinite where a family has no such pack.
    """

    def __init__(self) -> None:
        families = read_yaml("items.yaml")
        self.categories: list[str] = [f["category"] for f in families]
        packs = max(len(f["packs"]) for f in families)
        self.pack_price: NDArray[np.float64] = np.full((len(families), packs), np.inf)
        self.first: NDArray[np.int64] = np.zeros(len(families), dtype=np.int64)
        codes: list[str] = []
        names: list[str] = []
        category: list[str] = []
        price: list[int] = []
        cost: list[int] = []
        for index, family in enumerate(families):
            self.first[index] = len(codes)
            ordered = sorted(family["packs"], key=lambda pack: pack[2])
            for place, (pack, _, yuan) in enumerate(ordered):
                codes.append(f"{family['code']}-{place + 1}")
                names.append(f"{family['zh']} {pack}")
                category.append(family["category"])
                price.append(round(yuan * 100))
                cost.append(round(yuan * 100 * family["cost"]))
                self.pack_price[index, place] = yuan * 100
        self.code = np.array(codes, dtype=object)
        self.name = np.array(names, dtype=object)
        self.category = np.array(category, dtype=object)
        self.price: NDArray[np.int64] = np.array(price, dtype=np.int64)
        self.cost: NDArray[np.int64] = np.array(cost, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.code)

    def basket(self, trade: Trade, size: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Share of one customer's lines in each family: ``size`` families, some favourites."""
        taste = np.array([trade.tastes.get(c, 0.3) for c in self.categories])
        weight = taste * rng.gamma(0.8, 1.0, len(taste))
        least = np.sort(weight)[-min(size, len(weight))]
        weight[weight < least] = 0.0
        total: NDArray[np.float64] = weight / weight.sum()
        return total

    def pick(self, family: NDArray[np.int64], amount: NDArray[np.float64]) -> NDArray[np.int64]:
        """The item of each family whose pack suits an amount: the biggest that is bought twice."""
        fits = self.pack_price[family] * 2 <= amount[:, None]
        place = np.maximum(fits.sum(axis=1) - 1, 0)
        chosen: NDArray[np.int64] = self.first[family] + place
        return chosen


@cache
def catalogue() -> Catalogue:
    return Catalogue()
