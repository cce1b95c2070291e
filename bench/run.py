"""``make bench``: speed and memory against a named peer or floor, as ratios, in one run.

    python bench/run.py [--only lines,bridge,white,day,composite,paths,replay,cli,load,lifetime,
                                store,pages,trying,start,clients]
                        [--lines 10000000]
                        [--times 3] [--large]

``--large`` adds 100 million lines (2 GB of Parquet, made on first use). Each job runs in a process
of its own; start-up (imports, opening) is shown apart from the job. Exit code 1 where a limit does
not hold; see ``README.md`` for what is compared.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import composite
import data
import pages
import replay
import trying
from measure import Measured, best, measure

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.postgres import find_server

MEGABYTE = 1_000_000


@dataclass
class Check:
    """A ratio (or amount) and its limit."""

    name: str
    value: float
    limit: float
    unit: str = "×"

    @property
    def holds(self) -> bool:
        return self.value <= self.limit


def show(title: str, runs: dict[str, Measured]) -> None:
    print(f"\n{title}")
    print(f"  {'':34}{'start-up':>10}{'CPU s':>9}{'wall s':>9}{'peak MB':>9}")
    for name, run in runs.items():
        print(f"  {name:34}{run.startup:>10.2f}{run.cpu:>9.2f}{run.wall:>9.2f}"
              f"{run.peak / MEGABYTE:>9.0f}")  # fmt: skip


def show_table(title: str, table: dict[str, dict[str, float]]) -> None:
    """Rows of ratios; a column's name stands in as many letters as a ratio leaves room for."""
    print(f"\n{title}")
    columns = list(dict.fromkeys(name for row in table.values() for name in row))
    print(f"  {'':22}" + "".join(f"{name[:6]:>7}" for name in columns))
    for title_of, row in table.items():
        cells = (f"{row[name]:>7.2f}" if name in row else f"{'–':>7}" for name in columns)
        print(f"  {title_of:22}" + "".join(cells))


def same(runs: dict[str, Measured]) -> None:
    """Peers must have computed the same figures."""
    first, *others = runs.items()
    for name, run in others:
        for figure, value in run.figures.items():
            wanted = first[1].figures[figure]
            if abs(value - wanted) > 1e-9 * max(abs(wanted), 1):
                sys.exit(f"{name} and {first[0]} differ in {figure}: {value} and {wanted}")


def bench_lines(lines: int, times: int) -> list[Check]:
    path = str(data.lines_parquet(lines))
    runs = {
        "engine": best("lines_engine:grade", path, times=times),
        "hand-written DuckDB SQL": best("lines_sql:grade", path, times=times),
        "pandas 3 script": measure("lines_pandas:grade", path),
    }
    show(f"All metrics that need lines only, and ABC, over {lines:,} lines of Parquet", runs)
    same(runs)
    engine, sql, pandas = runs.values()
    return [
        Check("engine ÷ hand-written SQL, CPU", engine.cpu / sql.cpu, 1.3),
        Check("engine ÷ pandas, CPU", engine.cpu / pandas.cpu, 0.9),
    ]


def bench_bridge(lines: int, times: int) -> list[Check]:
    path = str(data.lines_parquet(lines))
    runs = {
        "engine": best("bridge:engine", path, times=times),
        "hand-written DuckDB SQL": best("bridge:sql", path, times=times),
    }
    show(f"The growth bridge of two years over {lines:,} lines of Parquet", runs)
    same(runs)
    engine, sql = (run.cpu for run in runs.values())
    return [Check("growth bridge ÷ hand-written SQL, CPU", engine / sql, 2.0)]


def bench_white_space(lines: int, times: int) -> list[Check]:
    path = str(data.lines_parquet(lines))
    runs = {
        "engine": best("white_space:engine", path, times=times),
        "hand-written DuckDB SQL": best("white_space:sql", path, times=times),
    }
    show(f"What each customer could buy next, over {lines:,} lines of Parquet", runs)
    same(runs)
    engine, sql = (run.cpu for run in runs.values())
    return [Check("white space ÷ hand-written SQL, CPU", engine / sql, 2.0)]


