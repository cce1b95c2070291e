"""What a person is asked about a file: the options on which its reading turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mainstay_engine.reader.raw import Options

if TYPE_CHECKING:
    from mainstay_engine.reader.table import Outcome

_BY_FAULT = {"date_order": "dayfirst", "decimal_mark": "decimal"}
_WITH_TAX = {"gross", "price_gross"}
_WITHOUT_TAX = {"net", "amount", "tax", "tax_rate", "price"}


def asks(outcome: Outcome, options: Options) -> dict[str, str]:
    """Option → what holds now («» where nothing was decided), of those that matter in this file.

    «dayfirst» and «subtotals» true or false; «decimal» , or .; «month_end» first or last;
    «sheet» a name; «tax_rate» a fraction, where the file has amounts with tax only.
    """
    codes = {fault.code for fault in outcome.faults}
    found = {option: "" for code, option in _BY_FAULT.items() if code in codes}
    if options.dayfirst is not None:
        found["dayfirst"] = str(options.dayfirst).lower()
    if options.decimal is not None:
        found["decimal"] = options.decimal
    if outcome.learned.open_order:
        found["month_end"] = options.month_end or "first"
    if outcome.reading.sums.doubtful or options.subtotals is not None:
        found["subtotals"] = "" if options.subtotals is None else str(options.subtotals).lower()
    raw, has = outcome.reading.raw, set(outcome.reading.places)
    if raw.table == "lines" and has & _WITH_TAX and not has & _WITHOUT_TAX:
        found["tax_rate"] = options.tax_rate or ""
    if len(raw.sheets) > 1 and raw.sheet is not None:
        found["sheet"] = raw.sheet
    return found
