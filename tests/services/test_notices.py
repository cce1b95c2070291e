"""Who is told of what, by which way; mail through a real server."""

from __future__ import annotations

import datetime as dt
import socket
import string
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.utils import timezone
from pytest_django import Settings

from mainstay.config import mail as mail_settings
from mainstay.foundation import services, worker
from mainstay.foundation.backend import Backend
from mainstay.foundation.errors import MailNotTaken, NoSuchNotice
from mainstay.foundation.jobs import Progress, job
from mainstay.foundation.models import Job, Notice, User
from mainstay.foundation.news import JOB_FAILED
from mainstay.foundation.notices import mailing, reading
from mainstay.foundation.notices.jobs import AT_ONCE
from mainstay.foundation.notices.kinds import declare, kinds
from mainstay.foundation.notices.models import Way
from mainstay.foundation.notices.telling import tell
from mainstay.foundation.schedule import enqueue_due
from mainstay.kernel.errors import words
from mainstay.parties import owners
from mainstay.parties.models import Customer, CustomerCode
from mainstay.parties.news import GIVEN
from tests.people import administrator, hold, person

pytestmark = pytest.mark.django_db
TOLD = declare(
    "test.told", words("Tests", "测试"),
    words("{who} has {n} {n:thing|things}", "{who} 有 {n} 件"), Way.MAIL,
)  # fmt: skip


