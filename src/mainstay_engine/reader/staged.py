"""From text cells to typed values: the SQL of one reading pass, and what it could not read.

Three layers of one query: ``t_x`` the trimmed text of canonical column x, ``v_x`` its typed value,
then the row's verdict (``_bad``: some cell failed or a needed one is empty; ``_out``: why a row is
left out on purpose).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mainstay_engine.reader import commitments, convert
from mainstay_engine.reader.convert import quote
from mainstay_engine.reader.raw import Raw
from mainstay_engine.reader.statuses import status_rules, type_rules
from mainstay_engine.tables import TABLES, Type

_PLAIN_DATE = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2})?)?")
_PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_HELPERS = {
    "price": "price",
    "price_gross": "price",
    "amount": "number",
    "applied": "number",
    "tax_rate": "rate",
    "discount_rate": "rate",
    "profit": "number",
    "unit_cost": "price",
    "status": "text",
    "closed": "text",
    "kind": "text",
    "terms": "terms",
}
_BY_TYPE = {
    Type.TEXT: "text",
    Type.DATE: "date",
    Type.MONEY: "number",
    Type.QUANTITY: "quantity",
    Type.COUNT: "count",
    Type.RATE: "price",
}
CODES = frozenset(
    (
        "doc_no",
        "receipt_no",
        "customer_id",
        "item",
        "applied_to",
        "bill_no",
        "tax_no",
        "order_no",
        "contact_phone",
        "contact_mobile",
        "organisation",
    )
)
"""Columns whose values are codes: leading zeros stay, codes cut short are refused."""
_DESCRIPTIONS = frozenset(("item_name", "category", "region", "salesperson", "method", "trade"))
NEEDED = {
    "lines": ("doc_no", "doc_date"),
    "receipts": ("date", "amount"),
    "allocations": ("receipt_no", "doc_no", "amount"),
    "customers": ("customer_id",),
    "rates": ("currency", "date", "rate"),
    "products": ("item",),
    "efforts": ("date", "activity"),
    "effort_rates": ("activity", "since"),
}
"""Columns in which an empty cell is a fault."""
_SQL_TYPE = {
    "number": convert.AMOUNT,
    "price": convert.NUMBER,
    "quantity": convert.QUANTITY,
    "count": "INTEGER",
}
_STRICT_TYPE = {"price": ("DECIMAL(15, 4)", 4), "quantity": ("DECIMAL(15, 3)", 3)}
"""Type and decimal places that keep price × quantity within 64 bits; longer ones are not strict."""
TOTAL_LABELS = ("小计", "合计", "总计", "累计", "本页小计", "本页合计", "小 计", "合 计", "总 计")


def column_kind(table: str, canonical: str) -> str:
    """«text», «date», «number» (an amount), «price», «quantity», «rate», «count» or «terms»."""
    if canonical in ("terms", "terms_days"):
        return "terms"
    if canonical == "per_year":
        return "rate"
    if (table == "lines" and canonical in _HELPERS) or canonical in ("status", "applied"):
        return _HELPERS[canonical]
    return _BY_TYPE[TABLES[table][canonical].type]


@dataclass(frozen=True)
class Reading:
    """How the columns of one ``Raw`` are read. ``places``: canonical → index of the raw column."""

    raw: Raw
    places: Mapping[str, int]
    dayfirst: Mapping[str, bool]
    """Per date column whether 5/1/2024 is the fifth of January; absent where it never matters."""
    strict: bool = False
    """Cells are cast at once, and the first that a program would not write so raises."""
    comma: frozenset[str] = frozenset()
    """Number columns in which a comma stands before the decimals."""
    relation: str | None = None
    """Instead of the raw relation: its cleaned form (rows left out, headers filled down)."""
    documents: str | None = None
    """What the user says all lines are: «sales», «orders», «deliveries» or «openings»."""
    orders: bool = False
    """Whether orders and deliveries are kept."""

    def kind(self, canonical: str) -> str:
        return column_kind(self.raw.table, canonical)

    def texts(self) -> str:
        """SQL of the trimmed texts ``t_x`` (typed columns as they are)."""
        trims = [f"{self._trimmed(name)} AS s_{name}" for name in self.places]
        cells = [f"{self._text(name)} AS t_{name}" for name in self.places]
        source = f"SELECT {', '.join(['rn', *trims])} FROM {self.relation or self.raw.relation}"
        return f"SELECT {', '.join(['rn', *cells])} FROM ({source})"

    def _trimmed(self, name: str) -> str:
        index = self.places[name]
        if self.raw.types[index] != "text" or (self._clean and self.kind(name) != "text"):
            return f"c{index}"
        return convert.trimmed(f"c{index}", key=name not in _DESCRIPTIONS)

    @property
    def _clean(self) -> bool:
        """Read quickly: empty cells are null already; padded numbers are left for later."""
        return not self.raw.exact_rows

    def _text(self, name: str) -> str:
        if self.raw.types[self.places[name]] != "text":
            return f"s_{name}"
        if not self._clean:
            return convert.present(f"s_{name}")
        # A key of blanks alone is empty only once it is trimmed.
        key = self.kind(name) == "text" and name not in _DESCRIPTIONS
        return f"nullif(s_{name}, '')" if key else f"s_{name}"

    def values(self) -> str:
        """SQL of texts and typed values ``v_x``, bounded; null where the text could not be read."""
        layer = self.texts()
        if self.strict:
            cells = ", ".join(f"{self._cast(name)} AS v_{name}" for name in self.places)
            return f"SELECT *, {cells} FROM ({layer})"
        for prefix, expression in (
            ("q", self._quick),
            ("p", self._prepared),
            ("u", self._value),
            ("v", self._bounded),
        ):
            cells = ", ".join(f"{expression(name)} AS {prefix}_{name}" for name in self.places)
            layer = f"SELECT *, {cells} FROM ({layer})"
        return layer

    def _cast(self, name: str) -> str:
        """The value of a cell as a program writes it; anything else raises."""
        kind = self.kind(name)
        if kind == "text":
            return f"t_{name}"
        if kind == "terms":
            return self._means(name)
        if kind == "date":
            return convert.plausible(convert.quick_date(f"t_{name}"))
        return f"CAST(t_{name} AS {_STRICT_TYPE.get(kind, (_SQL_TYPE[kind], 0))[0]})"

    def may_be_strict(self) -> bool:
        """Whether the sample is written as programs write: then casting at once is worth a try."""
        numbers = ("number", "price", "quantity", "count")
        for name, index in self.places.items():
            kind, cells = (
                self.kind(name),
                (row[index] for row in self.raw.sample if len(row) > index),
            )
            pattern = _PLAIN_DATE if kind == "date" else _PLAIN_NUMBER
            if self.raw.types[index] != "text" or kind == "rate":
                return False
            if kind in (*numbers, "date") and not all(pattern.fullmatch(c) for c in cells if c):
                return False
        return True

    def _slow(self, name: str) -> bool:
        """Whether what the quick reading leaves is to be read carefully."""
        kind, type_ = self.kind(name), self.raw.types[self.places[name]]
        return (
            kind not in ("text", "terms")
            and type_ != "date"
            and (type_ == "text" or kind == "date")
        )

    def _done(self, name: str) -> str:
        early = f"q_{name} < DATE '1950-01-01'" if self.kind(name) == "date" else "FALSE"
        return f"(t_{name} IS NULL OR (q_{name} IS NOT NULL AND NOT {early}))"

    def _prepared(self, name: str) -> str:
        """The cell made ready for the careful reading; null where the quick one did."""
        if not self._slow(name):
            return "NULL"
        date = self.kind(name) == "date"
        cell = f"CAST(t_{name} AS VARCHAR)"
        bare = convert.bare_date(cell) if date else convert.bare_number(cell)
        return f"CASE WHEN NOT {self._done(name)} THEN {bare} END"

    def _quick(self, name: str) -> str:
        """What a program's text, or a typed column, says directly."""
        cell, kind, type_ = f"t_{name}", self.kind(name), self.raw.types[self.places[name]]
        if kind == "text":
            return cell if type_ == "text" else f"CAST({cell} AS VARCHAR)"
        if kind == "terms":
            return self._means(name)
        if kind == "date":
            if type_ == "date":
                return f"CAST({cell} AS DATE)"
            return convert.quick_date(cell if type_ == "text" else f"CAST({cell} AS VARCHAR)")
        if type_ == "date" or name in self.comma:
            return "NULL"
        if kind == "rate":
            return (
                "NULL"
                if type_ == "text"
                else f"CASE WHEN abs({cell}) >= 1 THEN {cell} / 100 ELSE {cell} END"
            )
        return convert.quick_number(cell, _SQL_TYPE[kind])

    def _value(self, name: str) -> str:
        """The quick reading, else the careful one (worked out only where the quick one failed)."""
        kind, bare = self.kind(name), f"p_{name}"
        value = f"q_{name}"
        if self._slow(name):
            if kind == "date":
                slow = convert.read_date(bare, self.dayfirst.get(name))
            elif kind == "rate":
                slow = convert.read_rate(f"t_{name}", bare, comma=name in self.comma)
            elif name in self.comma:
                slow = convert.read_comma(bare, _SQL_TYPE[kind])
            else:
                slow = convert.read_number(bare, _SQL_TYPE[kind])
            value = f"CASE WHEN {self._done(name)} THEN q_{name} ELSE {slow} END"
        return f"CAST({value} AS {convert.NUMBER})" if kind == "rate" else value

    def _bounded(self, name: str) -> str:
        kind = self.kind(name)
        if kind == "date":
            return convert.plausible(f"u_{name}")
        if kind in convert.LARGEST:
            return f"CASE WHEN abs(u_{name}) < {convert.LARGEST[kind]} THEN u_{name} END"
        if kind == "text":
            return f"CASE WHEN NOT ({self._wrong_text(f'u_{name}', name)}) THEN u_{name} END"
        return f"u_{name}"

    def _wrong_text(self, cell: str, name: str) -> str:
        wrong = convert.error_cell(cell)
        return f"{wrong} OR {convert.cut_code(cell)}" if name in CODES else wrong

    def _means(self, name: str) -> str:
        """The notation of a text of terms, as ``terms.learn_terms`` understood it."""
        learned = f"mainstay_terms_{self.raw.table}"
        return f"(SELECT any_value(means) FROM {learned} WHERE said = CAST(t_{name} AS VARCHAR))"

    def failed(self, name: str) -> str:
        """SQL condition: the cell holds something, but not what the column is for."""
        if self.raw.table == "lines" and self.kind(name) == "terms":
            return "FALSE"  # a sale counts without a due date; a remark says so
        if self.strict and self.kind(name) == "text":
            return self._wrong_text(f"t_{name}", name)
        if self.strict and self.kind(name) in convert.LARGEST:
            kind = self.kind(name)
            wrong = f"abs(v_{name}) >= {convert.LARGEST[kind]}"
            if kind in _STRICT_TYPE:
                wrong += f" OR {convert.finer_than(f't_{name}', _STRICT_TYPE[kind][1])}"
            return f"({wrong})"
        return f"(t_{name} IS NOT NULL AND v_{name} IS NULL)"

    def lacks(self, name: str) -> str:
        """SQL condition: the cell is empty though the column is needed. A balance from before the
        books has no number, a further part of a receipt no amount.
        """
        empty = f"v_{name} IS NULL"
        if self.raw.table == "lines" and name == "doc_no":
            return f"{empty} AND NOT ({commitments.opening(self)})"
        if self.raw.table == "receipts" and name == "amount" and "applied" in self.places:
            return f"{empty} AND t_applied IS NULL"
        return empty

    def stage(self) -> str:
        """SQL of the staged rows: ``rn``, each canonical column by its name, ``_out``, ``_bad``."""
        table = self.raw.table
        bad = [self.failed(name) for name in self.places]
        bad += [self.lacks(name) for name in NEEDED[table] if name in self.places]
        labels = ", ".join(quote(label) for label in TOTAL_LABELS)
        bad += [
            f"(v_{n} >= '合' AND suffix(v_{n}, '计') AND v_{n} IN ({labels}))"
            for n in self.places
            if self.kind(n) == "text"
        ]
        if self._clean:
            bad += [
                convert.total_like(f"v_{n}") for n in ("doc_no", "receipt_no") if n in self.places
            ]
        values = ", ".join(f"v_{name} AS {name}" for name in self.places)
        return (
            f"SELECT rn, {values}, {self._left_out()} AS _out{commitments.staged(self)}, "
            f"coalesce({' OR '.join(bad) or 'FALSE'}, FALSE) AS _bad FROM ({self.values()})"
        )

    def _left_out(self) -> str:
        """SQL of the reason for which a row is left out on purpose (see ``rows.REASONS``)."""
        rules: list[tuple[str, str]] = []
        if "status" in self.places:
            heading = self.raw.headings[self.places["status"]]
            rules += status_rules(self.lower("status"), heading)
        if self.raw.table == "lines" and "kind" in self.places:
            rules += type_rules(self.lower("kind"))
        rules = commitments.left_out(self, rules)
        if not rules:
            return "CAST(NULL AS VARCHAR)"
        whens = " ".join(f"WHEN {condition} THEN {quote(name)}" for name, condition in rules)
        return f"CASE {whens} END"

    def lower(self, name: str) -> str:
        """SQL of the lower-cased text of a column."""
        return f"lower(CAST(t_{name} AS VARCHAR))"
