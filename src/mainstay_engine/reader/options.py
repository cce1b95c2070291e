"""What the user says about the input: columns, order of dates, currency, sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mainstay_engine.errors import Fault, MixedCurrencies
from mainstay_engine.reader.columns import synonyms
from mainstay_engine.reader.mapping import fits
from mainstay_engine.reader.messages import TABLES_ZH
from mainstay_engine.reader.raw import Options
from mainstay_engine.tables import TABLES

NO_MINOR_UNIT = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
THREE_DECIMALS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
_CURRENCY_NAMES = {
    "人民币": "CNY",
    "RMB": "CNY",
    "人民币元": "CNY",
    "元": "CNY",
    "¥": "CNY",
    "￥": "CNY",
    "美元": "USD",
    "US$": "USD",
    "$": "USD",
    "欧元": "EUR",
    "€": "EUR",
    "英镑": "GBP",
    "£": "GBP",
    "港币": "HKD",
    "港元": "HKD",
    "日元": "JPY",
    "日圆": "JPY",
    "韩元": "KRW",
    "新台币": "TWD",
    "澳元": "AUD",
    "加元": "CAD",
    "新加坡元": "SGD",
    "PRE001": "CNY",
    "本位币": "CNY",
}


FLAGS = ("dayfirst", "subtotals")
"""Options that are true or false."""
_KEPT = ("option decimal", "option tax_rate", "option month_end", "option documents")
"""Options that an error file carries on."""


def currency_code(text: str) -> str:
    """The ISO 4217 code of a currency as written («人民币», «rmb», «CNY»)."""
    bare = text.strip()
    return _CURRENCY_NAMES.get(bare.upper(), _CURRENCY_NAMES.get(bare, bare.upper()))


def exponent_of(currency: str | None) -> int:
    """Decimal places of a currency's minor unit by ISO 4217; 2 when the currency is not known."""
    if currency in NO_MINOR_UNIT:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


@dataclass(frozen=True)
class Wishes:
    """The mapping and options of one reading, with the currency once it is settled."""

    columns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    currency: str | None = None
    given_exponent: int | None = None
    rates: bool = False
    """Whether rates are at hand, so that tables may hold several currencies."""
    source_rows: bool = False
    """Whether lines and receipts keep their row number in the file."""
    orders: bool = False
    """Whether orders and deliveries among the lines are kept; else they are left out."""
    faults: tuple[Fault, ...] = ()

    @classmethod
    def of(cls, mapping: Mapping[str, Any], currency: str | None, exponent: int | None) -> Wishes:
        """Wishes from a mapping that ``load_mapping`` checked; names outside a table mean lines."""
        tables = {name: mapping[name] or {} for name in TABLES if name in mapping}
        general = dict(mapping.get("options") or {})
        rest = {k: v for k, v in mapping.items() if k not in TABLES and k != "options"}
        if rest:
            tables["lines"] = {**rest, **tables.get("lines", {})}
        stated = currency or general.get("currency")
        options = {
            name: {**general, **(columns.get("options") or {})} for name, columns in tables.items()
        }
        columns = {
            name: {k: v for k, v in given.items() if k != "options"}
            for name, given in tables.items()
        }
        return cls(
            columns,
            {**dict.fromkeys(TABLES, general), **options},
            currency_code(str(stated)) if stated else None,
            exponent if exponent is not None else general.get("exponent"),
        )

    def table_options(self, table: str) -> Options:
        """The options that hold for one table."""
        given = self.options.get(table, {})
        rate = given.get("tax_rate")
        sheet = given.get("sheet")
        return Options(
            dayfirst=given.get("dayfirst"),
            decimal=given.get("decimal"),
            sheet=str(sheet) if sheet is not None else None,
            tax_rate=str(rate) if rate is not None else None,
            month_end=given.get("month_end"),
            documents=given.get("documents"),
            subtotals=given.get("subtotals"),
        )

    @property
    def exponent(self) -> int:
        return exponent_of(self.currency) if self.given_exponent is None else self.given_exponent

    def agreed(self, table: str, currency: str | None) -> Wishes:
        """The same with the currency settled; raises ``MixedCurrencies`` if tables differ in it."""
        if self.currency and currency and currency != self.currency:
            raise MixedCurrencies(
                {
                    "en": f"The {table} are in {currency}, but {self.currency} was expected.",
                    "zh": f"{TABLES_ZH[table]}的币种是 {currency}，而不是 {self.currency}。",
                },
                {
                    "en": "Give all tables in one currency.",
                    "zh": "各表须使用同一币种。",
                },
            )
        return self.settled(currency)

    def hinted(
        self, table: str, ways: Sequence[tuple[str, str]], headings: Sequence[str]
    ) -> Wishes:
        """The same with what an error file says of itself, wherever the user said nothing.

        What a column or option cannot be is passed over: the sheet may have been written in.
        """
        known = {column for meanings in synonyms(table).values() for column in meanings}
        columns: dict[str, str | None] = {}
        options: dict[str, Any] = {}
        for setting, value in ways:
            what, _space, name = setting.partition(" ")
            if what == "column" and name in known and (value in headings or not value):
                columns[name] = value or None
            elif what == "option" and name in FLAGS and value in ("true", "false"):
                options[name] = value == "true"
            elif setting in _KEPT and fits(name, value):
                options[name] = value
        given = {k: v for k, v in self.options.get(table, {}).items() if v is not None}
        stated = dict(ways).get("option currency")
        return replace(
            self,
            columns={**self.columns, table: {**columns, **self.columns.get(table, {})}},
            options={**self.options, table: {**options, **given}},
            currency=self.currency
            or (currency_code(stated) if stated and fits("currency", stated) else None),
        )

    def ways(self, table: str) -> list[tuple[str, str]]:
        """What the user said of a table that no other record of a reading holds."""
        said = [(f"column {name}", "") for name, heading in self.columns.get(table, {}).items()
                if heading is None]  # fmt: skip
        options = self.table_options(table)
        kept = {
            "tax_rate": options.tax_rate,
            "month_end": options.month_end,
            "documents": options.documents,
            "subtotals": None if options.subtotals is None else str(options.subtotals).lower(),
        }
        return said + [(f"option {name}", value) for name, value in kept.items() if value]

    def settled(self, currency: str | None) -> Wishes:
        """The same, with the currency a table was found to be in (the first one found stays)."""
        return self if self.currency or not currency else replace(self, currency=currency)
