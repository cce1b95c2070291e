"""The same figures by hand-written DuckDB SQL, the best of several ways that were tried.

Tried and slower: ``count(DISTINCT …)`` instead of grouping twice; ``median`` over ``lag`` windows
instead of a list per customer; grouping items and categories together.
"""

from __future__ import annotations

from typing import Any

import data


def prepare_grade(path: str, memory: str = "4GB") -> Any:
    import duckdb
    import pyarrow as pa  # noqa: F401

    return duckdb.connect(config={"memory_limit": memory,
                                  "temp_directory": str(data.cache() / "spill")})  # fmt: skip


def grade(connection: Any, path: str, *_: str) -> dict[str, Any]:
    now = "day BETWEEN DATE '2023-12-31' AND DATE '2024-12-30'"
    before = "day BETWEEN DATE '2022-12-31' AND DATE '2023-12-30'"
    order = "invoice AND net > 0"
    run = connection.execute
    run(f"""
        CREATE TABLE figures AS
        SELECT customer_id, net_sales, sold, sold - net_sales AS returns,
               CASE WHEN sold > 0 THEN (sold - net_sales) / sold END AS return_rate,
               cost, net_sales - cost AS gross_profit,
               CASE WHEN net_sales > 0 THEN (net_sales - cost) / net_sales END AS margin,
               CASE WHEN net_sales + discount > 0 THEN discount / (net_sales + discount) END
                 AS discount_rate,
               quantity, lines, previous, cost_missing, orders, round_even(value / orders, 0)
                 AS average_order, largest / value AS largest_share,
               CASE WHEN previous > 0 THEN (net_sales - previous) / previous END AS growth,
               net_sales / sum(net_sales) OVER () AS share,
               first, last, DATE '{data.AS_OF}' - last AS recency, DATE '{data.AS_OF}' - first
                 AS tenure,
               len(list_filter(days, lambda x: x BETWEEN DATE '2023-12-31' AND DATE '2024-12-30'))
                 AS order_days, len(days) AS all_days,
               list_median(list_transform(days[2:], lambda x, i: x - days[i])) AS median_gap
        FROM (
          SELECT customer_id,
                 sum(net) FILTER ({now}) AS net_sales, sum(net) FILTER (invoice AND {now}) AS sold,
                 sum(cost) FILTER ({now}) AS cost, sum(discount) FILTER ({now}) AS discount,
                 sum(quantity) FILTER ({now}) AS quantity,
                 sum(n) FILTER (invoice AND {now}) AS lines,
                 sum(missing) FILTER ({now}) AS cost_missing,
                 sum(net) FILTER ({before}) AS previous,
                 count(*) FILTER ({order} AND {now}) AS orders,
                 sum(net) FILTER ({order} AND {now}) AS value,
                 max(net) FILTER ({order} AND {now}) AS largest,
                 min(day) FILTER ({order}) AS first, max(day) FILTER ({order}) AS last,
                 list_sort(list_distinct(list(day) FILTER ({order}))) AS days
          FROM (
            SELECT customer_id, doc_date AS day, doc_no, kind = 'invoice' AS invoice,
                   sum(net) AS net, sum(cost) AS cost, sum(discount) AS discount,
                   sum(quantity) AS quantity, count(*) AS n,
                   count(*) FILTER (cost IS NULL) AS missing
            FROM '{path}' WHERE doc_date <= DATE '{data.AS_OF}' GROUP BY ALL
          ) GROUP BY ALL
        )""")
    for column in ("item", "category"):
        run(f"""
            CREATE TABLE distinct_{column} AS
            SELECT customer_id, count(*) AS n FROM (
              SELECT DISTINCT customer_id, {column} FROM '{path}'
              WHERE kind = 'invoice' AND doc_date BETWEEN DATE '2023-12-31' AND DATE '2024-12-30'
                AND {column} IS NOT NULL
            ) GROUP BY ALL""")
    table = run(f"""
        WITH ranked AS (
          SELECT *, coalesce(sum(greatest(net_sales, 0)) OVER (
                      ORDER BY net_sales DESC RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                      EXCLUDE GROUP), 0) AS above,
                 sum(greatest(net_sales, 0)) OVER () AS whole
          FROM figures WHERE customer_id IS NOT NULL
        )
        SELECT ranked.*, i.n AS items, c.n AS categories,
               recency / median_gap AS silence,
               CASE WHEN all_days >= 3 THEN median_gap
                    ELSE median(median_gap) FILTER (all_days >= 3) OVER () END AS rhythm,
               CASE WHEN net_sales > 0 AND above * 100 < whole * {_CUT} THEN 'A' ELSE 'other' END
                 AS class
        FROM ranked LEFT JOIN distinct_item i USING (customer_id)
        LEFT JOIN distinct_category c USING (customer_id)
        ORDER BY net_sales DESC""").to_arrow_table()
    import pyarrow.compute as pc

    def total(name: str) -> int:
        return int(pc.sum(table[name]).as_py())

    return {
        "customers": len(table), "net_sales": total("net_sales"),
        "gross_profit": total("gross_profit"), "orders": total("orders"),
        "order_days": total("order_days"), "items": total("items"),
        "categories": total("categories"),
        "median_gap": round(float(pc.sum(table["median_gap"]).as_py()), 3),
        "previous": total("previous"),
        "A": pc.sum(pc.equal(table["class"], "A")).as_py(),
    }  # fmt: skip


_CUT = 80
