"""What stands on the studio's page: the controls of a definition in groups and sections, each with
its value, what it was in the version it is compared with, and its faults.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from mainstay.insights.bridge import metric_catalogue
from mainstay.web.formatting import mark, said
from mainstay.web.schemes import OPERATORS
from mainstay.web.studio import paths, shape
from mainstay.web.studio.faults import Fault

WINDOWS = ("3m", "6m", "12m", "24m", "36m", "all")
Options = Sequence[tuple[str, str]]


@dataclass(slots=True)
class Control:
    """One field of the form."""

    at: str
    label: str
    kind: str
    """number · text · choice · kind (a choice that changes what stands beside it)"""
    value: str = ""
    was: str = ""
    """What the version compared with has, where that is another value."""
    options: Options = ()
    suffix: str = ""
    most: int = 0
    """End of the slider; 0: none."""
    step: str = ""
    """Step of the class on whose badge it stands."""
    faults: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return paths.PREFIX + self.at

    @property
    def id(self) -> str:
        return "c-" + self.at.replace(".", "-")


@dataclass(slots=True)
class Group:
    """A criterion, a guard, a cut: one control first, the others beneath."""

    at: str
    title: str
    first: Control | None = None
    controls: list[Control] = field(default_factory=list)
    rows: list[list[Control]] = field(default_factory=list)
    """Controls that stand side by side."""
    acts: bool = False
    """Whether it can be moved and taken away."""
    place: int | None = None
    """Its place in the list."""
    faults: list[str] = field(default_factory=list)

    def every(self) -> Iterator[Control]:
        if self.first:
            yield self.first
        yield from self.controls
        for row in self.rows:
            yield from row

    @property
    def wrong(self) -> bool:
        """Whether anything beneath is at fault."""
        return bool(self.faults) or any(control.faults for control in self.every())


@dataclass(slots=True)
class Section:
    """Groups under one heading."""

    id: str
    title: str
    at: str
    groups: list[Group]
    add: str = ""
    """What the button that adds one does."""
    add_text: str = ""
    total: str = ""
    """The weights added up."""
    note: str = ""
    faults: list[str] = field(default_factory=list)


class Sheet:
    """The controls of one definition."""

    def __init__(self, definition: Mapping[str, Any], was: Mapping[str, Any] | None) -> None:
        self._of, self._was = definition, was or {}
        self._steps = {
            klass.get("id"): klass.get("badge") or "N" for klass in self._list("classes")
        }
        self._classes = [(klass.get("id", ""), _klass(klass)) for klass in self._list("classes")]
        self._figures = [(name, _title(name)) for name in shape.comparable()]
        for kind, stem in (("judged", "judged."), ("classed", "class.")):
            self._figures += [
                (stem + str(one.get("name")), said(one.get("title"))) for one in self._list(kind)
            ]

    def sections(self, faults: Sequence[Fault] = ()) -> list[Section]:
        """All of them, each fault at its control, else at its group or section."""
        found = [self._head(), *self._weights(), *self._cuts(), self._guards(), self._judged()]
        left = [fault for fault in faults if not _told(found, fault)]
        found[0].faults += [f"{fault.at}{mark(':')}{fault.text}" if fault.at else fault.text
                            for fault in left]  # fmt: skip
        return found

    def _head(self) -> Section:
        windows = list(dict.fromkeys((*WINDOWS, str(self._of.get("window", "12m")))))
        people = [("known", _("everybody known")), ("buyers", _("whoever ever bought"))]
        steady = Group("stability", _("Stability"), rows=[[
            self._number("stability.runs", _("Gradings in a row")),
            self._number("stability.margin", _("at once when clear by"), "%"),
        ]])  # fmt: skip
        controls = [
            self._text("name", _("Name in files and addresses")),
            self._text("title.zh", _("Title, Chinese")),
            self._text("title.en", _("Title, English")),
            self._text("about.zh", _("What it is for, Chinese")),
            self._text("about.en", _("What it is for, English")),
            self._choice("window", _("Window"), [(one, one) for one in windows]),
            self._choice("population", _("Whom it grades"), people),
            self._choice("unranked", _("Class of those who bring nothing"), self._classes),
            self._choice("missing", _("Class of those without the figure"),
                         [("", _("the same")), *self._classes]),
        ]  # fmt: skip
        return Section(
            "general", _("Scheme"), "",
            [Group("", said(self._of.get("title")), controls=controls), steady],
        )  # fmt: skip

    def _weights(self) -> Iterator[Section]:
        places = [("", _("Weights"))]
        for side in ("rows", "columns"):
            axis = paths.at(self._of, f"cuts.{side}")
            if isinstance(axis, dict):
                places.append((f"cuts.{side}.", f"{_('Weights')}{mark(':')}{said(axis['title'])}"))
        for stem, title in places:
            rows = paths.at(self._of, f"{stem}criteria") or []
            if stem and not rows:
                continue
            at = f"{stem}criteria"
            groups = [self._criterion(f"{at}.{place}", place) for place in range(len(rows))]
            if rows:
                groups.append(Group(f"{stem}enough", _("Enough known"), rows=[[
                    self._number(f"{stem}enough", _("Of the weights, known at least"), "%"),
                ]]))  # fmt: skip
            yield Section(
                at.replace(".", "-"), title, at, groups, f"add:{at}", _("Criterion"),
                total=_total(rows),
            )  # fmt: skip

    def _criterion(self, at: str, place: int) -> Group:
        metric = str(paths.at(self._of, f"{at}.metric"))
        weight = self._number(f"{at}.weight", dict(self._figures).get(metric, metric))
        weight.most = 50
        groups = [("", _("none"))] + [
            (str(one.get("name")), said(one.get("title"))) for one in self._list("groups")
        ]
        missing = [("worst", _("nothing")), ("neutral", _("half the weight")),
                   ("exclude", _("left out"))]  # fmt: skip
        kinds = [("percentile", _("by standing among all")), ("bands", _("in steps")),
                 ("linear", _("along a line")), ("target", _("against a target"))]  # fmt: skip
        controls = [
            self._choice(f"{at}.metric", _("Metric"), self._figures, "kind"),
            self._choice(f"{at}.scoring.by", _("Scored"), kinds, "kind"),
            self._choice(f"{at}.direction", _("Better is"),
                         [("higher", _("more")), ("lower", _("less"))]),
            self._choice(f"{at}.missing", _("Without a value"), missing),
        ]  # fmt: skip
        if len(groups) > 1:
            controls.append(self._choice(f"{at}.group", _("Part of"), groups))
        return Group(at, weight.label, weight, controls, list(self._curve(at)), True, place)

    def _curve(self, at: str) -> Iterator[list[Control]]:
        """The numbers of a scoring curve, and a blank row to add one."""
        scoring = paths.at(self._of, f"{at}.scoring") or {}
        by = scoring.get("by")
        if by == "target":
            yield from self._level(f"{at}.scoring.target", _("In full at"))
            yield [self._number(f"{at}.scoring.nothing_at", _("Nothing at, of the target"), "%")]
        key, first, label = {
            "bands": ("bands", "from", _("From")), "linear": ("nodes", "at", _("At")),
        }.get(str(by), ("", "", ""))  # fmt: skip
        if key:
            for row in range(len(scoring.get(key, ())) + 1):
                stem = f"{at}.scoring.{key}.{row}"
                yield [
                    self._number(f"{stem}.{first}", label),
                    self._number(f"{stem}.score", _("of the weight"), "%"),
                ]

    def _level(self, at: str, label: str) -> Iterator[list[Control]]:
        """A threshold, fixed or moving with another figure."""
        if isinstance(paths.at(self._of, at), dict):
            yield [
                self._number(f"{at}.times", label, "×"),
                self._choice(f"{at}.of", _("Metric"), self._figures),
                self._number(f"{at}.at_least", _("not under")),
            ]
        else:
            yield [self._number(at, label)]

    def _cuts(self) -> Iterator[Section]:
        cuts = paths.at(self._of, "cuts") or {}
        if cuts.get("by") != "matrix":
            yield self._cut("", _("Cuts"), self._classes)
            return
        for side in ("rows", "columns"):
            axis = cuts[side]
            levels = [(one["id"], said(one["title"])) for one in axis["levels"]]
            title = f"{_('Cuts')}{mark(':')}{said(axis['title'])}"
            yield self._cut(f"cuts.{side}.", title, levels)
        rows = [
            [
                self._choice(
                    f"cuts.cells.{row}.{column}",
                    f"{said(level['title'])} × {said(other['title'])}", self._classes,
                )
                for column, other in enumerate(cuts["columns"]["levels"])
            ]
            for row, level in enumerate(cuts["rows"]["levels"])
        ]  # fmt: skip
        yield Section("cells", _("Matrix"), "cuts.cells", [Group("cuts.cells", "", rows=rows)])

    def _cut(self, stem: str, title: str, classes: Options) -> Section:
        at = f"{stem}cuts"
        cuts = paths.at(self._of, at) or {}
        by, names = cuts.get("by"), dict(classes)
        kinds = [
            ("points", _("by points")), ("thresholds", _("by thresholds of a figure")),
            ("cumulative_share", _("by share of the sum")),
            ("customer_share", _("by share of the customers")),
        ]  # fmt: skip
        how = [self._choice(f"{at}.by", _("How"), kinds, "kind")]
        if by != "points":
            figures = [("points", _("points")), *self._figures]
            how.append(self._choice(f"{at}.of", _("Metric"), figures, "kind"))
        if by == "customer_share":
            how.append(self._choice(f"{at}.direction", _("Better is"),
                                    [("higher", _("more")), ("lower", _("less"))]))  # fmt: skip
        groups = [Group(at, _("How it is cut"), controls=how)]
        for place, step in enumerate(cuts.get("steps", ())):
            groups.append(self._step(f"{at}.steps.{place}", step, names, by in shape.SHARES))
        rest = self._choice(f"{at}.rest", _("All others"), classes)
        groups.append(Group(f"{at}.rest", _("All others"), rows=[[rest]]))
        return Section(at.replace(".", "-"), title, at, groups)

    def _step(
        self, at: str, step: Mapping[str, Any], names: Mapping[str, str], share: bool
    ) -> Group:
        klass = str(step.get("class"))
        side = "at_least" if "at_least" in step else "up_to"
        words = pgettext("a class", "from") if side == "at_least" else pgettext("a class", "up to")
        if share:
            words = pgettext("a class", "until")
        group = Group(at, names.get(klass, klass))
        if isinstance(step.get(side), dict):
            group.rows = list(self._level(f"{at}.{side}", words))
            return group
        group.first = self._number(f"{at}.{side}", f"{names.get(klass, klass)} {words}")
        group.first.step = self._steps.get(klass, "N")
        group.first.most = 100 if paths.at(self._of, at.rsplit(".steps", 1)[0] + ".by") in (
            "points", *shape.SHARES) else 0  # fmt: skip
        return group

    def _guards(self) -> Section:
        groups = [self._guard(f"guards.{n}", n) for n in range(len(self._list("guards")))]
        for place, cap in enumerate(self._list("caps")):
            within = self._number(
                f"caps.{place}.within",
                _("%(klass)s at most") % {"klass": dict(self._classes).get(cap.get("class"), "")},
                "%",
            )
            groups.append(Group(f"caps.{place}", _("Cap"), within))
        return Section("guards", _("Guards"), "guards", groups, "add:guards", _("Guard"))

    def _guard(self, at: str, place: int) -> Group:
        guard = paths.at(self._of, at)
        side = paths.side(self._of, at)
        rows: list[list[Control]] = []
        operators = [*OPERATORS.items(), ("missing", _("is missing"))]
        for n in range(len(guard.get("when", ())) + 1):
            stem = f"{at}.when.{n}"
            rows.append([
                self._choice(f"{stem}.metric", _("Metric"), [("", "–"), *self._figures], "kind"),
                self._choice(f"{stem}.op", _("is"), operators),
                self._number(f"{stem}.value", _("Value")),
            ])  # fmt: skip
        hold = Control(f"{at}.hold", _("Holds"), "choice", side, options=[
            ("at_best", _("at best")), ("at_worst", _("at least")),
        ])  # fmt: skip
        held = Control(f"{at}.held", _("Class"), "choice", str(guard.get(side, "")),
                       options=self._classes)  # fmt: skip
        words = [
            self._text(f"{at}.title.zh", _("Title, Chinese")),
            self._text(f"{at}.title.en", _("Title, English")),
            self._text(f"{at}.why.zh", _("Why, Chinese")),
            self._text(f"{at}.why.en", _("Why, English")),
        ]
        title = said(guard.get("title"))
        return Group(at, title, None, words, [[hold, held], *rows], True, place)

    def _judged(self) -> Section:
        groups = []
        for place, one in enumerate(self._list("judged")):
            at = f"judged.{place}"
            words = [
                self._text(f"{at}.title.zh", _("Title, Chinese")),
                self._text(f"{at}.title.en", _("Title, English")),
            ]
            rows = [
                [
                    self._number(f"{at}.levels.{n}.value", _("Value")),
                    self._text(f"{at}.levels.{n}.title.zh", _("Level, Chinese")),
                    self._text(f"{at}.levels.{n}.title.en", _("Level, English")),
                ]
                for n in range(len(one.get("levels", ())) + 1)
            ]
            groups.append(Group(at, said(one.get("title")), None, words, rows, True, place))
        note = "" if groups else _("What no invoice tells: add it here, then as a criterion.")
        return Section("judged", _("Judged by people"), "judged", groups, "add:judged",
                       _("Judgement"), note=note)  # fmt: skip

    def _list(self, key: str) -> list[dict[str, Any]]:
        return [one for one in self._of.get(key) or () if isinstance(one, dict)]

    def _number(self, at: str, label: str, suffix: str = "") -> Control:
        percent = "%" if paths.in_percent(self._of, at) else suffix
        return self._control(at, label, "number", suffix=percent)

    def _text(self, at: str, label: str) -> Control:
        return self._control(at, label, "text")

    def _choice(self, at: str, label: str, options: Options, kind: str = "choice") -> Control:
        control = self._control(at, label, kind)
        known = any(key == control.value for key, _text in options)
        control.options = options if known else [(control.value, control.value or "–"), *options]
        return control

    def _control(self, at: str, label: str, kind: str, suffix: str = "") -> Control:
        value, was = paths.shown(self._of, at), paths.shown(self._was, at) if self._was else ""
        return Control(at, label, kind, value, was if was != value else "", suffix=suffix)


def _told(sections: Sequence[Section], fault: Fault) -> bool:
    """Put a fault at the control of its path, else at the innermost part that it is of."""
    for section in sections:
        for group in section.groups:
            for control in group.every():
                if control.at == fault.at:
                    control.faults.append(fault.text)
                    return True
    parts: list[Group | Section] = [group for section in sections for group in section.groups]
    parts += sections
    around = [one for one in parts if one.at and f"{fault.at}.".startswith(f"{one.at}.")]
    if not around:
        return False
    max(around, key=lambda one: len(one.at)).faults.append(fault.text)
    return True


def place_of(sections: Sequence[Section], at: str) -> tuple[str, str]:
    """Where a fault stands: in words, and the id of its control or section; the bare path where
    nothing on the page is of it.
    """
    for section in sections:
        for group in section.groups:
            for control in group.every():
                if control.at == at:
                    parts = [section.title, group.title, control.label]
                    return mark(":").join(dict.fromkeys(filter(None, parts))), control.id
    for section in sections:
        if section.at and f"{at}.".startswith(f"{section.at}."):
            return section.title, section.id
    return at, sections[0].id


def _total(rows: Sequence[Any]) -> str:
    numbers = [paths.number(row.get("weight")) for row in rows if isinstance(row, dict)]
    return paths.plain(sum((one for one in numbers if one is not None), start=paths.ZERO))


def _klass(klass: Mapping[str, Any]) -> str:
    name, title = str(klass.get("id", "")), said(klass.get("title"))
    return f"{name} {title}" if len(name) == 1 and title != name else title or name


def _title(name: str) -> str:
    return next((said(one.title) for one in metric_catalogue() if one.name == name), name)
