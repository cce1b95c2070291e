"""The soak: ``python -m tests.soak [--kills 200] [--seed N] [--only sqlite|postgres]``."""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from pathlib import Path

from tests.postgres import find_server
from tests.soak import gives_way, kills, together
from tests.soak.store import opened


def main() -> None:
    """Kill processes at work on each store so many times; the seed repeats the same kills."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=200, help="processes killed on each store")
    options.add_argument("--rounds", type=int, default=5, help="rounds of processes at once")
    options.add_argument("--seed", type=int, default=secrets.randbelow(1 << 31))
    options.add_argument("--only", choices=["sqlite", "postgres"])
    chosen = options.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    for kind in ("sqlite", "postgres"):
        if chosen.only in {None, kind}:
            _soak(kind, chosen)


def _soak(kind: str, chosen: argparse.Namespace) -> None:
    server = find_server() if kind == "postgres" else None
    if kind == "postgres" and server is None:
        sys.exit("no PostgreSQL server answers: set MAINSTAY_TEST_DATABASE_URL, or --only sqlite")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mainstay-soak-") as folder:
        with opened(Path(folder) / "kills", server) as (stage, uploads):
            tally = kills.soak(
                stage, uploads, seed=chosen.seed, kills=chosen.kills, seconds=float("inf")
            )
        print(f"{kind}: {tally}", flush=True)
        with opened(Path(folder) / "demo", server) as (stage, uploads):
            killed = gives_way.check(
                stage, uploads, seed=chosen.seed, kills=max(1, chosen.kills // 4)
            )
        print(f"{kind}: {killed} processes killed while the demo company gave way", flush=True)
        with opened(Path(folder) / "together", server) as (stage, uploads):
            together.check(stage, uploads, seed=chosen.seed, rounds=chosen.rounds)
    print(f"{kind}: {chosen.rounds} rounds at once ended as one after the other; "
          f"{time.monotonic() - begun:.0f} s", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
