"""``mainstay metrics`` and ``mainstay schemes``: what there is to measure and to grade by."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from mainstay.cli import options
from mainstay.cli.errors import AT_FAULT, complain, explained, say, usage_error
from mainstay.cli.language import Lang, chosen, help_text
from mainstay.cli.tables import print_json, print_table

NAME = Annotated[
    str | None,
    typer.Argument(
        help=help_text("Only this one.", "只看这一项。"), metavar="[NAME]", show_default=False
    ),
]

_METRIC_HEADINGS = {
    Lang.EN: ("name", "title", "unit", "formula"),
    Lang.ZH: ("名称", "标题", "单位", "公式"),
}
_SCHEME_HEADINGS = {
    Lang.EN: ("name", "version", "row", "title", "metrics used"),
    Lang.ZH: ("名称", "版本", "编号", "标题", "所用指标"),
}


def metrics(name: NAME = None, json: options.JSON = False, lang: options.LANG = None) -> None:
    """List the metrics."""
    speech = chosen(lang)
    with explained(speech):
        from mainstay_engine.metrics import metrics as catalogue

        found = _only(name, catalogue(), speech)
        if json:
            print_json([metric.to_dict() for metric in found])
        else:
            print_table(
                _METRIC_HEADINGS[speech],
                [(m.name, m.title[speech], m.unit, m.formulas[speech]) for m in found],
            )


def schemes(name: NAME = None, json: options.JSON = False, lang: options.LANG = None) -> None:
    """List the schemes that come with Mainstay; a broken one is named and costs the exit code."""
    speech = chosen(lang)
    with explained(speech):
        from mainstay_engine.schemes.catalogue import load_scheme, preset_names, sort_out

        presets, broken = ([load_scheme(name)], []) if name in preset_names() else sort_out()
        found = _only(name, presets, speech)
        if json:
            print_json([scheme.definition() for scheme in found])
        else:
            print_table(
                _SCHEME_HEADINGS[speech],
                [
                    (s.name, str(s.version), s.row, s.title.model_dump()[speech],
                     ", ".join(s.metrics_used()))
                    for s in found
                ],
            )  # fmt: skip
        if broken:
            for error in broken:
                complain(say("error", speech, text=error.text(speech)))
            raise typer.Exit(AT_FAULT)


def _only(name: str | None, all_of_them: Iterable[Any], lang: Lang) -> list[Any]:
    """Everything, or the one of that name; a name that is near is suggested."""
    found = list(all_of_them)
    if name is None:
        return found
    chosen_ones = [one for one in found if one.name == name]
    if chosen_ones:
        return chosen_ones
    near = difflib.get_close_matches(name, [one.name for one in found], n=3)
    listed = ", ".join(near or sorted(one.name for one in found))
    raise usage_error(
        f"There is no «{name}». {'Near' if near else 'There are'}: {listed}.",
        f"没有“{name}”。{'相近' if near else '现有'}：{listed}。",
        lang,
    )
