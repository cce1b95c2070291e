"""The register follows each grading: new losses are found, others come back or turn out untrue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F

from mainstay.effort import attention
from mainstay.foundation.jobs import Progress
from mainstay.foundation.models import User
from mainstay.foundation.notices.telling import tell
from mainstay.foundation.services import audit
from mainstay.insights.models import Snapshot
from mainstay.parties.models import Customer
from mainstay.retention import news, rules
from mainstay.retention.models import Loss, LossEvent, WinBack

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts
    from mainstay_engine.portfolio.lost import Lost

CHUNK = 1_000
NAMED = 3
"""Customers that a notice names."""
_TOLD = (
    "last_purchase", "lost_on", "usual_gap", "allowed", "went", "back_on", "recovered", "void",
    "state", "contacts_before", "contacts_since", "complaints", "care_known",
)  # fmt: skip
"""What the books tell of a loss, and efforts."""


def follow(snapshot: Snapshot, facts: Facts, progress: Progress) -> None:
    """Bring the register up to date with the newest snapshot."""
    progress(0, 1, "Finding who is lost", "正在查找流失客户")
    found = rules.lost(facts, snapshot.as_of)
    with transaction.atomic():
        rows: dict[int, Any] = {
            row.pk: row for row in Loss.objects.select_for_update(of=("self",)).order_by("pk")
            .annotate(code=F("customer__own_code__customer__code"),
                      now=F("customer__own_code__customer"))
        }  # fmt: skip
        kept = [rules.Kept(r.pk, r.code, r.last_purchase, r.lost_on) for r in rows.values()]
        fates, new = rules.settled(kept, found, rules.backs(facts, kept, snapshot.as_of))
        was = {pk: _told(row) for pk, row in rows.items()}
        results = _results()
        for pk, fate in fates.items():
            _apply(rows[pk], fate, results[pk])
        made = _made(new)
        _attend([*rows.values(), *made])
        changed = [row for pk, row in rows.items() if _told(row) != was[pk]]
        Loss.objects.bulk_create(made, batch_size=CHUNK)
        Loss.objects.bulk_update(changed, _TOLD, batch_size=CHUNK)
        _write_events([*changed, *made])
        came = [row for row in changed if row.back_on and not was[row.pk]["back_on"]]
        gone = [row for row in changed if row.void and not was[row.pk]["void"]]
        if made or came or gone:
            audit(None, "losses.found", "losses:all", as_of=snapshot.as_of.isoformat(),
                  lost=len(made), back=len(came), untrue=len(gone))  # fmt: skip
        _tell(made)


def _results() -> Mapping[int, list[str]]:
    """Loss → the results of its win-backs, in order."""
    found: dict[int, list[str]] = defaultdict(list)
    for loss, result in WinBack.objects.order_by("pk").values_list("loss", "result"):
        found[loss].append(result)
    return found


def _told(row: Loss) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _TOLD}


def _figures(lost: Lost) -> dict[str, Any]:
    told = asdict(lost) | {"allowed": lost.limit}
    return {name: told[name] for name in
            ("last_purchase", "lost_on", "usual_gap", "allowed", "went")}  # fmt: skip


def _apply(row: Loss, fate: rules.Fate, results: Sequence[str]) -> None:
    back = fate.back
    if fate.lost is not None:
        for name, value in _figures(fate.lost).items():
            setattr(row, name, value)
    row.back_on = back.back_on if back else None
    row.recovered = back.recovered if back else 0
    row.void = fate.lost is None and back is None
    row.state = rules.state(back=back is not None, results=results)


def _made(new: Sequence[Lost]) -> list[Any]:
    """Rows of new losses, each with the customer it is of now (``now``)."""
    codes = dict(Customer.objects.values_list("code", "pk").iterator()) if new else {}
    made = []
    for silence in new:
        row: Any = Loss(customer_id=codes[silence.customer_id], **_figures(silence))
        row.now = row.customer_id  # the books know it by the code that it goes by
        made.append(row)
    return made


def _attend(rows: Sequence[Any]) -> None:
    """How often each was visited and called before it was lost."""
    if not rows:
        return
    whom = Customer.objects.filter(pk__in={row.now for row in rows})
    if len(rows) > CHUNK:  # more than a store takes by their ids
        whom = Customer.objects.all()
    since = rules.care_since(min(row.last_purchase for row in rows))
    contacts = attention.days_of(whom, rules.CONTACTS, since)
    complaints = attention.days_of(whom, rules.COMPLAINTS, since)
    recorded = attention.first_day(rules.CONTACTS)
    day = timedelta(days=1)
    for row in rows:
        first, own = rules.care_since(row.last_purchase), contacts.get(row.now, [])
        row.contacts_before = attention.within(own, first, row.last_purchase)
        row.contacts_since = attention.within(own, row.last_purchase + day, row.lost_on)
        row.complaints = attention.within(complaints.get(row.now, []), first, row.lost_on)
        row.care_known = recorded is not None and recorded <= first


def _write_events(rows: Sequence[Loss]) -> None:
    """What the books tell of these on the time line: lost, and back."""
    kind = LossEvent.Kind
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK]
        ids = [row.pk for row in some]
        LossEvent.objects.filter(loss__in=ids, kind__in=(kind.LOST, kind.BACK)).delete()
        told: list[LossEvent] = []
        for row in some:
            days: list[tuple[str, date | None]] = [(kind.LOST, row.lost_on),
                                                   (kind.BACK, row.back_on)]  # fmt: skip
            told += [
                LossEvent(loss=row, kind=name, day=day, facts={"allowed": row.allowed})
                for name, day in days if day is not None and not row.void
            ]  # fmt: skip
        LossEvent.objects.bulk_create(told)


def _tell(made: Iterable[Any]) -> None:
    """Tell each owner of new losses once, those with whom most went first."""
    rows = sorted(made, key=lambda row: (-row.went, row.now))
    owned: dict[int, tuple[str, int | None]] = {}
    for start in range(0, len(rows), CHUNK):
        whom = Customer.objects.filter(pk__in=[row.now for row in rows[start : start + CHUNK]])
        owned |= {one.pk: (one.name or one.code, one.owner_id) for one in whom}
    names: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        name, owner = owned[row.now]
        if owner is not None:
            names[owner].append(name)
    for person in User.objects.filter(pk__in=names):
        own = names[person.pk]
        more = " …" if len(own) > NAMED else ""
        tell([person], news.LOST, "losses:mine", lost=len(own),
             names=" · ".join(own[:NAMED]) + more)  # fmt: skip
