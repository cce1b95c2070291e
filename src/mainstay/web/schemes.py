"""What a scheme says, in words: its cuts, criteria, guards and what keeps its classes steady."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from mainstay.web.formatting import mark, number, percent, quantity, said

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme

OPERATORS = {"<": "<", "<=": "≤", "==": "=", ">=": "≥", ">": ">"}


@dataclass(frozen=True, slots=True)
class CriterionWords:
    """One criterion of a composite."""

    title: str
    group: str
    weight: Decimal
    scored: str
    missing: str


@dataclass(frozen=True, slots=True)
class SchemeWords:
    """A scheme for people to read."""

    before: tuple[tuple[str, str], ...]
    """Class and condition of each rule that stands before the cuts."""
    cuts: tuple[tuple[str, str], ...]
    """Class and where it is cut, best first."""
    matrix: tuple[tuple[str, ...], ...]
    """Of a matrix: a head row, then a row for each level with its classes."""
    criteria: tuple[CriterionWords, ...]
    later: tuple[str, ...]
    """Caps, guards, and how a change takes effect."""
    judged: tuple[tuple[str, str], ...]
    """What people judge, and its levels."""
    classed: tuple[tuple[str, str, str], ...]
    """Name of each scheme whose classes it reads, what they are to it, and what each counts."""
    segments: tuple[SegmentWords, ...]


@dataclass(frozen=True, slots=True)
class SegmentWords:
    """Customers who are weighed and cut by themselves."""

    title: str
    of: tuple[str, ...]
    criteria: tuple[CriterionWords, ...]
    """Empty: the scheme's."""
    cuts: tuple[tuple[str, str], ...]


def scheme_words(scheme: Scheme) -> SchemeWords:
    """In the language of the reader."""
    return SchemeWords(
        before=tuple((klass(scheme, rule.klass), text(rule.why)) for rule in scheme.rules),
        cuts=tuple(_cuts(scheme)) if not scheme.axes else tuple(_axes(scheme)),
        matrix=tuple(_matrix(scheme)),
        criteria=tuple(_criteria(scheme)),
        later=tuple(_later(scheme)),
        judged=tuple(
            (text(one.title),
             " · ".join(f"{level.value} {text(level.title)}" for level in one.levels))
            for one in scheme.judged
        ),
        classed=tuple(
            (one.scheme, text(one.title),
             " · ".join(f"{text(level.title)} {level.value}" for level in one.levels))
            for one in scheme.classed
        ),
        segments=tuple(_segments(scheme)),
    )  # fmt: skip


def _segments(scheme: Scheme) -> Iterator[SegmentWords]:
    if scheme.segments is None:
        return
    for part, variant in zip(scheme.segments.parts, scheme.variants[:-1], strict=True):
        yield SegmentWords(
            text(part.title), part.of, tuple(_criteria(variant)) if part.criteria else (),
            tuple(_cuts(variant)),
        )  # fmt: skip


def text(words: Any) -> str:
    """The engine's words in the reader's language."""
    return said({"en": words.en, "zh": words.zh})


def klass(scheme: Scheme, class_id: str) -> str:
    """A class as people call it: its letter with its title, else its title."""
    title = text(scheme.klass(class_id).title)
    return f"{class_id} {title}" if len(class_id) == 1 and title != class_id else title


def figure(scheme: Scheme, name: str) -> str:
    """What a figure is called."""
    return _("points") if name == "points" else said(scheme.entry(name).title)


def _cuts(scheme: Scheme) -> Iterator[tuple[str, str]]:
    of = figure(scheme, scheme.ranked_by)
    cuts = scheme.cuts
    for step in getattr(cuts, "steps", ()):
        yield klass(scheme, step.klass), _step(scheme, of, step)
    yield klass(scheme, cuts.rest), _("the rest")


def _step(scheme: Scheme, of: str, step: Any) -> str:
    if scheme.cuts.by == "cumulative_share":
        return _("until %(share)s of %(figure)s is reached") % {
            "share": percent(float(step.up_to)), "figure": of,
        }  # fmt: skip
    if scheme.cuts.by == "customer_share":
        return _("the first %(share)s of the customers by %(figure)s") % {
            "share": percent(float(step.up_to)), "figure": of,
        }  # fmt: skip
    limit = _limit(scheme, step.level, scheme.ranked_by)
    if step.at_least is not None:
        return _("%(figure)s at least %(limit)s") % {"figure": of, "limit": limit}
    return _("%(figure)s up to %(limit)s") % {"figure": of, "limit": limit}


