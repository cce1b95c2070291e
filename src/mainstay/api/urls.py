"""Addresses of the API: open without a session, answered in JSON whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, re_path
from django.views.decorators.csrf import csrf_exempt

from mainstay.api.app import api
from mainstay.api.errors import MethodNotAllowed, NoSuchAddress, answer

app_name = "api"
View = Callable[..., HttpResponseBase]


def framed(view: View) -> View:
    """What all answers have in common: no session, no CSRF (there is no cookie), own to the token
    and the language, and a refusal of the method in words.
    """

    @wraps(view)
    def inner(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
        except Http404:  # the bare root, which Ninja keeps for itself
            response = answer(NoSuchAddress())
        if response.status_code == 405:
            refusal = answer(MethodNotAllowed(method=request.method))
            refusal.headers["Allow"] = response.headers["Allow"]
            response = refusal
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers["Vary"] = "Authorization, Accept-Language"
        return response

    framed_view: View = login_not_required(csrf_exempt(inner))
    return framed_view


def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    """404 for any other address below."""
    return answer(NoSuchAddress())


urlpatterns: list[URLPattern] = []
for pattern in api.urls[0]:
    if isinstance(pattern, URLPattern) and pattern.callback is not None:
        pattern.callback = framed(pattern.callback)
        urlpatterns.append(pattern)
urlpatterns.append(re_path(r"^(?P<rest>(?s:.*))$", framed(unknown), name="unknown"))
