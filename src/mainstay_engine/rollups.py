"""State: what the facts add up to, kept so that one more day of data costs one day's work.

Levels (each a table in a DuckDB of its own, saved as Parquet):

- ``customer_days``: sums per customer × day × (invoice or credit note). Purely additive: new and
  late facts and corrections are just more rows. By day, as windows start in the middle of a month.
- ``documents``: net, gross and due date per document, for orders, gaps and receivables.
  ``repeated`` holds the numbers of documents that came in several parts, so that only those are
  added up again when asked.
- ``items``, ``categories``: customer × item → last day bought, in sorted arrays (``Pairs``), for
  windows that end with the state.
- ``regions``: invoiced net per customer × region × day. ``names``: customer × name → last day used.
- ``receipts``, ``allocations``, ``customers``, ``efforts``, ``effort_rates``: as they are.

``known_since`` is part of every key when, and only when, the lines carry it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mainstay_engine.backends import Dates, on_duckdb, open_duckdb, query
from mainstay_engine.errors import MixedCurrencies, NoData
from mainstay_engine.facts import Facts
from mainstay_engine.metrics import levels
from mainstay_engine.metrics.pairs import PAIRED, Codes, Pairs, packed
from mainstay_engine.tables import INVOICE

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from mainstay_engine.metrics.state_feed import StateFeed

FORMAT = 2
_SALES = ("customer_days", "documents", "regions", "names")
_CODED = ("documents", "regions")
"""Levels whose ``customer_id`` is made a number of ``codes["customer"]``; ``customer_days`` follows
from the documents.
"""
_CODES = ("customer", "item", "category")
PLAIN = ("receipts", "allocations", "customers", "efforts", "effort_rates")


@dataclass
class Shape:
    """What the state knows about the facts it was made of."""

    columns: list[str]
    """Columns of the lines that the levels keep."""
    currencies: dict[str, dict[str, int]] = field(default_factory=dict)
    """Table → currency → rows."""
    latest: str | None = None
    """Latest document date, ISO."""
    currency: str | None = None
    exponent: int = 2


class State:
    """Sums of facts that grow cheaply. Not safe for use from several threads at once."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.connection = open_duckdb()
        self.backend = on_duckdb(self.connection)
        self.folder: Path | None = None
        self._parts = 0
        self._pending: dict[str, list[pa.Table | Path]] = {}
        self._unsaved: list[dict[str, pa.Table]] = []
        self._tables: dict[str, Any] = {}
        self._pairs: dict[str, Pairs] = {}
        self.codes = {name: Codes() for name in _CODES}

    # --- growing ---------------------------------------------------------------------------------

    @classmethod
    def build(cls, facts: Facts) -> State:
        """The state of these facts: lines once for documents, once for each distinct level."""
        state = cls(shape_of(facts))
        state._add(facts)
        state._unsaved.clear()  # nothing of it is in a folder yet: the first save writes it whole
        return state

    def append(self, facts: Facts) -> None:
        """Add new facts (a day, a late document, a correction). Only what is new is computed.

        The lines must carry the columns the state was built with; ``NoData`` names those missing.
        More columns are ignored. Given customers supersede those of the same code.
        """
        facts = self._in_own_currencies(facts)
        lacking = sorted(set(self.shape.columns) - set(facts.lines.columns))
        if lacking:
            raise NoData(
                {"en": f"The new lines lack {', '.join(lacking)}, which the state holds.",
                 "zh": f"新明细缺少状态中已有的列：{', '.join(lacking)}。"},
                {"en": "Provide these columns, or build the state anew.",
                 "zh": "请补充这些列，或重新建立状态。"},
                needs=[f"lines.{name}" for name in lacking],
            )  # fmt: skip
        self._add(facts)

    def _in_own_currencies(self, facts: Facts) -> Facts:
        """New lines of the company's currency alone, where the state holds several currencies.

        The other way round the state must be built anew: ``MixedCurrencies``.
        """
        if facts.has("lines", "owed_own") and "owed_own" not in self.shape.columns:
            raise MixedCurrencies(
                {"en": "The new facts hold several currencies, the state one.",
                 "zh": "新数据含多种币种，而状态只有一种。"},
                {"en": "Build the state anew.", "zh": "请重新建立状态。"},
            )  # fmt: skip
        if "owed_own" not in self.shape.columns or facts.has("lines", "owed_own"):
            return facts
        lines = facts.lines.mutate(owed_own=levels.owed(facts.lines), currency=self.shape.currency)
        receipts = facts.receipts
        if receipts is not None:
            receipts = receipts.mutate(amount_own=receipts.amount, currency=self.shape.currency)
        return replace(facts, lines=lines, receipts=receipts)

    def _add(self, facts: Facts) -> None:
        lengths = {name: len(codes) for name, codes in self.codes.items()}
        delta = self._coded(self._read(facts))
        whole = delta["documents"]
        delta |= self._added_up(whole)
        for name, rows in delta.items():
            self._pending.setdefault(name, []).append(rows)
        for table in ("lines", "receipts"):
            if facts.has(table, "currency"):
                counts = self.shape.currencies.setdefault(table, {})
                for row in _currencies(facts, table).to_pylist():
                    counts[row["currency"]] = counts.get(row["currency"], 0) + row["rows"]
        days = pc.max(whole["day"]).as_py()
        if days is not None:
            self.shape.latest = max(self.shape.latest or "", days.isoformat())
        fresh = {f"{n}_codes": codes.since(lengths[n]) for n, codes in self.codes.items()}
        self._unsaved.append({**delta, **fresh})

    def _read(self, facts: Facts) -> dict[str, pa.Table]:
        """The levels of new facts, but for ``customer_days``; documents with all their sums."""
        return levels_of(facts, self.shape.columns)

    def _added_up(self, whole: pa.Table) -> dict[str, pa.Table]:
        """The levels that documents with all their sums come to."""
        columns = self.shape.columns
        return {"documents": documents_of(whole, columns), "customer_days": days_of(whole, columns)}

    def _coded(self, delta: dict[str, pa.Table]) -> dict[str, pa.Table]:
        """Texts by their numbers: grouping and joining integers is several times faster."""
        for level in _CODED:
            if level in delta:
                rows = delta[level]
                at = rows.schema.get_field_index("customer_id")
                numbers = self.codes["customer"].encode(rows["customer_id"])
                delta[level] = rows.set_column(at, "customer_id", numbers)
        for level, name in PAIRED:
            if level in delta:
                rows = delta[level]
                pair = packed(self.codes["customer"].encode(rows["customer_id"]),
                              self.codes[name].encode(rows[name]))  # fmt: skip
                delta[level] = rows.drop_columns(["customer_id", name]).add_column(0, "pair", pair)
        return delta

    def feed(self, facts: Facts | None, *, known: bool) -> StateFeed:
        """What answers measures from this state; ``facts`` as ``StateFeed`` takes them."""
        from mainstay_engine.metrics.state_feed import StateFeed

        return StateFeed(self, facts, known=known)

    @property
    def latest(self) -> date | None:
        """The latest document date."""
        return date.fromisoformat(self.shape.latest) if self.shape.latest else None

    # --- levels ----------------------------------------------------------------------------------

    def has(self, level: str) -> bool:
        return level in self._pending or level in self._tables or level in self._pairs

    def table(self, level: str) -> ir.Table:
        """A level as an Ibis table, with everything that was added to it."""
        for source in self._pending.pop(level, []):
            self._merge(level, source)
        if level not in self._tables:
            self._tables[level] = self.backend.table(level)
        return self._tables[level]

    def pairs(self, level: str) -> Pairs:
        """Customer × item (or category) with the last day bought."""
        pairs = self._pairs.setdefault(level, Pairs())
        for source in self._pending.pop(level, []):
            pairs.add(pq.read_table(source) if isinstance(source, Path) else source)
        return pairs

    @property
    def repeated(self) -> ir.Table | None:
        """Numbers of documents in several parts; None when there are none."""
        self.table("documents")
        found = self.connection.execute("SELECT count(*) FROM repeated").fetchall()
        return self.backend.table("repeated") if found[0][0] else None

    def _merge(self, level: str, source: pa.Table | Path) -> None:
        run = self.connection.execute
        if isinstance(source, Path):
            self.connection.read_parquet(str(source)).create_view("delta", replace=True)
        else:
            self.connection.register("delta", source)
        exists = run("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [level]).fetchall()
        if level == "documents":
            self._note_repeated(first=not exists)
        if not exists:
            run(f"CREATE TABLE {level} AS SELECT * FROM delta")
        elif level == "customers":
            run("DELETE FROM customers USING delta WHERE customers.customer_id = delta.customer_id")
            run("INSERT INTO customers BY NAME SELECT * FROM delta")
        else:
            run(f"INSERT INTO {level} BY NAME SELECT * FROM delta")
        run("DROP VIEW delta") if isinstance(source, Path) else self.connection.unregister("delta")

    def _note_repeated(self, *, first: bool) -> None:
        run = self.connection.execute
        if first:
            run("CREATE TABLE repeated AS SELECT doc_no FROM delta WHERE false")
        else:
            run("""INSERT INTO repeated SELECT DISTINCT doc_no FROM documents
                   SEMI JOIN delta USING (doc_no) ANTI JOIN repeated USING (doc_no)""")
        # A document known in parts, or saved in parts, repeats within one delta.
        run("""INSERT INTO repeated SELECT doc_no FROM delta ANTI JOIN repeated USING (doc_no)
               GROUP BY doc_no HAVING count(*) > 1""")

    # --- folder ----------------------------------------------------------------------------------

    def save(self, folder: str | Path, *, compact: bool = False) -> None:
        """Write the state: whole to a new folder; only what was appended to its own folder.

        ``compact`` writes it whole again, as one part. The manifest is replaced last, so a save cut
        short leaves the state that was there before.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        whole = compact or self.folder != folder.resolve()
        first = self._parts if not whole else _next_part(folder)
        parts = list(_manifest(folder)["parts"]) if not whole else []
        if whole:
            self._write_whole(folder / f"part-{first:05d}")
            parts = [f"part-{first:05d}"]
        else:
            for number, delta in enumerate(self._unsaved, start=first):
                place = folder / f"part-{number:05d}"
                place.mkdir(exist_ok=True)
                for level, rows in delta.items():
                    pq.write_table(rows, place / f"{level}.parquet")
                parts.append(place.name)
        manifest = {"format": FORMAT, "parts": parts, "shape": self.shape.__dict__}
        draft = folder / "manifest.json.draft"
        draft.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
        draft.replace(folder / "manifest.json")
        for stale in folder.glob("part-*"):
            if stale.name not in parts:
                shutil.rmtree(stale)
        self._parts = int(parts[-1][5:]) + 1
        self._unsaved.clear()
        self.folder = folder.resolve()

    def _write_whole(self, place: Path) -> None:
        place.mkdir(exist_ok=True)
        for level in (*_SALES, *PLAIN):
            if self.has(level):
                self.table(level)
                target = str(place / f"{level}.parquet").replace("'", "''")
                self.connection.execute(f"COPY {level} TO '{target}' (FORMAT parquet)")
        for level, _ in PAIRED:
            if self.has(level):
                pq.write_table(self.pairs(level).table(), place / f"{level}.parquet")
        for name, codes in self.codes.items():
            pq.write_table(codes.since(0), place / f"{name}_codes.parquet")

    @classmethod
    def load(cls, folder: str | Path) -> State:
        """A saved state; each level is read when it is first asked for."""
        folder = Path(folder)
        manifest = _manifest(folder)
        state = cls(Shape(**manifest["shape"]))
        for part in manifest["parts"]:
            for level in (*_SALES, *PLAIN, *(level for level, _ in PAIRED)):
                path = folder / part / f"{level}.parquet"
                if path.exists():
                    state._pending.setdefault(level, []).append(path)
            for name, codes in state.codes.items():
                table = pq.read_table(folder / part / f"{name}_codes.parquet")
                codes.add(table["text"].combine_chunks())
        state.folder = folder.resolve()
        state._parts = int(manifest["parts"][-1][5:]) + 1
        return state


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    if not path.exists():
        raise NoData(
            {"en": f"There is no saved state in {folder}.", "zh": f"{folder} 中没有已保存的状态。"},
            {"en": "Build one with State.build(facts).save(folder).",
             "zh": "请用 State.build(facts).save(folder) 建立。"},
        )  # fmt: skip
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if manifest["format"] != FORMAT:
        raise NoData(
            {"en": f"The state in {folder} is of another version.",
             "zh": f"{folder} 中的状态版本不符。"},
            {"en": "Build it anew from the facts.", "zh": "请由原始数据重新建立。"},
        )  # fmt: skip
    return manifest


def _next_part(folder: Path) -> int:
    return max((int(p.name[5:]) + 1 for p in folder.glob("part-*")), default=0)


# --- levels of facts ------------------------------------------------------------------------------

_KEPT = ("item", "category", "customer_name", "region", "due_date", "tax", "gross", "cost",
         "discount", "quantity", "currency", "owed_own", "known_since")  # fmt: skip


def shape_of(facts: Facts) -> Shape:
    """Of a state that is made of these facts."""
    columns = [name for name in _KEPT if name in facts.lines.columns]
    return Shape(columns, currency=facts.currency, exponent=facts.exponent)


def _currencies(facts: Facts, table: str) -> pa.Table:
    from mainstay_engine.metrics.feeds import FactsFeed

    return FactsFeed(facts, known=False).currencies(table)


def levels_of(facts: Facts, columns: list[str], *, pairs: bool = True) -> dict[str, pa.Table]:
    """All levels of these facts but for ``customer_days``, in Arrow; without ``pairs`` not those of
    items and categories. The documents have all their sums.
    """
    values = levels.available(columns)
    known = ("known_since",) if "known_since" in columns else ()

    def ask(name: str, build: Any) -> pa.Table:
        def whole(tables: Mapping[str, ir.Table], dates: Dates) -> ir.Table:
            lines = tables["lines"]
            if known:
                lines = lines.mutate(known_since=lines.known_since.coalesce(lines.doc_date))
            return build(lines)

        return query(
            facts.backend, ("state", name, tuple(columns)), {"lines": facts.lines}, whole, {}
        )

    due = ("due_date",) if "due_date" in columns else ()
    sums, by = (*values, "owed"), known
    own = levels.OWN if "owed_own" in columns else ()
    if own:
        sums, by = (*sums, "owed_own"), (*known, "currency")
    documents = ask("documents", lambda lines: levels.documents(
        levels.line_rows(lines, sums, "doc_no", *due, *by), sums, keys=by))  # fmt: skip
    made = {"documents": documents}
    for level, name in (("items", "item"), ("categories", "category"), ("names", "customer_name")):
        if name in columns and (pairs or level == "names"):
            made[level] = ask(level, _last_day(name, known, level != "names"))
    if "region" in columns:
        made["regions"] = ask("regions", lambda lines: _regions(lines, known))
    for name in PLAIN:
        expr = getattr(facts, name)
        if expr is not None:
            made[name] = query(facts.backend, ("state", name), {name: expr}, _as_it_is, {})
    return made


def _as_it_is(tables: Mapping[str, ir.Table], dates: Dates) -> ir.Table:
    return next(iter(tables.values()))


def documents_of(whole: pa.Table, columns: list[str]) -> pa.Table:
    """Documents with what the level keeps of them."""
    more = [name for name in ("due_date", *levels.OWN) if name in whole.column_names]
    return whole.select([*levels.DOCUMENT, *_known(columns), "net", "owed", "line_count", *more])


def _known(columns: list[str]) -> tuple[str, ...]:
    return ("known_since",) if "known_since" in columns else ()


def days_of(documents: pa.Table, columns: list[str]) -> pa.Table:
    """Documents added up by customer and day."""
    values = levels.available(columns)
    keys = ["customer_id", "day", "invoice", *_known(columns)]
    grouped = documents.group_by(keys).aggregate([(name, "sum") for name in values])
    grouped = grouped.rename_columns([*keys, *values])
    for index, name in enumerate(values):
        kind = documents.schema.field(name).type
        grouped = grouped.set_column(len(keys) + index, name, grouped[name].cast(kind))
    return grouped


def _last_day(name: str, known: tuple[str, ...], bought: bool) -> Any:
    def build(lines: ir.Table) -> ir.Table:
        rows = lines.filter(lines.customer_id.notnull() & lines[name].notnull())
        if bought:
            rows = rows.filter(rows.kind == INVOICE)
        return rows.group_by(["customer_id", name, *known]).agg(day=rows.doc_date.max())

    return build


def _regions(lines: ir.Table, known: tuple[str, ...]) -> ir.Table:
    rows = lines.filter((lines.kind == INVOICE) & lines.region.notnull())
    rows = rows.mutate(day=rows.doc_date)
    return rows.group_by(["customer_id", "region", "day", *known]).agg(net=rows.net.sum())