def _limit(scheme: Scheme, level: Any, name: str) -> str:
    """A threshold of a figure, fixed or moving."""
    if not hasattr(level, "times"):
        return _value(scheme, name, level)
    moving = f"{quantity(level.times)} × {figure(scheme, level.of)}"
    if level.at_least is None:
        return moving
    least = _value(scheme, name, level.at_least)
    return _("%(moving)s, not under %(least)s") % {"moving": moving, "least": least}


def _value(scheme: Scheme, name: str, value: Decimal | None) -> str:
    if value is None:
        return "–"
    if name == "points":
        return quantity(value)
    if scheme.entry(name).unit == "level" and (called := scheme.level(name, float(value))):
        return text(called)
    if scheme.entry(name).unit == "ratio":
        return percent(float(value), 0 if value * 100 == int(value * 100) else 1)
    return quantity(value)


def _axes(scheme: Scheme) -> Iterator[tuple[str, str]]:
    for axis in scheme.axes:
        steps = mark(";").join(f"{level}{mark(':')}{where}" for level, where in _cuts(axis))
        yield text(axis.title), steps


def _matrix(scheme: Scheme) -> Iterator[tuple[str, ...]]:
    if not scheme.axes:
        return
    cuts: Any = scheme.cuts
    of_rows, of_columns = (text(axis.title) for axis in scheme.axes)
    yield (
        f"{of_rows} × {of_columns}",
        *(f"{of_columns}{mark(':')}{text(level.title)}" for level in cuts.columns.levels),
    )
    for level, cells in zip(cuts.rows.levels, cuts.cells, strict=True):
        yield (
            f"{of_rows}{mark(':')}{text(level.title)}",
            *(text(scheme.klass(cell).title) for cell in cells),
        )


def _criteria(scheme: Scheme) -> Iterator[CriterionWords]:
    groups = {group.name: text(group.title) for group in scheme.groups}
    missing = {
        "neutral": _("half the weight"), "worst": _("nothing"), "exclude": _("left out"),
    }  # fmt: skip
    for one in (scheme, *scheme.axes):
        for criterion in one.criteria:
            yield CriterionWords(
                figure(scheme, criterion.metric), groups.get(criterion.group or "", ""),
                criterion.weight, _scoring(scheme, criterion), missing[criterion.missing],
            )  # fmt: skip


def _scoring(scheme: Scheme, criterion: Any) -> str:
    how, name = criterion.scoring, criterion.metric
    if how.by == "percentile":
        return _("by standing among all")
    if how.by == "target":
        target, nothing = _limit(scheme, how.target, name), percent(float(how.nothing_at))
        return _("in full at %(target)s, nothing at %(share)s of it") % {
            "target": target, "share": nothing,
        }  # fmt: skip
    pairs = (
        [(band.start, band.score) for band in how.bands] if how.by == "bands"
        else [(node.at, node.score) for node in how.nodes]
    )  # fmt: skip
    return " · ".join(
        f"{_value(scheme, name, at)} → {percent(float(score))}" for at, score in pairs
    )


def _later(scheme: Scheme) -> Iterator[str]:
    for cap in scheme.caps:
        yield _("%(klass)s holds at most %(share)s of the ranked customers: %(why)s") % {
            "klass": klass(scheme, cap.klass), "share": percent(float(cap.within)),
            "why": text(cap.why),
        }  # fmt: skip
    for guard in scheme.guards:
        facts = {
            "title": text(guard.title), "klass": klass(scheme, guard.klass),
            "why": text(guard.why), "when": conditions(scheme, guard.when),
        }  # fmt: skip
        if guard.at_best is not None:
            yield _("%(title)s: at best %(klass)s, for %(why)s (%(when)s)") % facts
        else:
            yield _("%(title)s: at least %(klass)s, for %(why)s (%(when)s)") % facts
    if scheme.stability is not None:
        runs = {"num": number(scheme.stability.runs)}
        yield _("A change takes effect after %(num)s gradings in a row.") % runs
        if scheme.stability.margin is not None:
            margin = {"margin": percent(float(scheme.stability.margin))}
            yield _("Clear by %(margin)s of the value, it takes effect at once.") % margin


def conditions(scheme: Scheme, when: Iterable[Any]) -> str:
    """Comparisons in words."""
    said_ones = []
    for one in when:
        title = figure(scheme, one.metric)
        if one.op == "missing":
            said_ones.append(_("%(figure)s is missing") % {"figure": title})
        else:
            value = _value(scheme, one.metric, one.value)
            said_ones.append(f"{title} {OPERATORS[one.op]} {value}")
    return mark(",").join(said_ones)
