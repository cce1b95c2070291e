"""Cursors of keyset pages: where the last page ended, as text that survives a URL."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

from mainstay.kernel.errors import MainstayError, words

Key = tuple[str | float | None, int]


class BadCursor(MainstayError):
    code = "bad_cursor"
    message = words("The page's position is not readable.", "无法识别翻页位置。")
    remedy = words("Open the list again.", "请重新打开列表。")


def encode(value: str | float | None, row_id: int) -> str:
    """The cursor after a row: its sort value and its id."""
    return urlsafe_b64encode(json.dumps([value, row_id]).encode()).decode().rstrip("=")


def decode(cursor: str) -> Key:
    """The sort value and id in a cursor. Raises ``BadCursor`` on anything else."""
    try:
        value, row_id = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError) as error:
        raise BadCursor from error
    if type(row_id) is not int or not 0 <= row_id < 2**63:
        raise BadCursor
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise BadCursor
    if isinstance(value, int | float) and not abs(value) < 2**63:  # infinite, NaN or no column's
        raise BadCursor
    if isinstance(value, str) and not _is_text(value):
        raise BadCursor
    return value, row_id


def _is_text(value: str) -> bool:
    """Whether a store can hold it: neither a null character nor half a pair of UTF-16."""
    return "\0" not in value and not any("\ud800" <= one <= "\udfff" for one in value)
