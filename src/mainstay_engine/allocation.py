"""Allocation: which receipt settles which document, replayed as of any date.

Debits are invoices (and money paid back); credits are receipts and credit notes, each on its own
date. References come first: an allocation, or the document a receipt names, takes what the receipt
still holds and the document still owes. The rest of the credits, oldest first, settles the rest of
the debits, oldest due first (ties by document date, then number). A part is settled on the later of
the two dates, so money that came before its invoice settles it on the invoice's day.

Everything is integers in minor units, vectorised over all customers at once. Because the answer
depends only on the debits and credits handed in, calling it with the facts visible on a past day
gives the allocation of that day. Source: Mainstay; oldest due first is the customary order where
the payer names no invoice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Items:
    """Debits or credits: ``customer`` position, ``day`` number, positive ``amount``.

    They are taken in the order in which they stand within a customer.
    """

    customer: Ints
    day: Ints
    amount: Ints

    def __len__(self) -> int:
        return len(self.amount)


@dataclass(frozen=True, slots=True)
class References:
    """Wishes: ``amount`` of ``credit`` (position) settles ``debit`` (position), in this order."""

    credit: Ints
    debit: Ints
    amount: Ints


@dataclass(frozen=True, slots=True)
class Allocation:
    """Parts of debits settled by parts of credits, and what is left of each."""

    debit: Ints
    credit: Ints
    amount: Ints
    day: Ints
    """Day number on which the part was settled."""
    open_debit: Ints
    """Per debit: what is not settled."""
    open_credit: Ints
    """Per credit: what settles nothing."""

    def settled(self) -> Ints:
        """Per debit: the amount settled."""
        return _added(self.debit, self.amount, len(self.open_debit))


def allocate(debits: Items, credits: Items, references: References | None = None) -> Allocation:
    """Settle debits by credits: references first, the rest oldest first.

    Debits must stand in order of due date within a customer, credits in order of date. Amounts are
    positive. Nothing is lost: Σ debits − Σ credits = Σ open debits − Σ open credits.
    """
    parts: list[tuple[Ints, Ints, Ints]] = []
    left_debit, left_credit = debits.amount.copy(), credits.amount.copy()
    if references is not None and len(references.amount):
        amount = capped(references.credit, references.amount, left_credit)
        amount = capped(references.debit, amount, left_debit)
        some = amount > 0
        debit, credit, amount = references.debit[some], references.credit[some], amount[some]
        left_debit -= _added(debit, amount, len(debits))
        left_credit -= _added(credit, amount, len(credits))
        parts.append((debit, credit, amount))
    parts.append(_oldest_first(debits.customer, left_debit, credits.customer, left_credit))
    debit, credit, amount = (np.concatenate(column) for column in zip(*parts, strict=True))
    day = np.maximum(debits.day[debit], credits.day[credit])
    return Allocation(
        debit, credit, amount, day,
        debits.amount - _added(debit, amount, len(debits)),
        credits.amount - _added(credit, amount, len(credits)),
    )  # fmt: skip


def _added(position: Ints, amount: Ints, length: int) -> Ints:
    """Exact sums by position (``np.bincount`` would add in floats)."""
    total = np.zeros(length, dtype=np.int64)
    np.add.at(total, position, amount)
    return total


def _before(group: Ints, amount: Ints) -> Ints:
    """Sum of the earlier amounts of the same group; ``group`` must be sorted."""
    running = np.cumsum(amount) - amount
    first = np.searchsorted(group, group, side="left")
    return running - running[first]


def capped(owner: Ints, amount: Ints, limit: Ints) -> Ints:
    """Amounts cut, in order, so that those of one owner do not exceed its limit."""
    order = np.argsort(owner, kind="stable")
    sorted_owner, sorted_amount = owner[order], np.maximum(amount[order], 0)
    before = _before(sorted_owner, sorted_amount)
    cap = limit[sorted_owner]
    result = np.empty_like(amount)
    result[order] = np.minimum(before + sorted_amount, cap) - np.minimum(before, cap)
    return result


def _oldest_first(
    debit_customer: Ints, debits: Ints, credit_customer: Ints, credits: Ints
) -> tuple[Ints, Ints, Ints]:
    """Lay debits and credits of each customer end to end and cut where either ends.

    Per customer both lines are cut to the shorter one; then the lines of all customers, one after
    another, have the same length, and one sort of all the cuts gives every part.
    """
    customers = int(max(debit_customer.max(initial=-1), credit_customer.max(initial=-1))) + 1
    whole = np.minimum(
        _added(debit_customer, debits, customers), _added(credit_customer, credits, customers)
    )
    ends = []
    orders = []
    for owner, amount in ((debit_customer, debits), (credit_customer, credits)):
        order = np.argsort(owner, kind="stable")
        orders.append(order)
        ends.append(np.cumsum(capped(owner[order], amount[order], whole)))
    cuts = np.unique(np.concatenate([np.zeros(1, dtype=np.int64), *ends]))
    start, amount = cuts[:-1], np.diff(cuts)
    debit = orders[0][np.searchsorted(ends[0], start, side="right")]
    credit = orders[1][np.searchsorted(ends[1], start, side="right")]
    return debit, credit, amount
