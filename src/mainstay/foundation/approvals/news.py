"""What approvals tell people of."""

from __future__ import annotations

from mainstay.foundation.notices.kinds import declare
from mainstay.foundation.notices.models import Way
from mainstay.kernel.errors import words

ASKED = declare(
    "request.asked",
    words("Requests for you to decide", "待您审批的申请"),
    words("{who} asks: {title} – {named}. {reason}", "{who} 申请：{title} – {named}。{reason}"),
    Way.MAIL,
)
RETURNED = declare(
    "request.returned",
    words("Requests of yours that were asked back", "退回补充的申请"),
    words(
        "{who} asks back: {title} – {named}. {reason}", "{who} 退回：{title} – {named}。{reason}"
    ),
    Way.MAIL,
)
DECIDED = declare(
    "request.decided",
    words("Requests of yours that were decided", "您的申请已有结果"),
    words(
        "{who} – {verdict}: {title} – {named}. {reason}",
        "{who} – {verdict}：{title} – {named}。{reason}",
    ),
)
DEPUTY = declare(
    "absence.deputy",
    words("Somebody makes you their deputy", "您成为他人的代理人"),
    words(
        "From {since} to {until} you decide for {who}.", "自 {since} 至 {until}，您代 {who} 审批。"
    ),
    Way.MAIL,
)
