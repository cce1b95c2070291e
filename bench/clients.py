"""Fifty people at once, and a cold start: what ``mainstay serve`` does as a process of its own.

``walk`` starts the server, signs fifty clients in and lets each go through a day's clicks with
about five seconds of thought between two. Times are seen from the client on the same machine: they
hold the way there and back. ``start`` measures from the command to the first answered page.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

import pages

PASSWORD = "fifty-people-click-at-once"  # noqa: S105  of a store that only the bench has
TICK = os.sysconf("SC_CLK_TCK")
MIX = (
    "/customers", "/customers.sums", "/customers?region=浙江", "/customers?class=A&sort=-growth",
    "/search?q=恒晟", "/search?q=hengsheng", "/customers/{code}", "/customers/{code}/money",
    "/customers/{code}/documents", "/customers/{code}/timeline", "/inbox", "/portfolio",
    "/customers/{code}", "/customers/{code}/keepers", "/search?q={code}", "/me",
)  # fmt: skip
"""What a salesperson or a director opens, in this order, again and again from different places."""


def prepare_walk(url: str, seconds: str, clients: str) -> Any:
    """The store of the pages' bench, with a password that is known."""
    pages.store(url)
    from mainstay.foundation.models import User

    user = User.objects.get()
    user.set_password(PASSWORD)
    user.must_change_password = False
    user.save()
    return user.username


def walk(name: str, url: str, seconds: str, clients: str) -> dict[str, Any]:
    """Answers, errors, the times of answers in ms, and the CPU of server and clients."""
    with server() as (address, process):
        before = cpu_of(process.pid)
        own = time.process_time()
        took = asyncio.run(_walk(address, name, float(seconds), int(clients)))
        used = cpu_of(process.pid) - before
        own = time.process_time() - own
    times = sorted(ms for _path, status, ms in took if status == 200)
    wrong = [(path, status) for path, status, _ms in took if status != 200]
    if wrong:
        raise SystemExit(f"{len(wrong)} requests went wrong: {wrong[:5]}")
    cuts = quantiles(times, n=100)
    return {
        "requests": len(took), "p50": cuts[49], "p95": cuts[94], "worst": times[-1],
        "server_cpu": used, "clients_cpu": own,
    }  # fmt: skip


Answer = tuple[str, int, float]
"""Path, status and milliseconds."""


async def _walk(address: str, name: str, seconds: float, clients: int) -> list[Answer]:
    import httpx

    took: list[Answer] = []
    dice = random.Random(11)  # noqa: S311  which customers and how long one thinks

    async def one(number: int) -> None:
        limits = httpx.Limits(max_connections=1)
        async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as browser:
            page = await browser.get("/sign-in")
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
            if token is None:
                raise SystemExit("the sign-in page has no token")
            form = {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
            answer = await browser.post("/sign-in", data=form)
            if answer.status_code != 302:
                raise SystemExit(f"sign-in answers {answer.status_code}")
            at = number * 3
            while time.perf_counter() < until:
                await asyncio.sleep(dice.uniform(3, 7))
                code = f"C{dice.randint(1, pages.CUSTOMERS):06}"
                path = MIX[at % len(MIX)].replace("{code}", code)
                begun = time.perf_counter()
                answer = await browser.get(path)
                took.append((path, answer.status_code, (time.perf_counter() - begun) * 1000))
                at += 1

    until = time.perf_counter() + seconds
    await asyncio.gather(*(one(number) for number in range(clients)))
    return took


@contextmanager
def server() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """``mainstay serve`` on a free port, once it answers; its address and process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).parent / "mainstay"), "serve", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
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
