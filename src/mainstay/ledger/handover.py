"""Before a batch is taken back: what later imports brought again, unchanged, becomes theirs.

The fact is copied under the first batch still in force that confirmed it, so that it outlives its
own batch, while the old version stays for answers as of the time between. The row in the later file
was not kept, so the copy names none.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, models

from mainstay.ledger.models import Confirmation, Document, DocumentLine, ImportBatch
from mainstay.ledger.versions import PLACE, TABLES


def hand_over(batch: ImportBatch, table: str) -> int:
    """Copy the batch's confirmed facts of a table to their confirming batches; how many.

    Copies do not count yet: ``versions.take_back`` decides what does.
    """
    own = TABLES[table].objects.filter(batch=batch).values("pk")
    confirmed = Confirmation.objects.filter(
        table=table, fact__in=own, batch__state=ImportBatch.State.APPLIED
    )
    heirs = list(confirmed.order_by("batch").values_list("batch", flat=True).distinct())
    return sum(_inherit(batch.pk, heir, table) for heir in heirs)


def _inherit(batch: int, heir: int, table: str) -> int:
    """Copy what ``heir`` confirmed of ``batch``, and let later confirmations name the copies."""
    model = TABLES[table]
    name, place = model._meta.db_table, PLACE[model]
    columns = _columns(model, "id", "batch_id", "current", "source_row")
    copied = ", ".join(f"o.{column}" for column in columns)
    confirmation = Confirmation._meta.db_table
    with connection.cursor() as cursor:
        brought = f'(SELECT fact FROM {confirmation} WHERE batch_id = %s AND "table" = %s)'  # noqa: S608  our names
        cursor.execute(
            f"INSERT INTO {name} ({', '.join(columns)}, batch_id, current) "  # noqa: S608  our names
            f"SELECT {copied}, %s, %s FROM {name} o WHERE o.batch_id = %s AND o.id IN {brought}",
            [heir, False, batch, heir, table],
        )
        count: int = cursor.rowcount
        # Each old version with its copy; not the heir's own version, which may look the same.
        source = (
            f"FROM {name} o JOIN {name} n ON n.key = o.key AND n.{place} = o.{place} "
            "AND n.digest = o.digest AND n.batch_id = %s"
        )
        among = f"WHERE o.batch_id = %s AND o.id IN {brought}"
        pair: list[Any] = [heir, batch, heir, table]
        if model is Document:
            line = DocumentLine._meta.db_table
            kept = _columns(DocumentLine, "id", "document_id", "source_row")
            cursor.execute(
                f"INSERT INTO {line} ({', '.join(kept)}, document_id) "
                f"SELECT {', '.join(f'l.{column}' for column in kept)}, n.id "
                f"{source} JOIN {line} l ON l.document_id = o.id {among}",
                pair,
            )
        cursor.execute(
            f"UPDATE {confirmation} SET fact = (SELECT n.id {source} {among} AND o.id = fact) "  # noqa: S608  our names
            f'WHERE "table" = %s AND batch_id > %s AND fact IN (SELECT o.id {source} {among})',
            [*pair, table, heir, *pair],
        )
        cursor.execute(
            f'DELETE FROM {confirmation} WHERE batch_id = %s AND "table" = %s '  # noqa: S608  our names
            f"AND fact IN (SELECT o.id {source} {among})",
            [heir, table, *pair],
        )
    return count


def _columns(model: type[models.Model], *without: str) -> list[str]:
    """The model's database columns, quoted, save some."""
    quote = connection.ops.quote_name
    names = (field.column for field in model._meta.concrete_fields)
    return [quote(name) for name in names if name is not None and name not in without]
