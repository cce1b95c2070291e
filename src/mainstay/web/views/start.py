"""The first screen: look around the demo company, or bring your own spreadsheet."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from mainstay.exchange import services as exchange
from mainstay.exchange.permissions import IMPORT
from mainstay.foundation.permissions import demand, may
from mainstay.insights import selectors as insights
from mainstay.kernel.errors import MainstayError
from mainstay.ledger import services as books
from mainstay.parties.permissions import SEE
from mainstay.web.context import render, signed_in_user
from mainstay.web.formatting import language
from mainstay.web.forms import ACCEPTED


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Two doors, the second while the books are empty; then it says when everybody was graded."""
    user = signed_in_user(request)
    context = {
        "accepted": ACCEPTED, "empty": books.is_empty(),
        "graded": insights.headline_run(user) if may(user, SEE) else None,
    }  # fmt: skip
    return render(request, "data/start.html", context)


@require_POST
def demo(request: HttpRequest) -> HttpResponse:
    """Make up the demo company and import it, as any other file is imported."""
    user = signed_in_user(request)
    demand(user, IMPORT)
    try:
        job = exchange.load_demo(user)
    except MainstayError as error:
        messages.warning(request, error.text(language()), extra_tags="warn")
        return redirect("data")
    return redirect("job", job.pk)
