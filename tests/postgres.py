"""Find a PostgreSQL server for the tests: ``python -m tests.postgres`` prints its address.

The address is ``MAINSTAY_TEST_DATABASE_URL`` when set; otherwise the local server is tried as the
current user and as ``postgres``. The exit code is 1 when no server answers.
"""

from __future__ import annotations

import getpass
import os
import sys

import psycopg

SETTING = "MAINSTAY_TEST_DATABASE_URL"


def candidates() -> list[str]:
    """Addresses worth trying, best first."""
    if url := os.environ.get(SETTING):
        return [url]
    users = dict.fromkeys([os.environ.get("PGUSER", getpass.getuser()), "postgres"])
    port = os.environ.get("PGPORT", "5432")
    return [f"postgresql://{user}@127.0.0.1:{port}/postgres" for user in users]


def find_server() -> str | None:
    """The first address whose server lets us in and create databases, else ``None``."""
    for url in candidates():
        try:
            with psycopg.connect(url, connect_timeout=3) as connection:
                row = connection.execute(
                    "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
                ).fetchone()
        except psycopg.OperationalError:
            continue
        if row and row[0]:
            return url
    return None


if __name__ == "__main__":
    found = find_server()
    if found is None:
        sys.exit(1)
    print(found)
