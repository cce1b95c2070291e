"""What the selectors hand to pages: frozen records. Money in minor units of the run's currency."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from mainstay.kernel.errors import Words
from mainstay.parties.rules import terms_of

if TYPE_CHECKING:
    from mainstay_engine.terms import Terms


@dataclass(frozen=True, slots=True)
class ClassCount:
    """One class of a run: how many customers, and their part of the deciding value."""

    klass: str
    title: Words
    badge: str | None
    customers: int
    customer_share: float | None
    value: float | int | None
    """Sum of the deciding value: minor units where ``RunInfo.value_unit`` is ``money``."""
    least: float | int | None
    """The least deciding value in it; ``None`` where none is known."""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One scheme's run. ``state`` is ``done``, or ``no_data`` with the ``reason``."""

    id: int
    snapshot: int
    scheme: str
    scheme_title: Words
    version: str
    row: str
    state: str
    reason: Words | None
    as_of: date
    window_start: date
    window_end: date
    finished_at: datetime | None
    currency: str
    exponent: int
    engine_version: str
    value_metric: str
    value_unit: str
    """money · ratio · days · count · date · number"""
    classes: tuple[ClassCount, ...]
    """Best first."""
    ranked: int
    """Customers with a rank."""
    measured: tuple[dict[str, Any], ...]
    """What became of a class graded one window earlier: ``title``, ``was``, ``as_of``, ``of``,
    ``then``, ``share`` (the last four may be ``None``)."""
    left_out: dict[str, Any]
    parameters: dict[str, Any]
    kept: dict[str, Any]
    """What the reasons of its grades share."""
    headline: str
    """Name of the scheme chosen to head the pages; empty: nobody had chosen."""
    previous_as_of: date | None
    """Day that ``previous_class`` tells of."""


class CustomerRow(NamedTuple):
    """One row of the customer list: a tuple, for a page of them is made often."""

    id: int
    code: str
    name: str
    name_en: str
    region: str
    owner: str
    """Who owns the customer today; empty: nobody who signs in."""
    salesperson: str
    """As the books name it."""
    tax_no: str
    terms_text: str
    terms_days: int | None
    credit_limit: int | None
    """``None``: none set. 0: nothing allowed."""
    klass: str
    class_title: Words
    previous_class: str | None
    overridden: bool
    """Whether a person set the class."""
    rank: int | None
    value: float | int | None
    net_sales: int | None
    growth: float | None
    gross_profit: int | None
    margin: float | None
    collection_rate: float | None
    open_balance: int | None
    overdue_balance: int | None
    recency: int | None
    monthly: tuple[int, ...]
    """Net sales of twelve months, oldest first."""
    reason: Words
    """Empty where it was not asked for."""

    @property
    def terms(self) -> str | None:
        """Of payment, in the notation of the customer list."""
        found = terms_of(self.terms_text, self.terms_days)
        return None if found is None else str(found)


@dataclass(frozen=True, slots=True)
class ListTotals:
    """Sums over every row that passes the filters, not only those on the page."""

    customers: int
    net_sales: int
    growth: float | None
    gross_profit: int | None
    margin: float | None
    open_balance: int | None
    overdue_balance: int | None


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """One page of the customer list. ``next_cursor`` is ``None`` on the last page."""

    run: RunInfo
    rows: tuple[CustomerRow, ...]
    next_cursor: str | None
    sort: str
    cost: bool
    """Whether profit and margin are shown."""
    owners: tuple[tuple[int, str], ...]
    """Id and name of everybody who owns a customer that the user may see, by name."""


@dataclass(frozen=True, slots=True)
class CustomerSums:
    """Counts and sums of a customer list, of all its pages."""

    total: int
    totals: ListTotals
    class_counts: dict[str, int]
    """Customers per class under the other filters, best class first, empty classes included."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion of a grade."""

    metric: str
    title: Words
    value: float | int | str | None
    unit: str
    points: float | None
    max_points: float | None
    weight: float | None
    rank: int | None
    of: int | None
    text: Words


@dataclass(frozen=True, slots=True)
class GradeView:
    """One customer under one scheme: class, and why."""

    run: RunInfo
    scheme: str
    scheme_title: Words
    klass: str
    class_title: Words
    previous_class: str | None
    rank: int | None
    of: int
    """Customers ranked."""
    value: float | int | None
    share: float | None
    cumulative_share: float | None
    reason: Words
    rule: Words
    """How the scheme makes its classes."""
    criteria: tuple[Criterion, ...]
    cut: dict[str, Any]
    """Cut values as the engine states them."""
    overridden: bool
    """Whether a person set the class, and not the figures."""


