"""Data › Rates: the rates of exchange that count, and one entered by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mainstay.exchange.rates import enter_rate
from mainstay.foundation.permissions import may
from mainstay.kernel.errors import MainstayError
from mainstay.ledger import rates as ledger_rates
from mainstay.ledger import selectors as ledger
from mainstay.ledger.permissions import RATES
from mainstay.web.context import render, signed_in_user
from mainstay.web.formatting import language
from mainstay.web.forms import ACCEPTED


@require_http_methods(["GET", "POST"])
def rates(request: HttpRequest) -> HttpResponse:
    """The list; an administrator may enter a rate, which supersedes one of the same day."""
    user, fault = signed_in_user(request), ""
    given = {name: request.POST.get(name, "").strip() for name in ("currency", "date", "rate")}
    if request.method == "POST":
        try:
            job = enter_rate(
                user, given["currency"].upper(), date.fromisoformat(given["date"]),
                Decimal(given["rate"]),
            )  # fmt: skip
        except (ValueError, InvalidOperation):
            fault = _("A day and a number such as 7.1 are needed.")
        except MainstayError as error:
            fault = error.text(language())
        else:
            messages.success(request, _("The rate counts now."))
            return redirect("job", job.pk) if job else redirect("rates")
    context = {
        "rows": ledger_rates.rates(user), "company": ledger.books_currency()[0], "given": given,
        "fault": fault, "may_enter": may(user, RATES), "accepted": ACCEPTED,
    }  # fmt: skip
    return render(request, "data/rates.html", context, status=422 if fault else 200)
