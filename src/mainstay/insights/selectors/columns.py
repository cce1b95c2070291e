"""What the columns of files are called."""

from __future__ import annotations

from mainstay.kernel.errors import Words


def column_titles(table: str) -> dict[str, Words]:
    """Title of each canonical column of a kind of file; empty for a kind that is not read."""
    from mainstay_engine.reader.preview import choices
    from mainstay_engine.tables import TABLES

    return choices(table) if table in TABLES else {}
