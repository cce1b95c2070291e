"""Grades: the schemes and metrics there are, the latest runs, everybody's class by one scheme."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from ninja import Query, Router, Schema, Status
from pydantic import Field

from mainstay.api.auth import ApiRequest
from mainstay.api.shapes import Day, Paging, Sent, Started, Text, Words, answers, cached, started
from mainstay.insights import bridge
from mainstay.insights import selectors as insights
from mainstay.insights import services as insights_services
from mainstay.insights.selectors import schemes

router = Router(tags=["grades"])
Sort = Literal[
    "value", "-value", "class", "-class", "rank", "-rank", "code", "-code", "name", "-name",
    "region", "-region", "owner", "-owner", "salesperson", "-salesperson",
    "net_sales", "-net_sales", "growth", "-growth", "gross_profit", "-gross_profit",
    "margin", "-margin", "collection_rate", "-collection_rate", "open_balance", "-open_balance",
    "overdue_balance", "-overdue_balance", "recency", "-recency", "credit_limit", "-credit_limit",
]  # fmt: skip


class Metric(Schema):
    """A figure the product measures: defined once, here."""

    name: str
    title: Words
    unit: str = Field(description="money · ratio · days · count · date · number")
    family: str
    windowed: bool = Field(description="Of the window, else of the whole life.")
    formula: Words
    source: str


class Metrics(Schema):
    """The catalogue of figures."""

    rows: list[Metric]


class Class(Schema):
    """One class of a scheme."""

    id: str
    title: Words


class Scheme(Schema):
    """A classification of customers."""

    name: str
    version: str
    title: Words
    about: Words
    window: str
    metric: str = Field(description="By which it decides: a metric, or «points».")
    classes: list[Class] = Field(description="Best first.")
    state: str = Field(description="runs · waiting (for its day) · draft · retired · available")
    since: dt.date | None = Field(description="From when gradings run it.")
    heads: bool = Field(description="Whether its class stands first on pages and lists.")


class Schemes(Schema):
    """The schemes by which everybody is graded."""

    rows: list[Scheme]


class Count(Schema):
    """How many customers a class of a run has."""

    class_id: str = Field(validation_alias="klass")
    title: Words
    customers: int
    customer_share: float | None


class Run(Schema):
    """One scheme's run over everybody, as of a day."""

    id: int
    scheme: str
    version: str
    title: Words
    state: str = Field(description="done · no_data")
    reason: Words | None = Field(description="Of no_data.")
    as_of: dt.date
    window_start: dt.date
    window_end: dt.date
    finished_at: dt.datetime | None
    currency: str
    exponent: int
    ranked: int
    classes: list[Count]


class Runs(Schema):
    """The latest run of each scheme."""

    rows: list[Run]


class Graded(Schema):
    """One customer's class with the figures of the list. Amounts in minor units of the run's
    currency; what rests on cost is null for whoever may not see it.
    """

    code: str
    name: str
    name_en: str
    region: str
    owner: str = Field(description="Who owns the customer today; empty: nobody who signs in.")
    salesperson: str = Field(description="As the books name it.")
    tax_no: str
    terms: str | None = Field(description="Of payment, in the notation of the customer list.")
    credit_limit: int | None = Field(description="Null: none set. 0: nothing allowed.")
    class_id: str = Field(validation_alias="klass")
    previous_class: str | None
    overridden: bool = Field(description="Whether a person set the class, and not the figures.")
    rank: int | None
    value: float | int | None
    net_sales: int | None
    growth: float | None
    gross_profit: int | None
    margin: float | None
    collection_rate: float | None
    open_balance: int | None
    overdue_balance: int | None
    recency: int | None = Field(description="Days since the last order.")
    reason: Words


class Grades(Schema):
    """A page of everybody's class by one scheme."""

    scheme: str
    version: str
    as_of: dt.date
    currency: str
    exponent: int
    total: int
    rows: list[Graded]
    next: str | None


class Wanted(Paging):
    """Which classes, in which order."""

    scheme: Text = "abc"
    class_id: Text = Field("", description="Only this class.")
    q: Text = Field("", description="Text of code or names.")
    region: Text = ""
    owner: int | None = Field(
        None, ge=0, le=2**63 - 1, description="Only the customers this person owns; 0: of nobody."
    )
    sort: Sort = "-value"


class GradeAsked(Sent):
    """As of which day everybody is to be graded."""

    as_of: Day | None = Field(None, description="The latest document's day without one.")


@router.get("/metrics", response=answers(Metrics), operation_id="list_metrics")
@cached
def list_metrics(request: ApiRequest) -> dict[str, Any]:
    """Every figure there is, with its formula."""
    return {
        "rows": [
            {"name": m.name, "title": {"en": m.en, "zh": m.zh}, "unit": m.unit,
             "family": m.family, "windowed": m.windowed, "formula": m.formulas, "source": m.source}
            for m in bridge.metric_catalogue()
        ]
    }  # fmt: skip


@router.get("/schemes", response=answers(Schemes), operation_id="list_schemes")
@cached
def list_schemes(request: ApiRequest) -> dict[str, Any]:
    """Every scheme there is, with its classes; the company's own in the version that counts."""
    return {"rows": [_scheme(line) for line in schemes.schemes(request.auth.user)]}


def _scheme(line: schemes.SchemeLine) -> dict[str, Any]:
    of = line.scheme
    return {
        "name": of.name, "version": str(of.version), "title": of.title.model_dump(),
        "about": of.about.model_dump(), "window": of.window, "metric": of.ranked_by,
        "classes": [{"id": one.id, "title": one.title.model_dump()} for one in of.classes],
        "state": line.state, "since": line.since, "heads": line.heads,
    }  # fmt: skip


@router.get("/runs", response=answers(Runs), operation_id="list_runs")
def list_runs(request: ApiRequest) -> dict[str, Any]:
    """The latest run of each scheme."""
    return {"rows": [_run(run) for run in insights.latest_runs(request.auth.user).values()]}


@router.post("/runs", response=answers(Started, status=202), operation_id="grade")
def grade(request: ApiRequest, wanted: GradeAsked) -> Status[dict[str, str]]:
    """Grade everybody anew."""
    return started(insights_services.regrade(request.auth.user, wanted.as_of))


@router.get("/grades", response=answers(Grades, 404), operation_id="list_grades")
def list_grades(request: ApiRequest, query: Query[Wanted]) -> dict[str, Any]:
    """Everybody's class by one scheme in its latest run."""
    user = request.auth.user
    filters = insights.Filters(
        q=query.q,
        region=query.region,
        owner=query.owner,
        classes=[query.class_id] if query.class_id else (),
    )
    page = insights.customer_page(
        user, scheme=query.scheme, filters=filters, sort=query.sort, after=query.after,
        size=query.size,
    )  # fmt: skip
    run = page.run
    total = insights.customer_sums(user, scheme=query.scheme, filters=filters).total
    return {
        "scheme": run.scheme, "version": run.version, "as_of": run.as_of,
        "currency": run.currency, "exponent": run.exponent, "total": total,
        "rows": page.rows, "next": page.next_cursor,
    }  # fmt: skip


def _run(run: insights.RunInfo) -> dict[str, Any]:
    plain = (
        "id", "scheme", "version", "state", "reason", "as_of", "window_start", "window_end",
        "finished_at", "currency", "exponent", "ranked", "classes",
    )  # fmt: skip
    return {name: getattr(run, name) for name in plain} | {"title": run.scheme_title}
