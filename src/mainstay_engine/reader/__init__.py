"""Files, data frames and databases as people have them → ``Facts``.

``read_facts`` guesses columns and conventions and reports every fault at once;
``facts_from_tables`` takes tables that are canonical already.
"""

from __future__ import annotations

from mainstay_engine.reader.inspection import inspect
from mainstay_engine.reader.preview import Preview
from mainstay_engine.reader.read import read_facts
from mainstay_engine.reader.rejects import write_rejects
from mainstay_engine.reader.typed import facts_from_tables

__all__ = ["Preview", "facts_from_tables", "inspect", "read_facts", "write_rejects"]
