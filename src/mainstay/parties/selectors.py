"""Which customers a person may see: every read of customer data starts here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from mainstay.foundation import permissions, throttle
from mainstay.foundation.compiled import ask
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.keyset import after as page_after
from mainstay.foundation.models import User
from mainstay.kernel import cursor as cursors
from mainstay.parties import finding, words
from mainstay.parties.models import Assignment, Contact, Customer, CustomerCode, Merge
from mainstay.parties.permissions import COST, PERSONAL, SEE


def visible_to(user: User, right: str = SEE) -> QuerySet[Customer]:
    """The customers for whom the user holds a right (default: to see them).

    Lists, pages, sums and documents narrow together, for all of them start here. Raises
    ``NotAllowed`` for a user without it.
    """
    return Customer.objects.filter(within(user, right))


def within(user: User, right: str = SEE, path: str = "") -> Q:
    """The same as a condition; ``path`` leads to the customer. Raises ``NotAllowed``."""
    reach = permissions.reach(user, right)
    if not reach:
        raise NotAllowed
    if reach.company:
        return Q()
    inside = {f"{path}territory__in": reach.territories}
    seen = Q(**inside) if reach.territories else Q(pk__in=())
    if reach.own:
        mine = Assignment.objects.filter(user=user, until=None)
        seen |= Q(**{f"{path}pk__in": mine.values("customer")})
    return seen


def of_code(user: User, code: str, right: str = SEE) -> QuerySet[Customer]:
    """The customer a code leads to, if the user holds the right for it: at most one."""
    return visible_to(user, right).filter(codes__code=code)


def sees_everything(user: User, right: str = SEE) -> bool:
    """Whether a right reaches all customers, and with them unassigned documents and totals."""
    return permissions.reach(user, right).company


def sees_cost(user: User, customer: int | None = None) -> bool:
    """Whether cost, profit and margin are open to the user: of one customer, or wherever the user
    sees customers (lists and sums show them everywhere or nowhere).
    """
    reach = permissions.reach(user, COST)
    if customer is None or reach.company or not reach:
        return bool(reach) and reach.covers(permissions.reach(user, SEE))
    return visible_to(user, COST).filter(pk=customer).exists()


def sees_cost_at(user: User, customer: Customer) -> bool:
    """The same of one customer whose row is at hand: asked only where a team may open it."""
    reach = permissions.reach(user, COST)
    if reach.company or not reach or customer.territory_id in reach.territories:
        return bool(reach)
    return reach.own and sees_cost(user, customer.pk)


def sees_personal(user: User, customer: int) -> bool:
    """Whether the personal data of a customer's contacts is open to the user."""
    held = permissions.reach(user, PERSONAL)
    return bool(held) and visible_to(user, PERSONAL).filter(pk=customer).exists()


def sees_cost_of(user: User, code: str) -> bool:
    """The same of the customer a code leads to."""
    if sees_everything(user, COST):
        return True
    return permissions.may(user, COST) and of_code(user, code, COST).exists()


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code of a customer, and how it came to it."""

    code: str
    name: str
    """Of the code's own customer, which a split brings back."""
    since: datetime
    by: str
    why: str
    """first · match · merge"""
    evidence: str
    reason: str
    merge: int | None
    """The merge to split; none of the customer's first code."""


def codes_of(user: User, customer: int) -> list[CodeRow]:
    """The codes that lead to a customer the user may see, its own first, then in order."""
    rows = CustomerCode.objects.filter(customer__in=visible_to(user).filter(pk=customer))
    in_force = Merge.objects.filter(split_at=None, merged__in=rows.values("own"))
    merges = {merge.merged_id: merge for merge in in_force.select_related("by")}
    listed = []
    for code in rows.select_related("own", "by").order_by("code"):
        merge = merges.get(code.own_id)
        who = merge.by if merge else code.by
        listed.append(CodeRow(
            code=code.code, name=code.own.name, since=merge.at if merge else code.since,
            by=who.known_as() if who else "",
            why=merge.why if merge else "first", evidence=merge.evidence if merge else "",
            reason=merge.reason if merge else "", merge=merge.pk if merge else None,
        ))  # fmt: skip
    return sorted(listed, key=lambda row: row.merge is not None)


