"""Customers: the register, and one with its figures, grades, balance and who looks after it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.utils.timezone import localdate
from django.utils.translation import get_language
from ninja import Query, Router, Schema
from pydantic import Field

from mainstay.api.auth import ApiRequest
from mainstay.api.shapes import Day, Paging, Text, Words, answers, cached, of_one
from mainstay.insights import selectors as insights
from mainstay.insights.errors import CustomerNotFound
from mainstay.insights.path_sheet import sheet
from mainstay.insights.selectors.changes import changes
from mainstay.insights.selectors.history import grade_history
from mainstay.insights.selectors.paths import paths
from mainstay.ledger import selectors as ledger
from mainstay.parties import selectors as parties

router = Router(tags=["customers"])


class Card(Schema):
    """What the books know of a customer, without figures."""

    code: str
    name: str
    name_en: str
    region: str
    trade: str
    salesperson: str = Field(description="As the books name it.")
    owner: str = Field(description="Who owns the customer here; empty: nobody who signs in.")
    tax_no: str
    since: dt.date | None
    on_file: bool = Field(description="Named by a customer list.")


class Cards(Schema):
    """A page of customers, by code."""

    rows: list[Card]
    next: str | None


class Figure(Schema):
    """One figure of a customer."""

    name: str = Field(description="As `GET /metrics` lists it.")
    unit: str = Field(description="money (minor units) · ratio · days · count · date · number")
    value: float | int | str | None


class Grade(Schema):
    """A customer's class by one scheme, and why. Without the right to cost, a scheme that rests on
    cost tells neither value nor rank.
    """

    scheme: str
    version: str
    as_of: dt.date
    class_id: str = Field(validation_alias="klass")
    title: Words
    previous_class: str | None
    overridden: bool = Field(description="Whether a person set the class, and not the figures.")
    rank: int | None
    of: int = Field(description="Customers ranked.")
    value: float | int | None
    reason: Words


class Customer(Schema):
    """One customer. Amounts in minor units of `currency`."""

    code: str
    name: str
    name_en: str
    region: str
    trade: str
    salesperson: str
    owner: str
    tax_no: str
    since: dt.date | None
    as_of: dt.date | None = Field(description="Day of the figures; null: not graded yet.")
    window_start: dt.date | None
    window_end: dt.date | None
    currency: str
    exponent: int = Field(description="Decimal places of the minor unit: 2 makes 100 one unit.")
    credit_limit: int | None
    terms: str | None = Field(description="Of payment, in the notation of the customer list.")
    grades: list[Grade]
    metrics: list[Figure] = Field(description="Without those of cost, unless one may see it.")


class Given(Schema):
    """One class a customer was given."""

    scheme: str
    version: str
    as_of: dt.date
    class_id: str = Field(validation_alias="klass")
    rank: int | None
    reason: Words
    graded_at: dt.datetime | None
    withdrawn_at: dt.datetime | None = Field(
        description="When an import it rested on was taken back; null: it stands."
    )


class History(Schema):
    """The classes a customer was given, the latest first."""

    rows: list[Given]


class Balance(Schema):
    """What a customer owes on a day in one currency; the parts add up to the total."""

    currency: str
    exponent: int
    as_of: dt.date
    total: int = Field(description="Negative: we owe.")
    openings: int
    invoices: int
    credit_notes: int
    money: int
    bills: int
    write_offs: int
    rebates: int
    dishonoured: int
    advances: int
    bills_not_due: int = Field(description="Of the bills: still a risk.")


class Balances(Schema):
    """What a customer owes, by currency: the company's own first."""

    rows: list[Balance]
    books_reach: dt.date | None = Field(
        description="Last day of which the books hold anything: what happened since is not in a "
        "balance of a later day."
    )


class Keeper(Schema):
    """Somebody who looks after a customer, or did."""

    name: str
    duty: str = Field(description="owner · member")
    source: str = Field(description="books · hand")
    since: dt.date
    until: dt.date | None
    reason: str


class Move(Schema):
    """One figure to be moved. Money in minor units."""

    metric: str
    unit: str = Field(description="money · ratio · days · count · number")
    was: float
    to: float
    delta: float


