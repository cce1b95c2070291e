"""What a backup says of itself, and the tables it speaks of."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connections, models
from django.db.migrations.loader import MigrationLoader

from mainstay.foundation.errors import BackupDamaged

NAME = "manifest.json"
ROWS = "rows/"
UPLOADS = "uploads/"
FORMAT = 1
LEFT_OUT = ("django_session", "foundation_session")
"""Tables whose rows stay behind."""

Node = tuple[str, str]
"""A migration: app and name."""


@dataclass
class Part:
    """One member of the file."""

    sha256: str
    size: int
    rows: int | None = None
    """Of a table."""


@dataclass
class Manifest:
    """``migrations`` is the schema: each one applied when the backup was made."""

    version: str
    made_at: str
    store: str
    migrations: list[Node]
    parts: dict[str, Part] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(part.rows or 0 for part in self.parts.values())

    @property
    def files(self) -> int:
        return sum(part.rows is None for part in self.parts.values())

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def of(cls, text: bytes) -> Manifest:
        """Read one back; ``BackupDamaged`` where it makes no sense."""
        try:
            told: dict[str, Any] = json.loads(text)
            told["parts"] = {name: Part(**part) for name, part in told["parts"].items()}
            told["migrations"] = [(app, name) for app, name in told["migrations"]]
            return cls(**told)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BackupDamaged(part=NAME) from error


class Hashed(io.RawIOBase):
    """Passes on what is written and remembers its checksum and size."""

    def __init__(self, out: Any) -> None:
        self._out = out
        self._sum = hashlib.sha256()
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        self._sum.update(view)
        self._size += len(view)
        self._out.write(view)
        return len(view)

    def part(self, rows: int | None = None) -> Part:
        return Part(self._sum.hexdigest(), self._size, rows)


def applied(using: str) -> list[Node]:
    """The migrations of this store, as far as this version knows them."""
    loader = MigrationLoader(connections[using])
    return sorted(node for node in loader.applied_migrations if node in loader.graph.nodes)


def tables(nodes: list[Node]) -> list[type[models.Model]]:
    """The tables of the schema those migrations make, by name."""
    loader = MigrationLoader(None)
    state = loader.project_state(nodes)
    found = state.apps.get_models(include_auto_created=True)
    kept = [m for m in found if m._meta.managed and not m._meta.proxy]
    return sorted(kept, key=lambda model: model._meta.db_table)
