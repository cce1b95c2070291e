"""What this room tells people of."""

from __future__ import annotations

from mainstay.foundation.notices.kinds import declare
from mainstay.foundation.notices.models import Way
from mainstay.kernel.errors import words

JOB_FAILED = declare(
    "job.failed",
    words("Your work that failed", "您的任务失败"),
    words("Your work did not succeed: {error}", "您的任务未成功：{error}"),
    Way.APP,
)
TRAIL_BROKEN = declare(
    "audit.faults",
    words("Faults in the audit trail", "审计记录有误"),
    words(
        "The audit trail was tampered with or damaged: {faults} {faults:fault|faults}.",
        "审计记录被篡改或损坏：{faults} 处。",
    ),
    Way.MAIL,
)
