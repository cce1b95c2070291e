"""Made-up sales lines for the benches, by seeded DuckDB SQL, kept outside the repository.

Two years (2023-01-01 to 2024-12-31), some eight lines a document, documents per customer skewed
(a few customers buy daily, most a few times a year), 3 % credit notes, 1 % of documents unassigned.
"""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

AS_OF = "2024-12-30"
_VERSION = 2


def cache() -> Path:
    """``MAINSTAY_BENCH_DATA``, else ``mainstay-bench`` in the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(os.environ.get("MAINSTAY_BENCH_DATA") or Path(base) / "mainstay-bench")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def lines_parquet(lines: int = 10_000_000, customers: int = 100_000) -> Path:
    """The Parquet file of about that many lines, made on first use."""
    path = cache() / f"lines-{lines}-{customers}-v{_VERSION}.parquet"
    if path.exists():
        return path
    documents = lines // 8
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
                   DATE '2023-01-01' + (i * 731 // {documents})::INT AS day,
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
