"""Jobs for ``measure``: pages at 100,000 customers against a floor page, CPU of the server alone.

Every job answers the same number of requests in its own process, through all middleware, by
Django's test client. The *floor page* is what nobody can do without: session, user, one keyset
query of fifty rows, and a Jinja2 template that writes as many bytes as the list does.
"""

from __future__ import annotations

import json
import random
import shutil
from typing import Any

import pyarrow as pa
from data import cache, database
from store import _fresh_database, _open

CUSTOMERS = 100_000
REQUESTS = 60
SYLLABLES = "恒晟拓普瑞泽锦程华达东方宏远金泰海川精工长江"
REGIONS = ("浙江", "江苏", "安徽", "广东", "上海")
VERSION = 6
SELLERS = 40


def store(url: str = "") -> None:
    """The store of made-up customers, graded by two schemes; made on first use."""
    home = cache() / f"pages-{CUSTOMERS}-v{VERSION}{'-pg' if url else ''}"
    ready = home / "ready"
    if ready.exists():
        _open(home, f"{url.rpartition('/')[0]}/{database('_pages')}" if url else "")
        _migrate()
        return
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    _open(home, _fresh_database(url, database("_pages")) if url else "")
    _migrate()
    _fill()
    ready.touch()


def _migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _fill() -> None:
    from django.db import connection

    from mainstay.foundation.people import first_administrator
    from mainstay.parties import finding

    first_administrator()
    _customers()
    _owners()
    finding.refresh()
    _grades()
    if connection.vendor == "postgresql":  # its server counts by itself, a minute later
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _customers() -> None:
    from mainstay.foundation import bulk
    from mainstay.parties.models import Customer, CustomerCode

    dice = random.Random(7)  # noqa: S311  made-up names
    numbers = range(1, CUSTOMERS + 1)
    names = ["".join(dice.choices(SYLLABLES, k=6)) + "有限公司" for _ in numbers]
    bulk.insert(Customer, pa.table({
        "id": pa.array(numbers, pa.int64()), "code": [f"C{n:06}" for n in numbers], "name": names,
        "region": [REGIONS[n % 5] for n in numbers],
        "salesperson": [f"业务员{n % SELLERS}" if n % 97 else "" for n in numbers],
        "credit_limit": pa.array(
            [None if n % 5 else n % 50 * 1_000_000 for n in numbers], pa.int64()
        ),
    }))  # fmt: skip
    ids = pa.array(numbers, pa.int64())
    bulk.insert(CustomerCode, pa.table({
        "code": [f"C{n:06}" for n in numbers], "own_id": ids, "customer_id": ids,
        "in_use": pa.array([True] * CUSTOMERS),
        "since": ["2024-01-01 00:00:00+00:00"] * CUSTOMERS,
    }))  # fmt: skip


def _owners() -> None:
    """Who signs in for each salesperson of the books, and owns the customers."""
    from django.db import transaction

    from mainstay.foundation.models import User
    from mainstay.parties import owners

    for number in range(SELLERS):
        name = f"业务员{number}"
        User.objects.create_user(f"seller{number}", first_name=name, books_name=name)
    with transaction.atomic():
        owners.follow_books()


