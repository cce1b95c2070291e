"""Concessions that crept, and burdens: the kept ones, of the customers one may see.

What tells of cost (effort, burdens) is left out for whoever does not see cost wherever they see
customers; sums and counts are of what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand
from mainstay.insights.errors import ConcessionsNotMade
from mainstay.insights.models import KeptConcessions
from mainstay.insights.permissions import PORTFOLIO
from mainstay.insights.pressed import unpacked
from mainstay.insights.records import RunInfo
from mainstay.insights.selectors.reach import in_portfolio
from mainstay.insights.selectors.runs import done_run
from mainstay.parties.models import Customer
from mainstay.parties.permissions import SEE
from mainstay.parties.selectors import sees_cost

COSTED = ("effort",)
"""Measures that tell of cost."""


@dataclass(frozen=True, slots=True)
class Crept:
    """One alarm. ``levels``: rate or days of each half-year (prices: own index, 1 at first);
    ``own`` and ``peers``: each step's concession; ``None``: not known."""

    code: str
    name: str
    name_en: str
    measure: str
    levels: tuple[float | None, ...]
    own: tuple[float | None, ...]
    peers: tuple[float | None, ...]
    drift: float
    yearly: int
    """What it costs a year, minor units."""


@dataclass(frozen=True, slots=True)
class BigBurden:
    """A big customer that is a burden. Minor units of twelve months; shares of net sales."""

    code: str
    name: str
    name_en: str
    net_sales: int
    profit: int
    margin: float
    peers: float | None


@dataclass(frozen=True, slots=True)
class Concessions:
    """All of it, of the customers one may see."""

    run: RunInfo
    told: tuple[str, ...]
    spans: tuple[tuple[date, date], ...]
    rows: tuple[Crept, ...]
    """The dearest first."""
    burdens: tuple[BigBurden, ...]
    """The least profit first; none where cost is not seen."""
    cost: bool


def concessions(user: User) -> Concessions:
    """Raises ``NotAllowed``, ``NotGraded``; ``ConcessionsNotMade`` where nobody bought in the last
    half-year, or the snapshot is from before they were worked out."""
    demand(user, PORTFOLIO)
    demand(user, SEE)
    run, cost = done_run(user), sees_cost(user)
    kept = KeptConcessions.objects.filter(snapshot=run.snapshot).first()
    if kept is None:
        raise ConcessionsNotMade
    table = unpacked(kept.table)
    alarms = table.filter(table["alarm"])
    if not cost:
        hidden = pc.is_in(alarms["measure"], pa.array(COSTED))
        alarms = alarms.filter(pc.invert(hidden))
    found = alarms.to_pylist()
    big = kept.burdens if cost else []
    ids = {row["customer"] for row in (*found, *big)}
    seen = Customer.objects.filter(in_portfolio(user), pk__in=ids)
    called = seen.values_list("pk", "code", "name", "name_en")
    named = {pk: (code, name, name_en) for pk, code, name, name_en in called}
    crept = [
        Crept(*named[r["customer"]], r["measure"], tuple(r["level"]), tuple(r["own"]),
              tuple(r["peers"]), r["drift"], r["yearly"])
        for r in found if r["customer"] in named
    ]  # fmt: skip
    return Concessions(
        run=run, told=tuple(name for name in kept.told if cost or name not in COSTED), cost=cost,
        spans=tuple((date.fromisoformat(a), date.fromisoformat(b)) for a, b in kept.spans),
        rows=tuple(sorted(crept, key=lambda row: (-row.yearly, row.code, row.measure))),
        burdens=tuple(
            BigBurden(*named[b["customer"]], b["net_sales"], b["profit"], b["margin"], b["peers"])
            for b in big if b["customer"] in named
        ),
    )  # fmt: skip