def bench_large() -> list[Check]:
    path = str(data.lines_parquet(100_000_000, 500_000))
    run = measure("lines_engine:grade", path, "1500MB")
    show("The same over 100,000,000 lines with DuckDB's memory limited to 1.5 GB", {"engine": run})
    return [Check("peak memory at 100 M lines, GB", run.peak / 1e9, 2.5, "GB")]


def bench_day(lines: int, times: int) -> list[Check]:
    path = str(data.lines_parquet(lines))
    checks = []
    whole = best("day:full", path, "all", times=times)
    for metrics, limit in (("additive", 0.15), ("all", 0.25)):
        full = whole if metrics == "all" else best("day:full", path, metrics, times=times)
        runs = {
            "everything again": full,
            "state in memory + one day": best("day:memory", path, metrics, times=times),
            "state in a folder + one day": best("day:folder", path, metrics, times=times),
        }
        show(f"One more day on two years, {metrics} metrics, {lines:,} lines", runs)
        same(runs)
        memory = runs["state in memory + one day"]
        checks.append(Check(f"one day, {metrics} metrics ÷ full run of all", memory.cpu / whole.cpu,
                            limit))  # fmt: skip
    return checks


def online_retail() -> str | None:
    folder = Path(os.environ.get("MAINSTAY_TEST_DATA")
                  or Path(__file__).resolve().parents[2] / "shared" / "data")  # fmt: skip
    found = sorted((folder / "online-retail-1").glob("*.csv*"))
    if not found:
        print("\nskipped: online-retail-1 is not there (set MAINSTAY_TEST_DATA)")
        return None
    return str(found[0])


def bench_cli(times: int) -> list[Check]:
    path = online_retail()
    if path is None:
        return []
    runs = {
        "mainstay grade": best("cli:grade", path, times=times),
        "DuckDB reading and grouping": best("cli:floor", path, times=times),
    }
    show(f"mainstay grade {Path(path).name}, file to classes (start-up counts)", runs)
    grade, floor = (run.startup + run.cpu for run in runs.values())
    return [Check("mainstay grade ÷ (3 × DuckDB + 1 s)", grade / (3 * floor + 1), 1.0)]


def bench_composite(times: int) -> list[Check]:
    """Twelve criteria with guards over a million customers ÷ the same by hand-written SQL."""
    path = str(composite.figures())
    runs = {
        "engine, a million customers": best("composite:engine", path, times=times),
        "hand-written DuckDB SQL": best("composite:sql", path, times=times),
    }
    same(runs)
    show("A composite of twelve criteria with guards, from ready figures", runs)
    engine, sql = (run.cpu for run in runs.values())
    return [Check("composite ÷ hand-written SQL, CPU", engine / sql, 2.0)]


def bench_paths(lines: int, customers: int, times: int) -> list[Check]:
    path = str(data.lines_parquet(lines, customers))
    runs = {
        "grading, facts to classes": best("paths:graded", path, times=times),
        "reasons, in both languages": best("paths:reasons", path, times=times),
        "single changes, up and down": best("paths:changes", path, times=times),
    }
    grading, reasons, changes = runs.values()
    many = int(grading.figures["customers"])
    show(f"Composite grade of {many:,} customers: why, and what would lift or lower each", runs)
    same(runs)
    return [Check("reasons and paths of everybody ÷ grading, CPU",
                  (reasons.cpu + changes.cpu) / grading.cpu, 3.0)]  # fmt: skip


def bench_replay(lines: int, customers: int) -> list[Check]:
    """A scheme on 24 month ends ÷ one run of it; once, as it takes a minute and more."""
    path = str(data.lines_parquet(lines, customers, 4))
    runs = {
        "one run, facts to classes": measure("replay:single", path),
        f"backtest on {replay.MONTH_ENDS} month ends": measure("replay:replayed", path),
    }
    single, replayed = runs.values()
    many = int(single.figures["customers"])
    show(f"Composite grade of {many:,} customers, {lines:,} lines of four years", runs)
    if replayed.figures["days"] != replay.MONTH_ENDS:
        sys.exit(f"replayed: {replayed.figures}")
    return [Check(f"backtest of {many:,} customers ÷ one run, CPU", replayed.cpu / single.cpu, 6.0)]


