"""Contacts at invented customers: nobody's names, and numbers that no telephone has."""

from __future__ import annotations

import numpy as np

from mainstay_engine.synth.naming import world

KNOWN = 0.8
"""Share of customers of whom somebody is known."""


def draw_contacts(count: int, rng: np.random.Generator) -> dict[str, list[str | None]]:
    """Columns of a contact for each of so many customers, empty where nobody is known.

    No mobile begins with 100, and example.com is nobody's.
    """
    people = world().people
    drawn: dict[str, list[str | None]] = {
        "contact": [], "contact_position": [], "contact_mobile": [], "contact_email": []
    }  # fmt: skip
    for known in rng.random(count) < KNOWN:
        name = "".join(str(rng.choice(people[part])) for part in ("surnames", "given"))
        number = int(rng.integers(10_000_000, 100_000_000))
        values = (
            name, str(rng.choice(people["positions"])), f"100{number}", f"c{number}@example.com"
        )  # fmt: skip
        for column, value in zip(drawn.values(), values, strict=True):
            column.append(value if known else None)
    return drawn
