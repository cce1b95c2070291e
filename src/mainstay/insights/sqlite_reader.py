"""Queries of the embedded store as Arrow, by ADBC, in a process of their own.

ADBC brings its own SQLite. Two copies of SQLite in one process must not open the same file: the
system drops all of a process's locks on a file when any handle on it is closed, so the two would
take each other's locks away and damage the database (sqlite.org/howtocorrupt.html, 2.2.1). Between
processes the locks hold.

    python -m mainstay.insights.sqlite_reader DATABASE < queries.json
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pyarrow as pa


def read(database: str, queries: Sequence[str]) -> list[pa.Table]:
    """The rows of each query over the database file, all read in one process of their own.

    Types are those of a query's first row, which the caller therefore makes up (SQLite's queries
    have no column types). All see the same moment. Raises ``RuntimeError`` with the reader's words.
    """
    command = [sys.executable, "-m", "mainstay.insights.sqlite_reader", database]
    with subprocess.Popen(  # noqa: S603  our own interpreter and module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        pipes: Any = child
        pipes.stdin.write(json.dumps(queries).encode())
        pipes.stdin.close()
        tables = []
        try:
            for _ in queries:
                tables.append(pa.ipc.open_stream(pipes.stdout).read_all())  # noqa: PERF401
        except pa.ArrowInvalid:
            tables = []
        words = pipes.stderr.read().decode()
    if len(tables) < len(queries) or child.returncode != 0:
        raise RuntimeError(f"reading {database} failed: {words.strip()}")
    return tables


def main() -> None:
    """Run the queries of standard input on the database and stream Arrow to standard output.

    Without ADBC's ``dbapi``, which would load every table library there is first.
    """
    import adbc_driver_sqlite
    from adbc_driver_manager import AdbcConnection, AdbcStatement

    out: Any = sys.stdout.buffer
    with (
        adbc_driver_sqlite.connect(f"file:{sys.argv[1]}?mode=ro") as store,
        AdbcConnection(store) as reader,
    ):
        reader.set_autocommit(False)
        for query in json.load(sys.stdin):
            with AdbcStatement(reader) as statement:
                statement.set_sql_query(query)
                found, _count = statement.execute_query()
                with pa.RecordBatchReader.from_stream(found) as rows:
                    sink = pa.ipc.new_stream(out, rows.schema)
                    for batch in rows:
                        sink.write_batch(batch)
                    sink.close()


if __name__ == "__main__":
    main()
