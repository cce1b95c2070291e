"""Totals that nothing names: rows that hold nothing but the sums of the rows above them.

They would be filled down as one more line of the document above, and their money would count twice.
Such a row is the sum of the rows since the total before it, or of all rows above, and then:

- the last row is a total if it is the sum of several rows, of all above;
- where every other row names an item, a row without one is a total, not a line;
- where the file has no items, they are totals if every bare row is such a sum, one of them of
  several rows: lines may be bare too, but would not all add up;
- otherwise it cannot be told. They are lines then, which is said and asked (option ``subtotals``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mainstay_engine.reader.convert import AMOUNT, number

if TYPE_CHECKING:
    import duckdb

    from mainstay_engine.reader.staged import Reading

_ITEMS = ("item", "item_name")
_ANCHOR = {"lines": "doc_no", "receipts": "date"}
_PLAIN = re.compile(r"-?[0-9][0-9,]*(\.[0-9]+)?")
_MOST = 12
"""Unmapped columns of numbers that are looked at: a row of sums sums these too."""


@dataclass(frozen=True)
class Sums:
    """Rows of sums that nothing names: ``totals`` are left out, ``doubtful`` ones read as lines."""

    totals: tuple[int, ...] = ()
    """Those between the rows; the last row of all is a total as any other."""
    doubtful: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Row:
    rn: int
    last: bool
    above: int
    """Rows above, those like this one included."""
    own: list[Any]
    """Its amounts, then what it has in unmapped columns of numbers."""
    sums: list[Any]
    """Of all rows above."""
    amounts: int
    """How many there are."""

    @property
    def is_bare(self) -> bool:
        """Whether it may be a line of amounts alone."""
        own = self.own
        return any(own[: self.amounts]) and all(cell is None for cell in own[self.amounts :])

    def states(self, sums: list[Any]) -> bool:
        """Whether it states these sums, an amount among them, and nothing else."""
        stated = [(o, s) for o, s in zip(self.own, sums, strict=True) if o is not None]
        return any(self.own[: self.amounts]) and all(o == s for o, s in stated)


def find(
    con: duckdb.DuckDBPyConnection,
    reading: Reading,
    verdicts: str,
    texts: str,
    wished: bool | None,
) -> Sums:
    """Let such rows count as «sum» in ``verdicts``, one that sums up the file as «total».

    ``texts``: SQL of the cells by ``rn`` as ``x0`` … ``xN``. ``wished``: what the user says of all
    rows that may be one; ``None``: nothing.
    """
    table, places = reading.raw.table, reading.places
    sums = [f"x{places[name]}" for name in places if reading.kind(name) == "number"]
    if wished is False or _ANCHOR.get(table) not in places or not sums:
        return Sums()
    for comma in (False, True):
        rows, named = _rows(con, reading, verdicts, texts, sums, comma=comma)
        found = _judged(rows, named, plain=table == "receipts", wished=bool(wished))
        if found is not None:
            last, others = found
            for verdict, those in (("total", last), ("sum", list(others.totals))):
                con.execute(
                    f"UPDATE {verdicts} SET verdict = '{verdict}' WHERE list_contains($rows, rn)",
                    {"rows": those},
                )
            return others
    return Sums()


def remarks(reading: Reading) -> list[dict[str, str]]:
    """What there is to say of rows that may be totals and are read as lines."""
    doubtful = reading.sums.doubtful
    if not doubtful:
        return []
    count, first = len(doubtful), doubtful[0]
    return [
        {
            "en": f"Rows that name nothing and hold the sums of the rows above them: {count:,} "
            f"(the first: row {first:,}). They are read as lines. If they are subtotals, their "
            "amounts count twice: say so on the check page, or by the option subtotals: true.",
            "zh": f"有 {count:,} 行没有任何名称，金额正好是上面各行之和（首个为第 {first:,} 行），"
            "现按明细读取。如为小计行，金额会重复计算：请在检查页选择，或设选项 subtotals: true。",
        }
    ]


def _rows(
    con: duckdb.DuckDBPyConnection, reading: Reading, verdicts: str, texts: str, sums: list[str],
    *, comma: bool,
) -> tuple[Iterator[_Row], bool | None]:  # fmt: skip
    """The rows that hold nothing but numbers to sum, and whether every other one names an item;
    ``None``: the file has no items.
    """
    raw, places = reading.raw, reading.places
    mapped = set(places.values())
    summed = {at for name, at in places.items() if reading.kind(name) in ("number", "quantity")}
    further = [i for i in range(len(raw.headings)) if i not in mapped and _numbers(raw.sample, i)]
    further = further[:_MOST]
    blank = [f"x{i} IS NULL" for i in range(len(raw.headings)) if i not in summed | {*further}]
    items = [f"x{places[name]}" for name in _ITEMS if name in places]
    item = f"coalesce({', '.join(items)}) IS NOT NULL" if items else "CAST(NULL AS BOOLEAN)"
    figures = [number(cell, AMOUNT, comma=comma) for cell in (*sums, *(f"x{i}" for i in further))]
    width = range(len(figures))
    values = "".join(f", {figure} AS f{i}" for i, figure in enumerate(figures))
    above = "OVER (ORDER BY rn ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE mainstay_figures AS "
        f"SELECT t.rn, {' AND '.join(blank) or 'TRUE'} AS bare, {item} AS item{values} "
        f"FROM ({texts}) t JOIN {verdicts} v ON v.rn = t.rn AND v.verdict = 'data'"
    )
    some, named, last = con.execute(
        "SELECT count(*) FILTER (bare), bool_and(item) FILTER (NOT bare), max(rn) "
        "FROM mainstay_figures"
    ).fetchall()[0]
    if not some:
        return iter(()), named
    own = ", ".join(f"f{i}" for i in width)
    added = ", ".join(f"coalesce(sum(f{i}) {above}, 0) AS s{i}" for i in width)
    before = ", ".join(f"s{i}" for i in width)
    con.execute(
        f"SELECT rn, n, {own}, {before} FROM (SELECT rn, bare, count(*) {above} AS n, {own}, "
        f"{added} FROM mainstay_figures) WHERE bare ORDER BY rn"
    )
    return _fetched(con, len(sums), len(figures), last), named


def _fetched(con: duckdb.DuckDBPyConnection, amounts: int, width: int, last: int) -> Iterator[_Row]:
    while part := con.fetchmany(10_000):
        for rn, above, *figures in part:
            yield _Row(rn, rn == last, above, figures[:width], figures[width:], amounts)


def _numbers(sample: list[list[str | None]], place: int) -> bool:
    """Whether the first rows have numbers in this column, and nothing else."""
    cells = [(row[place] or "").strip() for row in sample if len(row) > place]
    return any(cells) and all(_PLAIN.fullmatch(cell) for cell in cells if cell)


def _judged(
    rows: Iterator[_Row], named: bool | None, *, plain: bool, wished: bool
) -> tuple[list[int], Sums] | None:
    """The last row where it is the total of all, and the others; ``None`` where no row is a sum.

    ``plain``: a row without anything but numbers can be nothing else. A last row that sums up all
    above proves what the sums between are: lines, where it counts them, else totals.
    """
    totals: list[Any] = []
    since: list[Any] = []
    before = count = others = 0
    found: list[tuple[int, bool]] = []
    end, counts_all = None, False
    for row in rows:
        totals, since = totals or [0] * len(row.sums), since or [0] * len(row.sums)
        lines = [s - t for s, t in zip(row.sums, totals, strict=True)]
        part = [line - start for line, start in zip(lines, since, strict=True)]
        there = row.above - count
        of_all = there > 1 and row.states(lines)
        if row.last and row.above > 1 and (of_all or row.states(row.sums)):
            end, counts_all = row.rn, row.states(row.sums)
        if of_all or (there > before and row.states(part)):
            found.append((row.rn, there - before > 1))
            totals = [t + (o or 0) for t, o in zip(totals, row.own, strict=True)]
            since, before, count = lines, there, count + 1
        else:
            others += row.is_bare and row.rn != end
    last = [end] if end is not None else []
    between = tuple(rn for rn, _ in found if rn != end)
    if not between and not last:
        return None
    several = any(many for rn, many in found if rn != end)
    proven = bool(last) and not counts_all
    if plain or wished or proven or (several and named is None and not others):
        return last, Sums(totals=between)
    if last or not between:
        return last, Sums()
    certain = {rn for rn, many in found if named and several and (many or not others)}
    return last, Sums(
        totals=tuple(rn for rn in between if rn in certain),
        doubtful=tuple(rn for rn in between if rn not in certain),
    )
