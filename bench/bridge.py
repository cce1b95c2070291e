"""Jobs for ``measure``: the growth bridge of two years and what the sales of the second rest on,
by the engine and by hand-written SQL.

The SQL comes to the same steps, but does not round them customer by customer so that they add up to
the cent; so the steps of whoever bought in both years are compared to the nearest hundred thousand.
Tried and slower: ``count(DISTINCT doc_no)`` instead of grouping twice; documents and products of
documents from one grouping of lines.
"""

from __future__ import annotations

from typing import Any

import data

EARLIER, LATER = "2023", "2024"
SPLIT = ("frequency", "breadth", "mix", "price", "returns")
WHOLE = ("before", "after", "new", "won_back", "lost", "unassigned")
RESTING = ("loyalty", "extension", "acquisition", "diversification")
NEAR = -7
"""Decimals of minor units that split steps are compared to."""


def prepare_engine(path: str) -> Any:
    import mainstay_engine.portfolio  # noqa: F401
    from mainstay_engine.backends import on_duckdb, open_duckdb
    from mainstay_engine.facts import Facts

    backend = on_duckdb(open_duckdb(spill=str(data.cache() / "spill")))
    return Facts(backend, backend.read_parquet(path), currency="CNY")


def engine(facts: Any, path: str) -> dict[str, Any]:
    """Everybody's steps."""
    from mainstay_engine.portfolio import bridge

    totals = bridge(facts, EARLIER, LATER).totals()
    near = {name: round(totals[name], NEAR) for name in SPLIT}
    return {name: totals[name] for name in ("customers", *WHOLE, *RESTING)} | near


def prepare_sql(path: str) -> Any:
    import duckdb
    import pyarrow as pa  # noqa: F401

    return duckdb.connect(config={"memory_limit": "4GB",
                                  "temp_directory": str(data.cache() / "spill")})  # fmt: skip


