"""Metrics: one catalogue, one planner that answers many of them in as few scans as it can."""

from mainstay_engine.metrics.catalogue import Metric, metric, metrics
from mainstay_engine.metrics.planner import (
    available_metrics,
    company_totals,
    compute_metrics,
    customers_of,
    latest_document_date,
    monthly_sales,
    replayed_metrics,
)
from mainstay_engine.metrics.window import Resolved, Window

__all__ = [
    "Metric", "Resolved", "Window", "available_metrics", "company_totals", "compute_metrics",
    "customers_of", "latest_document_date", "metric", "metrics",
    "monthly_sales", "replayed_metrics",
]  # fmt: skip
