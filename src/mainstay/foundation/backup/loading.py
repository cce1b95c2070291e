"""Rows of a backup into the tables of an empty schema, a batch at a time."""

from __future__ import annotations

import io
import zipfile
from typing import Any, cast

import pyarrow as pa
from django.core.management.color import no_style
from django.db import IntegrityError, connections, models, transaction
from pyarrow import csv

from mainstay.foundation.backup import columns
from mainstay.foundation.backup.manifest import ROWS, Manifest, tables
from mainstay.foundation.errors import BackupDamaged


def load(using: str, packed: zipfile.ZipFile, manifest: Manifest) -> None:
    """Fill the tables, set the sequences and check every reference.

    Raises:
        BackupDamaged: a table lacks rows, or rows point to none.
    """
    connection = connections[using]
    models_of = {f"{ROWS}{m._meta.db_table}.arrows": m for m in tables(manifest.migrations)}
    with transaction.atomic(using=using):
        if connection.vendor == "postgresql":  # making a reference sets it to be checked at once
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        with connection.constraint_checks_disabled():
            for name, model in models_of.items():
                if name in manifest.parts:
                    _load_table(connection, packed, name, model, manifest.parts[name].rows)
        _check_references(connection)
        resets = connection.ops.sequence_reset_sql(no_style(), list(models_of.values()))
        with connection.cursor() as cursor:
            for statement in resets:
                cursor.execute(statement)


def _load_table(
    connection: Any,
    packed: zipfile.ZipFile,
    name: str,
    model: type[models.Model],
    expected: int | None,
) -> None:
    put = _copy if connection.vendor == "postgresql" else _insert
    count = 0
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{model._meta.db_table}"')  # noqa: S608  a migration's own rows
        try:
            with (
                packed.open(name) as member,
                pa.ipc.open_stream(cast("io.IOBase", member)) as stream,
            ):
                if stream.schema.names != columns.schema(model).names:
                    raise BackupDamaged(part=name)
                for batch in stream:
                    put(cursor, model, batch)
                    count += batch.num_rows
        except pa.ArrowInvalid as error:
            raise BackupDamaged(part=name) from error
    if count != expected:
        raise BackupDamaged(part=name)


def _names(batch: pa.RecordBatch) -> str:
    return ", ".join(f'"{name}"' for name in batch.schema.names)


def _insert(cursor: Any, model: type[models.Model], batch: pa.RecordBatch) -> None:
    places = ", ".join(["%s"] * batch.num_columns)
    table = model._meta.db_table
    cursor.executemany(
        f'INSERT INTO "{table}" ({_names(batch)}) VALUES ({places})',  # noqa: S608  names are the model's
        columns.for_sqlite(batch),
    )


def _copy(cursor: Any, model: type[models.Model], batch: pa.RecordBatch) -> None:
    """COPY as CSV: null is empty, an empty text is quoted."""
    buffer = io.BytesIO()
    form = csv.WriteOptions(include_header=False, quoting_style="needed")
    csv.write_csv(columns.for_postgres(batch, model), buffer, form)
    statement = f'COPY "{model._meta.db_table}" ({_names(batch)}) FROM STDIN (FORMAT csv)'
    with cursor.copy(statement) as copy:
        copy.write(buffer.getbuffer())


def _check_references(connection: Any) -> None:
    """Every reference leads somewhere.

    PostgreSQL checks at once from here on: migrations that follow in the same transaction may not
    change a table for which checks are still to come.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            try:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            except IntegrityError as error:
                raise BackupDamaged(part=str(error).splitlines()[0]) from error
            return
        cursor.execute("PRAGMA foreign_key_check")
        if astray := cursor.fetchone():
            raise BackupDamaged(part=str(astray[0]))
