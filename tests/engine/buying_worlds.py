"""Made-up companies whose customers buy and leave as a model says: seeded, day by day."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from tests.engine.metrics_worlds import World

FIRST = date(2023, 1, 1)
AS_OF = date(2024, 12, 31)


def buyers(seed: int, customers: int = 300, *, without_cost: frozenset[str] = frozenset()) -> World:
    """Customers who buy at their own rate until they leave; half of what they pay is cost."""
    draw = random.Random(seed)
    lines: list[dict[str, Any]] = []
    for number in range(customers):
        who = f"K{number:04d}"
        day = FIRST + timedelta(days=draw.randrange(300))
        gone = day + timedelta(days=draw.expovariate(1) / draw.gammavariate(1.5, 1 / 300))
        rate, spends = draw.gammavariate(1.2, 1 / 40), draw.lognormvariate(11, 0.6)
        while day <= min(gone, AS_OF + timedelta(days=365)):
            net = max(100, round(spends * draw.gammavariate(4, 0.25)))
            lines.append(_line(len(lines), who, day, net, who in without_cost))
            day += timedelta(days=1 + int(draw.expovariate(rate)))
    return World(lines, [], [], [])


def _line(number: int, who: str, day: date, net: int, lacks_cost: bool) -> dict[str, Any]:
    return {
        "doc_no": f"S{number:06d}", "line_no": 1, "kind": "invoice", "customer_id": who,
        "doc_date": day, "net": net, "tax": 0, "gross": net, "discount": 0,
        "cost": None if lacks_cost else net // 2,
    }  # fmt: skip
