"""Made-up sales lines for the benches, by seeded DuckDB SQL, kept outside the repository.

Two years (2023-01-01 to 2024-12-31), some eight lines a document, documents per customer skewed
(a few customers buy daily, most a few times a year), 3 % credit notes, 1 % of documents unassigned.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import duckdb
import numpy as np

AS_OF, LAST = "2024-12-30", "2024-12-31"
"""The last day but one, and the last."""
_VERSION = 2


def cache() -> Path:
    """``MAINSTAY_BENCH_DATA``, else ``mainstay-bench`` in the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(os.environ.get("MAINSTAY_BENCH_DATA") or Path(base) / "mainstay-bench")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def database(suffix: str = "") -> str:
    """Name of the bench's database on PostgreSQL: ``MAINSTAY_BENCH_DATABASE`` and a suffix."""
    return (os.environ.get("MAINSTAY_BENCH_DATABASE") or "mainstay_bench") + suffix


def lines_parquet(lines: int = 10_000_000, customers: int = 100_000, years: int = 2) -> Path:
    """The Parquet file of about that many lines of the years to the end of 2024, made on first
    use.
    """
    spread = "" if years == 2 else f"-{years}y"
    path = cache() / f"lines-{lines}-{customers}{spread}-v{_VERSION}.parquet"
    if path.exists():
        return path
    documents = lines // 8
    first = date(2025 - years, 1, 1)
    days = (date(2025, 1, 1) - first).days
    part = path.with_suffix(".part")
    connection = duckdb.connect(config={"memory_limit": "2GB", "preserve_insertion_order": True,
                                        "temp_directory": str(cache() / "spill")})  # fmt: skip
    connection.execute(f"""
        COPY (
          WITH documents AS (
            SELECT i,
                   hash(i, 1) % 1000 < 30 AS back,
                   hash(i, 2) % 1000 < 10 AS nobody,
                   (power((hash(i, 3) % 1000000) / 1e6, 2.5) * {customers})::BIGINT AS customer,
                   DATE '{first}' + (i * {days} // {documents})::INT AS day,
                   (1 + hash(i, 4) % 15)::BIGINT AS size
            FROM range({documents}) AS r(i)
          )
          SELECT (CASE WHEN back THEN 'C' ELSE 'S' END) || lpad(i::VARCHAR, 9, '0') AS doc_no,
                 CASE WHEN back THEN 'credit_note' ELSE 'invoice' END AS kind,
                 CASE WHEN nobody THEN NULL ELSE 'K' || lpad(customer::VARCHAR, 7, '0') END
                   AS customer_id,
                 day AS doc_date,
                 'P' || lpad(item::VARCHAR, 4, '0') AS item,
                 'G' || (item % 40) AS category,
                 (sign * pieces)::DECIMAL(18, 4) AS quantity,
                 (sign * pieces * price)::BIGINT AS net,
                 (sign * pieces * price * 13 // 100)::BIGINT AS tax,
                 (sign * pieces * price + sign * pieces * price * 13 // 100)::BIGINT AS gross,
                 (sign * pieces * price * (55 + item % 40) // 100)::BIGINT AS cost,
                 (sign * pieces * price * (item % 7) // 100)::BIGINT AS discount
          FROM (
            SELECT *, CASE WHEN back THEN -1 ELSE 1 END AS sign,
                   (power((hash(i, line, 5) % 1000000) / 1e6, 2) * 5000)::BIGINT AS item,
                   (1 + hash(i, line, 6) % 24)::BIGINT AS pieces
            FROM documents, unnest(range(size)) AS u(line)
          ) CROSS JOIN LATERAL (SELECT (200 + hash(item, 7) % 20000)::BIGINT AS price)
        ) TO '{part}' (FORMAT parquet, ROW_GROUP_SIZE 122880)
    """)
    part.rename(path)
    return path


