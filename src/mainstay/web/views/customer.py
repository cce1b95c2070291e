"""One customer: grade and reasons, what matters now, and everything measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from mainstay.foundation.permissions import may
from mainstay.insights import selectors as insights
from mainstay.insights.errors import CustomerNotFound
from mainstay.insights.records import CustomerDetail, GradeView, MetricValue
from mainstay.insights.selectors.history import grade_history
from mainstay.parties.permissions import MERGE
from mainstay.parties.selectors import codes_of
from mainstay.retention import selectors as retention
from mainstay.web import export
from mainstay.web.charts.months import months
from mainstay.web.charts.scale import Scale, scale
from mainstay.web.columns import shown_name
from mainstay.web.context import render, runs_of, signed_in_user
from mainstay.web.facts import spoken
from mainstay.web.figures import documents_of
from mainstay.web.formatting import (
    in_currency,
    iso,
    metric,
    moment,
    money,
    money_exact,
    percent,
    said,
)
from mainstay.web.grades import Badges
from mainstay.web.listing import addressed, now_at
from mainstay.web.lost import reason_of
from mainstay.web.matches import how

FAMILIES: dict[str, Promise | str] = {
    "sales": gettext_lazy("Sales"), "profit": gettext_lazy("Profit"),
    "rhythm": gettext_lazy("Rhythm"), "receivables": gettext_lazy("Money owed"),
    "growth": gettext_lazy("Growth"), "assortment": gettext_lazy("Assortment"),
    "effort": gettext_lazy("Service and what is left"), "lifetime": gettext_lazy("Future"),
}  # fmt: skip
"""Families of metrics in the order of the page."""


@require_GET
def customer(request: HttpRequest, code: str) -> HttpResponse:
    """The customer page; ``?scheme=`` chooses whose reasons are spread out."""
    detail = _detail(request, code)
    if detail.code != code:
        return now_at(request, detail.code)
    user = signed_in_user(request)
    wanted = request.GET.get("scheme", "")
    view = next((g for g in detail.grades if g.scheme == wanted), detail.headline)
    history = grade_history(signed_in_user(request), code, view.scheme) if view else ()
    chart = months([(m.start, m.end, m.net) for m in detail.monthly])
    return render(
        request,
        "customers/customer.html",
        {
            "c": detail,
            "codes": codes_of(user, detail.id),
            "loss": retention.standing(user, code),
            "reason_of": reason_of,
            "may_merge": may(user, MERGE),
            "how": how,
            "name": shown_name(detail.name, detail.name_en) or detail.code,
            "view": view,
            "history": history,
            "history_badges": {record.run.id: Badges(record.run) for record in history},
            "money_url": addressed(
                reverse("money", args=[code]), end=f"{detail.as_of}" if detail.as_of else ""
            ),
            "badges": {grade.scheme: Badges(grade.run) for grade in detail.grades},
            "facts": [spoken(fact, detail) for fact in detail.facts],
            "families": families(detail),
            "months": chart,
            "month_rows": [
                [
                    f"{iso(m.start)} – {iso(m.end)}",
                    money_exact(m.net, detail.currency, detail.exponent),
                ]
                for m in detail.monthly
            ],
            "strongest": max(detail.monthly, key=lambda m: m.net, default=None),
            "scale": standing(view, detail) if view else None,
            "growth": detail.metrics.get("growth"),
            "net_sales": detail.metrics.get("net_sales"),
            "documents_of": lambda name: documents_of(detail, name),
        },
    )


@require_GET
def customer_months(request: HttpRequest, code: str) -> HttpResponse:
    """The data of the picture of months as CSV, exact."""
    detail = _detail(request, code)
    columns = [
        export.Column(_("From"), "date"),
        export.Column(_("to"), "date"),
        export.Column(in_currency(_("Net sales"), detail.currency), "money", detail.exponent),
    ]
    rows = [[m.start, m.end, m.net] for m in detail.monthly]
    name = f"{detail.code}-months"
    table = export.Table(name, "months", columns, rows)
    return export.hand_out(signed_in_user(request), table, "csv")


@require_GET
def customer_grades(request: HttpRequest, code: str) -> HttpResponse:
    """Every class the customer was ever given, by every scheme, as CSV."""
    detail = _detail(request, code)
    columns = [
        export.Column(_("As of"), "date"), export.Column(_("Scheme"), "text"),
        export.Column(_("Version"), "text"), export.Column(_("Class"), "text"),
        export.Column(_("Rank"), "count"), export.Column(_("Engine"), "text"),
        export.Column(_("Graded"), "text"), export.Column(_("Withdrawn"), "text"),
        export.Column(_("Reason"), "text"),
    ]  # fmt: skip
    rows = [
        [one.run.as_of, f"{said(one.run.scheme_title)} ({one.run.scheme})", one.run.version,
         one.klass, one.rank, one.run.engine_version, _when(one.graded_at),
         _when(one.withdrawn_at), said(one.reason)]
        for one in grade_history(signed_in_user(request), code, size=None)
    ]  # fmt: skip
    table = export.Table(f"{detail.code}-grades", "grades", columns, rows)
    return export.hand_out(signed_in_user(request), table, "csv")


def _when(value: datetime | None) -> str | None:
    return moment(localtime(value)) if value else None


def _detail(request: HttpRequest, code: str) -> CustomerDetail:
    try:
        return insights.customer(signed_in_user(request), code, runs=runs_of(request))
    except CustomerNotFound as error:
        raise Http404 from error


def families(detail: CustomerDetail) -> list[tuple[str, list[MetricValue]]]:
    """What was measured, by family; a family with nothing measured is left out."""
    groups: dict[str, list[MetricValue]] = {}
    for value in detail.metrics.values():
        groups.setdefault(value.family, []).append(value)
    order = [*[f for f in FAMILIES if f in groups], *[f for f in groups if f not in FAMILIES]]
    return [(str(FAMILIES.get(family, family)), groups[family]) for family in order]


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
