"""Which schemes gradings run, and which of them heads the pages."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone

from mainstay.insights.models import Judgement, Override, SchemeVersion, Snapshot

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme

LOG = logging.getLogger(__name__)
HEADLINES = ("abc", "value5")
"""The schemes that head the pages where nobody chose one, first choice first."""


def in_use(day: date | None = None) -> list[Scheme]:
    """What a grading on a day (default: today) runs: presets in the order of the mission's rows,
    then the company's own by name, each in the version that holds and after those whose classes it
    builds on. One that does not hold together is logged and left out; the others stand.
    """
    day = day or timezone.localdate()
    rows = {row.name: row for row in SchemeVersion.objects.order_by("since", "number")
            .filter(since__lte=day)}  # fmt: skip
    found = [
        preset
        for preset in presets()
        if (holds(rows[preset.name], day) if preset.name in rows else preset.standard)
    ]
    found += own(row for name, row in sorted(rows.items()) if row.definition and holds(row, day))
    return _built_on_first(found)


def _built_on_first(schemes: list[Scheme]) -> list[Scheme]:
    """The schemes in their order, but each after those it builds on; of a circle, as they come."""
    left = {scheme.name: scheme for scheme in schemes}
    ordered: list[Scheme] = []

    def take(scheme: Scheme) -> None:
        del left[scheme.name]
        for each in scheme.classed:
            if each.scheme in left:
                take(left[each.scheme])
        ordered.append(scheme)

    while left:
        take(next(iter(left.values())))
    return ordered


def holds(row: SchemeVersion, day: date) -> bool:
    """Whether gradings on the day run it."""
    return row.since is not None and row.since <= day and (row.until is None or row.until > day)


def headline_name() -> str:
    """The scheme chosen to head the pages; empty: nobody chose."""
    chosen = SchemeVersion.objects.filter(headed_at__isnull=False).order_by("-headed_at")
    return chosen.values_list("name", flat=True).first() or ""


def heading(running: Collection[str]) -> str:
    """The scheme that heads the pages while these are run: the chosen one, else the first usual."""
    chosen = headline_name()
    return chosen or next((name for name in HEADLINES if name in running), "")


def ask_anew(day: date) -> bool:
    """Whether something that people decided has begun or ended since the newest grading: then it
    tells what holds no more.
    """
    newest = Snapshot.objects.filter(state=Snapshot.State.DONE, withdrawn_at=None)
    since = newest.order_by("-as_of", "-pk").values_list("held_on", flat=True).first()
    if since is None or since >= day:
        return False
    begun, ended = {"since__gt": since, "since__lte": day}, {"until__gte": since, "until__lt": day}
    versions = SchemeVersion.objects.filter(
        Q(**begun) | Q(until__gt=since, until__lte=day)  # from ``until`` on it is run no more
    )
    classes = Override.objects.filter(Q(**begun) | Q(**ended), ended_at=None)
    return versions.exists() or classes.exists() or Judgement.objects.filter(**ended).exists()


def presets() -> list[Scheme]:
    """Those that come with the product and hold together."""
    from mainstay_engine.schemes.catalogue import sort_out

    found, broken = sort_out()
    for fault in broken:
        LOG.error("%s", fault.text("en"))
    return found


def definitions(name: str) -> list[dict[str, Any]]:
    """Every definition a scheme of the name has or had: the preset's, the company's versions."""
    found = [preset.definition() for preset in presets() if preset.name == name]
    kept = SchemeVersion.objects.filter(name=name).values_list("definition", flat=True)
    return found + [definition for definition in kept if definition]


def own(rows: Iterable[SchemeVersion]) -> list[Scheme]:
    """The definitions of the company's own."""
    from mainstay_engine import EngineError

    found = []
    for row in rows:
        try:
            found.append(read_definition(row.definition))
        except EngineError as error:
            LOG.error("%s: %s", row, error.text("en"))
    return found


def read_definition(definition: Mapping[str, Any]) -> Scheme:
    """A scheme from plain data as the store keeps it. Raises ``BadScheme``."""
    return read(json.dumps(definition, sort_keys=True))


@lru_cache(maxsize=64)
def read(definition: str) -> Scheme:
    """A scheme from its JSON text. Raises ``BadScheme``."""
    from mainstay_engine import load_scheme

    return load_scheme(json.loads(definition))


def versions(name: str) -> list[SchemeVersion]:
    """What the company decided of a scheme, the newest version first."""
    rows = SchemeVersion.objects.filter(name=name).select_related("author")
    return list(rows.order_by("-number"))