def bench_store(times: int) -> list[Check]:
    """Online Retail I into the books, on both stores, against a plain loop; grading after it."""
    path = online_retail()
    if path is None:
        return []
    checks = []
    for store, url in (("SQLite", ""), ("PostgreSQL", find_server() or "")):
        if store == "PostgreSQL" and not url:
            print("\nimport into PostgreSQL: skipped, no server answers")
            continue
        runs = {
            "import, without grading": best("store:books", path, url, times=times),
            "plain loop": best("store:loop", path, url, times=times),
        }
        show(f"541,909 lines of a file into {store}", runs)
        taken, loop = runs.values()
        if taken.figures["lines"] != loop.figures["lines"]:
            sys.exit(f"{store}: {taken.figures} and {loop.figures}")
        checks.append(Check(f"import ÷ plain loop, {store}, wall", taken.wall / loop.wall, 2.5))
        checks.append(Check(f"peak memory of the import, {store}, MB", taken.peak / MEGABYTE, 400,
                            " MB"))  # fmt: skip
    runs = {
        "grades in the app": best("store:regrade", path, times=times),
        "engine alone": best("store:engine_alone", path, times=times),
    }
    show("Grades of all customers after that import, as of the days the app grades", runs)
    app, engine = runs.values()
    checks.append(Check("grades in the app ÷ engine alone, wall", app.wall / engine.wall, 2.0))
    return checks


def bench_customers(times: int) -> list[Check]:
    """``mainstay import`` of 10,000 customers, as the peers were measured: CPU of the command."""
    path = str(data.customers_csv())
    runs = [measure("store:customers", path) for _ in range(times)]
    cpu = min(run.figures["cpu"] for run in runs)
    print(f"\nmainstay import of 10,000 customers, start-up included: {cpu:.2f} s CPU")
    print("  (Creme CRM 161 s, Tryton 184 s)")
    return [Check("import of 10,000 customers ÷ Creme CRM, CPU", cpu / 161, 0.1)]


def bench_many(lines: int, times: int) -> list[Check]:
    """Millions of generated lines with receipts by the same path, and the check of those books."""
    path, receipts = str(data.lines_csv(lines)), str(data.receipts_csv(lines))
    checks = []
    for store, url in (("SQLite", ""), ("PostgreSQL", find_server() or "")):
        if store == "PostgreSQL" and not url:
            print(f"\n{lines:,} lines into PostgreSQL: skipped, no server answers")
            continue
        with tempfile.TemporaryDirectory(prefix="mainstay-bench-") as folder:
            runs = {"import, without grading": measure("store:books", path, url, receipts, folder)}
            place = f"{url.rpartition('/')[0]}/{data.database()}" if url else ""
            measured: dict[str, list[Measured]] = {"sums": [], "check": [], "settlement": []}
            for _ in range(times):
                for job, found in measured.items():
                    found.append(measure(f"store:{job}", folder, place))
            # PostgreSQL works in a process of its own, whose CPU is not ours: there it is the wall.
            clock = "wall" if url else "cpu"
            least = {
                job: min(found, key=lambda run: float(getattr(run, clock)))
                for job, found in measured.items()
            }
        same({"bare sums": least["sums"], "check": least["check"]})
        runs |= {"bare SQL sums": least["sums"], "check of the books, SQL": least["check"],
                 "settlement of each customer": least["settlement"]}  # fmt: skip
        show(f"{lines:,} generated lines with receipts, {store}", runs)
        peak = runs["import, without grading"].peak / MEGABYTE
        checks.append(Check(f"peak memory, {lines:,} lines, {store}, MB", peak, 400, " MB"))
        ratio = getattr(least["check"], clock) / getattr(least["sums"], clock)
        named = "wall" if url else "CPU"
        checks.append(Check(f"check of the books ÷ bare sums, {store}, {named}", ratio, 2.0))
    return checks


