"""Columns of either store as Arrow columns, and back: the form that does not tell which it was.

Integers (money in minor units) stay 64-bit integers, decimals keep their digits, dates are days,
moments are microseconds UTC, JSON is text, a UUID is its 32 hexadecimal digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import models

MOMENT = pa.timestamp("us", "UTC")
_INTEGERS = (
    "AutoField", "BigAutoField", "SmallAutoField", "IntegerField", "BigIntegerField",
    "SmallIntegerField", "PositiveIntegerField", "PositiveBigIntegerField",
    "PositiveSmallIntegerField",
)  # fmt: skip
_TYPES: dict[str, pa.DataType] = {
    **dict.fromkeys(_INTEGERS, pa.int64()),
    **dict.fromkeys(("CharField", "TextField", "JSONField", "UUIDField"), pa.string()),
    "BinaryField": pa.binary(),
    "BooleanField": pa.bool_(),
    "FloatField": pa.float64(),
    "DateField": pa.date32(),
    "DateTimeField": MOMENT,
}

_ESCAPED_NUL = r"((?:^|[^\\])(?:\\\\)*)(?:\\u0000)+"
"""A NUL as JSON writes it; the backslashes before it, if any, are in pairs that mean themselves."""


def base(field: models.Field[Any, Any]) -> models.Field[Any, Any]:
    """The field itself, or the one a foreign key points to."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return field


def arrow_type(field: models.Field[Any, Any]) -> pa.DataType:
    """How the field travels. A kind nobody taught this raises ``KeyError``: a test asks for all."""
    field = base(field)
    if isinstance(field, models.DecimalField):
        return pa.decimal128(field.max_digits, field.decimal_places)
    return _TYPES[field.get_internal_type()]


def schema(model: type[models.Model]) -> pa.Schema:
    """The columns of the model's table, by their names in the database."""
    fields = model._meta.concrete_fields
    return pa.schema([pa.field(str(f.column), arrow_type(f), f.null) for f in fields])


def selection(model: type[models.Model], vendor: str) -> str:
    """The SELECT of the whole table in the order of its key."""
    columns = []
    for field in model._meta.concrete_fields:
        kind, quoted = base(field).get_internal_type(), f'"{field.column}"'
        if vendor == "postgresql" and kind == "JSONField":
            quoted = f"{quoted}::text"
        if vendor == "postgresql" and kind == "UUIDField":
            quoted = f"replace({quoted}::text, '-', '')"
        columns.append(quoted)
    key = model._meta.pk.column
    return f'SELECT {", ".join(columns)} FROM "{model._meta.db_table}" ORDER BY "{key}"'  # noqa: S608  names are the model's


def to_arrow(rows: Sequence[Sequence[Any]], form: pa.Schema) -> pa.RecordBatch:
    """Rows as the store gave them, in the form that travels."""
    columns = zip(*rows, strict=True)
    arrays = [_column(list(v), f.type) for v, f in zip(columns, form, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=form)


def _column(values: list[Any], kind: pa.DataType) -> Any:
    first = next((value for value in values if value is not None), None)
    if pa.types.is_boolean(kind) and isinstance(first, int) and not isinstance(first, bool):
        return pa.array(values, pa.int64()).cast(kind)
    if pa.types.is_date(kind) and isinstance(first, str):
        return pa.array(values, pa.string()).cast(kind)
    if pa.types.is_timestamp(kind) and isinstance(first, str):
        naive: Any = pa.array(values, pa.string()).cast(pa.timestamp("us"))
        return pc.assume_timezone(naive, "UTC")
    if pa.types.is_decimal(kind) and isinstance(first, int | float):
        return pa.array([None if v is None else float(v) for v in values]).cast(kind)
    return pa.array(values, kind)


def for_sqlite(batch: pa.RecordBatch) -> list[tuple[Any, ...]]:
    """Rows as Django writes them into SQLite: moments as naive UTC text, decimals as numbers."""
    columns: list[list[Any]] = []
    for column in batch.columns:
        values: Any = column
        if pa.types.is_timestamp(column.type):
            text = column.cast(pa.timestamp("us")).cast(pa.string())
            values = pc.replace_substring_regex(text, r"\.000000$", "")
        elif pa.types.is_date(column.type):
            values = column.cast(pa.string())
        elif pa.types.is_decimal(column.type):
            values = column.cast(pa.float64())
        columns.append(values.to_pylist())
    return list(zip(*columns, strict=True))


def for_postgres(batch: pa.RecordBatch, model: type[models.Model]) -> pa.RecordBatch:
    """The batch as CSV for PostgreSQL: bytes as it writes them in text, and without the NUL
    characters that it can hold neither in texts nor in JSON, where they stand as ``\\u0000``.
    """
    in_json = {
        field.column
        for field in model._meta.concrete_fields
        if base(field).get_internal_type() == "JSONField"
    }
    arrays: list[Any] = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        texts: Any = column
        if name in in_json:
            texts = pc.replace_substring_regex(texts, _ESCAPED_NUL, r"\1")
        elif pa.types.is_string(column.type):
            texts = pc.replace_substring(texts, "\0", "")
        elif pa.types.is_binary(column.type):
            written = (None if v is None else f"\\x{v.hex()}" for v in column.to_pylist())
            texts = pa.array(written, pa.string())
        arrays.append(texts)
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)
