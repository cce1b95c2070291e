"""A draft tried on everybody: what it would change is noted with it, for whoever decides."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.db import transaction

from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand
from mainstay.foundation.services import audit
from mainstay.insights.permissions import SCHEMES
from mainstay.insights.schemes import changing, placing
from mainstay.insights.schemes.models import SchemeVersion
from mainstay.insights.schemes.placing import DOWN, ELSE, UP

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme


def simulate(by: User, row: SchemeVersion, like: Scheme | None = None) -> SchemeVersion:
    """Note with a draft how many it would lift and drop, against its usual rival
    (``placing.usual_rival``); ``like``: the version it was made from.

    Raises ``NotAllowed``, ``NothingToGrade``, ``NoFigures``, ``BooksChanged``, ``NotTried``.
    """
    demand(by, SCHEMES)
    scheme, _row = changing.scheme_of(row.name, row.number)
    snapshot = placing.newest()
    rival = placing.usual_rival(row.name, like or scheme)
    sides = placing.placed(snapshot, rival), placing.as_tried(snapshot, scheme)
    way, (was, now) = placing.Ways.of(*sides), (side.classes for side in sides)
    codes = dict.fromkeys((*was, *now))
    pairs = [(was.get(code, ""), now.get(code, "")) for code in codes]
    moving = Counter(way(*pair) for pair in pairs if way.moves(*pair))
    row.simulated = {
        "as_of": snapshot.as_of.isoformat(), "against": rival.label, "customers": len(codes),
        **{name: moving[name] for name in (UP, DOWN, ELSE)},
    }  # fmt: skip
    with transaction.atomic():
        row.save(update_fields=["simulated"])
        audit(
            by, "scheme.simulated", f"scheme:{row.name}", version=row.number,
            as_of=row.simulated["as_of"], up=moving[UP], down=moving[DOWN],
        )  # fmt: skip
    return row
