"""The check page's own figures, from what the reader says about each uploaded file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mainstay.exchange.models import Upload


class NotReadable(Exception):
    """The file could not be read as a table at all."""


@dataclass(frozen=True, slots=True)
class Check:
    """Everything the page shows."""

    files: tuple[Any, ...]

    @classmethod
    def of(cls, upload: Upload, mapping: Mapping[str, Mapping[str, str]]) -> Check:
        raise NotReadable


def chosen_mapping(values: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Per table: canonical column → heading, from fields named ``map-<table>-<number>``."""
    return {}
