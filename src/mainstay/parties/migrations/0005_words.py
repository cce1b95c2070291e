"""The words a customer is found by, and the index over them: FTS5 on SQLite, GIN on PostgreSQL."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

TABLE = "parties_customerwords"
DELETE = (
    f"INSERT INTO {TABLE}_index({TABLE}_index, rowid, words) "  # noqa: S608  names of ours
    "VALUES ('delete', old.customer_id, old.words);"
)
INSERT = f"INSERT INTO {TABLE}_index(rowid, words) VALUES (new.customer_id, new.words);"  # noqa: S608
SQLITE = (
    f"CREATE VIRTUAL TABLE {TABLE}_index USING fts5(words, content='{TABLE}', "
    "content_rowid='customer_id', detail=none, columnsize=0, "
    "tokenize='unicode61 remove_diacritics 0')",
    f"CREATE TRIGGER {TABLE}_put AFTER INSERT ON {TABLE} BEGIN {INSERT} END",
    f"CREATE TRIGGER {TABLE}_cut AFTER DELETE ON {TABLE} BEGIN {DELETE} END",
    f"CREATE TRIGGER {TABLE}_set AFTER UPDATE ON {TABLE} BEGIN {DELETE} {INSERT} END",
)
POSTGRES = (
    f"CREATE INDEX {TABLE}_index ON {TABLE} USING gin "
    "(array_to_tsvector(string_to_array(words, ' ')))",
)


def make_index(apps: Any, schema_editor: Any) -> None:
    statements = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRES
    for statement in statements:
        schema_editor.execute(statement)


def drop_index(apps: Any, schema_editor: Any) -> None:
    """PostgreSQL's index and SQLite's triggers go with their table."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(f"DROP TABLE {TABLE}_index")


class Migration(migrations.Migration):
    dependencies = [("parties", "0004_people")]

    operations = [
        migrations.CreateModel(
            name="CustomerWords",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, primary_key=True,
                        serialize=False, to="parties.customer",
                    ),
                ),
                ("source", models.TextField()),
                ("words", models.TextField()),
            ],
        ),
        migrations.RunPython(make_index, drop_index),
    ]  # fmt: skip
