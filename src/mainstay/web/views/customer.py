"""One customer: grade and reasons, what matters now, and the documents behind every figure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render as django_render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from mainstay.insights import selectors as insights
from mainstay.insights.errors import CustomerNotFound
from mainstay.insights.records import CustomerDetail, FactNow, GradeView, MetricValue
from mainstay.kernel.cursor import BadCursor
from mainstay.ledger import selectors as ledger
from mainstay.ledger.errors import DocumentNotFound
from mainstay.web.charts.months import months
from mainstay.web.charts.scale import Scale, scale
from mainstay.web.context import render, signed_in_user
from mainstay.web.formatting import day, language, metric, money, number, percent
from mainstay.web.grades import Badges
from mainstay.web.views.customers import shown_name

FAMILIES = ("sales", "profit", "rhythm", "receivables", "growth", "assortment", "levels")
LIFELONG = {"first_purchase", "last_purchase", "recency", "tenure", "median_gap", "rhythm_gap",
            "silence_ratio", "open_balance", "overdue_balance", "overdue_share"}  # fmt: skip
FROM_RECEIPTS = {"receipts"}


@dataclass(frozen=True, slots=True)
class Said:
    """One of the three facts in words, with the action that follows."""

    tone: str
    title: str
    text: str
    link: str
    link_text: str


@require_GET
def customer(request: HttpRequest, code: str) -> HttpResponse:
    """The customer page; ``?scheme=`` chooses whose reasons are spread out."""
    user = signed_in_user(request)
    try:
        detail = insights.customer(user, code)
    except CustomerNotFound as error:
        raise Http404 from error
    wanted = request.GET.get("scheme", "")
    view = next((g for g in detail.grades if g.scheme == wanted), detail.headline)
    chart = months([(m.start, m.end, m.net) for m in detail.monthly])
    return render(
        request,
        "customers/customer.html",
        {
            "c": detail,
            "name": shown_name(detail.name, detail.name_en) or detail.code,
            "view": view,
            "badges": {grade.scheme: Badges(grade.run) for grade in detail.grades},
            "facts": [spoken(fact, detail) for fact in detail.facts],
            "families": families(detail),
            "months": chart,
            "scale": standing(view, detail) if view else None,
            "growth": detail.metrics.get("growth"),
            "net_sales": detail.metrics.get("net_sales"),
            "formula": formula,
            "documents_of": lambda name: documents_of(detail, name),
        },
    )


def documents_of(detail: CustomerDetail, name: str) -> str:
    """The address of the documents behind a metric: the window's, or all up to the as-of date."""
    view = "receipts" if name in FROM_RECEIPTS else "documents"
    span: dict[str, str] = {}
    if detail.window_end:
        span["end"] = f"{detail.window_end:%Y-%m-%d}"
    if detail.window_start and name not in LIFELONG:
        span["start"] = f"{detail.window_start:%Y-%m-%d}"
    if name in {"returns", "return_rate"}:
        span["kind"] = "credit_note"
    address = reverse(view, args=[detail.code])
    return f"{address}?{urlencode(span)}" if span else address


def families(detail: CustomerDetail) -> list[tuple[str, list[MetricValue]]]:
    """What was measured, by family; a family with nothing measured is left out."""
    words = {
        "sales": _("Sales"), "profit": _("Profit"), "rhythm": _("Rhythm"),
        "receivables": _("Money owed"), "growth": _("Growth"), "assortment": _("Assortment"),
        "levels": _("Size of orders"),
    }  # fmt: skip
    groups: dict[str, list[MetricValue]] = {}
    for value in detail.metrics.values():
        groups.setdefault(value.family, []).append(value)
    order = [*[f for f in FAMILIES if f in groups], *[f for f in groups if f not in FAMILIES]]
    return [(words.get(family, family), groups[family]) for family in order]


@dataclass(frozen=True, slots=True)
class Standing:
    """The customer's place on a scheme's scale, drawn for the page and for the phone."""

    wide: Scale
    narrow: Scale


def standing(view: GradeView, detail: CustomerDetail) -> Standing | None:
    """The customer's place between the cuts of a scheme; ``None`` where no cut decided."""
    unit, value = view.run.value_unit, view.value
    if value is not None and unit == "money":
        value = value / 10**detail.exponent

    def level(place: float) -> str:
        if unit == "money":
            return money(round(place * 10**detail.exponent), detail.currency, detail.exponent)
        return metric(place, unit, detail.currency, detail.exponent)

    def share(place: float) -> str:
        return percent(place, 1)

    wide = scale(view.cut, value, share, level, 640)
    narrow = scale(view.cut, value, share, level, 358)
    return Standing(wide, narrow) if wide and narrow else None


def formula(value: MetricValue) -> str:
    """How a metric is computed; the catalogue's formulas are written in English."""
    return value.formula if language() == "en" else ""


def spoken(fact: FactNow, detail: CustomerDetail) -> Said:
    """A fact in words."""
    facts = fact.facts
    title, text, link, link_text = _WORDS[fact.code](facts, detail)
    return Said(fact.tone, title, text, link, link_text)


def _cash(value: Any, detail: CustomerDetail) -> str:
    return money(value, detail.currency, detail.exponent)


Words = tuple[str, str, str, str]


def _overdue(facts: Mapping[str, Any], detail: CustomerDetail) -> Words:
    return (
        _("%(amount)s is overdue") % {"amount": _cash(facts["amount"], detail)},
        _("%(share)s of the %(open)s they owe, including VAT")
        % {"share": percent(facts.get("share")), "open": _cash(facts["open_balance"], detail)},
        documents_of(detail, "overdue_balance"), _("See the documents"),
    )  # fmt: skip