def sought(user: User, query: str) -> tuple[str, ...]:
    """What the index of words is asked for, for a user: the query's words, and by contacts too
    where the user sees personal data; nothing where the query has no word.

    Raises ``TooManyLookUps`` where it is a telephone number.
    """
    plain = finding.match(query)
    if not plain or not permissions.reach(user, PERSONAL):
        return (plain,) if plain else ()
    if number := words.dialled(query):
        throttle.look_up(user, number)
    return plain, finding.match(query, personal=True)


def found_by(user: User, asked: Sequence[Any], path: str = "") -> Q:
    """Whom that finds (``sought``, or as many ``Given`` in its place): by their contacts only those
    whose personal data the user sees.

    ``path`` leads to the customer. It does not say whom the user may see.
    """
    if not asked:
        return Q(pk__in=())
    among = f"{path}pk__in"
    plain, *with_contacts = (Q(**{among: finding.ids(one)}) for one in asked)
    if not with_contacts:
        return plain
    if permissions.reach(user, PERSONAL).company:
        return with_contacts[0]
    within = Q(**{among: visible_to(user, PERSONAL).values("pk")})
    return plain | (with_contacts[0] & within)


def closest(user: User, query: str, size: int) -> QuerySet[Customer]:
    """The customers the user may see that a query finds, those it names best first."""
    found = found_by(user, sought(user, query))
    return finding.closest(visible_to(user), found, query, size)


def search(user: User, text: str, without: int, size: int = 20) -> list[Customer]:
    """Customers that a query finds, save one, those it names best first."""
    return [one for one in closest(user, text, size + 1) if one.pk != without][:size]


@dataclass(frozen=True, slots=True)
class Card:
    """What the books know of a customer, without figures."""

    id: int
    code: str
    name: str
    name_en: str
    region: str
    trade: str
    salesperson: str
    """As the books name it."""
    owner: str
    """Who owns the customer here; empty: nobody who signs in."""
    tax_no: str
    since: date | None
    on_file: bool
    """Named by a customer list; else known from documents or receipts only."""


def cards(
    user: User, q: str = "", after: str | None = None, size: int = 50
) -> tuple[tuple[Card, ...], str | None]:
    """A page of the customers one may see, by code, and the next page's cursor.

    ``q``: finds as the search box does. Merged ones are not listed. Raises ``BadCursor``.
    """
    standing = CustomerCode.objects.filter(in_use=True).values("customer")
    found = visible_to(user).filter(pk__in=standing)
    if q.strip():
        found = found.filter(found_by(user, sought(user, q)))
    page = page_after(found, "code", descending=False, cursor=after)
    rows: list[Any] = list(page[: size + 1])
    shown = tuple(
        Card(
            row.pk, row.code, row.name, row.name_en, row.region, row.trade, row.salesperson,
            row.owner_name or "", row.tax_no, row.since, row.on_file,
        )
        for row in rows[:size]
    )  # fmt: skip
    further = cursors.encode(shown[-1].code, shown[-1].id) if len(rows) > size else None
    return shown, further


@dataclass(frozen=True, slots=True)
class Keeper:
    """Somebody who looks after a customer, or did."""

    user: int
    name: str
    duty: str
    """owner · member"""
    source: str
    """books · hand"""
    since: date
    until: date | None
    by: str
    reason: str


def keepers_of(user: User, customer: int) -> list[Keeper]:
    """Owners and team of a customer the user may see: those of today first, then the latest."""
    rows = Assignment.objects.filter(customer__in=visible_to(user).filter(pk=customer))
    found = [
        Keeper(
            row.user_id, row.user.known_as(), row.duty, row.source,
            row.since, row.until, row.by.username if row.by else "", row.reason,
        )
        for row in rows.select_related("user", "by").order_by("-duty", "-since", "-pk")
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.until is not None)