def lines_csv(lines: int = 5_400_000, customers: int = 100_000) -> Path:
    """The same lines as a system exports them: CSV, decimal amounts, made on first use."""
    path = cache() / f"lines-{lines}-{customers}-v{_VERSION}.csv"
    if path.exists():
        return path
    made = lines_parquet(lines, customers)
    amounts = ", ".join(
        f"(CASE WHEN {name} < 0 THEN '-' ELSE '' END || (abs({name}) // 100) || '.' || "
        f"lpad((abs({name}) % 100)::VARCHAR, 2, '0')) AS {name}"
        for name in ("net", "tax", "gross", "cost", "discount")
    )
    _write(
        "SELECT doc_no, kind, customer_id, doc_date, item, category, "
        f"quantity::BIGINT AS quantity, {amounts} FROM read_parquet('{made}')",
        path,
    )
    return path


def receipts_csv(lines: int = 5_400_000, customers: int = 100_000) -> Path:
    """Receipts for nine in ten of its invoices, in full, 5 to 90 days later; no references."""
    path = cache() / f"receipts-{lines}-{customers}-v{_VERSION}.csv"
    if path.exists():
        return path
    made = lines_parquet(lines, customers)
    _write(
        "SELECT 'R' || substr(doc_no, 2) AS receipt_no, customer_id, "
        "doc_date + (5 + hash(doc_no, 8) % 86)::INT AS date, "
        "((amount // 100) || '.' || lpad((amount % 100)::VARCHAR, 2, '0')) AS amount FROM ("
        "SELECT doc_no, any_value(customer_id) AS customer_id, any_value(doc_date) AS doc_date, "
        f"sum(gross)::BIGINT AS amount FROM read_parquet('{made}') WHERE kind = 'invoice' "
        "AND customer_id IS NOT NULL AND hash(doc_no, 9) % 10 < 9 GROUP BY doc_no) "
        "WHERE amount > 0 ORDER BY doc_no",
        path,
    )
    return path


def customers_csv(count: int = 10_000) -> Path:
    """A list of customers: code, name, region, who looks after them, credit days and limit."""
    path = cache() / f"customers-{count}-v{_VERSION}.csv"
    if path.exists():
        return path
    _write(
        "SELECT 'K' || lpad(i::VARCHAR, 7, '0') AS customer_id, 'Customer ' || i AS customer_name, "
        "'Region ' || (i % 31) AS region, 'Seller ' || (i % 40) AS salesperson, "
        "30 + 15 * (i % 5) AS terms_days, 1000 * (i % 90) AS credit_limit "
        f"FROM range({count}) r(i)",
        path,
    )
    return path


def histories(customers: int = 1_000_000) -> Path:
    """Repeats, recency and age in whole days of that many customers, made on first use.

    Drawn from a Pareto/NBD of CDNOW's parameters; first orders spread over the two years.
    """
    path = cache() / f"histories-{customers}-v{_VERSION}.npy"
    if path.exists():
        return path
    random = np.random.default_rng(5)
    age = random.integers(1, 731, customers)
    rate = random.gamma(0.553, 1 / (10.578 * 7), customers)
    stay = random.exponential(1.0, customers) / random.gamma(0.606, 1 / (11.669 * 7), customers)
    seen = np.minimum(stay, age)
    repeats = np.minimum(random.poisson(rate * seen), seen.astype(np.int64))
    # The last of n moments spread evenly over what was seen of the customer, in whole days.
    last = np.ceil(seen * random.random(customers) ** (1 / np.maximum(repeats, 1)))
    recency = np.where(repeats > 0, np.clip(last, repeats, age), 0).astype(np.int64)
    np.save(path.with_suffix(".part.npy"), np.stack([repeats, recency, age]))
    path.with_suffix(".part.npy").rename(path)
    return path


def _write(query: str, path: Path) -> None:
    part = path.with_suffix(".part")
    with duckdb.connect(config={"memory_limit": "2GB", "temp_directory": str(cache())}) as db:
        db.execute(f"COPY ({query}) TO '{part}' (FORMAT csv, HEADER)")
    part.rename(path)
