"""Portfolio › Lost: the register; and the losses of one customer, where people say and do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from mainstay.foundation.errors import NotAllowed
from mainstay.insights.errors import NotGraded
from mainstay.kernel.errors import MainstayError
from mainstay.parties.selectors import owners
from mainstay.retention import rules, selectors, services
from mainstay.retention.errors import LossReasonUnknown
from mainstay.retention.selectors import Wanted
from mainstay.web import lost as words
from mainstay.web.books import head_of, heading
from mainstay.web.columns import shown_name
from mainstay.web.context import render, signed_in_user
from mainstay.web.formatting import language
from mainstay.web.given import day, whole
from mainstay.web.listing import Column, Listing, addressed, answer, now_at

USUAL = timedelta(days=14)
"""By when a customer is to be won back unless somebody says otherwise."""


@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """The list; ``?reason=``, ``?state=``, ``?owner=``, ``?neglected=1``, ``?after=``, ``?as=``."""
    user, wanted = signed_in_user(request), _wanted(request)
    try:
        found = selectors.summary(user, wanted)
    except NotGraded:
        return redirect("start")
    except LossReasonUnknown as error:
        raise Http404 from error
    chosen = {
        "reason": wanted.reason, "owner": f"{wanted.owner}" if wanted.owner else "",
        "neglected": "1" if wanted.neglected else "",
    }  # fmt: skip
    address = reverse("lost")
    listing = Listing(
        _("Lost customers"), _columns(),
        lambda after, size: selectors.register(user, wanted, after, size),
        addressed(address, **chosen, state=wanted.state), "lost", found.currency, found.exponent,
        notes=[(_("As of"), found.as_of.isoformat())],
    )  # fmt: skip
    states = words.state_words()
    context: dict[str, Any] = {
        "found": found, "sums": found.sums, "title": words.finding(found), "wanted": wanted,
        "states": [
            (addressed(address, **chosen), _("All"), not wanted.state, sum(found.counts.values())),
            *((addressed(address, **chosen, state=name), states[name], wanted.state == name, count)
              for name, count in found.counts.items()),
        ],
        "reasons": [("", _("any")), *words.reason_words().items()],
        "owners": [("", _("anyone")), *((f"{pk}", name) for pk, name in owners(user))],
        "words": [
            *([words.reason_words()[wanted.reason]] if wanted.reason else []),
            *(name for pk, name in owners(user) if pk == wanted.owner),
            *([_("neglected only")] if wanted.neglected else []),
        ],
        "narrowed": any(chosen.values()) or bool(wanted.state),
        "care_days": rules.CARE_DAYS,
    }  # fmt: skip
    return answer(request, listing, "portfolio/lost.html", context)


def _wanted(request: HttpRequest) -> Wanted:
    state = request.GET.get("state", "")
    if state and state not in rules.STATES:
        raise Http404
    return Wanted(
        request.GET.get("reason", ""), state, whole(request.GET.get("owner")),
        request.GET.get("neglected") == "1",
    )  # fmt: skip


def _columns() -> list[Column]:
    states = words.state_words()

    def behind(row: Any) -> str:
        return reverse("customer-lost", args=[row.code])

    def below(row: Any) -> str:
        told = (words.reason_of(row), states[row.state], words.task_words(row))
        return " · ".join(filter(None, told))

    return [
        Column(_("Code"), "text", lambda r: r.code, behind, room="code", wide=True),
        Column(_("Name"), "text", lambda r: shown_name(r.name, r.name_en) or r.code, behind,
               below=below),
        Column(_("Owner"), "text", lambda r: r.owner, wide=True, quiet=True),
        Column(_("Last order"), "date", lambda r: r.last_purchase, wide=True),
        Column(_("Lost on"), "date", lambda r: r.lost_on),
        Column(_("Went, a year"), "money", lambda r: r.went),
        Column(_("Why lost"), "text", words.reason_of, wide=True, room="some"),
        Column(_("Neglected"), "text", words.neglect_words, wide=True, quiet=True, room="line",
               tone=lambda r: "bad" if r.neglected else ""),
        Column(_("State"), "text", lambda r: states[r.state], wide=True, room="line"),
        Column(_("To be won back by"), "text", words.task_words, wide=True, room="some",
               tone=lambda r: "bad" if r.open and r.open.late else ""),
        Column(_("Came back"), "date", lambda r: r.back_on, wide=True),
        Column(_("Recovered"), "money", lambda r: r.recovered if r.back_on else None, wide=True),
    ]  # fmt: skip


@require_http_methods(["GET", "POST"])
def of_customer(request: HttpRequest, code: str) -> HttpResponse:
    """The losses of a customer; say why, have it won back, say how that ended."""
    user, fault = signed_in_user(request), ""
    head = head_of(request, code)
    if head.code != code:
        return now_at(request, head.code)
    if request.method == "POST":
        try:
            messages.success(request, _done(request, head.code))
            return redirect("customer-lost", head.code)
        except NotAllowed:
            raise
        except MainstayError as error:
            fault = error.text(language())
    found = selectors.of_customer(user, head.code)
    if found is None:
        raise Http404
    today = localdate()
    now = next((row for row in found.rows if not row.void and row.back_on is None), None)
    context = heading(head, "lost") | {
        "found": found, "fault": fault, "given": request.POST if fault else {}, "now": now,
        "reason_of": words.reason_of, "care_words": words.care_words,
        "state_words": words.state_words(), "rhythm": words.rhythm_words(found.rhythm),
        "reasons": rules.REASONS, "results": rules.RESULTS, "longest": rules.LONGEST,
        "today": today, "usual": today + USUAL, "most": today + rules.LONGEST_AHEAD,
        "people": selectors.choices(user, head.code) if found.may_handle and now else [],
        "user_id": user.pk,
    }  # fmt: skip
    return render(request, "customers/lost.html", context, status=422 if fault else 200)


def _done(request: HttpRequest, code: str) -> str:
    """What a form asks for; how it was taken."""
    user, form = signed_in_user(request), request.POST
    loss = whole(form.get("loss")) or 0
    match form.get("do"):
        case "reason":
            why = services.Why(
                form.get("reason", ""), form.get("evidence", ""), form.get("rival", "")
            )
            services.name_reason(user, code, loss, why)
            return _("Kept, with the evidence.")
        case "win_back":
            task = services.Task(
                whole(form.get("owner")) or 0, form.get("what", ""),
                day(form.get("due")),
            )  # fmt: skip
            services.win_back(user, code, loss, task)
            return _("Begun. Its owner is told.")
        case "end":
            services.end(
                user, code, loss, whole(form.get("win_back")) or 0, form.get("result", ""),
                form.get("note", ""),
            )  # fmt: skip
            return _("Kept. Whether it buys again, the books will tell.")
    raise Http404
