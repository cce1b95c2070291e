"""Notices by mail: at once, or in the mail of the day; one mail for all that waits for somebody.

A mail that was not taken is tried again each minute; what is older than ``GIVEN_UP`` working days
goes by the next mail of the day no more either: its reader finds it in the app.
"""

from __future__ import annotations

import logging
from datetime import datetime
from email.utils import formataddr, parseaddr
from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from mainstay.foundation.company.days import working_calendar
from mainstay.foundation.company.settings import company
from mainstay.foundation.errors import MailNotTaken
from mainstay.foundation.models import User
from mainstay.foundation.notices.kinds import kind
from mainstay.foundation.notices.models import Notice, Way
from mainstay.foundation.subjects import path_of
from mainstay.kernel.errors import Words, filled, words

log = logging.getLogger(__name__)

GIVEN_UP = 2
"""Age in working days at which a notice goes by mail no more: a holiday lets nothing fall out."""
LISTED = 50
"""Notices that one mail lists; of more it gives the number."""
_NEWS = words("Mainstay: {n} {n:notice|notices}", "柱石：{n} 条通知")
_MORE = words("… and {n} more in the app.", "……另有 {n} 条，请在应用中查看。")
_WHERE = words(
    "How you are told of what is for you to choose:", "接收哪些通知、以何种方式接收，可在此设置："
)


def waiting(way: Way) -> bool:
    """Whether there is something to send this way."""
    return settings.MAIL_IS_SET_UP and Notice.objects.filter(mail=way).exists()


def send(way: Way) -> dict[str, int]:
    """Send what waits, a mail for each person; mails and notices sent, and what was given up.

    Raises ``MailNotTaken`` where the server takes none; what was sent before stays sent.
    """
    old = Notice.objects.filter(mail=way, at__lt=_given_up())
    report = {"mails": 0, "notices": 0, "given_up": old.update(mail="")}
    readers = User.objects.filter(
        pk__in=Notice.objects.filter(mail=way).values("user"), is_active=True
    )
    if not readers:
        return report
    try:
        with get_connection() as server:
            for reader in readers.order_by("pk"):
                count = _send_to(reader, way, server)
                report["mails"] += bool(count)
                report["notices"] += count
    except (SMTPException, OSError) as error:
        raise MailNotTaken(why=str(error)) from error
    return report


def _given_up() -> datetime:
    """This time of day, ``GIVEN_UP`` working days ago."""
    now = timezone.localtime()
    day = working_calendar().add_working_days(now.date(), -GIVEN_UP)
    return now - (now.date() - day)


def _send_to(reader: User, way: Way, server: BaseEmailBackend) -> int:
    rows = list(Notice.objects.filter(user=reader, mail=way).order_by("pk"))
    mine = Notice.objects.filter(pk__in=[row.pk for row in rows])
    if not rows or not reader.email:
        return 0 * mine.update(mail="")
    try:
        _letter(reader, rows, server).send()
    except SMTPRecipientsRefused:
        log.warning("the mail server refuses the address of user %d", reader.pk)
        return 0 * mine.update(mail="")
    mine.update(mail="", mailed_at=timezone.now())
    return len(rows)


def _letter(reader: User, rows: list[Notice], server: BaseEmailBackend) -> EmailMessage:
    of = company()
    lang = "en" if (reader.language or of.language or settings.LANGUAGE_CODE) == "en" else "zh"
    said = [kind(row.kind).said(row.facts, lang) for row in rows]
    title = said[0] if len(said) == 1 else _in(_NEWS, lang, n=len(said))
    lines = []
    for row, text in list(zip(rows, said, strict=True))[:LISTED]:
        lines += [text, *_link(path_of(row.subject)), ""]
    if len(said) > LISTED:
        lines += [_in(_MORE, lang, n=len(said) - LISTED), ""]
    lines += [_in(_WHERE, lang), *_link(path_of("choices:mine"))]
    return EmailMessage(
        title[:150], "\n".join(lines), _sender(of.name), [reader.email],
        connection=server, headers={"Auto-Submitted": "auto-generated"},
    )  # fmt: skip


def _sender(name: str) -> str:
    """The address mail comes from, under the company's name where it has one."""
    own, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((name or own, address))


def _link(path: str | None) -> list[str]:
    return [settings.PUBLIC_URL.geturl().rstrip("/") + path] if path else []


def _in(text: Words, lang: str, **facts: object) -> str:
    return filled(text[lang], **facts)
