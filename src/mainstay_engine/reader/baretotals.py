"""Totals that nothing names: rows that hold nothing but the sums of the rows above them.

They would be filled down as one more line of the document above. The last row counts as one where
its amounts are the sums of all rows above. So does a row between them that is the sum since the
total before it, where every other row names an item, so that a row without one is no line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mainstay_engine.reader.convert import AMOUNT, number
from mainstay_engine.reader.staged import Reading

if TYPE_CHECKING:
    import duckdb

_ITEMS = ("item", "item_name")


def find(con: duckdb.DuckDBPyConnection, reading: Reading, verdicts: str, texts: str) -> None:
    """Let such rows of lines count as totals in ``verdicts``. ``texts``: SQL of the cells by ``rn``
    as ``x0`` … ``xN``.
    """
    places = reading.places
    sums = [name for name in places if reading.kind(name) == "number"]
    if reading.raw.table != "lines" or "doc_no" not in places or not sums:
        return
    for comma in (False, True):
        rows = _rows(con, reading, verdicts, texts, sums, comma=comma)
        found = [rn for rn, total in _judged(rows, len(sums)) if total]
        if found:
            con.execute(
                f"UPDATE {verdicts} SET verdict = 'total' WHERE rn IN (SELECT unnest($rows))",
                {"rows": found},
            )
            return


def _rows(
    con: duckdb.DuckDBPyConnection, reading: Reading, verdicts: str, texts: str, sums: list[str],
    *, comma: bool,
) -> list[tuple[Any, ...]]:  # fmt: skip
    """Of every bare row that may be a total: ``rn``, true, whether it is the last, whether such
    rows are odd here, how many stand above it, its amounts, and the sums of all above.
    """
    raw, places = reading.raw, reading.places
    summed = {at for name, at in places.items() if reading.kind(name) in ("number", "quantity")}
    bare = " AND ".join(f"x{i} IS NULL" for i in range(len(raw.headings)) if i not in summed)
    items = [f"x{places[name]}" for name in _ITEMS if name in places]
    named = f"coalesce({', '.join(items)}) IS NOT NULL" if items else "FALSE"
    amounts = "".join(
        f", {number(f'x{places[name]}', AMOUNT, comma=comma)} AS {name}" for name in sums
    )
    above = "OVER (ORDER BY rn ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    own = ", ".join(sums)
    added = ", ".join(f"coalesce(sum({name}) {above}, 0) AS s_{name}" for name in sums)
    before = ", ".join(f"s_{name}" for name in sums)
    return con.execute(
        f"WITH data AS (SELECT t.rn, {bare} AS bare, {named} AS named{amounts} FROM ({texts}) t "
        f"JOIN {verdicts} v ON v.rn = t.rn AND v.verdict = 'data'), "
        f"run AS (SELECT rn, bare, {own}, count(*) {above} AS n, {added} FROM data) "
        "SELECT * FROM (SELECT rn, bare, rn = (SELECT max(rn) FROM data) AS last, "
        f"(SELECT bool_and(bare OR named) FROM data) AS odd, n, {own}, {before} FROM run) "
        "WHERE bare AND (last OR odd) ORDER BY rn"
    ).fetchall()


def _judged(rows: list[tuple[Any, ...]], width: int) -> Iterator[tuple[int, bool]]:
    """Whether each bare row is a total: of the lines since the total before it, or of all."""
    zero = [0] * width
    totals, since, count, before = zero, zero, 0, 0
    for rn, _bare, last, odd, above, *figures in rows:
        own, sums = figures[:width], figures[width:]
        lines = [s - t for s, t in zip(sums, totals, strict=True)]
        several = above - count
        part = [line - start for line, start in zip(lines, since, strict=True)]
        is_total = (odd and several - before > 1 and _same(own, part)) or (
            (odd or last) and several > 1 and _same(own, lines)
        )
        if is_total:
            totals = [t + (o or 0) for t, o in zip(totals, own, strict=True)]
            since, before, count = lines, several, count + 1
        yield rn, is_total


def _same(own: list[Any], sums: list[Any]) -> bool:
    """Whether a row states these sums, at least one of them, and nothing else."""
    stated = [(o, s) for o, s in zip(own, sums, strict=True) if o is not None]
    return any(o for o, _ in stated) and all(o == s for o, s in stated)
