"""The mail that lets somebody in: where, by which name, with which one-time password."""

from __future__ import annotations

from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage

from mainstay.foundation.company.settings import company
from mainstay.foundation.errors import MailNotTaken, NoMailAddress
from mainstay.foundation.models import User
from mainstay.foundation.notices.mailing import sender
from mainstay.foundation.permissions import MANAGE_PEOPLE, demand
from mainstay.foundation.services import audit
from mainstay.kernel.errors import filled, words

_TITLE = words("Your account with Mainstay", "您的柱石账号")
_TEXT = words(
    "{who} made an account for you.\n\nAddress: {where}\nUser name: {name}\n"
    "One-time password: {password}\n\nYou choose a password of your own at the first sign-in. "
    "Whoever else has read this mail could do so before you: sign in soon.",
    "{who} 已为您创建账号。\n\n网址：{where}\n用户名：{name}\n一次性密码：{password}\n\n"
    "首次登录时请设置您自己的密码。读过此邮件的其他人也可能抢先登录，请尽快登录。",
)


def is_possible() -> bool:
    """Whether mail goes out from here."""
    return bool(settings.MAIL_IS_SET_UP)


def invite(by: User, person: User, password: str) -> None:
    """Send somebody the way in, at once. Raises ``NotAllowed``, ``NoMailAddress``,
    ``MailNotTaken``.
    """
    demand(by, MANAGE_PEOPLE)
    if not (person.email and is_possible()):
        raise NoMailAddress
    lang = "en" if (person.language or settings.LANGUAGE_CODE) == "en" else "zh"
    where = settings.PUBLIC_URL.geturl().rstrip("/") or "–"
    text = filled(_TEXT[lang], who=by.known_as(), where=where, name=person.username,
                  password=password)  # fmt: skip
    letter = EmailMessage(
        _TITLE[lang], text, sender(company().name), [person.email],
        headers={"Auto-Submitted": "auto-generated"},
    )  # fmt: skip
    try:
        letter.send()
    except (SMTPException, OSError) as error:
        raise MailNotTaken(why=str(error)) from error
    audit(by, "person.invited", f"user:{person.pk}")
