"""Who clicks in ``clients``: people who see everybody, a territory, or their own customers.

Their store is a copy of the pages' bench's, so that people and territories are there and not here.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from data import database
from store import _fresh_database, _open

PASSWORD = "fifty-people-click-at-once"  # noqa: S105  of a store that only the bench has
TERRITORY = "浙江"
TEAM = {"finance": 1, "sales_director": 5, "key_account_manager": 40}
"""Role → of how many customers it sees one: all of them; a region; a salesperson's own."""


def prepare(url: str) -> Path:
    """The copy and its people, named as their roles, opened; its data folder."""
    subprocess.run(
        [sys.executable, "-c", f"import pages; pages.store({url!r})"],
        check=True, cwd=Path(__file__).parent,
    )  # fmt: skip
    home = Path(tempfile.mkdtemp(prefix="mainstay-bench-"))
    _open(home, _fresh_database(url, database("_clients"), database("_pages")))
    from django.db import connection
    from django.db.models import Min

    from mainstay.insights import outline, totals
    from mainstay.insights.models import Grade, Run, Snapshot

    for run in Run.objects.all():  # as a grading leaves them
        grades = Grade.objects.filter(run=run)
        run.sums = totals.by_class(grades)
        for entry in run.classes:
            own = grades.filter(klass=entry["class"])
            entry["least"] = own.aggregate(least=Min("value_minor"))["least"]
        run.save()
    outline.keep(Snapshot.objects.get())
    _people()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return home


def _people() -> None:
    from django.contrib.auth.hashers import make_password
    from django.db import transaction

    from mainstay.foundation import people
    from mainstay.foundation.models import Territory, User
    from mainstay.parties import owners, territories
    from mainstay.parties.models import Customer

    chief = User.objects.get()
    territories.save(chief, None, name=TERRITORY, regions=[TERRITORY])
    for role in TEAM:
        person, _password = people.add_person(chief, role)
        territory = Territory.objects.get().pk if role == "sales_director" else None
        people.appoint(chief, person.pk, role, territory_id=territory)
    User.objects.update(password=make_password(PASSWORD), must_change_password=False)
    owner = User.objects.get(username="key_account_manager")
    step = TEAM["key_account_manager"]
    with transaction.atomic():
        hers = [pk for pk in Customer.objects.values_list("pk", flat=True) if pk % step == 0]
        owners.give(hers, owner, chief, "bench")
