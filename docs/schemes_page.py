"""The reference page of schemes: every preset, then the form of a scheme."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from markdown import default, page, schema_type, table

import mainstay_engine as me


def schemes_page() -> str:
    """Every preset with its cuts and source, then the form of a scheme from its JSON Schema."""
    presets = me.list_schemes()
    overview = table(
        ["scheme", "中文", "mission row", "classes"],
        [
            [f"[`{s.name}`](#{s.name}) {s.title.en}", s.title.zh, s.row, class_ids(s)]
            for s in presets
        ],
    )
    return page(
        "Schemes",
        "A scheme puts each customer into a class. The presets below are YAML files under "
        "`src/mainstay_engine/presets/`; `mainstay schemes --json` prints them. How the cuts work "
        "is [explained here](../explanation/grading.md); how to write your own, "
        "[here](../how-to/write-your-own-scheme.md).",
        overview,
        "## Presets",
        *(scheme_section(s) for s in presets),
        scheme_form(),
    )


def class_ids(scheme: Any) -> str:
    return ", ".join(c.id for c in scheme.classes)


def scheme_section(scheme: Any) -> str:
    title = f"{scheme.title.en} · {scheme.title.zh}"
    text = [
        f"### `{scheme.name}`",
        f"**{title}**, version {scheme.version}, row {scheme.row}, window {scheme.window}.",
        str(scheme.about.en).strip(),
        str(scheme.about.zh).strip(),
        table(
            ["class", "English", "中文"],
            [[f"`{c.id}`", c.title.en, c.title.zh] for c in scheme.classes],
        ),
        *(criteria_table(each) for each in (scheme, *scheme.axes) if each.criteria),
        "\n".join(f"- {line}" for line in cut_lines(scheme)),
        f"Source: {scheme.source.en}",
    ]
    if scheme.own:
        own = "\n".join(f"- `{o.at}`: {o.why.en}" for o in scheme.own)
        text.append(f"Our own figures:\n\n{own}")
    return "\n\n".join(text)


def cut_lines(scheme: Any) -> Iterable[str]:
    """The scheme's rules and cuts in words."""
    for rule in scheme.rules:
        yield f"`{rule.klass}`, before the cuts: {rule.why.en}"
    if scheme.axes:
        yield from matrix_lines(scheme)
        return
    yield from plain_cut_lines(scheme)
    yield from later_lines(scheme)


def matrix_lines(scheme: Any) -> Iterable[str]:
    """Both sides of a matrix, its cells, and what comes after."""
    sides = (("Rows", scheme.cuts.rows), ("Columns", scheme.cuts.columns))
    for (name, side), axis in zip(sides, scheme.axes, strict=True):
        yield f"{name}, {side.title.en}: " + "; ".join(plain_cut_lines(axis))
    rows = [level.id for level in scheme.cuts.rows.levels]
    for row, cells in zip(rows, scheme.cuts.cells, strict=True):
        yield f"Row `{row}`: " + ", ".join(f"`{klass}`" for klass in cells)
    yield from guard_lines(scheme)
    yield f"`{scheme.missing_class}`: no figure on one side"


def plain_cut_lines(scheme: Any) -> Iterable[str]:
    of = scheme.ranked_by
    ranked = linked(of) if of != "points" else "points"
    by = {
        "cumulative_share": f"until a share of all {ranked} is reached,",
        "customer_share": f"of the customers by {ranked},",
    }.get(scheme.cuts.by, ranked)
    for step in scheme.cuts.steps:
        yield f"`{step.klass}`: {by} {limit(step)}"
    yield f"`{scheme.cuts.rest}`: the rest"
    for cap in scheme.caps:
        share = f"{cap.within:.0%} of the ranked customers"
        yield f"`{cap.klass}` holds at most {share}; the rest of it goes to `{cap.next}`"


def guard_lines(scheme: Any) -> Iterable[str]:
    for guard in scheme.guards:
        held = f"at best `{guard.at_best}`" if guard.at_best else f"at least `{guard.at_worst}`"
        yield f"{held}, after the cuts: {guard.why.en} ({conditions(guard.when)})"


def later_lines(scheme: Any) -> Iterable[str]:
    yield from guard_lines(scheme)
    if scheme.stability:
        clear = scheme.stability.margin
        at_once = f", at once where clear by {clear:.0%} of the value" if clear else ""
        yield f"a change takes effect after {scheme.stability.runs} runs{at_once}"
    if scheme.cuts.by == "cumulative_share":
        yield f"`{scheme.unranked}`, not ranked: no positive value"
    if scheme.missing_class != scheme.unranked or scheme.cuts.by != "cumulative_share":
        yield f"`{scheme.missing_class}`, not ranked: no value"


def conditions(when: Iterable[Any]) -> str:
    return ", ".join(
        f"{linked(c.metric)} {c.op}{'' if c.value is None else f' {c.value}'}" for c in when
    )


def linked(name: str) -> str:
    """A figure with a link to its metric; what is judged or classed has none."""
    given = name.startswith(("judged.", "class."))
    return f"`{name}`" if given else f"[`{name}`](metrics.md#{name})"


def criteria_table(scheme: Any) -> str:
    """The criteria of a composite with their weights and scoring."""
    groups = {group.name: group.title.en for group in scheme.groups}
    return table(
        ["criterion", "of", "weight", "scored", "without a value"],
        [[linked(c.metric), groups.get(c.group, ""), str(c.weight),
          scoring(c), c.missing] for c in scheme.criteria],
    )  # fmt: skip


def scoring(criterion: Any) -> str:
    how = criterion.scoring
    if how.by == "bands":
        return ", ".join(f"from {band.start}: {band.score}" for band in how.bands)
    if how.by == "linear":
        return "straight from " + " to ".join(f"{node.score} at {node.at}" for node in how.nodes)
    if how.by == "target":
        target = limit_words("", how.target).strip()
        return f"in full at {target}, nothing at {how.nothing_at} of it"
    return f"by percentile, {criterion.direction} is better"


def limit(step: Any) -> str:
    at_least = getattr(step, "at_least", None)
    word, level = ("from", at_least) if at_least is not None else ("up to", step.up_to)
    return limit_words(word, level)


def limit_words(word: str, level: Any) -> str:
    """A threshold, fixed or moving."""
    if hasattr(level, "times"):
        floor = f", at least {level.at_least}" if level.at_least is not None else ""
        return f"{word} {level.times} × [`{level.of}`](metrics.md#{level.of}){floor}"
    return f"{word} {level}"


def scheme_form() -> str:
    """The keys of a scheme and of its parts, from the JSON Schema of the model."""
    schema = me.Scheme.model_json_schema()
    parts = {"A scheme": schema, **schema["$defs"]}
    sections = [
        "## The form of a scheme",
        "From the JSON Schema of the model; unknown keys are refused.",
    ]
    for name, part in parts.items():
        if "properties" not in part:
            continue
        required = set(part.get("required", ()))
        rows = [
            [f"`{key}`", schema_type(value), "required" if key in required else default(value),
             value.get("description", "")]
            for key, value in part["properties"].items()
        ]  # fmt: skip
        about = " ".join(part.get("description", "").split())
        sections += [f"### {name}", about, table(["key", "type", "default", "meaning"], rows)]
    return "\n\n".join(section for section in sections if section)
