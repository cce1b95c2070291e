"""Data: the imports and gradings so far."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from mainstay.exchange import services as exchange
from mainstay.insights import selectors as insights
from mainstay.insights import services as insights_services
from mainstay.ledger import selectors as ledger
from mainstay.web.context import render, signed_in_user
from mainstay.web.forms import ACCEPTED
from mainstay.web.views.imports import states


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Bring files in; the imports and the runs so far."""
    return overview_page(request)


def overview_page(request: HttpRequest, fault: str = "", status: int = 200) -> HttpResponse:
    """The page Data, with what was wrong with files just brought."""
    user = signed_in_user(request)
    context = {
        "accepted": ACCEPTED,
        "batches": ledger.batches(user),
        "states": states(),
        "interrupted": exchange.interrupted(),
        "check": ledger.last_check(user),
        "runs": insights.runs(user, size=20),
        "behind": insights.behind(user),
        "fault": fault,
    }
    return render(request, "data/overview.html", context, status=status)


@require_POST
def grade_again(request: HttpRequest) -> HttpResponse:
    """Grade everybody anew as of the latest document."""
    return redirect("job", insights_services.regrade(signed_in_user(request)).pk)
