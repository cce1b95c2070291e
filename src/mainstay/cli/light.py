"""A light start: pandas stays out of the command line, which never uses it.

pyarrow imports pandas on the first conversion wherever it happens to be installed, and that alone
costs more than grading a year of sales. Mainstay does not depend on it, so nothing here needs it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import typer


class _NoPandas:
    """An import finder that answers for pandas as if it were not installed."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("The command line does without pandas.", name=name)


class LightTyper(typer.Typer):
    """A Typer that keeps pandas out when it is run as a program (not when it is tested)."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        sys.meta_path.insert(0, _NoPandas())
        return super().__call__(*args, **kwargs)
