"""The floor page: addresses of the application, and one page that does as little as a list can."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from mainstay.web.urls import urlpatterns as ours

BYTES = 71_000
"""Of the customer list's page at fifty rows."""
CELLS = (
    "id", "code", "name", "name_en", "region", "salesperson", "trade", "tax_no", "since",
    "credit_limit", "terms", "terms_days",
)  # fmt: skip
"""With the one that fills the row to the list's size, as many as the list has."""
TEXT = (
    "<!doctype html><html><head><title>Customers</title></head><body><table>"
    "{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}"
    "<td>{{ filler }}</td></tr>{% endfor %}</table></body></html>"
)


@cache
def _template() -> Any:
    return engines["jinja2"].from_string(TEXT)


def page(request: HttpRequest) -> HttpResponse:
    """Session and user (the middleware asks for both), one keyset query, one template, which
    escapes every cell.
    """
    from mainstay.parties.models import Customer

    found = Customer.objects.filter(code__gt="C050000").order_by("code").values_list(*CELLS)
    filler = "x" * (BYTES // 50 - 190)
    return HttpResponse(_template().render({"rows": list(found[:50]), "filler": filler}))


urlpatterns = [path("floor", page), *ours]
