"""What customers are divided by, in words: the divisions themselves and their parts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from django.utils.translation import gettext as _

from mainstay.insights.bridge import metric_catalogue
from mainstay.insights.portfolio.groups import NONE, SIZES
from mainstay.insights.records import RunInfo
from mainstay.insights.selectors.axes import Axis
from mainstay.web.context import not_given
from mainstay.web.formatting import metric, money, said
from mainstay.web.grades import Badges
from mainstay.web.places import region_words


def axis_words(name: str, runs: Mapping[str, RunInfo]) -> str:
    """What a division is called."""
    if name.startswith("class:"):
        return said(runs[name.removeprefix("class:")].scheme_title)
    if name.startswith("metric:"):
        return said(_metrics()[name.removeprefix("metric:")][0])
    return {"size": _("Size"), "region": _("Region"), "trade": _("Trade")}[name]


def offered_words(
    names: tuple[str, ...], runs: Mapping[str, RunInfo]
) -> list[tuple[str, list[tuple[str, str]]]]:
    """The divisions that are offered, by kind: heading, then address and words of each."""
    kinds = [
        (_("Classes"), [n for n in names if n.startswith("class:")]),
        (_("Figures, in bands"), [n for n in names if n.startswith("metric:")]),
        (_("Kinds of customers"), [n for n in names if ":" not in n]),
    ]
    return [(title, [(n, axis_words(n, runs)) for n in own]) for title, own in kinds if own]


def part_words(axis: Axis, part: str, currency: str, exponent: int) -> str:
    """What a part of a division is called."""
    if axis.run is not None:
        return class_words(axis.run, part)
    if axis.metric:
        return _band_words(axis, part, currency, exponent)
    return group_words(axis.name, part, currency, exponent)


def class_words(run: RunInfo, klass: str) -> str:
    return Badges(run)(klass).text if klass else _("not graded")


def group_words(by: str, key: str, currency: str, exponent: int) -> str:
    """A size, region or trade."""
    if by == "size":
        return size_words(key, currency, exponent)
    if not key:
        return not_given()
    return region_words(key) if by == "region" else key


def size_words(key: str, currency: str, exponent: int) -> str:
    """A size by where it begins and ends: ``¥10K to ¥100K``."""
    if key == NONE:
        return _("nothing sold")
    at = int(key)
    starts = [money(start * 10**exponent, currency, exponent) for start in SIZES]
    if at == len(SIZES):
        return _("%(start)s and more") % {"start": starts[-1]}
    if at == 1:
        return _("below %(end)s") % {"end": starts[1]}
    return _("%(start)s to %(end)s") % {"start": starts[at - 1], "end": starts[at]}


def _band_words(axis: Axis, part: str, currency: str, exponent: int) -> str:
    if not part:
        return _("not known")
    unit = _metrics()[axis.metric][1]
    ends = [metric(cut, unit, currency, exponent, axis.metric) for cut in axis.cuts]
    at = int(part)
    if not ends:
        return _("all")
    if at == 0:
        return _("up to %(end)s") % {"end": ends[0]}
    if at == len(ends):
        return _("above %(start)s") % {"start": ends[-1]}
    return _("above %(start)s, up to %(end)s") % {"start": ends[at - 1], "end": ends[at]}


@lru_cache(maxsize=1)
def _metrics() -> Mapping[str, tuple[dict[str, str], str]]:
    """Title and unit of each metric."""
    return {m.name: ({"en": m.en, "zh": m.zh}, str(m.unit)) for m in metric_catalogue()}
