"""Fifty people at once, and a cold start: what ``mainstay serve`` does as a process of its own.

``walk`` starts the server, signs fifty clients in and lets each go through a day's clicks with
about five seconds of thought between two. Three times are told of an answer: what the client waited
on the same machine, what the server took from the request to its answer, and the CPU of the
server's thread within. ``start`` measures from the command to the first answered page.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import pages
import team
from measure import TOOK

TICK = os.sysconf("SC_CLK_TCK")
MIX = (
    "/customers", "/customers.sums", "/customers?region=浙江", "/customers?class=A&sort=-growth",
    "/search?q=恒晟", "/search?q=hengsheng", "/customers/{code}", "/customers/{code}/money",
    "/customers/{code}/documents", "/customers/{code}/timeline", "/inbox", "/portfolio",
    "/customers/{code}", "/customers/{code}/keepers", "/search?q={code}", "/me",
)  # fmt: skip
"""What people open, in this order, again and again from different places. A ``{code}`` is of a
customer they may see.
"""


def prepare_walk(url: str, seconds: str, clients: str) -> Path:
    """The store of the pages' bench, with people in it."""
    return team.prepare(url)


def walk(home: Path, url: str, seconds: str, clients: str) -> dict[str, Any]:
    """What every answer took, in all and by route, and the CPU of server, database and clients."""
    with server(DJANGO_SETTINGS_MODULE="timed", PYTHONPATH=str(Path(__file__).parent)) as (
        address,
        process,
    ):
        pids = {"server": process.pid, "database": _database()}
        took, used = asyncio.run(_walk(address, float(seconds), int(clients), pids))
    shutil.rmtree(home)
    if wrong := [one for one in took if one.status != 200]:
        raise SystemExit(f"{len(wrong)} requests went wrong: {wrong[:5]}")
    routes = {one.route for one in took}
    return {
        "all": told(took),
        "routes": {name: told([one for one in took if one.route == name]) for name in routes},
        "cpu": used,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: the mix's address, and milliseconds as the client and as the server saw it."""

    route: str
    status: int
    waited: float
    took: float
    cpu: float
    """Of the server's thread; without the database's."""


def told(answers: list[Answer]) -> dict[str, float]:
    """How many, and ms: median, 95th percentile and worst of the server, p95 and worst of waiting,
    mean CPU.
    """
    served, waited = ([getattr(one, name) for one in answers] for name in ("took", "waited"))
    return {
        "answers": len(answers), "p50": _percentile(served, 50), "p95": _percentile(served, 95),
        "worst": max(served), "waited_p95": _percentile(waited, 95), "waited_worst": max(waited),
        "cpu": mean(one.cpu for one in answers),
    }  # fmt: skip


def _percentile(values: list[float], percent: int) -> float:
    """The least value that so many per cent do not exceed."""
    return sorted(values)[-(-len(values) * percent // 100) - 1]


async def _walk(
    address: str, seconds: float, clients: int, pids: dict[str, int]
) -> tuple[list[Answer], dict[str, float]]:
    """Everybody signs in first; then they click, each a while after the other. The answers to
    clicks, and the CPU seconds that the processes (and the clients themselves) took for them.
    """
    import httpx

    took: list[Answer] = []
    dice = random.Random(11)  # noqa: S311  which customers and how long one thinks
    limits = httpx.Limits(max_connections=1)

    async def click(browser: httpx.AsyncClient, number: int, until: float) -> None:
        step = list(team.TEAM.values())[number % len(team.TEAM)]
        at = number * 3
        while True:
            await asyncio.sleep(dice.uniform(3, 7))
            if time.perf_counter() > until:
                return
            route = MIX[at % len(MIX)]
            code = f"C{dice.randint(1, pages.CUSTOMERS // step) * step:06}"
            begun = time.perf_counter()
            answer = await browser.get(route.replace("{code}", code))
            waited = (time.perf_counter() - begun) * 1000
            wall, cpu = map(float, answer.headers[TOOK].split())
            took.append(Answer(route, answer.status_code, waited, wall, cpu))
            at += 1

    async with AsyncExitStack() as stack:
        browsers = [
            await stack.enter_async_context(
                httpx.AsyncClient(base_url=address, timeout=60, limits=limits)
            )
            for _ in range(clients)
        ]
        for number, browser in enumerate(browsers):
            await _sign_in(browser, list(team.TEAM)[number % len(team.TEAM)])
        before = {who: cpu_of(pid) for who, pid in pids.items()}
        own = time.process_time()
        until = time.perf_counter() + seconds
        await asyncio.gather(*(click(one, at, until) for at, one in enumerate(browsers)))
        used = {who: cpu_of(pid) - before[who] for who, pid in pids.items()}
        return took, used | {"clients": time.process_time() - own}


async def _sign_in(browser: Any, name: str) -> None:
    page = await browser.get("/sign-in")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    if token is None:
        raise SystemExit("the sign-in page has no token")
    form = {"username": name, "password": team.PASSWORD, "csrfmiddlewaretoken": token[1]}
    answer = await browser.post("/sign-in", data=form)
    if answer.status_code != 302:
        raise SystemExit(f"sign-in answers {answer.status_code}")


def _database() -> int:
    """The process of the store's server on this machine, under which all its work is done."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (own,) = cursor.fetchone()
    return int(Path(f"/proc/{own}/stat").read_text().rpartition(")")[2].split()[1])


@contextmanager
def server(**settings: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """``mainstay serve`` on a free port, once it answers; its address and process. ``settings`` go
    into its environment.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).parent / "mainstay"), "serve", "--port", str(port)]
    environment = os.environ | settings
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as process:
        try:
            _wait(port, process)
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.terminate()
            process.wait(30)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until the sign-in page is answered."""
    while process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
                line.sendall(b"GET /sign-in HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
                if line.recv(20).split()[1] == b"200":
                    return
        except OSError:
            time.sleep(0.01)
    raise SystemExit(f"mainstay serve ended with {process.returncode}")


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and of everything it started that still runs (Linux)."""
    total = 0.0
    for one in (pid, *_children(pid)):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        total += sum(map(int, fields[11:15])) / TICK
    return total


def _children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            yield child
            yield from _children(child)


def prepare_start(url: str = "") -> None:
    """A store that was there before: the first start makes it, and that is not measured."""
    pages.store(url)


def start(_: None, url: str = "") -> dict[str, Any]:
    """Wall time from the command to the first page, against what no start can do without."""
    begun = time.perf_counter()
    with server():
        served = time.perf_counter() - begun
    return {"seconds": served}


FLOOR = """
import django
django.setup()
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
executor = MigrationExecutor(connection)
assert not executor.migration_plan(executor.loader.graph.leaf_nodes())
"""


def setup(_: None, url: str = "") -> dict[str, Any]:
    """The floor of a start: Django set up in a fresh process, and the migrations checked."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", FLOOR], check=True)
    return {"seconds": time.perf_counter() - begun}


prepare_setup = prepare_start

if __name__ == "__main__":  # by hand: python bench/clients.py URL SECONDS CLIENTS
    print(json.dumps(walk(prepare_walk(*sys.argv[1:4]), *sys.argv[1:4]), indent=1))