def _grades() -> None:
    import datetime as dt

    from django.utils import timezone

    from mainstay.foundation import bulk
    from mainstay.insights.models import CustomerMetrics, Grade, Run, Snapshot

    dice = random.Random(8)  # noqa: S311  made-up figures
    snapshot = Snapshot.objects.create(
        state="done", as_of=dt.date(2026, 6, 30), window_start=dt.date(2025, 7, 1),
        window_end=dt.date(2026, 6, 30), currency="CNY", engine_version="0.1.0",
        fingerprint="bench", finished_at=timezone.now(),
    )  # fmt: skip
    ids = pa.array(range(1, CUSTOMERS + 1), pa.int64())
    net = [int(dice.paretovariate(1.2) * 100_000) for _ in range(CUSTOMERS)]
    own: dict[str, Any] = {
        "net_sales": net, "growth": [_some(dice, 0.9, dice.gauss(0, 0.3)) for _ in net],
        "gross_profit": [one // 5 for one in net],
        "margin": [round(dice.gauss(0.2, 0.08), 2) for _ in net],
        "collection_rate": [_some(dice, 0.7, min(1.0, round(dice.random() * 2, 2))) for _ in net],
        "open_balance": [one // 4 if dice.random() < 0.6 else 0 for one in net],
        "overdue_balance": [one // 9 if dice.random() < 0.3 else 0 for one in net],
        "recency": [dice.randrange(90) for _ in net],
    }  # fmt: skip
    bulk.insert(CustomerMetrics, pa.table({
        "id": ids, "customer_id": ids, "snapshot_id": pa.array([snapshot.pk] * CUSTOMERS), **own,
        "monthly": [json.dumps([one // 12] * 12) for one in net],
        "metrics": [json.dumps({"net_sales": one, "orders": 3}) for one in net],
    }))  # fmt: skip
    place = {customer: rank for rank, customer in enumerate(
        sorted(range(CUSTOMERS), key=lambda at: -net[at]), start=1)}  # fmt: skip
    for scheme, klasses in _classes(dice, place, own["recency"]).items():
        letters = sorted(set(klasses))
        run = Run.objects.create(
            snapshot=snapshot, scheme=scheme, version="1", row="A1", window="12m",
            title={"en": scheme, "zh": scheme}, value_metric="net_sales", value_unit="money",
            ranked=CUSTOMERS, classes=[
                {"class": k, "title": {"en": k, "zh": k}, "badge": k,
                 "customers": klasses.count(k), "customer_share": 0.3, "value": 0,
                 "value_share": 0.0} for k in letters
            ],
        )  # fmt: skip
        bulk.insert(Grade, pa.table({
            "run_id": pa.array([run.pk] * CUSTOMERS), "customer_id": ids, "measured_id": ids,
            "klass": klasses, "class_order": pa.array(map(letters.index, klasses), pa.int32()),
            "previous_class": klasses, "rank": [place[n] for n in range(CUSTOMERS)],
            "value_minor": net, "value_number": [float(one) for one in net],
            "kept": ["[]"] * CUSTOMERS,
            "reason": [json.dumps({"en": "by rank", "zh": "按排名"})] * CUSTOMERS,
            "explanation": [json.dumps({"criteria": [], "cut": {}})] * CUSTOMERS,
        }))  # fmt: skip


def _some(dice: random.Random, share: float, value: float) -> float | None:
    """A figure that this share of the customers has."""
    return value if dice.random() < share else None


def _classes(
    dice: random.Random, place: dict[int, int], silent: list[int]
) -> dict[str, list[str]]:  # fmt: skip
    """Classes that go with sales; that go with nothing, from a half down to one in a thousand; and
    that go with the days of silence but for a few of each.
    """
    everybody = range(CUSTOMERS)
    cuts = (("A", 0.2), ("B", 0.5), ("C", 1.0))
    shares = {"A": 0.001, "B": 0.022, "C": 0.177, "D": 0.3, "E": 0.5}
    return {
        "abc": [next(k for k, cut in cuts if place[n] <= cut * CUSTOMERS) for n in everybody],
        "value5": dice.choices(list(shares), list(shares.values()), k=CUSTOMERS),
        "behaviour": ["AB"[(silent[n] >= 60) != (dice.random() < 0.0005)] for n in everybody],
    }


def client_of(name: str = "") -> Any:
    """Somebody signed in; without a name whoever came first, who sees everybody."""
    from django.test import Client

    from mainstay.foundation.models import User

    client = Client(headers={"Host": "localhost"})
    named = User.objects.filter(username=name) if name else User.objects.all()
    client.force_login(named.earliest("pk"))
    User.objects.update(must_change_password=False, language="en")
    return client


def _ask(client: Any, addresses: list[str], **headers: str) -> dict[str, Any]:
    size = 0
    for number in range(REQUESTS):
        answer = client.get(addresses[number % len(addresses)], headers=headers)
        if answer.status_code != 200:
            raise SystemExit(f"{addresses[number % len(addresses)]}: {answer.status_code}")
        size += len(answer.content)
    return {"bytes": size // REQUESTS}


def prepared(url: str, *warm: str, urls: str = "") -> Any:
    """A client as the server stands when it has answered before (``config.wsgi``)."""
    store(url)
    from mainstay.foundation import memory

    if urls:
        from django.conf import settings

        settings.ROOT_URLCONF = urls
    client = client_of()
    for address in warm:
        client.get(address)
    memory.settle()
    return client


FLOOR = ["/floor"]
LIST = ["/customers", "/customers?region=浙江&sort=-growth", "/customers?class=B&sort=recency"]
SEARCH = [
    f"/search?q={word}" for word in ("恒晟", "hengsheng", "C0317", "华达 东方", "jinta", "x9")
]
CUSTOMER = [f"/customers/C{n:06}" for n in (1, 777, 50_000, 99_999)]


def prepare_floor(url: str = "") -> Any:
    return prepared(url, *FLOOR, urls="floor")


def floor(client: Any, url: str = "") -> dict[str, Any]:
    return _ask(client, FLOOR)


def prepare_rows(url: str = "") -> Any:
    return prepared(url, *LIST)


def rows(client: Any, url: str = "") -> dict[str, Any]:
    """The list, filtered and sorted in three ways."""
    return _ask(client, LIST)


def prepare_deep(url: str = "") -> Any:
    """Addresses of the list some ninety thousand rows down, by the keys of a row there."""
    from mainstay.kernel import cursor

    client = prepared(url, *LIST)
    from mainstay.insights.models import CustomerMetrics

    found = []
    for sort, column in (("net_sales", "net_sales"), ("-net_sales", "-net_sales")):
        value, pk = CustomerMetrics.objects.order_by(column, "pk").values_list(
            "net_sales", "customer_id")[90_000]  # fmt: skip
        found.append(f"/customers?sort={sort}&after={cursor.encode(value, pk)}")
    return client, found


def deep(ready: Any, url: str = "") -> dict[str, Any]:
    client, addresses = ready
    return _ask(client, addresses)


def prepare_search(url: str = "") -> Any:
    return prepared(url, *SEARCH)


def search(client: Any, url: str = "") -> dict[str, Any]:
    """What typing asks for: the box's lines."""
    return _ask(client, SEARCH, **{"HX-Request": "true"})


def prepare_customer(url: str = "") -> Any:
    return prepared(url, *CUSTOMER)


def customer(client: Any, url: str = "") -> dict[str, Any]:
    return _ask(client, CUSTOMER)
