"""The company's settings and calendar: who may, what is written down, and what follows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from mainstay.exchange import services as exchange
from mainstay.exchange.services import load_demo
from mainstay.foundation import worker
from mainstay.foundation.backend import Backend
from mainstay.foundation.company import days, once
from mainstay.foundation.company import settings as firm
from mainstay.foundation.errors import DaysNotValid, NotAllowed, SettingNotValid
from mainstay.foundation.models import AuditEntry, CalendarDay, Notice, Setting, User
from mainstay.foundation.notices import jobs, mailing
from mainstay.foundation.notices.kinds import declare
from mainstay.foundation.notices.models import Way
from mainstay.foundation.notices.telling import tell
from mainstay.foundation.people import add_person
from mainstay.kernel.errors import words
from mainstay.ledger.currency import set_currency
from mainstay.ledger.errors import CurrencyIsFixed, NoSuchCurrency
from mainstay.ledger.models import ImportBatch
from mainstay.ledger.selectors import books_currency
from tests.people import administrator, person, with_rights

pytestmark = [pytest.mark.django_db, pytest.mark.grades(False)]
TOLD = declare("test.daily", words("Daily", "每日"), words("{who}", "{who}"), Way.DIGEST)
BARE = "单据编号,单据日期,客户编码,客户名称,无税金额\nA1,2026-01-05,C1,甲,100.00\n"


@pytest.fixture
def boss() -> User:
    return administrator("boss")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set the moment it is, in the zone of the firm."""

    def set_to(text: str) -> None:
        moment = timezone.make_aware(dt.datetime.fromisoformat(text))
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return set_to


def test_a_setting_keeps_who_changed_it_and_what_it_was(boss: User) -> None:
    assert firm.company() == firm.Company()
    firm.change(boss, "name", "  Suzhou\nBearings ")
    firm.change(boss, "name", "Suzhou Bearings")  # so already
    firm.change(boss, "weekend", [6])
    assert firm.company().name == "Suzhou Bearings"
    assert firm.company().weekend == (6,)
    told = AuditEntry.objects.filter(action="company.changed").values_list("subject", "facts")
    assert list(told.order_by("pk")) == [
        ("setting:name", {"value": "Suzhou Bearings", "was_value": ""}),
        ("setting:weekend", {"value": [6], "was_value": [5, 6]}),
    ]
    assert firm.shown().changes["name"].by == "boss"
    assert set(firm.shown().changes) == {"name", "weekend"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("language", "tlh"), ("week_starts", 3), ("fiscal_month", 13), ("weekend", range(7)),
     ("weekend", [7]), ("holidays", "XX"), ("name", "x" * 121), ("name", "a\x00b")],
)  # fmt: skip
def test_a_setting_takes_only_what_makes_sense(boss: User, name: str, value: Any) -> None:
    with pytest.raises(SettingNotValid):
        firm.change(boss, name, value)
    assert not Setting.objects.exists()


def test_only_who_manages_the_company_changes_it(boss: User) -> None:
    for other in (person("fin", "finance"), with_rights(person("s"), firm.MANAGE, reach="own")):
        with pytest.raises(NotAllowed):
            firm.change(other, "name", "x")
        with pytest.raises(NotAllowed):
            days.set_days(other, dt.date(2027, 2, 8), dt.date(2027, 2, 8), working=False, name="x")
        with pytest.raises(NotAllowed):
            days.clear_days(other, dt.date(2027, 2, 8), dt.date(2027, 2, 8))
        with pytest.raises(NotAllowed):
            set_currency(other, "USD")
    firm.change(with_rights(person("c"), firm.MANAGE), "name", "x")


