"""Entries of the audit trail in words: their subject, and what was decided, before and after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from mainstay.effort.permissions import RATES
from mainstay.effort.rules import activities
from mainstay.exchange.matching import EVIDENCE
from mainstay.foundation import permissions
from mainstay.foundation import roles as role_book
from mainstay.foundation.approvals.kinds import kind_of
from mainstay.foundation.company.settings import MANAGE
from mainstay.foundation.models import User
from mainstay.foundation.permissions import MANAGE_PEOPLE, READ_AUDIT, may
from mainstay.foundation.subjects import path_of
from mainstay.foundation.trail.selectors import EntryInfo, names
from mainstay.insights.hidden import cost_metrics
from mainstay.ledger.permissions import BOOKS
from mainstay.ledger.selectors import books_currency
from mainstay.parties.contacts import FIELDS
from mainstay.parties.permissions import ASSIGN, SEE
from mainstay.policies.rules import benefits
from mainstay.retention.rules import REASONS, RESULTS
from mainstay.web.actions import Action, Fact, actions
from mainstay.web.company_words import set_to, setting_words
from mainstay.web.formatting import day, mark, moment, money_exact, number, said
from mainstay.web.tables import columns_of, table_words
from mainstay.web.work import kind_words

WAS = "was_"
"""Begins the name of a fact that says what was there before."""
COST = frozenset({"cost", "profit", "margin"})
"""Words in the names of facts that tell cost."""
SHOWN = 12
"""Values of one fact that a line names; the rest it counts."""


@dataclass(frozen=True, slots=True)
class Told:
    """An entry as a page shows it."""

    sequence: int | None
    """Of its seal; nothing until it is sealed."""
    at: dt.datetime
    who: str
    what: str
    subject: str
    href: str
    """The page of the subject, where the reader may open it."""
    facts: tuple[str, ...]
    reason: str

    @property
    def seal(self) -> str:
        """Its seal's number in words."""
        if self.sequence is None:
            return _("not sealed yet")
        return _("seal %(number)s") % {"number": number(self.sequence)}

    @property
    def details(self) -> str:
        """The facts in one line."""
        return " · ".join(self.facts)


def tell(
    user: User, entries: Sequence[EntryInfo], *, cost: bool, whole: bool = False
) -> list[Told]:
    """Entries in words, for a reader who may see cost or not.

    ``whole``: also facts that have no words (of a later or earlier product), by their names; only
    for whoever reads the trail.
    """
    teller = _Teller(user, entries, cost=cost, whole=whole)
    return [teller.told(entry) for entry in entries]


def subject_words() -> dict[str, str]:
    """What each kind of subject is called."""
    return {
        "customer": _("Customer"), "batch": _("Import"), "user": _("Person"), "role": _("Role"),
        "territory": _("Territory"), "token": _("API token"), "webhook": _("Webhook"),
        "view": _("View"), "list": _("List"), "source": _("Map of columns"),
        "upload": _("Files brought in"), "snapshot": _("Grading"), "books": _("The books"),
        "job": _("Job"), "request": _("Request"), "audit": _("The audit trail"),
        "backup": _("Backup"), "setting": _("Setting"), "calendar": _("Calendar"),
        "hand_over": _("Hand-over"), "scheme": _("Scheme"),
        "policy": _("Policy"), "effort_rate": _("Effort rate"),
        "losses": _("Lost customers"), "loss": _("Lost customer"),
        "name": _("Sign-in as"), "address": _("Sign-in from"),
    }  # fmt: skip


