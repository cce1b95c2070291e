"""Measure one job in a process of its own: CPU, wall time and peak memory, start-up shown apart.

A job is a function in a module of this folder, named «module:function», with an optional
``prepare_<function>`` for start-up (imports, opening), whose result it is given. It returns a dict
of figures, by which peers are checked to have computed the same.
"""

from __future__ import annotations

import importlib
import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TOOK = "X-Took"
"""Header of answers that say what they took the server (``timed``)."""


@dataclass(frozen=True)
class Measured:
    """CPU seconds of start-up and of the job, wall seconds of the job, peak memory in bytes."""

    startup: float
    cpu: float
    wall: float
    peak: int
    figures: dict[str, Any]


def measure(job: str, *arguments: str, python: str = sys.executable) -> Measured:
    """Run a job in a fresh process; its error is shown and ends the bench.

    ``python`` is another one where the peer lives in an environment of its own.
    """
    command = [python, "-W", "ignore", str(HERE / "measure.py"), job, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{job} failed:\n{done.stderr}")
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def best(job: str, *arguments: str, times: int = 3) -> Measured:
    """The run of least CPU: on a shared machine the others measure the neighbours."""
    return min((measure(job, *arguments) for _ in range(times)), key=lambda run: run.cpu)


def _child(job: str, arguments: list[str]) -> None:
    module_name, function = job.split(":")
    module = importlib.import_module(module_name)
    prepare = getattr(module, f"prepare_{function}", None)
    prepared = prepare(*arguments) if prepare else None
    startup = time.process_time()
    wall = time.perf_counter()
    figures = getattr(module, function)(prepared, *arguments)
    wall = time.perf_counter() - wall
    cpu = time.process_time() - startup
    peak = _peak()
    print(json.dumps({"startup": startup, "cpu": cpu, "wall": wall, "peak": peak,
                      "figures": figures}))  # fmt: skip


def _peak() -> int:
    """The most memory this process had, in bytes.

    Linux tells it of the program alone (``VmHWM``); ``ru_maxrss`` outlives the start of a program
    and so begins at what the bench itself had.
    """
    status = Path("/proc/self/status")
    if status.exists():
        found = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(found["VmHWM"].split()[0]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    _child(sys.argv[1], sys.argv[2:])
