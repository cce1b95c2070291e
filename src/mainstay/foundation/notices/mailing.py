"""Notices by mail: at once, or in the mail of the day; one mail for all that waits for somebody.

A mail that was not taken is tried again ten minutes later (``jobs``); what is older than
``GIVEN_UP`` working days goes by mail no more: its reader finds it in the app.
"""

from __future__ import annotations

import logging
from datetime import datetime
from email.utils import formataddr, parseaddr
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import QuerySet
from django.utils import timezone

from mainstay.foundation.company.days import working_calendar
from mainstay.foundation.company.settings import company
from mainstay.foundation.errors import MailNotTaken
from mainstay.foundation.models import User
from mainstay.foundation.notices.kinds import attached, said
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
    return settings.MAIL_IS_SET_UP and _to_send(way).exists()


def send(way: Way) -> dict[str, int]:
    """Send what waits, a mail for each person; mails and notices sent, and what was given up.

    A letter that the server does not take keeps nobody else from theirs: one refused for good goes
    no more, one refused for now is tried again.

    Raises ``MailNotTaken`` at the end where letters are left; what was sent stays sent.
    """
    old = Notice.objects.filter(mail=way, at__lt=_given_up())
    report = {"mails": 0, "notices": 0, "given_up": old.update(mail="")}
    readers = User.objects.filter(pk__in=_to_send(way).values("user")).order_by("pk")
    if not readers:
        return report
    left = ""
    try:
        with get_connection() as server:
            for reader in readers:
                try:
                    count = _send_to(reader, way, server)
                except _RefusedForNow as error:
                    left = str(error)
                    continue
                report["mails"] += bool(count)
                report["notices"] += count
    except (SMTPException, OSError) as error:
        left = str(error)
    if left:
        raise MailNotTaken(why=left)
    return report


def _to_send(way: Way) -> QuerySet[Notice]:
    return Notice.objects.filter(mail=way, user__is_active=True)


def _given_up() -> datetime:
    """This time of day, ``GIVEN_UP`` working days ago."""
    now = timezone.localtime()
    day = working_calendar().add_working_days(now.date(), -GIVEN_UP)
    return now - (now.date() - day)


class _RefusedForNow(Exception):
    """The server does not take this letter now; perhaps later."""


def _send_to(reader: User, way: Way, server: BaseEmailBackend) -> int:
    """Send one person's letter; how many notices it held. Raises ``_RefusedForNow``."""
    rows = list(Notice.objects.filter(user=reader, mail=way).order_by("pk"))
    done = Notice.objects.filter(pk__in=[row.pk for row in rows])
    texts = said(reader, rows)
    told = [row for row in rows if row.pk in texts]
    if told and reader.email:
        try:
            _letter(reader, told, texts, server).send()
        except (SMTPRecipientsRefused, SMTPDataError) as error:
            if _is_for_now(error):
                raise _RefusedForNow(str(error)) from error
            log.warning("the mail server refuses the mail of user %d: %s", reader.pk, error)
            told = []
        else:
            done.update(mailed_at=timezone.now())
    done.update(mail="")
    return len(told) if reader.email else 0


def _is_for_now(error: SMTPRecipientsRefused | SMTPDataError) -> bool:
    """Whether the answer is one of 400 to 499: greylisting, a full mailbox."""
    codes = (
        [code for code, _text in error.recipients.values()]
        if isinstance(error, SMTPRecipientsRefused)
        else [error.smtp_code]
    )
    return any(400 <= code < 500 for code in codes)


def _letter(
    reader: User, rows: list[Notice], texts: dict[int, Words], server: BaseEmailBackend
) -> EmailMessage:
    of = company()
    lang = "en" if (reader.language or of.language or settings.LANGUAGE_CODE) == "en" else "zh"
    first = texts[rows[0].pk][lang]
    title = first if len(rows) == 1 else _in(_NEWS, lang, n=len(rows))
    lines = []
    for row in rows[:LISTED]:
        lines += [texts[row.pk][lang], *_link(path_of(row.subject)), ""]
    if len(rows) > LISTED:
        lines += [_in(_MORE, lang, n=len(rows) - LISTED), ""]
    if where := _link(path_of("choices:mine")):
        lines += [_in(_WHERE, lang), *where]
    letter = EmailMessage(
        title[:150], "\n".join(lines), sender(of.name), [reader.email],
        connection=server, headers={"Auto-Submitted": "auto-generated"},
    )  # fmt: skip
    for file in attached(reader, rows[:LISTED], lang):
        letter.attach(file.name, file.content, file.type)
    return letter


def sender(name: str) -> str:
    """The address mail comes from, under the company's name where it has one."""
    own, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((name or own, address))


def _link(path: str | None) -> list[str]:
    """The address of a page, where the public one of the app is known."""
    here = settings.PUBLIC_URL.geturl().rstrip("/")
    return [here + path] if path and here else []


def _in(text: Words, lang: str, **facts: object) -> str:
    return filled(text[lang], **facts)