class Way(Schema):
    """Moves that together put the customer into a class."""

    klass: str
    moves: list[Move]
    cost: int = Field(description="By rough costs, in minor units: puts ways in order.")
    assumes: dict[str, str]
    runs: int = Field(
        description="Gradings after the one of `by` until the class takes effect; 0: with that one."
    )
    effective: dt.date = Field(description="The earliest day on which the class takes effect.")


class Paths(Schema):
    """The ways of a customer under one scheme."""

    scheme: str
    version: str
    as_of: dt.date = Field(description="Day of the newest grading.")
    by: dt.date = Field(description="Day the paths lead to: figures are of it, as far as known.")
    klass: str = Field(description="By the figures; empty with `missing`.")
    held: str = Field(
        description="The class that counts: of the run before until a change lasts or is clear."
    )
    currency: str
    exponent: int
    up: list[Way] = Field(description="To better classes, the cheapest first.")
    down: list[Way] = Field(description="Single changes that lose the class.")
    missing: dict[str, str] | None = Field(description="Why none can be told, by language.")


class ChangedFigure(Schema):
    """A criterion that changed; null where the scheme did not have it, or it had no value."""

    metric: str
    unit: str
    was: float | None = Field(description="Money in minor units.")
    now: float | None
    points: float | None = Field(description="More than before; null: it brings none.")


class ChangeEvent(Schema):
    """What happened beside the figures."""

    code: str = Field(
        description="version · guard_now · guard_gone · set · unset · held · rank (others moved)"
    )
    facts: dict[str, Any]


class ClassChanges(Schema):
    """A customer's class under one scheme, before and now."""

    scheme: str
    as_of: dt.date
    before: dt.date | None = Field(description="Null: there is no grading before.")
    was: str
    klass: str
    currency: str
    exponent: int
    figures: list[ChangedFigure] = Field(
        description="Those that changed; what moved most points first."
    )
    events: list[ChangeEvent]
    missing: dict[str, str] | None = Field(description="Why nothing is told, by language.")


class Keepers(Schema):
    """Owners and team: those of today first."""

    rows: list[Keeper]


class CustomerSearch(Paging):
    """Which customers."""

    q: Text = Field("", description="Text of code or names.")


@router.get("", response=answers(Cards, 404), operation_id="list_customers")
def list_customers(request: ApiRequest, query: Query[CustomerSearch]) -> dict[str, Any]:
    """The customers one may see, by code."""
    rows, further = parties.cards(request.auth.user, query.q, query.after, query.size)
    return {"rows": rows, "next": further}


@router.get("/{path:code}/grades", response=of_one(History), operation_id="list_customer_grades")
@cached
def list_customer_grades(request: ApiRequest, code: str, scheme: Text = "") -> dict[str, Any]:
    """Every class a customer was given, by one scheme or by all."""
    detail = insights.customer(request.auth.user, code)
    given = grade_history(request.auth.user, detail.code, scheme, size=None)
    return {"rows": [_given(one) for one in given]}


@router.get("/{path:code}/paths", response=of_one(Paths), operation_id="get_paths")
@cached
def get_paths(
    request: ApiRequest, code: str, scheme: Text = "", by: Day | None = None
) -> dict[str, Any]:
    """What would lift a customer under a scheme, the headline's without one, and what would lose
    it its class: the smallest changes by a day, that of the newest grading without one, everybody
    else's figures held. By a later day what has left the window by then counts no more.
    """
    found = paths(request.auth.user, code, scheme, by)
    return {
        "scheme": found.run.scheme, "version": found.run.version, "as_of": found.run.as_of,
        "by": found.by, "klass": found.klass, "held": found.held,
        "currency": found.run.currency, "exponent": found.run.exponent,
        "up": found.up, "down": found.down, "missing": found.missing,
    }  # fmt: skip


