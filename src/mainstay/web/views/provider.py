"""Sign-in by the firm's own provider: there, and back."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from mainstay.foundation import provider, rates
from mainstay.foundation.errors import TooManyRequests
from mainstay.kernel.errors import MainstayError
from mainstay.web.context import next_page, render
from mainstay.web.formatting import language
from mainstay.web.forms import SignIn
from mainstay.web.views.sign_in import let_in, slowed

TO = "provider_to"
"""In a session of nobody: the page that was asked for."""
RATE = 60
"""Ways there and back a minute of one address."""
log = logging.getLogger(__name__)


@login_not_required
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Go to the provider, if somebody here wants to: a page elsewhere cannot begin a session."""
    elsewhere = request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}
    if request.user.is_authenticated or elsewhere or not provider.title():
        return redirect("sign-in")
    try:
        rates.rate(f"provider-{request.META.get('REMOTE_ADDR', '')}", RATE)
        request.session[TO] = next_page(request)
        return provider.start(request, request.build_absolute_uri(reverse("sign-in-back")))
    except MainstayError as error:
        return _refused(request, error)


@login_not_required
@require_GET
def back(request: HttpRequest) -> HttpResponse:
    """Come back with the provider's answer."""
    if request.user.is_authenticated or not provider.title():
        return redirect("sign-in")
    try:
        rates.rate(f"provider-{request.META.get('REMOTE_ADDR', '')}", RATE)
        user, strong = provider.finish(request)
    except MainstayError as error:
        return _refused(request, error)
    to = request.session.pop(TO, reverse("home"))
    return let_in(request, user, by="provider", to=to, strong=strong)


def _refused(request: HttpRequest, error: MainstayError) -> HttpResponse:
    log.warning("sign-in by the provider refused: %s", error)
    context = {
        "form": SignIn(request), "next": request.session.get(TO, ""),
        "wait": error.text(language()), "provider": provider.title(),
    }  # fmt: skip
    status = 429 if isinstance(error, TooManyRequests) else 403
    return slowed(render(request, "account/sign_in.html", context, status=status), error)
