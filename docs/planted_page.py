"""The reference page of what each scheme makes of the demo company's planted truths."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Any

from markdown import page, table

import mainstay_engine as me
from mainstay_engine.synth import demo

BEST, MIDDLE, WORST = "AB", "BCDE", "CDE"
STORIES = {
    "bulk_buyer": ("One order of more than half a year's value", WORST),
    "busy_without_profit": ("Orders all the time, at prices that leave nothing", WORST),
    "dumper": ("Sells on, mostly outside its region, on large discounts", WORST),
    "slow_payer": ("Pays months after the day it was due", MIDDLE),
    "sleeping": ("Was as regular as a clock, then silent", WORST),
    "drifting_key": ("A key account whose purchases fall month by month", MIDDLE),
    "stretcher": ("Pays a month later than a year ago", MIDDLE),
    "burden": ("A large customer whose service and discounts leave little", WORST),
    "over_served": ("A small customer served like a large one", WORST),
    "fast_grower": ("Small, and growing fast", BEST),
}
"""What was planted, and the steps (A the best … E) on which such a customer is caught."""


def planted_page() -> str:
    """For each truth and scheme: how many were caught, and where they stand."""
    planted: dict[str, list[str]] = {}
    for row in demo().truth.to_pylist():
        planted.setdefault(row["truth"], []).append(row["customer_id"])
    graded = [(scheme, found) for scheme in me.list_schemes() if (found := _classes(scheme))]
    silent = [f"`{s.name}`" for s in me.list_schemes() if s.name not in {g.name for g, _ in graded}]
    rows = [_row(truth, codes, graded) for truth, codes in planted.items()]
    return page(
        "What each scheme catches",
        "The demo company has customers whose story is known beforehand (`truth.csv` beside its "
        "files, from `mainstay demo`). This page has everybody graded by every preset as of its "
        "last day, and says whom each scheme caught and whom it missed. Each class of a scheme "
        "stands on a step from A, the best, to E. **Caught** is",
        "\n".join(f"- *{truth}* ({said.lower()}): on step {', '.join(steps)}"
                  for truth, (said, steps) in STORIES.items()),
        "A scheme that judges sales alone is meant to miss most of them; no scheme has to catch "
        "all, and one that puts nearly everybody on low steps catches without telling: the last "
        "columns say how many of the customers without a story stand on the same steps. What "
        "nobody catches needs a signal.",
        "## Caught",
        table(["scheme", *(f"{truth} ({len(codes)})" for truth, codes in planted.items()),
               *(f"others on {steps[0]}–{steps[-1]}" for steps in (WORST, MIDDLE, BEST))],
              [[f"[`{scheme.name}`](schemes.md#{scheme.name})",
                *(row["caught"][scheme.name] for row in rows),
                *(_others(scheme, found, planted, steps) for steps in (WORST, MIDDLE, BEST))]
               for scheme, found in graded]),
        "A dash: the scheme has no figures for them. Judged by people or by facts that the demo "
        "company lacks, and so not here: " + (", ".join(silent) or "none") + ".",
        "## Where they stand",
        *(_section(row, graded) for row in rows),
    )  # fmt: skip


def _row(truth: str, codes: list[str], graded: list[tuple[Any, dict[str, str]]]) -> dict[str, Any]:
    wanted = STORIES[truth][1]
    caught, stands = {}, {}
    for scheme, found in graded:
        steps = {one.id: one.badge or "" for one in scheme.classes}
        known = [code for code in codes if steps.get(found.get(code, ""))]
        there = sum(steps[found[code]] in wanted for code in known)
        caught[scheme.name] = f"{there}" if known else "–"
        counts = Counter(found.get(code, "not graded") for code in codes)
        order = [*(one.id for one in scheme.classes), "not graded"]
        stands[scheme.name] = ", ".join(f"{name} {counts[name]}" for name in order if counts[name])
    return {"truth": truth, "codes": codes, "caught": caught, "stands": stands}


def _others(scheme: Any, found: dict[str, str], planted: dict[str, list[str]], steps: str) -> str:
    """Share of the customers without a story who stand on these steps."""
    stories = {code for codes in planted.values() for code in codes}
    step = {one.id: one.badge or "" for one in scheme.classes}
    stood = [step[klass] for code, klass in found.items() if code not in stories and step[klass]]
    return f"{sum(one in steps for one in stood) / len(stood):.0%}"


def _section(row: dict[str, Any], graded: list[tuple[Any, dict[str, str]]]) -> str:
    said = STORIES[row["truth"]][0]
    return "\n\n".join([
        f"### {row['truth']}",
        f"{said}: {', '.join(row['codes'])}.",
        table(["scheme", "class and number"],
              [[f"`{scheme.name}`", row["stands"][scheme.name]] for scheme, _ in graded]),
    ])  # fmt: skip


def _classes(scheme: Any) -> dict[str, str]:
    """Class by customer; nothing where the demo company has no data for the scheme, or where
    nobody got a class that stands on a step.
    """
    beside: dict[str, Any] = {}
    try:
        beside["classes"] = {one.scheme: _given(one.scheme) for one in scheme.classed}
        found = me.grade(_books(), scheme, **beside).to_arrow()
    except me.NoData:
        return {}
    classes = dict(zip(found["customer_id"].to_pylist(), found["class"].to_pylist(), strict=True))
    stepped = {one.id for one in scheme.classes if one.badge}
    return classes if stepped & set(classes.values()) else {}


@lru_cache(maxsize=8)
def _given(name: str) -> Any:
    """Everybody's class by a scheme that others build on. Raises ``NoData``."""
    return me.grade(_books(), name).to_arrow().select(["customer_id", "class"])


@lru_cache(maxsize=1)
def _books() -> Any:
    made = demo()
    return me.facts_from_tables(
        made.lines, made.receipts, made.customers, currency="CNY", efforts=made.efforts,
        effort_rates=made.effort_rates,
    )  # fmt: skip
