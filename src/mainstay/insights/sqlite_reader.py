"""A query of the embedded store as an Arrow stream, by ADBC, in a process of its own.

ADBC brings its own SQLite. Two copies of SQLite in one process must not open the same file: the
system drops all of a process's locks on a file when any handle on it is closed, so the two would
take each other's locks away and damage the database (sqlite.org/howtocorrupt.html, 2.2.1). Between
processes the locks hold.

    python -m mainstay.insights.sqlite_reader DATABASE < query
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pyarrow as pa


def read(database: str, query: str) -> pa.Table:
    """The rows of a query over the database file, read in a process of its own.

    Types are those of the first row, which the caller therefore makes up (SQLite's queries have no
    column types). Raises ``RuntimeError`` with the reader's words when it fails.
    """
    command = [sys.executable, "-m", "mainstay.insights.sqlite_reader", database]
    with subprocess.Popen(  # noqa: S603  our own interpreter and module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        pipes: Any = child
        pipes.stdin.write(query.encode())
        pipes.stdin.close()
        try:
            table = pa.ipc.open_stream(pipes.stdout).read_all()
        except pa.ArrowInvalid:
            table = None
        words = pipes.stderr.read().decode()
    if table is None or child.returncode != 0:
        raise RuntimeError(f"reading {database} failed: {words.strip()}")
    return table


def main() -> None:
    """Run the query of standard input on the database and stream Arrow to standard output."""
    from adbc_driver_sqlite import dbapi

    out: Any = sys.stdout.buffer
    with dbapi.connect(f"file:{sys.argv[1]}?mode=ro") as store, store.cursor() as cursor:
        cursor.execute(sys.stdin.buffer.read().decode())
        with cursor.fetch_record_batch() as rows:
            sink = pa.ipc.new_stream(out, rows.schema)
            for batch in rows:
                sink.write_batch(batch)
            sink.close()


if __name__ == "__main__":
    main()
