"""Terms of payment as people write them: the days are read, the month-end is only remarked on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mainstay_engine.reader.query import one
from mainstay_engine.reader.staged import Reading

if TYPE_CHECKING:
    import duckdb


def month_end_remarks(con: duckdb.DuckDBPyConnection, reading: Reading) -> list[dict[str, str]]:
    """A remark where terms count from the end of the month («月结30天»): only days are applied."""
    if "terms_days" not in reading.places:
        return []
    said = "contains(CAST(t_terms_days AS VARCHAR), '月结')"
    (count,) = one(con, f"SELECT count(*) FROM ({reading.texts()}) WHERE {said}")
    if not count:
        return []
    return [
        {
            "en": f"Terms from the end of the month (月结), {count} in all, are counted from the "
            "document's date: month-end is not applied yet.",
            "zh": f"{count} 个客户的月结账期按单据日起算，暂未计入月末。",
        }
    ]
