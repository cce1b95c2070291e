"""A fresh store with the files of the soak in it, and the stage that works on it."""

from __future__ import annotations

import csv
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.services import company

REPOSITORY = Path(__file__).resolve().parents[2]


class Stage:
    """The stage's process: give it acts, get back how they ended."""

    def __init__(self, home: Path, database: str | None) -> None:
        environment = {
            **os.environ, "MAINSTAY_HOME": str(home), "TMPDIR": str(home),
            "DJANGO_SETTINGS_MODULE": "mainstay.config.settings", "MAINSTAY_LOG": "ERROR",
        }  # fmt: skip
        environment.pop("MAINSTAY_DATABASE_URL", None)
        if database:
            environment["MAINSTAY_DATABASE_URL"] = database
        self.database = database
        self.log = home / "stage.log"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.soak.stage"], cwd=REPOSITORY, env=environment,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        assert "ready" in self._answer()

    def together(self, *orders: dict[str, Any]) -> list[dict[str, Any]]:
        """Run the orders at once, a child each; how each ended."""
        assert self._process.stdin is not None
        print(json.dumps({"children": orders}), file=self._process.stdin, flush=True)
        ends: list[dict[str, Any]] = self._answer()
        assert not any(end["hung"] for end in ends), f"a child hangs: {ends}"
        if self.database and any(end["ended"] < 0 for end in ends):
            _wait_for_sessions(self.database)
        return ends

    def act(self, name: str, **arguments: Any) -> dict[str, Any]:
        """Run one act to its end in a child; raises with its words where it fails."""
        (end,) = self.together({"act": name, "with": arguments})
        assert end["ended"] == 0, end.get("trace", end)
        return end

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the stage has ended: {self.log.read_text(encoding='utf-8')}"
        return json.loads(line)

    def close(self) -> None:
        """End the stage's process."""
        self._process.communicate(timeout=60)


def _wait_for_sessions(database: str) -> None:
    """Wait until the server has noticed that a client is gone and rolled its work back."""
    name = urlsplit(database).path.lstrip("/")
    with psycopg.connect(_server(database), autocommit=True) as server:
        for _ in range(2_000):
            row = server.execute(
                "SELECT count(*), pg_sleep(0.01) FROM pg_stat_activity WHERE datname = %s", [name]
            ).fetchone()
            if row and row[0] == 0:
                return
    raise AssertionError(f"sessions of a killed process stay in {name}")


def _server(database: str) -> str:
    return urlunsplit(urlsplit(database)._replace(path="/postgres"))


@contextmanager
def opened(folder: Path, server: str | None) -> Iterator[tuple[Stage, dict[str, str]]]:
    """A stage over a new store, PostgreSQL where a server is given; uploads by name."""
    home = folder / "home"
    home.mkdir(parents=True)
    name = f"mainstay_soak_{secrets.token_hex(6)}"
    database = urlunsplit(urlsplit(server)._replace(path=f"/{name}")) if server else None
    if server:
        with psycopg.connect(server, autocommit=True) as session:
            session.execute(f'CREATE DATABASE "{name}"')
    try:
        stage = Stage(home, database)
        try:
            yield stage, stage.act("prepare", files=_files(folder / "files"))["value"]
        finally:
            stage.close()
    finally:
        if server:
            with psycopg.connect(server, autocommit=True) as session:
                session.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _files(folder: Path) -> dict[str, dict[str, str]]:
    """``first``: the small company. ``second`` and ``third``: the same later, each with another
    document corrected, and one more document, receipt and customer."""
    sets = {
        "first": company.write(folder / "first"),
        "second": company.write(folder / "second", change="XS2601-05"),
        "third": company.write(folder / "third", change="XS2601-06"),
    }
    for name, more in (("second", 13), ("third", 14)):
        paths, code = sets[name], f"C{more}"
        line = ["2026-06-11", "2026-07-11", "P1", "1", "500.00", "65.00", "565.00", "400.00"]
        _append(paths["lines"], [f"XS2606-{more}", "销售发票", code, f"客户{more}", *line])
        _append(paths["receipts"], [f"SK2606-{more}", code, "2026-06-12", "100.00", "电汇"])
        _append(paths["customers"], [code, f"客户{more}", f"Customer {more}", "江苏", "高飞", 45])
    return {
        name: {table: str(path) for table, path in paths.items()} for name, paths in sets.items()
    }


def _append(path: Path, row: list[object]) -> None:
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(row)
