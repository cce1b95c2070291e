"""Help: what to do step by step, the keys, the glossary, and how each metric is computed."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from mainstay.foundation.permissions import may
from mainstay.insights.bridge import metric_catalogue
from mainstay.insights.permissions import PORTFOLIO
from mainstay.parties import words
from mainstay.parties.permissions import SEE
from mainstay.web.context import render, signed_in_user
from mainstay.web.help import glossary, topics
from mainstay.web.help.finding import named
from mainstay.web.views.customer import FAMILIES

OPENS = {"customers": SEE, "portfolio": PORTFOLIO, "terms": ""}
"""Pages that terms lead to, and the right that opens each."""


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """All help; ``?q=`` finds in it, ``?about=`` opens it at the topics of a page, by its route,
    and ``?topic=`` at one of them."""
    user = signed_in_user(request)
    query = request.GET.get("q", "").strip()[:200]
    route, wanted = request.GET.get("about", ""), request.GET.get("topic", "")
    known = topics.of(user)
    here = [one for one in known if not query and (one.id == wanted or route in one.about)]
    groups = [
        (group, found)
        for group in glossary.groups()
        if (found := [term for term in group.terms if _in_term(term, query)])
    ]
    return render(
        request,
        "help/help.html",
        {
            "query": query,
            "here": here,
            "topics": [one for one in known if one not in here and _in_topic(one, query)],
            "groups": groups,
            "terms": glossary.terms(),
            "opens": {page for page, right in OPENS.items() if not right or may(user, right)},
            "metric_titles": {metric.name: metric.title for metric in metric_catalogue()},
        },
    )


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Every metric of the catalogue: unit, formula, and when it has no value."""
    units = {
        "money": _("money"), "ratio": _("share"), "days": _("days"), "count": _("count"),
        "date": _("date"), "number": _("number"),
    }  # fmt: skip
    catalogue = metric_catalogue()
    return render(
        request,
        "help/metrics.html",
        {
            "families": [
                (FAMILIES[family], list(members))
                for family, members in groupby(catalogue, key=lambda metric: metric.family)
            ],
            "count": len(catalogue),
            "titles": {metric.name: metric.title for metric in catalogue},
            "units": units,
        },
    )


def _in_topic(topic: topics.Topic, query: str) -> bool:
    return _says(topic.title.values(), [step.spoken() for step in topic.steps], query)


def _in_term(term: glossary.Term, query: str) -> bool:
    return _says((term.en, term.zh), term.means.values(), query)


def _says(names: Iterable[str], texts: Iterable[str], query: str) -> bool:
    """Whether its names or its text hold what was asked for; nothing asked: it does."""
    asked = words.wanted(query)
    if not asked:
        return not query
    plain = query.casefold()
    return named(names, asked) or any(plain in text.casefold() for text in texts)
