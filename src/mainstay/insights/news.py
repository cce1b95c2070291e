"""What this room tells people of."""

from __future__ import annotations

from mainstay.foundation.notices.kinds import declare
from mainstay.foundation.notices.models import Way
from mainstay.kernel.errors import words

BOOKS_BROKEN = declare(
    "ledger.faults",
    words("Faults in the books", "账簿有误"),
    words("The books do not tie: {faults} {faults:fault|faults}.", "账簿不平：{faults} 处差错。"),
    Way.MAIL,
)
