"""What people hold of one customer, by the criteria that a scheme leaves to them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mainstay.foundation.errors import NotAllowed
from mainstay.insights import selectors as insights
from mainstay.insights.errors import CustomerNotFound
from mainstay.insights.schemes import judging
from mainstay.kernel.errors import MainstayError
from mainstay.web.columns import shown_name
from mainstay.web.context import render, runs_of, signed_in_user
from mainstay.web.formatting import language
from mainstay.web.given import day, whole
from mainstay.web.listing import now_at


@require_http_methods(["GET", "POST"])
def judge(request: HttpRequest, code: str) -> HttpResponse:
    """Every judged criterion with what was said; the reader's own judgement of each."""
    user, fault = signed_in_user(request), ""
    try:
        head = insights.customer_head(user, code, runs=runs_of(request))
    except CustomerNotFound as error:
        raise Http404 from error
    if head.code != code:
        return now_at(request, head.code)
    may_judge = judging.may_judge(user, head.code)
    if request.method == "POST":
        if not may_judge:
            raise NotAllowed
        form = request.POST
        try:
            judging.judge(
                user, head.code, form.get("scheme", ""), form.get("criterion", ""),
                whole(form.get("value")) or 0, form.get("evidence", ""), day(form.get("until")),
            )  # fmt: skip
        except MainstayError as error:
            fault = error.text(language())
        else:
            messages.success(request, _("Saved. It counts from the next grading."))
            return redirect("judge", head.code)
    found = judging.opinions(user, head.code)
    context: dict[str, Any] = {
        "c": head, "name": shown_name(head.name, head.name_en) or head.code, "fault": fault,
        "opinions": [(one, one.own(user), _levels(one)) for one in found], "may_judge": may_judge,
    }  # fmt: skip
    return render(request, "customers/judge.html", context, status=422 if fault else 200)


def _levels(opinion: judging.Opinion) -> dict[int, Any]:
    return {level.value: level.title.model_dump() for level in opinion.criterion.levels}