class _Teller:
    """What one page of entries needs to be told: names and titles, looked up once."""

    def __init__(
        self, user: User, entries: Sequence[EntryInfo], *, cost: bool, whole: bool
    ) -> None:
        self._cost, self._whole = cost, whole
        self._words, self._subjects = actions(), subject_words()
        self._opens = {
            "customer": may(user, SEE), "batch": may(user, BOOKS),
            "user": may(user, MANAGE_PEOPLE), "role": may(user, MANAGE_PEOPLE),
            "request": may(user, READ_AUDIT), "hand_over": may(user, ASSIGN),
            "scheme": may(user, SEE), "policy": may(user, SEE),
            "setting": may(user, MANAGE), "calendar": may(user, MANAGE),
            "effort_rate": may(user, RATES), "losses": may(user, SEE),
        }  # fmt: skip
        self._people = names({id_ for entry in entries for id_ in self._persons(entry)})
        self._roles: dict[str, str] | None = None
        self._currency: tuple[str, int] | None = None

    def told(self, entry: EntryInfo) -> Told:
        action = self._words.get(entry.action, Action(entry.action, {}))
        subject, href = self._subject(entry.subject)
        kind, _sep, name = entry.subject.partition(":")
        facts = set_to(name, entry.facts) if kind == "setting" else entry.facts
        return Told(
            sequence=entry.sequence, at=entry.at, who=entry.actor or _("the system"),
            what=action.title, subject=subject, href=href, reason=entry.reason,
            facts=tuple(self._facts(action, facts)),
        )  # fmt: skip

    def _persons(self, entry: EntryInfo) -> Iterator[int]:
        kind, _sep, name = entry.subject.partition(":")
        if kind == "user" and name.isdigit():
            yield int(name)
        for label, fact in self._words.get(entry.action, Action("", {})).facts.items():
            if fact.kind == "person":
                for key in (label, WAS + label):
                    if isinstance(value := entry.facts.get(key), int):
                        yield value

    def _subject(self, subject: str) -> tuple[str, str]:
        kind, _sep, name = subject.partition(":")
        title = self._subjects.get(kind, kind)
        if name in {"all", "demo", "head"} and kind in {"books", "audit", "losses"}:
            return title, ""
        shown = ""
        if kind == "setting":
            shown = setting_words().get(name, name)
        elif kind in {"user", "role"}:
            shown = self._person(name) if kind == "user" else self._role(name)
        href = path_of(subject) if self._opens.get(kind) else None
        return f"{title} {shown or name}".strip(), href or ""

    def _facts(self, action: Action, facts: Mapping[str, Any]) -> Iterator[str]:
        given = [*action.facts, *(name for name in facts if self._is_other(name, action))]
        for name in given:
            fact = action.facts.get(name, Fact(name))
            if name not in facts and WAS + name not in facts:
                continue
            text = self._change(fact, name, facts) if self._shows(name) else _("not shown to you")
            if text:
                yield f"{fact.label}{mark(':')}{text}"

    def _is_other(self, name: str, action: Action) -> bool:
        return self._whole and name not in action.facts and name.removeprefix(WAS) not in (
            action.facts
        )  # fmt: skip

    def _shows(self, name: str) -> bool:
        bare = name.removeprefix(WAS)
        return self._cost or not (bare in cost_metrics() or COST & set(bare.split("_")))

    def _change(self, fact: Fact, name: str, facts: Mapping[str, Any]) -> str:
        after = self._read(fact, facts.get(name))
        if WAS + name not in facts:
            return after
        before = self._read(fact, facts[WAS + name])
        if before == after:
            return ""
        none = _("nobody") if fact.kind == "person" else _("nothing")
        return f"{before or none} → {after or none}"

    def _read(self, fact: Fact, value: Any) -> str:
        """A value in words; empty for nothing."""
        if value in (None, "", 0) or value == [] or value == {}:
            return ""
        read: dict[str, Callable[[Any], str]] = {
            "count": number, "money": self._money, "person": lambda v: self._person(str(v)),
            "role": self._role, "rights": _rights, "reach": lambda v: reach_words().get(v, v),
            "day": lambda v: day(dt.date.fromisoformat(v)),
            "moment": lambda v: moment(localtime(dt.datetime.fromisoformat(v))),
            "proof": lambda v: _proofs().get(v, v), "via": lambda v: _via().get(v, v),
            "evidence": lambda v: said(EVIDENCE.get(v, v)),
            "tables": lambda v: _joined([table_words().get(one, one) for one in v]),
            "columns": _columns, "number": lambda v: f"#{v}",
            "fields": lambda v: _joined([contact_words().get(one, one) for one in v]),
            "faults": lambda v: _joined([said(one) for one in v], " "),
            "gradings": lambda v: _joined([day(dt.date.fromisoformat(g["as_of"])) for g in v]),
            "names": lambda v: _joined(sorted(v)), "yes": lambda v: _("yes"),
            "file": lambda v: {"xlsx": "Excel"}.get(v, str(v).upper()),
            "asked": lambda v: said(kind_of(v).title), "subject": lambda v: self._subject(v)[0],
            "activity": lambda v: said(activities(rates=True).get(v, v)),
            "benefit": lambda v: said(benefits()[v].title) if v in benefits() else v,
            "loss_reason": lambda v: said(REASONS.get(v, v)),
            "loss_result": lambda v: said(RESULTS.get(v, v)),
            "step": lambda v: number(v + 1), "effects": _effects,
            "job": lambda v: kind_words().get(v, v), "sum": lambda v: f"{v[:12]}…",
        }  # fmt: skip
        return read.get(fact.kind, _text)(value)

    def _person(self, name: str) -> str:
        return self._people.get(int(name), name) if name.isdigit() else name

    def _role(self, name: str) -> str:
        if self._roles is None:
            self._roles = {key: said(role.title) for key, role in role_book.known().items()}
        return self._roles.get(name, name)

    def _money(self, minor: int) -> str:
        if self._currency is None:
            self._currency = books_currency()
        return money_exact(minor, *self._currency)


def reach_words() -> dict[str, str]:
    """How far a role may reach."""
    return {
        "own": _("own customers"), "territory": _("its territory"),
        "company": _("the whole company"),
    }  # fmt: skip


def contact_words() -> dict[str, str]:
    """What the fields of a contact are called."""
    return {name: said(title) for name, title in FIELDS.items()} | {"main": _("main contact")}


def _proofs() -> dict[str, str]:
    return {"password": _("password"), "provider": _("sign-in service")}


def _via() -> dict[str, str]:
    return {"cli": _("the terminal"), "folder": _("a watched folder"), "api": _("a program")}


def _effects(effects: Sequence[Mapping[str, Any]]) -> str:
    return _joined([f"{said(one['what'])} {one['before']} → {one['after']}" for one in effects])


def _rights(named: Sequence[str]) -> str:
    titles = {right.name: said(right.title) for right in permissions.rights()}
    return _joined([titles.get(name, name) for name in named])


def _columns(mapping: Mapping[str, Any]) -> str:
    return _joined([f"{heading} → {title}" for _table, title, heading in columns_of(mapping)])


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return _joined([f"{name} {_text(one)}" for name, one in value.items()])
    if isinstance(value, (list, tuple)):
        return _joined([_text(one) for one in value])
    return str(value)


def _joined(parts: Sequence[str], sign: str = "") -> str:
    shown = (sign or mark(",")).join(part for part in parts[:SHOWN] if part)
    more = len(parts) - SHOWN
    return f"{shown} … +{number(more)}" if more > 0 else shown
