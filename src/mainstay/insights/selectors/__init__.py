"""Nouns of grading: runs, the customer list, a customer, the portfolio. Records: ``records.py``."""

from mainstay.insights.records import (
    Apart,
    Balances,
    ClassCount,
    Criterion,
    CustomerDetail,
    CustomerHead,
    CustomerPage,
    CustomerRow,
    CustomerSums,
    FactNow,
    GradeView,
    ListTotals,
    MetricValue,
    MonthSales,
    ParetoCut,
    Portfolio,
    PortfolioStats,
    PyramidRow,
    RegionRow,
    RunInfo,
)
from mainstay.insights.selectors.behind import behind
from mainstay.insights.selectors.customer import customer, customer_head
from mainstay.insights.selectors.found import find_customers
from mainstay.insights.selectors.lists import customer_facets, customer_page, customer_sums
from mainstay.insights.selectors.money import open_in_company
from mainstay.insights.selectors.narrowing import NOBODY, Filters
from mainstay.insights.selectors.open_items import Wanted, documents
from mainstay.insights.selectors.portfolio import portfolio
from mainstay.insights.selectors.runs import headline_run, latest_runs, runs
from mainstay.insights.selectors.walking import SORTS

__all__ = [
    "NOBODY", "SORTS", "Apart", "Balances", "ClassCount", "Criterion", "CustomerDetail",
    "CustomerHead", "CustomerPage", "CustomerRow", "CustomerSums", "FactNow", "Filters",
    "GradeView",
    "ListTotals", "MetricValue", "MonthSales", "ParetoCut", "Portfolio", "PortfolioStats",
    "PyramidRow", "RegionRow", "RunInfo", "Wanted", "behind", "customer", "customer_facets",
    "customer_head",
    "customer_page", "customer_sums", "documents", "find_customers", "headline_run",
    "latest_runs", "open_in_company", "portfolio", "runs",
]  # fmt: skip
