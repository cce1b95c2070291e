"""What this room tells people of."""

from __future__ import annotations

from mainstay.foundation.notices.kinds import declare
from mainstay.foundation.notices.models import Way
from mainstay.kernel.errors import words

APPLIED = declare(
    "import.applied",
    words("Your imports that are in", "您的导入已完成"),
    words(
        "Import {batch} is in: {new:,} new, {changed:,} changed and {same:,} known "
        "{same:document|documents}.",
        "导入 {batch} 已完成：新增单据 {new:,}，变更 {changed:,}，已有 {same:,}。",
    ),
    Way.APP,
)
UNDONE = declare(
    "import.undone",
    words("Imports taken back", "导入已撤销"),
    words("Import {batch} was taken back by {who}.", "导入 {batch} 已由 {who} 撤销。"),
)