def bench_pages(times: int) -> list[Check]:
    """Pages at 100,000 customers ÷ the floor page, on both stores."""
    checks = []
    for store, url in (("SQLite", ""), ("PostgreSQL", find_server() or "")):
        if store == "PostgreSQL" and not url:
            print("\npages on PostgreSQL: skipped, no server answers")
            continue
        jobs = {
            "floor page": "pages:floor", "customer list, filtered and sorted": "pages:rows",
            "customer list, 90,000 rows down": "pages:deep", "search box": "pages:search",
            "customer page": "pages:customer",
        }  # fmt: skip
        runs = {name: best(job, url, times=times) for name, job in jobs.items()}
        show(f"{pages.REQUESTS} requests each at {pages.CUSTOMERS:,} customers, {store}", runs)
        least = runs["floor page"].cpu
        limits = {"customer list, filtered and sorted": 2.0,
                  "customer list, 90,000 rows down": 2.0, "search box": 3.0}  # fmt: skip
        for name, limit in limits.items():
            checks.append(Check(f"{name} ÷ floor, {store}, CPU", runs[name].cpu / least, limit))
        found = measure("orders:orders", url).figures
        told = f"median {found['median']:.2f}, {found['above']} of {found['pages']} pages above 2"
        show_table(f"the list in every order ÷ floor, {store}, CPU: {told}", found["table"])
        dearest = max(max(row.values()) for row in found["table"].values())
        checks.append(Check(f"the list in any order ÷ floor, {store}, CPU", dearest, 2.0))
    return checks


def bench_trying(times: int) -> list[Check]:
    """The studio's preview at 10,000 customers ÷ one grading run of as many."""
    files = (str(make(trying.LINES, trying.CUSTOMERS))
             for make in (data.lines_csv, data.receipts_csv))  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="mainstay-bench-") as folder:
        measure("trying:fill", *files, folder)
        runs = {
            f"{trying.REQUESTS} previews in the studio": best(
                "trying:preview", folder, times=times
            ),
            "grading run of the app": best("trying:run", folder, times=times),
            "engine alone, that one scheme": best("trying:engine", folder, times=times),
        }
    show(f"One changed weight at {trying.CUSTOMERS:,} customers, SQLite", runs)
    previews, whole, alone = (run.cpu for run in runs.values())
    one = previews / trying.REQUESTS
    return [
        Check("studio preview ÷ grading run, CPU", one / whole, 2.0),
        Check("studio preview ÷ engine, one scheme, CPU", one / alone, 2.0),
    ]


def bench_start(times: int) -> list[Check]:
    """From ``mainstay serve`` to its first page ÷ Django set up and the migrations checked."""
    runs = {name: [measure(f"clients:{name}") for _ in range(times)] for name in ("start", "setup")}
    least = {name: min(run.figures["seconds"] for run in found) for name, found in runs.items()}
    print(f"\nmainstay serve: first page after {least['start']:.2f} s; "
          f"set-up and migrations check alone {least['setup']:.2f} s")  # fmt: skip
    return [Check("first page ÷ set-up and migrations check, wall",
                  least["start"] / least["setup"], 2.0)]  # fmt: skip


def bench_clients(seconds: int) -> list[Check]:
    """Fifty people clicking on PostgreSQL: any error ends the bench; times are shown."""
    url = find_server()
    if url is None:
        print("\nfifty clients: skipped, no PostgreSQL server answers")
        return []
    found = measure("clients:walk", url, str(seconds), "50").figures
    print(f"\n50 clients for {seconds} s, five seconds of thought, {pages.CUSTOMERS:,} customers, "
          "PostgreSQL: no error. Milliseconds")  # fmt: skip
    print(f"  {'':38}{'':>9}{'server':>20}{'':>11}{'client':>16}{'server':>9}\n"
          f"  {'':38}{'answers':>9}{'median':>10}{'p95':>10}{'worst':>11}{'p95':>8}{'worst':>8}"
          f"{'CPU':>9}")  # fmt: skip
    routes = sorted(found["routes"].items(), key=lambda route: -route[1]["p95"])
    for name, of in (*routes, ("all", found["all"])):
        print(f"  {name:38}{of['answers']:>9,}{of['p50']:>10.0f}{of['p95']:>10.0f}"
              f"{of['worst']:>11.0f}{of['waited_p95']:>8.0f}{of['waited_worst']:>8.0f}"
              f"{of['cpu']:>9.1f}")  # fmt: skip
    print("  CPU: " + ", ".join(
        f"{who} {used:.0f} s ({used * 1000 / found['all']['answers']:.0f} ms an answer)"
        for who, used in found["cpu"].items()))  # fmt: skip
    return []


