"""The application's store for a command: Django set up, the store there and up to date.

Commands that need neither stay light: this loads only inside those that do.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mainstay.cli.errors import complain
from mainstay.cli.language import Lang

if TYPE_CHECKING:
    from mainstay.foundation.models import User

_PASSWORD = {
    "en": "A new data folder. Sign in as «{name}» with the one-time password  {password}",
    "zh": "新的数据目录。请以“{name}”登录，一次性密码：{password}",
}


def administrator(lang: Lang) -> User:
    """Open the store (``MAINSTAY_HOME``, ``MAINSTAY_DATABASE_URL``) as its first administrator.

    Whoever may run commands here owns the data folder, so he stands for the administrator. Makes
    and migrates the store where needed, as ``mainstay serve`` does.
    """
    os.umask(0o077)  # the database, too, is its owner's alone
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mainstay.config.settings")
    import django

    django.setup()
    _migrate()
    from mainstay.foundation.people import first_administrator
    from mainstay.foundation.permissions import MANAGE_PEOPLE, holders

    created = first_administrator()
    if created is not None:
        made, password = created
        complain(_PASSWORD[lang].format(name=made.username, password=password))
        return made
    return holders(MANAGE_PEOPLE)[:1].get()


def _migrate() -> None:
    """Bring the schema up to date; a store that is needs no lock for it."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)
