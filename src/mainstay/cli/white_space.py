"""``mainstay white-space``: what customers could buy next, and how good that is on a time split."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer

from mainstay.cli import options
from mainstay.cli.errors import explained
from mainstay.cli.facts import day_of, read
from mainstay.cli.language import chosen, help_text
from mainstay.cli.tables import print_json, print_table

CUSTOMER = Annotated[
    str | None,
    typer.Option(
        "--customer", metavar="CODE", help=help_text("Only this customer.", "只列出该客户。")
    ),
]
PRODUCT = Annotated[
    str | None,
    typer.Option(
        "--product",
        metavar="CODE",
        help=help_text(
            "List the customers most likely to take it.", "列出最可能购买该产品的客户。"
        ),
    ),
]
BY = Annotated[
    str,
    typer.Option(
        "--by",
        metavar="item|category",
        help=help_text("Suggest products or categories.", "推荐产品（item）或品类（category）。"),
    ),
]
TOP = Annotated[
    int,
    typer.Option(
        "--top", min=1, max=100,
        help=help_text("Suggestions a customer.", "每个客户推荐的数量。"),
    ),
]  # fmt: skip
SPLIT = Annotated[
    str | None,
    typer.Option(
        "--split",
        metavar="YYYY-MM-DD",
        help=help_text(
            "Suggest as of this day instead, and judge by what was newly bought after it.",
            "改为按该日推荐，并以其后首次购买的产品评判。",
        ),
    ),
]
HEADS = {
    "en": ("customer", "product", "score", "because it buys", "others who buy that",
           "of those buy it", "typical a year"),
    "zh": ("客户", "产品", "得分", "因其购买", "同样购买的其他客户", "其中也购买的客户",
           "通常年金额"),
}  # fmt: skip
SCORES = {
    "en": ("", "precision", "recall", "hit rate"), "zh": ("", "精确率", "召回率", "命中率"),
}  # fmt: skip
METHODS = {"en": ("white space", "popularity"), "zh": ("本方法", "畅销产品")}


def white_space(
    lines: options.LINES,
    customer: CUSTOMER = None,
    product: PRODUCT = None,
    by: BY = "item",
    top: TOP = 10,
    split: SPLIT = None,
    rates: options.RATES = None,
    currency: options.CURRENCY = None,
    as_of: options.SEEN = None,
    known_as_of: options.KNOWN_AS_OF = None,
    mapping: options.MAPPING = None,
    json: options.JSON = False,
    lang: options.LANG = None,
) -> None:
    """Say what customers do not buy, and others do who buy the same."""
    speech = chosen(lang)
    with explained(speech):
        facts = read(
            lines, None, None, mapping, rates=rates, currency=currency, skip_bad=False, lang=speech
        )
        day = day_of(facts, as_of, known_as_of)
        if split is not None:
            _judge(facts, split, day, by, top, json=json, speech=speech)
            return
        from mainstay_engine.portfolio.bridge import decimal
        from mainstay_engine.portfolio.white_space import white_space as build

        found = build(facts, as_of=day, by=by, known_as_of=known_as_of, size=top)  # type: ignore[arg-type]
        rows = found.takers(product) if product else found.table.to_pylist()
        rows = [row for row in rows if customer is None or row["customer_id"] == customer]
        for row in rows:
            row["typical"] = decimal(row["typical"], found.exponent)
        if json:
            print_json({
                "by": found.by, "as_of": day.isoformat(), "currency": found.currency,
                "start": found.window.start.isoformat(), "rows": rows,
            })  # fmt: skip
            return
        print_table(list(HEADS[speech]), [[str(value) for value in row.values()] for row in rows])


def _judge(
    facts: Any, split: str, until: date, by: str, size: int, *, json: bool, speech: str
) -> None:
    from mainstay_engine.portfolio.white_score import time_split

    found = time_split(facts, split, until, by=by, size=size)  # type: ignore[arg-type]
    scores = [found.score, found.popular]
    if json:
        named = zip(("score", "popular"), scores, strict=True)
        print_json({
            "cut": found.cut.isoformat(), "until": found.until.isoformat(), "by": found.by,
            "size": size, "customers": found.customers, "bought": found.bought,
            **{name: {"precision": one.precision, "recall": one.recall,
                      "hit_rate": one.hit_rate} for name, one in named},
        })  # fmt: skip
        return
    rows = [
        [name, *(f"{100 * part:.1f}%" for part in (one.precision, one.recall, one.hit_rate))]
        for name, one in zip(METHODS[speech], scores, strict=True)
    ]
    print_table(list(SCORES[speech]), rows)
