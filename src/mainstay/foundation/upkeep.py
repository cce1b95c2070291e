"""Each night: what nobody needs any more of sign-in goes from the store. Repeatable."""

from __future__ import annotations

from mainstay.foundation import rates, sessions, throttle
from mainstay.foundation.jobs import Progress, Report, job
from mainstay.foundation.schedule import daily


@daily("03:00")
@job("upkeep.tidy", quick=True)
def tidy(progress: Progress) -> Report:
    """Wrong attempts that count no more, sessions that have ended, counts that are over."""
    progress(0, 1, "Clearing away what is over", "正在清理过期数据")
    return {"attempts": throttle.forget(), "sessions": sessions.clear(),
            "counts": rates.forget()}  # fmt: skip