@dataclass(frozen=True, slots=True)
class ContactRow:
    """Somebody to talk to at a customer; without the right to personal data, what they are only."""

    id: int
    position: str
    main: bool
    since: datetime
    until: datetime | None
    source: str
    """hand · list"""
    shown: bool
    """Whether what follows is told; else it is empty."""
    name: str = ""
    phone: str = ""
    mobile: str = ""
    email: str = ""
    wechat: str = ""
    note: str = ""
    by: str = ""
    """Who said so last; empty: a list."""
    batch: int | None = None
    forgotten: bool = False


def contacts_of(user: User, customer: int, *, ended: bool = False) -> list[ContactRow]:
    """The contacts of a customer the user may see, the main one first; ``ended``: after them those
    who are none any more.
    """
    rows = Contact.objects.filter(
        customer__own_code__customer__in=visible_to(user).filter(pk=customer),
        covered=False, withdrawn=False,
    )  # fmt: skip
    if not ended:
        rows = rows.filter(until=None)
    shown = sees_personal(user, customer)
    # A customer merged into this one brought a main contact too: this one's own goes first.
    order = sorted(
        rows.select_related("by").order_by("pk"),
        key=lambda row: (row.until is not None, not row.is_main, row.customer_id != customer),
    )
    return [
        _contact_row(row, shown=shown, main=row.is_main and place == 0)
        for place, row in enumerate(order)
    ]


def _contact_row(row: Contact, *, shown: bool, main: bool) -> ContactRow:
    told = ("name", "phone", "mobile", "email", "wechat", "note")
    personal = {name: getattr(row, name) for name in told} if shown else {}
    return ContactRow(
        id=row.pk, position=row.position, main=main, since=row.since, until=row.until,
        source="list" if row.by is None else "hand", shown=shown,
        by=row.by.known_as() if row.by else "", batch=row.batch,
        forgotten=row.forgotten_at is not None, **personal,
    )  # fmt: skip


def called(path: str = "") -> Coalesce:
    """The name that colleagues read, of the user that ``path`` leads to."""
    return Coalesce(NullIf(f"{path}first_name", Value("")), f"{path}username")


def owned_today() -> QuerySet[Assignment]:
    """Who owns which customer today. Nothing begins or ends by a date alone: what has no end yet
    holds. Lists read it from the customer (``Customer.owner``), which ``owners`` keeps.
    """
    return Assignment.objects.filter(duty=Assignment.Duty.OWNER, until=None)


def owners(user: User) -> list[tuple[int, str]]:
    """Id and name of everybody who owns a customer that the user may see, by name."""
    seen = permissions.reach(user, SEE)
    if not seen:
        raise NotAllowed

    def make() -> QuerySet[Any]:
        held = Customer.objects.filter(owner=OuterRef("pk"))
        if seen.company:
            owning = Q(Exists(held))
        else:
            owning = Q(Exists(held.filter(territory__in=seen.territories)))
            if seen.own:  # one's own, and those in whose team one is
                team = Assignment.objects.filter(user=user, until=None, duty="member")
                owning |= Q(Exists(held), pk=user.pk) | Q(pk__in=team.values("customer__owner"))
        return User.objects.filter(owning).order_by(called(), "pk").values_list("pk", called())

    rows = ask(("owners", seen, user.pk if seen.own else None), make)
    return [(pk, name) for pk, name in rows]


def owned_count(person: int) -> int:
    """How many customers somebody owns."""
    return Assignment.objects.filter(user=person, duty="owner", until=None).count()


def placed_in(territory: int) -> int:
    """How many customers a territory itself holds, without its parts."""
    rows = Customer.objects.filter(territory=territory, codes__in_use=True)
    return rows.distinct().count()


def regions_unplaced() -> list[tuple[str, int]]:
    """Regions that no territory lists, with their customers; most first."""
    rows = Customer.objects.filter(territory=None, codes__in_use=True).exclude(region="")
    return list(rows.values_list("region").annotate(n=Count("pk", distinct=True)).order_by("-n"))
