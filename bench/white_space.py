"""Jobs for ``measure``: what everybody could buy, by the engine and by hand-written DuckDB SQL.

The SQL comes to the same suggestions, scores, evidence and medians; ties break by code in both.
Medians of all suggestions in one query ran out of disk, so both are worked out in slices.
"""

from __future__ import annotations

from typing import Any

import data

AS_OF = "2024-12-31"
SLICES, THIN = 5, 20
"""Parts that pairs of products, and medians, are worked out in, so that the SQL stays within its
memory.
"""


def prepare_engine(path: str) -> Any:
    import mainstay_engine.portfolio.white_space  # noqa: F401
    from mainstay_engine.backends import on_duckdb, open_duckdb
    from mainstay_engine.facts import Facts

    backend = on_duckdb(open_duckdb(spill=str(data.cache() / "spill")))
    return Facts(backend, backend.read_parquet(path), currency="CNY")


def engine(facts: Any, path: str) -> dict[str, Any]:
    """Ten products for each customer, with the evidence."""
    import pyarrow.compute as pc

    from mainstay_engine.portfolio.white_space import white_space

    found = white_space(facts, as_of=AS_OF)
    sums = {
        name: int(pc.sum(found.table[name]).as_py())
        for name in ("score", "like", "buyers", "typical")
    }
    return {"customers": found.customers, "rows": found.table.num_rows, **sums}


def prepare_sql(path: str) -> Any:
    import duckdb
    import pyarrow as pa  # noqa: F401

    return duckdb.connect(config={"memory_limit": "6GB",
                                  "temp_directory": str(data.cache() / "spill")})  # fmt: skip


def sql(connection: Any, path: str) -> dict[str, Any]:
    """The same by hand."""
    run = connection.execute
    run(f"""
        CREATE TEMP TABLE sums AS
        SELECT customer_id, item, sum(net)::BIGINT AS net FROM '{path}'
        WHERE kind IN ('invoice', 'credit_note') AND customer_id IS NOT NULL AND item IS NOT NULL
          AND doc_date BETWEEN DATE '2024-01-01' AND DATE '{AS_OF}' GROUP BY ALL;
        CREATE TEMP TABLE whos AS SELECT customer_id, (row_number() OVER (ORDER BY customer_id) - 1)
          ::INT AS c FROM (SELECT DISTINCT customer_id FROM sums);
        CREATE TEMP TABLE whats AS SELECT item, (row_number() OVER (ORDER BY item) - 1)::INT AS p
          FROM (SELECT DISTINCT item FROM sums);
        CREATE TEMP TABLE had AS SELECT c, p, net FROM sums JOIN whos USING (customer_id)
          JOIN whats USING (item);
        CREATE TEMP TABLE buys AS SELECT c, p, net FROM had WHERE net > 0;
        CREATE TEMP TABLE heads AS SELECT p, count(*) AS n FROM buys GROUP BY p;
        CREATE TEMP TABLE tells (j INT, i INT, n BIGINT, share BIGINT);
    """)
    for part in range(SLICES):
        run(f"""
            INSERT INTO tells
            SELECT j, i, n, share FROM (
              SELECT b.p AS j, a.p AS i, count(*) AS n FROM buys a JOIN buys b USING (c)
              WHERE a.p <> b.p AND b.p % {SLICES} = {part} GROUP BY ALL HAVING count(*) >= 3)
            JOIN (SELECT p AS i, n AS heads FROM heads) USING (i)
            CROSS JOIN LATERAL (SELECT n * 1000000 // (heads + 20) AS share)
            QUALIFY row_number() OVER (PARTITION BY j ORDER BY share DESC, i) <= 50
        """)
    run("""
        CREATE TEMP TABLE best (c INT, j INT, score BIGINT, i INT, n BIGINT);
    """)
    for part in range(SLICES):
        run(f"""
            INSERT INTO best
            SELECT c, j, score, (strongest % 100000)::INT, 0 FROM (
              SELECT c, j, sum(share)::BIGINT AS score,
                     max(share * 100000 + 99999 - i) AS strongest
              FROM buys JOIN tells ON i = p WHERE c % {SLICES} = {part} GROUP BY ALL)
            ANTI JOIN (SELECT c, p AS j FROM had) USING (c, j)
            QUALIFY row_number() OVER (PARTITION BY c ORDER BY score DESC, j) <= 10
        """)
    run("""
        CREATE TEMP TABLE named AS SELECT c, j, score, 99999 - i AS i FROM best;
        CREATE TEMP TABLE pairs AS SELECT DISTINCT j, i FROM named;
        CREATE TEMP TABLE spent (j INT, i INT, middle DOUBLE);
    """)
    for part in range(THIN):
        run(f"""
            INSERT INTO spent
            SELECT j, i, median(b.net) FROM (SELECT * FROM pairs WHERE j % {THIN} = {part})
            JOIN buys a ON a.p = i
            JOIN (SELECT * FROM buys WHERE p % {THIN} = {part}) b ON b.p = j AND b.c = a.c
            GROUP BY ALL
        """)
    table = run("""
        SELECT (SELECT count(DISTINCT c) FROM buys) AS customers, count(*) AS rows,
               sum(score) AS score, sum(h.n - 1) AS like, sum(t.n) AS buyers,
               sum(round_even(middle, 0)::BIGINT) AS typical
        FROM named JOIN spent USING (j, i) JOIN tells t USING (j, i) JOIN heads h ON h.p = i
    """).to_arrow_table()
    return {name: int(value) for name, value in table.to_pylist()[0].items()}