def test_a_request_reads_the_company_once(
    boss: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with once.reading_once():
        with django_assert_num_queries(2):
            for _time in range(3):
                firm.company()
                days.working_calendar()
        firm.change(boss, "name", "x")
        assert firm.company().name == "x"
        day = dt.date(2027, 2, 8)
        days.set_days(boss, day, day, working=False, name="春节")
        assert not days.working_calendar().is_working_day(day)
    with django_assert_num_queries(2):
        firm.company(), firm.company()


def test_days_are_entered_in_a_row_and_cleared_one_by_one(boss: User) -> None:
    first, last = dt.date(2027, 2, 6), dt.date(2027, 2, 8)
    days.set_days(boss, first, last, working=False, name="春节")
    days.set_days(boss, first, first, working=True, name="盘点")
    days.set_days(boss, last, last, working=False, name="春节")  # so already
    calendar = days.working_calendar()
    assert [calendar.is_working_day(first + dt.timedelta(n)) for n in range(3)] == [
        True, False, False,
    ]  # fmt: skip
    shown = days.special_days(2027)
    assert [(one.day.day, one.special.name["en"], one.change and one.change.by) for one in shown] \
        == [(6, "盘点", "boss"), (7, "春节", "boss"), (8, "春节", "boss")]  # fmt: skip
    days.clear_days(boss, first, first)
    days.clear_days(boss, first, first)
    assert not days.working_calendar().is_working_day(first)  # a Saturday
    told = AuditEntry.objects.filter(action__startswith="calendar.").order_by("pk")
    assert [(entry.action[9:], entry.subject[-2:]) for entry in told] == [
        ("day_set", "06"), ("day_set", "07"), ("day_set", "08"), ("day_set", "06"),
        ("day_cleared", "06"),
    ]  # fmt: skip
    assert told[3].facts == {
        "working": True, "name": "盘点", "was_working": False, "was_name": "春节",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [("2027-02-08", "2027-02-07", "x"), ("2027-01-01", "2027-02-01", "x"),
     ("2027-02-08", "2027-02-08", "  "), ("2027-02-08", "2027-02-08", "x" * 61),
     ("1999-12-31", "2000-01-01", "x"), ("2099-12-31", "2100-01-01", "x")],
)  # fmt: skip
def test_days_that_make_no_sense_are_refused(boss: User, first: str, last: str, name: str) -> None:
    with pytest.raises(DaysNotValid):
        days.set_days(
            boss, dt.date.fromisoformat(first), dt.date.fromisoformat(last),
            working=False, name=name,
        )  # fmt: skip
    assert not CalendarDay.objects.exists()


def test_new_people_get_the_companys_language_and_the_session_its_name(boss: User) -> None:
    assert add_person(boss, "before")[0].language == ""
    kept = Backend().get_user(boss.pk)
    assert kept is not None
    assert kept.company == ""  # type: ignore[attr-defined]
    firm.change(boss, "language", "en")
    firm.change(boss, "name", "苏州轴承")
    assert add_person(boss, "after")[0].language == "en"
    kept = Backend().get_user(boss.pk)
    assert kept is not None
    assert kept.company == "苏州轴承"  # type: ignore[attr-defined]


def mailed(settings: Settings, name: str) -> User:
    settings.MAIL_IS_SET_UP = True
    settings.DEFAULT_FROM_EMAIL = "Mainstay <mainstay@crm.example.com>"
    return person(name, email=f"{name}@example.com")


def daily(reader: User, who: str) -> None:
    """Tell somebody something for the mail of the day, at the moment the clock shows."""
    tell([reader], TOLD, "inbox:mine", who=who)
    Notice.objects.filter(pk=Notice.objects.latest("pk").pk).update(at=timezone.now())


def test_letters_come_from_the_company_in_its_language(boss: User, settings: Settings) -> None:
    reader = mailed(settings, "reader")
    for name, language in (("", "zh-hans"), ("苏州轴承, Ltd", "en")):
        firm.change(boss, "name", name)
        firm.change(boss, "language", language)
        daily(reader, "x")
        daily(reader, "y")
        mailing.send(Way.DIGEST)
    before, after = (letter.message() for letter in mail.outbox)
    assert str(before["From"]) == "Mainstay <mainstay@crm.example.com>"
    assert "柱石：2 条通知" in mail.outbox[0].subject
    assert parseaddr(str(after["From"]))[1] == "mainstay@crm.example.com"
    assert _decoded(str(after["From"])) == "苏州轴承, Ltd"
    assert mail.outbox[1].subject == "Mainstay: 2 notices"


def _decoded(header: str) -> str:
    from email.header import decode_header, make_header

    return str(make_header(decode_header(parseaddr(header)[0])))


def test_the_mail_of_the_day_waits_over_the_holidays_and_loses_nothing(
    boss: User, settings: Settings, clock: Callable[[str], None]
) -> None:
    reader = mailed(settings, "reader")
    clock("2026-09-30T09:00")
    daily(reader, "before National Day")
    for day in range(1, 8):
        clock(f"2026-10-0{day}T08:00")
        assert jobs.digest(lambda *_args: None) == {}
    assert mail.outbox == []
    clock("2026-10-08T08:00")
    assert jobs.digest(lambda *_args: None) == {"mails": 1, "notices": 1, "given_up": 0}
    assert mail.outbox[0].subject == "before National Day"
    clock("2026-10-16T09:00")
    daily(reader, "told on a Friday after the mail of the day")
    clock("2026-10-19T08:00")  # 71 hours, and one working day, later
    assert jobs.digest(lambda *_args: None) == {"mails": 1, "notices": 1, "given_up": 0}
    daily(reader, "never taken")
    clock("2026-10-21T09:00")
    assert jobs.digest(lambda *_args: None) == {"mails": 0, "notices": 0, "given_up": 1}


def test_a_make_up_saturday_has_its_mail(
    boss: User, settings: Settings, clock: Callable[[str], None]
) -> None:
    reader = mailed(settings, "reader")
    clock("2026-10-10T08:00")
    daily(reader, "worked")
    assert jobs.digest(lambda *_args: None) == {"mails": 1, "notices": 1, "given_up": 0}


def import_bare(owner: User, folder: Path) -> ImportBatch:
    path = folder / "lines.csv"
    path.write_text(BARE, encoding="utf-8")
    exchange.apply(exchange.start_upload(owner, {"lines": exchange.LocalFile(path)}))
    worker.run_pending()
    return ImportBatch.objects.get(state=ImportBatch.State.APPLIED, is_demo=False)


def test_empty_books_are_kept_in_the_currency_that_was_said(
    boss: User, settings: Settings, tmp_path: Path
) -> None:
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    assert books_currency() == ("", 2)
    with pytest.raises(NoSuchCurrency):
        set_currency(boss, "XYZ")
    set_currency(boss, "jpy")
    assert books_currency() == ("JPY", 0)
    set_currency(boss, "usd")
    assert import_bare(boss, tmp_path).currency == "USD"
    assert books_currency() == ("USD", 2)
    with pytest.raises(CurrencyIsFixed):
        set_currency(boss, "EUR")


def test_the_demo_company_keeps_its_own_currency_and_binds_nobody(
    boss: User, settings: Settings, tmp_path: Path
) -> None:
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    set_currency(boss, "USD")
    load_demo(boss)
    worker.run_pending()
    assert books_currency() == ("CNY", 2)
    assert import_bare(boss, tmp_path).currency == "USD"
