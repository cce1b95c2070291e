"""The columns of the customer list: which there are, which a reader sees, how files have them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from mainstay.insights.records import CustomerRow, RunInfo
from mainstay.parties.rules import terms_of
from mainstay.web import export
from mainstay.web.formatting import language, said
from mainstay.web.terms import terms_words


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the list."""

    name: str
    kind: str
    """In a file: text, count, money, ratio; empty: it is in none."""
    wide: bool = True
    """Dropped on the phone."""
    usual: bool = True
    """Shown to whoever chose none."""
    sorts: bool = True
    cost: bool = False
    """Open to whoever may see cost."""

    @property
    def figures(self) -> bool:
        """Whether numbers stand in it: largest first, on the right."""
        return self.kind in {"count", "money", "ratio"}


COLUMNS = (
    Column("class", "text", wide=False),
    Column("name", "text", wide=False),
    Column("owner", "text"),
    Column("salesperson", "text", usual=False),
    Column("region", "text"),
    Column("net_sales", "money", wide=False),
    Column("months", "", sorts=False),
    Column("growth", "ratio"),
    Column("gross_profit", "money", cost=True),
    Column("margin", "ratio", cost=True),
    Column("collection_rate", "ratio"),
    Column("open_balance", "money", usual=False),
    Column("overdue_balance", "money"),
    Column("credit_limit", "money", usual=False),
    Column("terms", "text", usual=False, sorts=False),
    Column("tax_no", "text", usual=False, sorts=False),
    Column("recency", "count"),
)
ALWAYS = ("class", "name", "net_sales")
CHOOSABLE = frozenset(column.name for column in COLUMNS if column.name not in ALWAYS)


def titles() -> Mapping[str, str]:
    """Column titles in the reader's language."""
    return _titles(language())


@lru_cache(maxsize=2)
def _titles(lang: str) -> Mapping[str, str]:
    del lang  # tells the titles of one language from those of another
    return {
        "class": _("Class"), "name": _("Customer"), "owner": _("Owner"),
        "salesperson": _("Salesperson in the books"), "region": _("Region"),
        "net_sales": _("Net sales"), "months": _("12 months"), "growth": _("Growth"),
        "gross_profit": _("Profit"), "margin": _("Margin"), "collection_rate": _("Collected"),
        "open_balance": _("Receivables"), "overdue_balance": _("Overdue"),
        "credit_limit": _("Credit limit"), "terms": _("Credit period"),
        "tax_no": _("Tax number"), "recency": _("Silent"),
    }  # fmt: skip


def choosable(*, cost: bool) -> list[str]:
    """Names of the columns that the reader may show or leave out, in their order."""
    return [one.name for one in COLUMNS if one.name in CHOOSABLE and (cost or not one.cost)]


def shown(chosen: Sequence[str], *, cost: bool, owned: bool) -> dict[str, Column]:
    """The columns that the reader chose and may see; without a choice the usual ones.

    Until somebody owns a customer (``owned``), the books' salesperson stands where the owner would.
    """
    usual = {one.name for one in COLUMNS if one.usual}
    if not owned:
        usual = usual - {"owner"} | {"salesperson"}
    wanted = {*ALWAYS, *chosen} if chosen else usual
    return {one.name: one for one in COLUMNS if one.name in wanted and (cost or not one.cost)}


def shown_name(name: str, name_en: str) -> str:
    """A customer's name as the reader reads it."""
    return (name_en or name) if language() == "en" else name


@lru_cache(maxsize=1000)
def terms_said(terms: str, days: int | None, lang: str) -> str:
    """Terms of payment in words: a company has few."""
    del lang  # tells the words of one language from those of another
    return terms_words(terms_of(terms, days))


def columns_out(run: RunInfo, columns: Iterable[Column]) -> list[export.Column]:
    """Columns of a file; the class column names its scheme, money its currency."""
    words = {**titles(), "recency": _("Days since last order")}
    money = f"{run.currency or _('currency not given')}"
    return [
        export.Column(_("Code"), "text"),
        export.Column(words["name"], "text"),
        export.Column(f"{words['class']} ({said(run.scheme_title)}, {run.scheme})", "text"),
        export.Column(_("Class before"), "text"),
        export.Column(_("Rank"), "count"),
        *(
            export.Column(f"{words[one.name]}, {money}", "money", run.exponent)
            if one.kind == "money"
            else export.Column(words[one.name], one.kind)
            for one in _further(columns)
        ),
        export.Column(_("Set by a person"), "text"),
        export.Column(_("Reason"), "text"),
    ]


def rows_out(rows: Iterable[CustomerRow], columns: Iterable[Column]) -> list[list[Any]]:
    """The customers' cells, in the order of ``columns_out``."""
    lang = language()
    own: dict[str, Callable[[CustomerRow], Any]] = {
        "terms": lambda row: terms_said(row.terms_text, row.terms_days, lang)
        if row.terms else None,
    }  # fmt: skip
    names = [one.name for one in _further(columns)]
    return [
        [
            row.code, shown_name(row.name, row.name_en), row.klass, row.previous_class, row.rank,
            *(own[name](row) if name in own else getattr(row, name) for name in names),
            _("yes") if row.overridden else "", said(row.reason),
        ]
        for row in rows
    ]  # fmt: skip


def _further(columns: Iterable[Column]) -> list[Column]:
    """Those after class and name that a file has. The books' salesperson goes with the owner: the
    page writes it there where nobody owns a customer.
    """
    names = {one.name for one in columns}
    if "owner" in names:
        names.add("salesperson")
    return [one for one in COLUMNS if one.kind and one.name in names - {"class", "name"}]
