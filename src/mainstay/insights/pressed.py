"""Arrow tables as they are stored in one piece: a stream, compressed."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

_OPTIONS = pa.ipc.IpcWriteOptions(compression="zstd")


def press(table: pa.Table) -> bytes:
    """A table as it is stored."""
    stream = pa.BufferOutputStream()
    with pa.ipc.new_stream(stream, table.schema, options=_OPTIONS) as writer:
        writer.write_table(table)
    return bytes(stream.getvalue())


def unpacked(stored: Any) -> pa.Table:
    """The table of a stored piece (bytes, or a store's view of them)."""
    return pa.ipc.open_stream(pa.py_buffer(bytes(stored))).read_all()