@router.get(
    "/{path:code}/paths.pdf", response=answers(None, 404), operation_id="get_paths_pdf",
    openapi_extra={"responses": {200: {"content": {"application/pdf": {"schema": {
        "type": "string", "format": "binary"}}}}}},
)  # fmt: skip
def get_paths_pdf(
    request: ApiRequest, code: str, scheme: Text = "", by: Day | None = None
) -> HttpResponse:
    """The same as one page of paper, in the language that Accept-Language asks for."""
    found = paths(request.auth.user, code, scheme, by)
    lang = "zh" if (get_language() or "en").startswith("zh") else "en"
    return HttpResponse(sheet(found, lang), content_type="application/pdf")


@router.get("/{path:code}/changes", response=of_one(ClassChanges), operation_id="get_changes")
@cached
def get_changes(request: ApiRequest, code: str, scheme: Text = "") -> dict[str, Any]:
    """What changed for a customer since the grading before, under a scheme, the headline's without
    one.
    """
    found = changes(request.auth.user, code, scheme)
    return {
        "scheme": found.run.scheme, "as_of": found.run.as_of, "klass": found.now,
        "before": found.before.as_of if found.before else None, "was": found.was,
        "currency": found.run.currency, "exponent": found.run.exponent,
        "figures": [
            {"metric": one.shown.metric, "unit": one.shown.unit, "points": one.points,
             "was": one.was.value if one.was else None, "now": one.now.value if one.now else None}
            for one in found.figures
        ],
        "events": found.events, "missing": found.missing,
    }  # fmt: skip


@router.get("/{path:code}/balance", response=of_one(Balances), operation_id="get_balance")
@cached
def get_balance(request: ApiRequest, code: str, as_of: Day | None = None) -> dict[str, Any]:
    """What a customer owes on a day, today without one."""
    user = request.auth.user
    detail = insights.customer(user, code)
    found = ledger.balances(user, detail.code, as_of or localdate())
    return {"rows": [_balance(one) for one in found], "books_reach": ledger.reach()}


@router.get("/{path:code}/keepers", response=of_one(Keepers), operation_id="list_keepers")
@cached
def list_keepers(request: ApiRequest, code: str) -> dict[str, Any]:
    """Who looks after a customer, and who did."""
    user = request.auth.user
    found = parties.of_code(user, code).first()
    if found is None:
        raise CustomerNotFound(code=code)
    return {"rows": parties.keepers_of(user, found.pk)}


@router.get("/{path:code}", response=of_one(Customer), operation_id="get_customer")
@cached
def get_customer(request: ApiRequest, code: str) -> dict[str, Any]:
    """One customer with its figures and grades. Any code that leads to it will do."""
    detail = insights.customer(request.auth.user, code)
    terms = detail.balances.terms
    plain = {
        name: getattr(detail, name)
        for name in (
            "code", "name", "name_en", "region", "trade", "salesperson", "owner", "tax_no",
            "since", "as_of", "window_start", "window_end", "currency", "exponent",
        )
    }  # fmt: skip
    return plain | {
        "credit_limit": detail.balances.credit_limit,
        "terms": None if terms is None else str(terms),
        "grades": [_grade(view) for view in detail.grades],
        "metrics": list(detail.metrics.values()),
    }


def _grade(view: insights.GradeView) -> dict[str, Any]:
    return {
        "scheme": view.scheme, "version": view.run.version, "as_of": view.run.as_of,
        "klass": view.klass, "title": view.class_title, "previous_class": view.previous_class,
        "overridden": view.overridden,
        "rank": view.rank, "of": view.of, "value": view.value, "reason": view.reason,
    }  # fmt: skip


def _given(one: Any) -> dict[str, Any]:
    return {
        "scheme": one.run.scheme, "version": one.run.version, "as_of": one.run.as_of,
        "klass": one.klass, "rank": one.rank, "reason": one.reason, "graded_at": one.graded_at,
        "withdrawn_at": one.withdrawn_at,
    }  # fmt: skip


def _balance(one: Any) -> dict[str, Any]:
    parts = (
        "openings", "invoices", "credit_notes", "money", "bills", "write_offs", "rebates",
        "dishonoured", "advances",
    )  # fmt: skip
    plain = {name: getattr(one, name) for name in ("currency", "exponent", "as_of", "total")}
    amounts = {name: getattr(one, name).amount for name in parts}
    return plain | amounts | {"bills_not_due": one.bills_not_due}
