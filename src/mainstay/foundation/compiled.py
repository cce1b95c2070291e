"""Queries that pages ask again and again: their SQL is made once, and then only asked.

Django makes the SQL of a query set anew each time, which takes several times as long as the store
takes to answer it from an index. What differs from one time to the next is ``Given``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Expression, QuerySet

LARGEST = 2_000
"""Queries kept at most, some kilobytes each: those asked last."""

_kept: dict[Hashable, _Compiled] = {}
_turn = Lock()


class Given(Expression):
    """A value that is told when the query is asked; in a query set it stands for that value."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


def ask(
    shape: Hashable, make: Callable[..., QuerySet[Any]], **values: Any
) -> list[tuple[Any, ...]]:
    """The rows of ``make(**values)``, a query set that ends in ``values_list``.

    ``shape`` tells it from every other: all that it is made of but the values, so also whose
    rights it narrows to. The values are as the columns hold them.
    """
    with _turn:
        kept = _kept.pop(shape, None)
    if kept is None:
        try:
            kept = _compile(make(**{name: Given(name) for name in values}))
        except EmptyResultSet:
            return []
    with _turn:
        while len(_kept) >= LARGEST:
            del _kept[next(iter(_kept))]
        _kept[shape] = kept
    return kept.ask(values)


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    parameters: tuple[Any, ...]
    converted: tuple[tuple[int, Any], ...]
    """Place and expression of each column that the store holds otherwise than the model."""

    def ask(self, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        given = [values[one.name] if isinstance(one, Given) else one for one in self.parameters]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, given)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        if not self.converted:
            return rows
        cells = [list(row) for row in rows]
        for place, column in self.converted:
            for convert in _converters(column):
                for row in cells:
                    row[place] = convert(row[place], column, connection)
        return [tuple(row) for row in cells]


def _compile(rows: QuerySet[Any]) -> _Compiled:
    compiler = rows.query.get_compiler(connection=connection)
    sql, parameters = compiler.as_sql()
    columns = enumerate(column for column, *_ in compiler.select or ())
    return _Compiled(
        sql, tuple(parameters),
        tuple((place, column) for place, column in columns if _converters(column)),
    )  # fmt: skip


def _converters(column: Any) -> list[Callable[..., Any]]:
    """By this thread's connection: a query is kept longer than any."""
    return [
        *connection.ops.get_db_converters(column), *column.get_db_converters(connection)
    ]  # fmt: skip