def sql(connection: Any, path: str) -> dict[str, Any]:
    """The same by hand."""
    first = "day BETWEEN DATE '2023-01-01' AND DATE '2023-12-31'"
    second = "day BETWEEN DATE '2024-01-01' AND DATE '2024-12-31'"
    order = "invoice AND net > 0"
    table = connection.execute(f"""
        WITH documents AS (
          SELECT customer_id, doc_date AS day, doc_no, kind = 'invoice' AS invoice, sum(net) AS net
          FROM '{path}' WHERE doc_date <= DATE '2024-12-31' GROUP BY ALL),
        customers AS (
          SELECT customer_id, min(day) FILTER ({order}) AS since,
                 coalesce(sum(net) FILTER ({first}), 0) AS s0,
                 coalesce(sum(net) FILTER ({second}), 0) AS s1,
                 coalesce(sum(net) FILTER (invoice AND {first}), 0) AS v0,
                 coalesce(sum(net) FILTER (invoice AND {second}), 0) AS v1,
                 count(*) FILTER ({order} AND {first}) AS f0,
                 count(*) FILTER ({order} AND {second}) AS f1
          FROM documents GROUP BY ALL),
        named AS (
          SELECT customer_id, item, doc_no, doc_date AS day, sum(net) AS net,
                 sum(quantity) AS quantity
          FROM '{path}'
          WHERE kind = 'invoice' AND item IS NOT NULL AND quantity > 0 AND net >= 0
            AND customer_id IS NOT NULL
            AND doc_date BETWEEN DATE '2023-01-01' AND DATE '2024-12-31' GROUP BY ALL),
        products AS (
          SELECT customer_id, item, count(*) FILTER ({first}) AS l0,
                 count(*) FILTER ({second}) AS l1,
                 coalesce(sum(net) FILTER ({first}), 0)::DOUBLE AS k0,
                 coalesce(sum(net) FILTER ({second}), 0)::DOUBLE AS k1,
                 coalesce(sum(quantity) FILTER ({first}), 0)::DOUBLE AS q0,
                 coalesce(sum(quantity) FILTER ({second}), 0)::DOUBLE AS q1
          FROM named GROUP BY ALL),
        sums AS (
          SELECT customer_id, sum(l0) AS l0, sum(l1) AS l1, sum(k0) AS k0, sum(k1) AS k1,
                 sum(CASE WHEN q0 > 0 AND q1 > 0 THEN (k0 + q0 * k1 / q1) / 2 ELSE k0 END) AS e0,
                 sum(CASE WHEN q0 > 0 AND q1 > 0 THEN (k1 + q1 * k0 / q0) / 2 ELSE k1 END) AS e1
          FROM products GROUP BY ALL),
        split AS (
          SELECT c.*, f0 > 0 AND f1 > 0 AS stays, l0 > 0 AND l1 > 0 AS listed,
                 CASE WHEN listed THEN e0 ELSE 0 END AS g0,
                 CASE WHEN listed THEN e1 ELSE 0 END AS g1,
                 CASE WHEN listed THEN v0 - k0 ELSE v0 END AS u0,
                 CASE WHEN listed THEN v1 - k1 ELSE v1 END AS u1,
                 greatest(l0, 1) / f0 AS b0, greatest(l1, 1) / f1 AS b1,
                 g0 / greatest(l0, 1) AS w0, g1 / greatest(l1, 1) AS w1,
                 CASE WHEN listed THEN k1 - k0 - e1 + e0 ELSE 0 END AS price
          FROM customers c LEFT JOIN sums USING (customer_id)),
        steps AS (
          SELECT *, CASE WHEN customer_id IS NULL THEN 'nobody' WHEN stays THEN 'both'
                         WHEN f0 > 0 THEN 'lost' WHEN f1 = 0 THEN 'neither'
                         WHEN since < DATE '2024-01-01' THEN 'back' ELSE 'new' END AS kind,
                 (f1 - f0) * ((g0 + u0) / f0 + (g1 + u1) / f1) / 2 AS frequency,
                 (f0 + f1) / 2 * (b1 - b0) * (w0 + w1) / 2 AS breadth,
                 (f0 + f1) / 2 * (b0 + b1) / 2 * (w1 - w0) AS mix
          FROM split WHERE s0 <> 0 OR s1 <> 0 OR f0 > 0 OR f1 > 0 OR v0 <> 0 OR v1 <> 0)
        SELECT * FROM steps""").to_arrow_table()
    connection.register("steps", table)
    new = "SELECT customer_id FROM steps WHERE kind = 'new'"
    resting = connection.execute(f"""
        WITH each AS (
          SELECT customer_id, item, min(doc_date) FILTER (kind = 'invoice') AS first,
                 coalesce(sum(net) FILTER (doc_date BETWEEN DATE '2024-01-01'
                                           AND DATE '2024-12-31'), 0) AS net
          FROM '{path}' WHERE item IS NOT NULL AND doc_date <= DATE '2024-12-31' GROUP BY ALL),
        told AS (
          SELECT *, first IS NULL OR first < DATE '2024-01-01' AS old,
                 min(first) OVER (PARTITION BY item) < DATE '2024-01-01' AS ranged,
                 customer_id IN ({new}) AS fresh
          FROM each)
        SELECT sum(net) FILTER (NOT fresh AND old) AS loyalty,
               sum(net) FILTER (NOT fresh AND NOT old) AS extension,
               sum(net) FILTER (fresh AND (old OR ranged)) AS acquisition,
               sum(net) FILTER (fresh AND NOT (old OR ranged)) AS diversification
        FROM told WHERE customer_id IS NOT NULL""").to_arrow_table().to_pylist()[0]  # fmt: skip
    found = connection.execute("""
        SELECT count(customer_id) AS customers, sum(s0) AS before, sum(s1) AS after,
               sum(s1 - s0) FILTER (kind = 'new') AS new,
               sum(s1 - s0) FILTER (kind = 'back') AS won_back,
               sum(s1 - s0) FILTER (kind = 'lost') AS lost,
               sum(s1 - s0) FILTER (kind = 'nobody') AS unassigned,
               sum(frequency) FILTER (kind = 'both') AS frequency,
               sum(breadth) FILTER (kind = 'both') AS breadth,
               sum(mix) FILTER (kind = 'both') AS mix, sum(price) FILTER (kind = 'both') AS price,
               sum(CASE kind WHEN 'both' THEN s1 - v1 - s0 + v0 WHEN 'neither' THEN s1 - s0 END)
                 AS returns
        FROM steps""").to_arrow_table().to_pylist()[0]  # fmt: skip
    return {
        name: round(float(value or 0), NEAR) if name in SPLIT else int(value or 0)
        for name, value in (found | resting).items()
    }
