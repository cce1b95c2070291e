"""Pages of what was kept in one piece: it never changes, so a place in it stays one."""

from __future__ import annotations

from mainstay.kernel.cursor import BadCursor


def place_after(after: str | None, count: int) -> int:
    """Where a page begins, of so many rows. Raises ``BadCursor``."""
    if after is None:
        return 0
    if not (after.isascii() and after.isdigit() and len(after) < 10 and int(after) <= count):
        raise BadCursor
    return int(after)