def _nothing_overdue(facts: Mapping[str, Any], detail: CustomerDetail) -> Words:
    return (
        _("Nothing is overdue"),
        _("%(open)s is open and not yet due") % {"open": _cash(facts["open_balance"], detail)},
        documents_of(detail, "receipts"), _("See the receipts"),
    )  # fmt: skip


def _no_receivables(_facts: Mapping[str, Any], _detail: CustomerDetail) -> Words:
    return (
        _("What they owe is not known"),
        _("the books hold no receipts or no due dates"),
        reverse("data"), _("Import receipts"),
    )  # fmt: skip


def _next_class(facts: Mapping[str, Any], detail: CustomerDetail) -> Words:
    amount = metric(facts["amount"], facts["unit"], detail.currency, detail.exponent)
    return (
        _("%(amount)s short of class %(klass)s")
        % {"amount": amount, "klass": _klass(facts["scheme"], facts["next_class"], detail)},
        _("the distance to the smallest customer of that class"),
        "#why", _("See why"),
    )  # fmt: skip


def _top_class(facts: Mapping[str, Any], detail: CustomerDetail) -> Words:
    klass = _klass(facts["scheme"], facts["klass"], detail)
    return (
        _("In the best class, %(klass)s") % {"klass": klass},
        _("there is no class above"),
        "#why", _("See why"),
    )  # fmt: skip


def _not_ranked(_facts: Mapping[str, Any], _detail: CustomerDetail) -> Words:
    return (_("Not ranked"), _("nothing positive in the window to rank by"), "#why", _("See why"))


def _silent(facts: Mapping[str, Any], detail: CustomerDetail) -> Words:
    return (
        _("Silent for %(days)s days; the usual gap is %(gap)s")
        % {"days": number(facts["days"]), "gap": number(facts["gap"])},
        _("%(ratio)s times the usual gap between orders") % {"ratio": number(facts["ratio"], 1)},
        documents_of(detail, "recency"), _("See the last orders"),
    )  # fmt: skip


def _in_rhythm(facts: Mapping[str, Any], detail: CustomerDetail) -> Words:
    gap = facts.get("gap")
    return (
        _("Ordered %(days)s days ago") % {"days": number(facts["days"])},
        _("within its rhythm: an order every %(gap)s days") % {"gap": number(gap)}
        if gap is not None
        else _("too few orders to know a rhythm"),
        documents_of(detail, "recency"), _("See the last orders"),
    )  # fmt: skip


def _never_bought(_facts: Mapping[str, Any], detail: CustomerDetail) -> Words:
    since = (
        _("customer since %(day)s") % {"day": day(detail.since)}
        if detail.since
        else _("no sale in the books")
    )
    return (_("Has never ordered"), since, reverse("customers"), _("Back to the list"))


_WORDS = {
    "overdue": _overdue, "nothing_overdue": _nothing_overdue, "no_receivables": _no_receivables,
    "next_class": _next_class, "top_class": _top_class, "not_ranked": _not_ranked,
    "silent": _silent, "in_rhythm": _in_rhythm, "never_bought": _never_bought,
}  # fmt: skip


def _klass(scheme: str, klass: str, detail: CustomerDetail) -> str:
    for grade in detail.grades:
        if grade.scheme == scheme:
            return Badges(grade.run)(klass).text
    return klass


@dataclass(frozen=True, slots=True)
class Span:
    """The dates and kind a list of documents is narrowed to."""

    start: dt.date | None
    end: dt.date | None
    kind: str | None

    @classmethod
    def of(cls, request: HttpRequest) -> Span:
        return cls(_date(request, "start"), _date(request, "end"), request.GET.get("kind") or None)

    def address(self, view: str, code: str, **changes: str | None) -> str:
        values = {
            "start": f"{self.start:%Y-%m-%d}" if self.start else "",
            "end": f"{self.end:%Y-%m-%d}" if self.end else "", "kind": self.kind, **changes,
        }  # fmt: skip
        return f"{reverse(view, args=[code])}?{urlencode({k: v for k, v in values.items() if v})}"


def _date(request: HttpRequest, name: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(request.GET[name]) if request.GET.get(name) else None
    except ValueError as error:
        raise Http404 from error


@require_GET
def documents(request: HttpRequest, code: str) -> HttpResponse:
    """A customer's documents in a span of days."""
    return _ledger_list(request, code, "documents")


@require_GET
def receipts(request: HttpRequest, code: str) -> HttpResponse:
    """A customer's receipts in a span of days."""
    return _ledger_list(request, code, "receipts")


def _ledger_list(request: HttpRequest, code: str, view: str) -> HttpResponse:
    user = signed_in_user(request)
    span = Span.of(request)
    after = request.GET.get("after") or None
    try:
        detail = insights.customer(user, code)
        page: Any = (
            ledger.documents(user, code, span.start, span.end, span.kind, after)
            if view == "documents"
            else ledger.receipts(user, code, span.start, span.end, after)
        )
    except (CustomerNotFound, BadCursor) as error:
        raise Http404 from error
    context = {
        "c": detail,
        "name": shown_name(detail.name, detail.name_en) or detail.code,
        "page": page,
        "span": span,
        "next": span.address(view, code, after=page.next_cursor) if page.next_cursor else "",
    }
    if after and request.headers.get("HX-Request") == "true":
        return django_render(request, f"customers/_{view}.html", context)
    return render(request, f"customers/{view}.html", context)


@require_GET
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """One document: its lines, and where they came from."""
    try:
        detail = ledger.document(signed_in_user(request), pk)
    except DocumentNotFound as error:
        raise Http404 from error
    name = shown_name(detail.customer_name, detail.customer_name_en)
    return render(request, "customers/document.html", {"d": detail, "name": name})