class Box:
    """A mail server's end: keeps what it takes, refuses some addresses."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []

    async def handle_RCPT(  # noqa: N802  the server's own name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("gone@"):
            return "550 no such mailbox"
        if address.startswith("busy@"):
            return "450 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if envelope.rcpt_tos[0].startswith("full@"):
            return "552 the mailbox is full"
        assert isinstance(envelope.content, bytes)
        found = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.taken.append(found)
        return "250 OK"


@pytest.fixture
def box(settings: Settings) -> Iterator[Box]:
    """A mail server on this machine, and settings that lead there."""
    box = Box()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    there = {
        **mail_settings.settings(f"smtp://127.0.0.1:{port}"),
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "DEFAULT_FROM_EMAIL": "mainstay@crm.example.com",
    }
    for name, value in there.items():
        setattr(settings, name, value)
    settings.MAIL_IS_SET_UP = True
    settings.PUBLIC_URL = urlsplit("https://crm.example.com")
    yield box
    server.stop()


def reader(name: str, language: str = "en") -> User:
    return person(name, email=f"{name}@example.com", language=language)


def body(message: EmailMessage) -> str:
    return str(message.get_content()).replace("\r\n", "\n")


def test_each_is_told_once_and_not_of_their_own_deed() -> None:
    a, b, left = reader("a"), reader("b"), reader("left")
    left.is_active = False
    assert tell([a, b, b, left, None], TOLD, "x:1", by=a, who="a", n=1) == 1
    assert Notice.objects.get().user == b


def test_a_notice_reads_in_each_language_and_counts_until_read() -> None:
    a = reader("a")
    tell([a], TOLD, "inbox:mine", who="甲", n=2)
    tell([a], TOLD, "x:2", who="乙", n=1)
    kept = Backend().get_user(a.pk)
    assert kept is not None
    assert kept.unread == 2  # type: ignore[attr-defined]
    newest, oldest = reading.notices(a)
    assert oldest.text == {"en": "甲 has 2 things", "zh": "甲 有 2 件"}
    assert newest.text["en"] == "乙 has 1 thing"
    assert reading.subject_of(a, oldest.id) == "inbox:mine"
    assert [one.unread for one in reading.notices(a)] == [True, False]
    assert reading.notices(a, after=newest.id) == reading.notices(a)[1:]
    with pytest.raises(NoSuchNotice):
        reading.subject_of(reader("b"), newest.id)
    reading.mark_read(a)
    kept = Backend().get_user(a.pk)
    assert kept is not None
    assert kept.unread == 0  # type: ignore[attr-defined]


def test_what_one_does_not_want_to_hear_of_is_not_told() -> None:
    a = reader("a")
    reading.choose(a, {TOLD: "off", "unknown.kind": "off"})
    assert {k.name: way for k, way in reading.choices(a)}[TOLD] == Way.OFF
    assert tell([a], TOLD, "x:1", who="a", n=1) == 0
    reading.choose(a, {TOLD: "mail"})
    assert tell([a], TOLD, "x:1", who="a", n=1) == 1


def test_mail_at_once_goes_in_one_letter_in_the_readers_language(box: Box) -> None:
    a, b = reader("a"), reader("b", "zh-hans")
    tell([a, b], TOLD, "inbox:mine", who="王\r\nBcc: x@example.com", n=1)
    tell([a], TOLD, "x:1", who="乙", n=3)
    assert [job.kind for job in enqueue_due() if job.kind == AT_ONCE] == [AT_ONCE]
    worker.run_pending()
    to_a, to_b = box.taken
    assert (to_a["To"], to_a["Subject"]) == ("a@example.com", "Mainstay: 2 notices")
    assert "Bcc" not in to_a
    assert "王 Bcc: x@example.com has 1 thing\nhttps://crm.example.com/inbox\n" in body(to_a)
    assert to_b["Subject"] == "王 Bcc: x@example.com 有 1 件"
    assert "Bcc" not in to_b
    assert not mailing.waiting(Way.MAIL)
    assert not Notice.objects.filter(mailed_at=None).exists()


def test_the_mail_of_the_day_holds_what_was_not_read(box: Box) -> None:
    a = reader("a")
    reading.choose(a, {TOLD: "digest"})
    tell([a], TOLD, "x:1", who="first", n=1)
    tell([a], TOLD, "x:2", who="second", n=1)
    reading.mark_subject_read(a, "x:1")
    assert mailing.send(Way.MAIL) == {"mails": 0, "notices": 0, "given_up": 0}
    assert mailing.send(Way.DIGEST) == {"mails": 1, "notices": 1, "given_up": 0}
    assert "second has" in body(box.taken[0])
    assert "first" not in body(box.taken[0])
    assert mailing.send(Way.DIGEST)["mails"] == 0


def test_a_long_letter_says_how_many_more_there_are(box: Box) -> None:
    a = reader("a")
    for n in range(mailing.LISTED + 3):
        tell([a], TOLD, f"x:{n}", who=f"w{n}", n=n)
    mailing.send(Way.MAIL)
    assert "… and 3 more in the app." in body(box.taken[0])
    assert f"w{mailing.LISTED} has" not in body(box.taken[0])


@pytest.mark.parametrize("name", ["gone", "full"])
def test_a_letter_that_is_refused_keeps_nobody_else_from_theirs(box: Box, name: str) -> None:
    refused, a = reader(name), reader("a")
    tell([refused, a], TOLD, "x:1", who="x", n=1)
    assert mailing.send(Way.MAIL)["mails"] == 1
    assert [m["To"] for m in box.taken] == ["a@example.com"]
    assert reading.notices(refused)[0].unread
    assert not mailing.waiting(Way.MAIL)


def test_a_letter_refused_for_now_waits_and_the_others_go(box: Box) -> None:
    busy, a = reader("busy"), reader("a")
    tell([busy, a], TOLD, "x:1", who="x", n=1)
    with pytest.raises(MailNotTaken, match="450"):
        mailing.send(Way.MAIL)
    assert [m["To"] for m in box.taken] == ["a@example.com"]
    assert [row.user for row in Notice.objects.filter(mail=Way.MAIL)] == [busy]


def test_what_waits_for_somebody_who_left_is_no_work(box: Box) -> None:
    a = reader("a")
    tell([a], TOLD, "x:1", who="x", n=1)
    User.objects.update(is_active=False)
    assert not mailing.waiting(Way.MAIL)
    assert mailing.send(Way.MAIL)["mails"] == 0


def test_the_mail_of_the_day_is_tried_again_the_same_day(
    box: Box, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    morning = dt.datetime(2026, 11, 25, 8, 1, tzinfo=timezone.get_current_timezone())
    monkeypatch.setattr(timezone, "now", lambda: morning)
    a = reader("a")
    reading.choose(a, {TOLD: "digest"})
    tell([a], TOLD, "x:1", who="x", n=1)
    there, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    enqueue_due(morning)
    worker.run_pending()
    assert Job.objects.get(kind="notices.digest").state == "failed"
    settings.EMAIL_PORT = there
    queued = [job.kind for job in enqueue_due(morning + dt.timedelta(minutes=5))]
    assert "notices.digest" not in queued
    queued = [job.kind for job in enqueue_due(morning + dt.timedelta(minutes=11))]
    assert "notices.digest" in queued
    worker.run_pending()
    assert len(box.taken) == 1
    queued = [job.kind for job in enqueue_due(morning + dt.timedelta(hours=3))]
    assert "notices.digest" not in queued


def test_what_is_out_of_reach_by_now_is_neither_shown_nor_sent(box: Box) -> None:
    boss, a = administrator("boss"), reader("a")
    hold(a, "salesperson")
    row = Customer.objects.create(code="C1", name="Secret Co.")
    CustomerCode.objects.create(code="C1", own=row, customer=row, in_use=True)
    reading.choose(a, {GIVEN: "mail"})
    owners.assign(boss, "C1", a.pk)
    shown = reading.notices(a)[0].text
    assert shown is not None
    assert "Secret Co." in shown["en"]
    owners.assign(boss, "C1", boss.pk)
    taken, given = reading.notices(User.objects.get(pk=a.pk))
    assert given.text is None
    assert taken.text is not None and taken.text["en"].startswith("boss took Secret Co. from you")
    assert mailing.send(Way.MAIL)["mails"] == 0
    assert not mailing.waiting(Way.MAIL)


def test_a_kind_that_is_no_more_breaks_nothing(box: Box) -> None:
    a = reader("a")
    Notice.objects.create(user=a, kind="renamed.since", subject="x:1", mail=Way.MAIL)
    assert reading.notices(a)[0].text is None
    assert mailing.send(Way.MAIL)["mails"] == 0


def test_old_notices_go(box: Box) -> None:
    a = reader("a")
    for _ in range(4):
        tell([a], TOLD, "x:1", who="x", n=1)
    old, read, unread, new = Notice.objects.order_by("pk")
    Notice.objects.filter(pk=read.pk).update(read_at=_later(days=-181))
    Notice.objects.filter(pk=old.pk).update(at=_later(days=-401))
    Notice.objects.filter(pk=unread.pk).update(at=_later(days=-300))
    services.enqueue("notices.prune", owner=None)
    worker.run_pending()
    assert set(Notice.objects.all()) == {unread, new}


def test_a_server_that_is_away_loses_nothing_and_is_left_alone_for_a_while(
    box: Box, settings: Settings
) -> None:
    a = reader("a")
    tell([a], TOLD, "x:1", who="x", n=1)
    there = settings.EMAIL_PORT
    settings.EMAIL_PORT = 1
    with pytest.raises(MailNotTaken):
        mailing.send(Way.MAIL)
    enqueue_due()
    worker.run_pending()
    failed = Job.objects.get(kind=AT_ONCE)
    assert (failed.state, (failed.error or {})["code"]) == ("failed", "mail_not_taken")
    assert AT_ONCE not in [job.kind for job in enqueue_due(_later(minutes=2))]
    settings.EMAIL_PORT = there
    Job.objects.update(finished_at=_later(minutes=-11))
    assert AT_ONCE in [job.kind for job in enqueue_due(_later(minutes=11))]
    worker.run_pending()
    assert len(box.taken) == 1


def test_what_is_old_is_given_up(box: Box) -> None:
    a = reader("a")
    tell([a], TOLD, "x:1", who="x", n=1)
    Notice.objects.update(at=_later(days=-30))  # more than two working days, on whatever day
    assert mailing.send(Way.MAIL) == {"mails": 0, "notices": 0, "given_up": 1}
    assert box.taken == []


def test_without_a_mail_server_or_address_notices_stay_in_the_app(
    box: Box, settings: Settings
) -> None:
    tell([person("no-address")], TOLD, "x:1", who="x", n=1)
    settings.MAIL_IS_SET_UP = False
    tell([reader("a")], TOLD, "x:1", who="x", n=1)
    settings.MAIL_IS_SET_UP = True
    assert Notice.objects.count() == 2
    assert mailing.send(Way.MAIL)["mails"] == 0


def test_work_that_failed_is_told_to_whoever_asked_for_it() -> None:
    @job("test.breaks")
    def breaks(progress: Progress) -> None:
        raise NoSuchNotice

    a = reader("a")
    queued = services.enqueue("test.breaks", owner=a)
    worker.run_pending()
    told = Notice.objects.get(user=a)
    assert (told.kind, told.subject) == (JOB_FAILED, f"job:{queued.pk}")
    assert "There is no such notice." in reading.notices(a)[0].text["en"]


def test_every_text_is_said_in_both_languages() -> None:
    for kind in kinds():
        assert set(kind.title) == set(kind.text) == {"en", "zh"}
        names = [set(_names(kind.text[lang])) for lang in ("en", "zh")]
        assert names[0] == names[1], kind.name


@pytest.mark.parametrize(
    ("url", "host", "port", "ssl", "tls"),
    [
        ("smtp://u:p%40ss@mail.example.com", "mail.example.com", 587, False, True),
        ("smtps://u:p%40ss@mail.example.com", "mail.example.com", 465, True, False),
        ("smtp://u:p%40ss@10.0.0.5:25?tls=0", "10.0.0.5", 25, False, False),
    ],
)
def test_the_mail_server_in_one_address(
    url: str, host: str, port: int, ssl: bool, tls: bool
) -> None:
    given = mail_settings.settings(url)
    found = tuple(given[f"EMAIL_{n}"] for n in ("HOST", "PORT", "USE_SSL", "USE_TLS"))
    assert found == (host, port, ssl, tls)
    assert given["EMAIL_HOST_PASSWORD"] == "p@ss"


def test_an_address_that_is_none_stops_the_start() -> None:
    assert mail_settings.settings("") == {}
    with pytest.raises(ValueError, match="MAINSTAY_MAIL"):
        mail_settings.settings("mail.example.com")


def _later(**more: int) -> dt.datetime:
    return timezone.now() + dt.timedelta(**more)


def _names(text: str) -> Iterator[str]:
    return (name for _text, name, _spec, _conv in string.Formatter().parse(text) if name)
