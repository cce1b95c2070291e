"""A prepared process that forks a child for each piece of work and may kill it on the way.

    python -m tests.soak.stage < orders > answers

Django and the engine are loaded once; no connection is opened before the fork. What one child has
compiled, the next ones are born with, as threads of a server have it. An order is a line
of JSON: ``{"children": [{"act": …, "kill_at": n, "kill_after": seconds, "pauses": seed}]}``; all
its children run at once. The answer is a line with one entry per child: how it ended, how many
points it passed, what it said.
"""

from __future__ import annotations

import base64
import gc
import json
import mmap
import os
import pickle
import pkgutil
import random
import select
import signal
import struct
import sys
import time
import traceback
from collections.abc import Callable
from importlib import import_module
from typing import Any

KILLED = -signal.SIGKILL
LIMIT = 120.0
"""Seconds after which a child hangs."""
CHUNK = 60
"""Rows in a chunk: the small company has several hundred, so that kills fall between chunks."""


class Points:
    """Counts the points a child passes: before and after each statement, COPY and commit.

    The count lies in memory shared with the parent, so that it outlives the child.
    """

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 8)

    @property
    def passed(self) -> int:
        count: int = struct.unpack("q", self._shared[:8])[0]
        return count

    def watch(self, kill_at: int | None, pauses: int | None) -> None:
        """Count from here on; at the point of that number, die; sleep now and then if asked."""
        chance = random.Random(pauses)

        def passing() -> None:
            count = self.passed + 1
            self._shared[:8] = struct.pack("q", count)
            if count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            if pauses is not None and chance.random() < 0.1:
                time.sleep(chance.random() * 0.05)

        _wrap(passing)


def _wrap(passing: Callable[[], None]) -> None:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper

    from mainstay.foundation import bulk

    def around(owner: Any, name: str) -> None:
        inner = getattr(owner, name)

        def outer(*args: Any, **options: Any) -> Any:
            passing()
            result = inner(*args, **options)
            passing()
            return result

        setattr(owner, name, outer)

    around(CursorWrapper, "execute")
    around(CursorWrapper, "executemany")
    around(BaseDatabaseWrapper, "commit")
    around(bulk, "_copy")


def _child(order: dict[str, Any], points: Points, answer: int) -> None:
    """Do the act in this process, which ends with it. Never returns."""
    from mainstay_engine import backends
    from tests.soak import acts

    said: dict[str, Any] = {}
    code = 0
    known = set(backends._compiled)
    try:
        points.watch(order.get("kill_at"), order.get("pauses"))
        said = {"value": acts.ACTS[order["act"]](**order.get("with", {}))}
    except Exception as error:  # noqa: BLE001  told to the parent, which decides
        said = {"error": type(error).__name__, "trace": traceback.format_exc()}
        code = 1
    made = {key: sql for key, sql in backends._compiled.items() if key not in known}
    said["compiled"] = base64.b64encode(pickle.dumps(made)).decode()
    with os.fdopen(answer, "w") as pipe:
        json.dump(said, pipe)
    os._exit(code)


def _run(orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    begun = time.monotonic()
    children = []
    for order in orders:
        points = Points()
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            _child(order, points, writing)
        os.close(writing)
        children.append((pid, order.get("kill_after"), points, reading))
    return [_ended(*child, begun) for child in children]


def _ended(
    pid: int, kill_after: float | None, points: Points, reading: int, begun: float
) -> dict[str, Any]:
    from mainstay_engine import backends

    limit = LIMIT if kill_after is None else kill_after
    with os.fdopen(reading, "rb") as pipe:
        # The pipe is readable once the child has said something or is gone.
        told, _, _ = select.select([pipe], [], [], max(0.0, begun + limit - time.monotonic()))
        if not told:
            os.kill(pid, signal.SIGKILL)
        text = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    hung = not told and kill_after is None
    said = json.loads(text) if text and status != KILLED else {}
    if "compiled" in said:
        backends._compiled.update(pickle.loads(base64.b64decode(said.pop("compiled"))))  # noqa: S301  ours
    return {
        "ended": status, "points": points.passed, "seconds": time.monotonic() - begun,
        "hung": hung, **said,
    }  # fmt: skip


def main() -> None:
    """Answer each order of standard input on standard output."""
    import django

    django.setup()
    from mainstay.foundation import bulk
    from mainstay.ledger import workshop

    bulk.SQLITE_CHUNK = bulk.COPY_CHUNK = CHUNK
    workshop.STRETCH = 2 * CHUNK
    print(json.dumps({"ready": _load()}), flush=True)
    for line in sys.stdin:
        print(json.dumps(_run(json.loads(line)["children"])), flush=True)


def _load() -> int:
    """Load what imports and gradings use, and keep it out of the children's searches for garbage;
    how many modules there are.
    """
    import mainstay_engine
    from mainstay.insights.schemes import in_use
    from mainstay.parties import words

    for name in ("adbc_driver_postgresql.dbapi", "ibis.backends.duckdb", "tests.soak.acts"):
        import_module(name)
    for found in pkgutil.walk_packages(mainstay_engine.__path__, "mainstay_engine."):
        import_module(found.name)
    in_use.presets()
    words.tokens([], ["柱石"], "")
    gc.collect()
    gc.freeze()
    return len(sys.modules)


if __name__ == "__main__":
    main()
