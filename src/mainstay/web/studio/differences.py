"""What one version of a scheme says otherwise than another, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from mainstay.web.formatting import mark, percent, quantity
from mainstay.web.schemes import conditions, figure, klass, scheme_words, text

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme

_TOLD = {
    "name", "version", "title", "about", "window", "population", "criteria", "enough", "cuts",
    "caps", "guards", "rules", "judged", "stability", "unranked", "missing", "classed", "segments",
    "source", "standard",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is told otherwise; empty on the side where it is not."""

    what: str
    before: str
    after: str


def differences(before: Scheme, after: Scheme) -> list[Difference]:
    """From one version to another, in the order of the later one; what is gone stands last."""
    was, now = dict(_facts(before)), dict(_facts(after))
    found = [
        Difference(what, was.get(what, ""), said) for what, said in now.items()
        if was.get(what) != said
    ]  # fmt: skip
    found += [Difference(what, said, "") for what, said in was.items() if what not in now]
    old, new = before.definition(), after.definition()
    found += [
        Difference(key, _("otherwise") if key in old else "", _("otherwise") if key in new else "")
        for key in dict.fromkeys((*old, *new))
        if key not in _TOLD and old.get(key) != new.get(key)
    ]
    return found


def _facts(scheme: Scheme) -> Iterator[tuple[str, str]]:
    """Everything a scheme says, each under a name of its own."""
    words = scheme_words(scheme)
    yield _("Title"), text(scheme.title)
    yield _("What it is for"), text(scheme.about)
    yield _("Window"), scheme.window
    yield (
        _("Whom it grades"),
        (_("whoever ever bought") if scheme.population == "buyers" else _("everybody known")),
    )
    for one in (scheme, *scheme.axes):
        stem = "" if one is scheme else text(one.title)
        yield from _criteria(one, stem)
    for name, where in words.cuts:
        yield _called(_("Cut"), name), where
    for row in words.matrix[1:]:
        for column, cell in zip(words.matrix[0][1:], row[1:], strict=True):
            yield f"{row[0]} × {column}", cell
    for place, (name, why) in enumerate(words.before, start=1):
        yield _called(_("Rule"), str(place)), f"{name} {why}"
    for guard in scheme.guards:
        side = _("at best") if guard.at_best is not None else _("at least")
        yield (
            _called(_("Guard"), text(guard.title)),
            f"{side} {klass(scheme, guard.klass)} ({conditions(scheme, guard.when)})",
        )
    for cap in scheme.caps:
        yield _called(_("Cap"), klass(scheme, cap.klass)), percent(float(cap.within), 1)
    for title, levels in words.judged:
        yield _called(_("Judged by people"), title), levels
    for name, title, levels in words.classed:
        yield _called(_("Class by %(scheme)s") % {"scheme": name}, title), levels
    for segment in words.segments:
        yield _called(_("Segment"), segment.title), _segment(segment)
    yield from _steady(scheme)
    yield _("Class of those who bring nothing"), klass(scheme, scheme.unranked)
    yield _("Class of those without the figure"), klass(scheme, scheme.missing_class)


def _criteria(scheme: Scheme, stem: str) -> Iterator[tuple[str, str]]:
    told = scheme_words(scheme).criteria  # after its own stand those of a matrix's sides
    for criterion, words in zip(scheme.criteria, told, strict=False):
        name = _called(stem, figure(scheme, criterion.metric)) if stem else words.title
        yield _called(name, _("weight")), quantity(criterion.weight)
        better = _("more is better") if criterion.direction == "higher" else _("less is better")
        yield _called(name, _("scored")), f"{words.scored}{mark(',')}{better}"
        yield _called(name, _("without a value")), words.missing
        if words.group:
            yield _called(name, _("part of")), words.group
    if scheme.enough is not None:
        yield _called(stem, _("Enough known")), percent(float(scheme.enough), 0)


def _steady(scheme: Scheme) -> Iterator[tuple[str, str]]:
    if scheme.stability is not None:
        yield _("Gradings in a row before a change"), quantity(scheme.stability.runs)
        if scheme.stability.margin is not None:
            yield _("At once when clear by"), percent(float(scheme.stability.margin), 1)


def _segment(segment: Any) -> str:
    criteria = [f"{one.title} {quantity(one.weight)}" for one in segment.criteria]
    cuts = [f"{name}{mark(':')}{where}" for name, where in segment.cuts]
    return mark(";").join([mark(",").join(segment.of), *criteria, *cuts])


def _called(what: str, name: str) -> str:
    return f"{what}{mark(':')}{name}" if what else name