@dataclass(frozen=True, slots=True)
class FactNow:
    """One of the facts that matter now; the page words it by ``code``.

    - ``overdue``: amount, open_balance, share · ``nothing_overdue``: open_balance
    - ``no_receivables``: nothing (the books hold no receipts or no due dates)
    - ``next_class``: scheme, klass, next_class, amount, unit (what the least customer of the next
      class has more) · ``top_class``: scheme, klass · ``not_ranked``: scheme, klass
    - ``silent``: days, gap, ratio (days since the last order; the usual gap between orders)
    - ``in_rhythm``: days, gap · ``never_bought``: nothing
    """

    code: str
    tone: str
    """bad · warn · good · plain"""
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MonthSales:
    """Net sales of one month of the window."""

    start: date
    end: date
    net: int


@dataclass(frozen=True, slots=True)
class MetricValue:
    """One metric of one customer, with what a page needs to show it."""

    name: str
    title: Words
    unit: str
    family: str
    value: float | int | str | None
    formula: Words


@dataclass(frozen=True, slots=True)
class Balances:
    """What the customer owes, gross of VAT; ``None`` without receipts or due dates."""

    open: int | None
    overdue: int | None
    overdue_share: float | None
    days_late: float | None
    """Weighted by amount."""
    credit_limit: int | None
    terms: Terms | None
    """Of payment; ``None``: none on its card."""


@dataclass(frozen=True, slots=True)
class CustomerHead:
    """Whose page it is, without figures: what the pages of a customer's books need."""

    id: int
    code: str
    name: str
    name_en: str
    as_of: date | None
    """Of the latest grading; ``None``: there is none."""
    cost: bool
    """Whether cost is open to the reader."""
    on_file: bool
    terms: str
    terms_days: int | None
    promises: bool
    """Whether the books hold any of the customer's orders or deliveries."""


@dataclass(frozen=True, slots=True)
class CustomerDetail:
    """The customer page."""

    id: int
    code: str
    name: str
    name_en: str
    region: str
    trade: str
    salesperson: str
    """As the books name it."""
    owner: str
    """Who owns the customer here; empty: nobody who signs in."""
    tax_no: str
    since: date | None
    as_of: date | None
    """``None``: the customer has not been graded yet."""
    window_start: date | None
    window_end: date | None
    currency: str
    exponent: int
    headline: GradeView | None
    grades: tuple[GradeView, ...]
    not_graded: tuple[RunInfo, ...]
    """Schemes without data."""
    facts: tuple[FactNow, ...]
    monthly: tuple[MonthSales, ...]
    metrics: dict[str, MetricValue]
    balances: Balances


@dataclass(frozen=True, slots=True)
class PortfolioStats:
    """The company in one line; sums over the customers one may see, plus what is unassigned."""

    customers: int
    active: int
    """Bought in the window."""
    net_sales: int
    growth: float | None
    gross_profit: int | None
    margin: float | None
    open_balance: int | None
    overdue_balance: int | None
    unassigned_net: int
    unassigned_lines: int


@dataclass(frozen=True, slots=True)
class ParetoCut:
    """Where a class ends on the curve."""

    klass: str
    customers: int
    share_customers: float
    share_value: float


@dataclass(frozen=True, slots=True)
class PyramidRow:
    """One class of the value pyramid: customers beside profit, loss-makers left out."""

    klass: str
    title: Words
    customers: int
    customer_share: float
    profit: int
    profit_share: float


@dataclass(frozen=True, slots=True)
class Apart:
    """Those the pyramid leaves out, with the sum of their profit in the window."""

    loss_makers: int
    loss_makers_profit: int
    silent: int
    silent_profit: int
    """Bought nothing in the window: the profit is that of late credit notes, mostly 0."""


@dataclass(frozen=True, slots=True)
class RegionRow:
    """Net sales of one region by class of the ABC run."""

    region: str
    customers: int
    net_sales: int
    by_class: dict[str, int]
    core_share: float | None
    """Part of the first two classes."""


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The portfolio page. A run that is missing or has no data leaves its part empty."""

    stats: PortfolioStats
    abc: RunInfo | None
    value: RunInfo | None
    pareto: tuple[tuple[float, float], ...]
    """(share of customers, share of value), from (0, 0) to (1, 1), at most 200 points."""
    cuts: tuple[ParetoCut, ...]
    pyramid: tuple[PyramidRow, ...]
    apart: Apart | None
    regions: tuple[RegionRow, ...]
    """Largest first."""
    top_shares: dict[int, float]
    """Share of net sales of the 1, 5, 10 and 50 largest customers."""
    hhi: int | None
    """Herfindahl–Hirschman index of net sales, 0 to 10,000."""
    cost: bool
    """Whether profit is shown."""
    moves: dict[str, dict[str, int]] = field(default_factory=dict)
    """ABC class before → class now → customers; empty without an earlier snapshot."""
