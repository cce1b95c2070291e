"""One customer: every scheme's class with its reason, the facts that matter now, the figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Min

from mainstay.foundation.models import User
from mainstay.insights import hidden, reasons, rules
from mainstay.insights.bridge import metric_catalogue
from mainstay.insights.errors import CustomerNotFound
from mainstay.insights.models import CustomerMetrics, Grade, Run
from mainstay.insights.records import (
    Balances,
    ClassCount,
    Criterion,
    CustomerDetail,
    CustomerHead,
    GradeView,
    MetricValue,
    MonthSales,
    RunInfo,
)
from mainstay.insights.selectors.runs import headline, latest_runs
from mainstay.kernel.errors import Words
from mainstay.kernel.money import to_minor
from mainstay.ledger.selectors import with_promises
from mainstay.parties.models import Customer
from mainstay.parties.rules import terms_of
from mainstay.parties.selectors import of_code, sees_cost_at
from mainstay_engine.periods import months_back

NO_WORDS: Words = {"en": "", "zh": ""}


def customer(
    user: User, code: str, *, runs: dict[str, RunInfo] | None = None
) -> CustomerDetail:  # fmt: skip
    """Everything the customer page shows; ``runs`` the latest ones, where they are at hand.

    Raises ``CustomerNotFound``.
    """
    found = of_code(user, code).first()
    if found is None:
        raise CustomerNotFound(code=code)
    latest = latest_runs(user) if runs is None else runs
    first = headline(latest)
    grades = {
        grade.run_id: grade
        for grade in Grade.objects.filter(
            customer=found, run__in=[run.id for run in latest.values()]
        )
    }
    cost = sees_cost_at(user, found)
    views = {
        run.scheme: _view(found.code, grades[run.id], run, cost=cost)
        for run in latest.values()
        if run.id in grades
    }
    figures = _figures(found, latest)
    measured: Mapping[str, Any] = figures.metrics if figures else {}
    if not cost:
        measured = hidden.without_cost(measured)
    told = first is not None and (cost or not hidden.rests_on_cost(first))
    standing = _standing(grades[first.id], first) if first and told and first.id in grades else None
    return CustomerDetail(
        id=found.pk,
        code=found.code,
        name=found.name,
        name_en=found.name_en,
        region=found.region,
        trade=found.trade,
        salesperson=found.salesperson,
        owner=found.owner_name or "",
        tax_no=found.tax_no,
        since=found.since,
        as_of=first.as_of if first else None,
        window_start=first.window_start if first else None,
        window_end=first.window_end if first else None,
        currency=first.currency if first else "",
        exponent=first.exponent if first else 2,
        headline=views.get(first.scheme) if first else None,
        grades=tuple(views.values()),
        not_graded=tuple(run for run in latest.values() if run.state == Run.State.NO_DATA),
        facts=rules.facts_now(measured, standing, found.credit_limit) if figures else (),
        monthly=_monthly(figures, first),
        metrics=dict(_metric_values(measured)),
        balances=Balances(
            open=measured.get("open_balance"),
            overdue=measured.get("overdue_balance"),
            overdue_share=measured.get("overdue_share"),
            days_late=measured.get("days_late"),
            credit_limit=found.credit_limit,
            terms=terms_of(found.terms, found.terms_days),
        ),
    )


def customer_head(
    user: User, code: str, *, runs: dict[str, RunInfo] | None = None
) -> CustomerHead:  # fmt: skip
    """The customer a code leads to, in one question where the ``runs`` are at hand.

    Raises ``CustomerNotFound``.
    """
    found = with_promises(of_code(user, code)).first()
    if found is None:
        raise CustomerNotFound(code=code)
    first = headline(latest_runs(user) if runs is None else runs)
    return CustomerHead(
        found.pk, found.code, found.name, found.name_en, first.as_of if first else None,
        sees_cost_at(user, found), found.on_file, found.terms, found.terms_days, found.promises,
    )  # fmt: skip


def _figures(found: Customer, latest: dict[str, RunInfo]) -> CustomerMetrics | None:
    run = next(iter(latest.values()), None)
    if run is None:
        return None
    return CustomerMetrics.objects.filter(customer=found, snapshot__runs=run.id).first()


def _view(code: str, grade: Grade, run: RunInfo, *, cost: bool) -> GradeView:
    told = cost or not hidden.rests_on_cost(run)
    why = reasons.explanation(run, code, grade)
    why = why if told else _without_cost(why)
    titles = {entry.klass: entry.title for entry in run.classes}
    return GradeView(
        run=run,
        scheme=run.scheme,
        scheme_title=run.scheme_title,
        klass=grade.klass,
        class_title=titles.get(grade.klass, {"en": grade.klass, "zh": grade.klass}),
        previous_class=grade.previous_class or None,
        rank=grade.rank if told else None,
        of=why.get("of", run.ranked),
        value=_value(grade, run) if told else None,
        share=grade.share if told else None,
        cumulative_share=grade.cumulative_share if told else None,
        reason=reasons.reason(run, code, grade) if told else hidden.REASON,
        rule=run.parameters.get("scheme", {}).get("about", NO_WORDS),
        criteria=tuple(criterion(one, run.exponent) for one in why.get("criteria", ())),
        cut=why.get("cut", {}),
        overridden=grade.overridden,
    )


def _without_cost(why: Mapping[str, Any]) -> dict[str, Any]:
    """The criteria that say nothing of cost; not where the cut fell."""
    secret = hidden.cost_metrics()
    return {"criteria": [one for one in why.get("criteria", ()) if one["metric"] not in secret]}


def criterion(stored: Mapping[str, Any], exponent: int) -> Criterion:
    """The engine states figures as exact texts, money in major units."""
    unit, value = stored["unit"], stored["value"]
    return Criterion(
        metric=stored["metric"],
        title=stored["title"],
        value=None if value is None else _figure(value, unit, exponent),
        unit=unit,
        points=_number(stored["points"]),
        max_points=_number(stored["max_points"]),
        weight=_number(stored["weight"]),
        rank=stored["rank"],
        of=stored["of"],
        text=stored["text"],
    )


def _figure(value: str, unit: str, exponent: int) -> float | int:
    if unit == "money":
        return to_minor(Decimal(value), exponent)
    number = float(value)
    return int(number) if unit in {"count", "days"} and number.is_integer() else number


def _number(value: str | None) -> float | None:
    return None if value is None else float(value)


def _value(grade: Grade, run: RunInfo) -> float | int | None:
    return grade.value_minor if run.value_unit == "money" else grade.value_number


def _standing(grade: Grade, run: RunInfo) -> rules.Standing:
    """Where the customer stands, and the least value one class up."""
    above = run.classes[grade.class_order - 1] if grade.class_order else None
    return rules.Standing(
        scheme=run.scheme,
        klass=grade.klass,
        ranked=grade.rank is not None,
        value=_value(grade, run),
        unit=run.value_unit,
        next_class=above.klass if above else None,
        least_above=_least(run, above) if above else None,
    )


def _least(run: RunInfo, klass: ClassCount) -> float | int | None:
    """As kept with the run; runs made before it was kept are asked. Of segments there is none."""
    if run.parameters.get("scheme", {}).get("segments"):
        return None
    if klass.least is not None or not klass.customers:
        return klass.least
    column = "value_minor" if run.value_unit == "money" else "value_number"
    least: float | int | None = Grade.objects.filter(run=run.id, klass=klass.klass).aggregate(
        least=Min(column)
    )["least"]
    return least


def _monthly(figures: CustomerMetrics | None, run: RunInfo | None) -> tuple[MonthSales, ...]:
    if figures is None or run is None:
        return ()
    months = months_back(run.as_of, len(figures.monthly))
    return tuple(
        MonthSales(start, end, net)
        for (start, end), net in zip(months, figures.monthly, strict=True)
    )


def _metric_values(measured: Mapping[str, Any]) -> Iterator[tuple[str, MetricValue]]:
    for metric in metric_catalogue():
        if metric.name in measured:
            yield (
                metric.name,
                MetricValue(
                    name=metric.name,
                    title={"en": metric.en, "zh": metric.zh},
                    unit=metric.unit,
                    family=metric.family,
                    value=measured[metric.name],
                    formula=metric.formulas,
                ),
            )
