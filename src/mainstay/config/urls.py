"""All addresses: the pages, and below ``/api/v1/`` the API; each tells its own errors."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from mainstay.api import errors as api_errors
from mainstay.web.urls import urlpatterns as pages
from mainstay.web.views import errors as page_errors

API = "/api/"
urlpatterns = [path("api/v1/", include("mainstay.api.urls")), *pages]


def handler400(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The request could not be understood."""
    if request.path_info.startswith(API):
        return api_errors.answer(api_errors.NotUnderstood())
    return page_errors.bad_request(request, exception)


def handler500(request: HttpRequest, *args: Any) -> HttpResponse:
    """Something went wrong that nobody foresaw."""
    if request.path_info.startswith(API):
        return api_errors.answer(api_errors.Crashed())
    return page_errors.crashed(request)


handler403 = page_errors.refused
handler404 = page_errors.not_found