def bench_lifetime(models: Sequence[str], times: int) -> list[Check]:
    """Models of buying fitted to a million customers, by the engine and by ``lifetimes``."""
    path, python = str(data.histories()), os.environ.get("MAINSTAY_BENCH_LIFETIMES")
    checks = []
    for model in models:
        runs = {"engine": best("lifetime:fit", path, model, times=times)}
        if python:
            runs["lifetimes"] = measure("lifetime:peer", path, model, python=python)
        show(f"{model} fitted to 1,000,000 customers", runs)
        if not python:
            print("  lifetimes: skipped, MAINSTAY_BENCH_LIFETIMES names no Python that has it")
            continue
        engine, peer = runs.values()
        for name, value in peer.figures.items():
            if abs(value / engine.figures[name] - 1) > 1e-3:
                sys.exit(f"{model}: other optima: {engine.figures} and {peer.figures}")
        checks.append(Check(f"{model}: engine ÷ lifetimes, CPU", engine.cpu / peer.cpu, 0.05))
    return checks


def bench_load(times: int) -> list[Check]:
    run = best("cli:load", times=max(times, 3))
    show("import mainstay_engine", {"import": run})
    return [Check("import mainstay_engine, CPU s", run.cpu, 0.3, "s")]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--only",
        default="load,cli,lines,bridge,white,day,composite,paths,replay,lifetime,store,pages,trying,"
        "start",
    )
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--many", type=int, default=5_400_000, help="lines into the books")
    parser.add_argument("--seconds", type=int, default=300, help="of fifty people clicking")
    parser.add_argument("--times", type=int, default=2)
    parser.add_argument("--large", action="store_true")
    options = parser.parse_args()
    chosen = options.only.split(",")
    benches: dict[str, Callable[[], list[Check]]] = {
        "load": lambda: bench_load(options.times),
        "cli": lambda: bench_cli(options.times),
        "lines": lambda: bench_lines(options.lines, options.times),
        "bridge": lambda: bench_bridge(options.lines, options.times),
        "white": lambda: bench_white_space(options.lines, options.times),
        "day": lambda: bench_day(options.lines, options.times),
        "composite": lambda: bench_composite(options.times),
        "paths": lambda: bench_paths(1_000_000, 100_000, options.times),
        "replay": lambda: bench_replay(options.lines, 100_000),
        "lifetime": lambda: bench_lifetime(["mbg_nbd", "bg_nbd"], options.times),
        "store": lambda: bench_store(options.times) + bench_customers(options.times),
        "pages": lambda: bench_pages(options.times),
        "trying": lambda: bench_trying(options.times),
        "start": lambda: bench_start(options.times),
        "clients": lambda: bench_clients(options.seconds),
    }
    large = {
        "store": lambda: bench_many(options.many, options.times),
        "lines": bench_large,
        "paths": lambda: bench_paths(10_000_000, 1_000_000, options.times),
        "replay": lambda: bench_replay(10_000_000, 1_000_000),
        "lifetime": lambda: bench_lifetime(["pareto_nbd"], options.times),
    }
    checks = [check for name, bench in benches.items() if name in chosen for check in bench()]
    if options.large:
        checks += [check for name, bench in large.items() if name in chosen for check in bench()]
    print(f"\n{'':2}{'limits':44}{'measured':>10}{'limit':>8}")
    for check in checks:
        verdict = "holds" if check.holds else "FAILS"
        print(f"  {check.name:44}{check.value:>9.2f}{check.unit}{check.limit:>7.2f}{check.unit}"
              f"  {verdict}")  # fmt: skip
    if not options.large:
        print("\n  100 million lines, and millions into the books, were not measured: "
              "python bench/run.py --large")  # fmt: skip
    return 0 if all(check.holds for check in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
