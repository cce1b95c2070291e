"""Every figure opens to its documents: the address behind each metric of a customer."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from mainstay.insights.records import CustomerDetail

LIFELONG = {
    "first_purchase", "last_purchase", "recency", "tenure", "median_gap", "rhythm_gap",
    "silence_ratio", "open_balance", "overdue_balance", "overdue_share",
    "overdue_invoices", "oldest_overdue_days",
}  # fmt: skip
"""Metrics over all history, not the window."""
FROM_RECEIPTS = {"receipts", "rebates"}
FROM_EFFORTS = {
    "efforts", "effort_hours", "effort_share", "efforts_unpriced", "cost_to_serve",
    "profit_after_service",
}  # fmt: skip
OVERDUE = {"overdue_balance", "overdue_share", "overdue_invoices", "oldest_overdue_days"}
"""Of what is past its due day."""


def documents_of(detail: CustomerDetail, name: str) -> str:
    """The address of the documents behind a metric: the window's, or all up to the as-of date."""
    if name in FROM_EFFORTS or name.startswith("effort_cost"):
        return reverse("efforts", args=[detail.code])
    view = "receipts" if name in FROM_RECEIPTS else "documents"
    span: dict[str, str] = {}
    if detail.window_end:
        span["end"] = f"{detail.window_end:%Y-%m-%d}"
    if detail.window_start and name not in LIFELONG:
        span["start"] = f"{detail.window_start:%Y-%m-%d}"
    if name in {"returns", "return_rate"}:
        span["kind"] = "credit_note"
    if name == "rebates":
        span["kind"] = "rebate"
    if name in OVERDUE:
        span["state"] = "overdue"
    elif name == "open_balance":
        span["state"] = "open"
    address = reverse(view, args=[detail.code])
    return f"{address}?{urlencode(span)}" if span else address
