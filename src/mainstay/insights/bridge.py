"""The doorway to the engine: its reader, its catalogues, its names. Nothing else imports it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mainstay_engine.metrics import Metric


@lru_cache(maxsize=1)
def metric_catalogue() -> tuple[Metric, ...]:
    """Every metric the engine knows, in the catalogue's order."""
    from mainstay_engine import metrics

    return tuple(metrics())


def inspect(path: Path, *, table: str, mapping: Mapping[str, str] | None, name: str) -> Any:
    """The reader's ``Preview`` of one file, under the name its owner gave it."""
    from mainstay_engine import reader

    return reader.inspect(path, table=table, mapping=dict(mapping) if mapping else None)
