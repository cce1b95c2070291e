"""The store: embedded SQLite by default, PostgreSQL where an address is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

SQLITE_START = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-24576;"
"""A commit is on the disk when it returns; chunks that show nowhere yet wait (``bulk.insert``)."""

STATEMENTS = 500
"""Statements that a connection keeps ready, some twenty kilobytes each."""
POOL = {"min_size": 1, "max_size": 8, "timeout": 20}
"""Connections kept open per process; a request waits up to 20 s for one."""


def sqlite(path: Path) -> dict[str, Any]:
    """SQLite for several processes: writers queue for up to 20 s instead of failing."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": SQLITE_START,
            "cached_statements": STATEMENTS,
        },
    }


def postgres(url: str) -> dict[str, Any]:
    """PostgreSQL from ``postgresql://user:password@host:port/name?sslmode=…``, with a pool."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(f"MAINSTAY_DATABASE_URL: «{parts.scheme}» is not postgresql")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": {"pool": POOL, **dict(parse_qsl(parts.query))},
    }  # fmt: skip
