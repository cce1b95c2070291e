"""The application's settings with one piece of middleware around all others: it says in a header of
each answer what it took the server. ``clients`` serves with these.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from measure import TOOK

from mainstay.config.settings import *  # noqa: F403  everything else stays as it is
from mainstay.config.settings import MIDDLEWARE as THEIRS

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

MIDDLEWARE = ["timed.took", *THEIRS]


def took(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Milliseconds from the request's arrival in Python to its answer, and of them the CPU of its
    own thread: the database works in processes of its own.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        wall, cpu = time.perf_counter(), time.thread_time()
        response = get_response(request)
        wall, cpu = time.perf_counter() - wall, time.thread_time() - cpu
        response.headers[TOOK] = f"{wall * 1000:.3f} {cpu * 1000:.3f}"
        return response

    return middleware
