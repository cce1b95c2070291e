"""The API against its own description: whatever is sent, no crash and no undocumented answer.

Schemathesis makes requests from ``openapi.json``, valid ones and broken ones, and checks each
answer by all its checks: statuses, content types, schemas, headers, that good requests are taken
and bad ones refused, that nothing opens without a token.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, settings
from pydantic import BaseModel
from pytest_django import DjangoDbBlocker

import mainstay.api
from mainstay.config.wsgi import application
from mainstay.exchange.models import Upload
from mainstay.foundation import webhooks
from mainstay.foundation.models import Job
from mainstay.parties import territories
from tests.api.callers import token_of
from tests.people import administrator
from tests.web import company

pytestmark = pytest.mark.django_db
IDS: dict[str, str] = {}
"""By a part of the address: the id of what is there."""
THERE = {"code": "C003", "customer": "C003", "scheme": "abc", "q": "C0", "class_id": "A",
         "region": "浙江"}  # fmt: skip
"""Values of parameters that lead to something in the small company."""
EXAMPLES = 10
"""Random requests of each operation, beside those that cover its description's corners."""
POSITIVE = {"expected-statuses": ["2xx", "3xx", "401", "403", "404", "409", "422", "429"]}
CONFIG = schemathesis.Config.from_dict({
    "seed": 1,
    # Which files are ours, which hosts are public, what a mail address is, which days are near
    # enough, who may win back whom, how an activity is priced, what a period is, what customers
    # are divided by: no description can say.
    "operations": [
        {"include-operation-id": name, "checks": {"positive_data_acceptance": POSITIVE}}
        for name in ("start_import", "make_webhook", "add_contact", "change_contact",
                     "record_effort", "set_effort_rate", "get_sales_change", "list_sales_change",
                     "compare_periods", "get_matrix", "list_matrix_customers",
                     "list_cohort_customers", "name_loss_reason", "begin_win_back",
                     "end_win_back")
    ],
})  # fmt: skip
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, config=CONFIG)


@pytest.fixture(scope="module")
def secret(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A token with every right in the small company; all that is done is undone at the end."""
    del django_db_setup
    for signal in (request_started, request_finished):  # as Django's own test client does
        signal.disconnect(close_old_connections)
    with django_db_blocker.unblock(), transaction.atomic():
        boss = administrator("boss")
        company.build(boss)
        territories.save(boss, None, name="浙江区", regions=["浙江"])
        job = Job.objects.create(kind="insights.grade", owner=boss)
        webhook, _ = webhooks.subscribe(boss, "https://erp.example.com", ["grades.run"])
        upload = Upload.objects.create(owner=boss)
        IDS.update(
            {"/jobs/": f"{job.pk}", "/webhooks/": f"{webhook.id}", "/uploads/": f"{upload.pk}"}
        )
        yield token_of(boss)
        transaction.set_rollback(True)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_keeps_to_the_description(case: schemathesis.Case, secret: str) -> None:
    headers = {"Authorization": f"Bearer {secret}"}
    case.call_and_validate(headers=headers)
    if case.meta is not None and case.meta.generation.mode.is_positive and lead_somewhere(case):
        case.call_and_validate(headers=headers)


def lead_somewhere(case: schemathesis.Case) -> bool:
    """Let a valid request ask for what is there, and anew: drawn names and places in lists lead
    nowhere, and one Idempotency-Key makes a single answer of many requests.
    """
    path, query, headers = case.path_parameters or {}, case.query or {}, case.headers or {}
    before = (dict(path), dict(query), dict(headers))
    for given in (path, query):
        given.update({name: THERE[name] for name in given.keys() & THERE.keys()})
    for part, known in IDS.items():
        if part in case.path:
            path["id"] = known
    query.pop("after", None)
    headers.pop("Idempotency-Key", None)
    return before != (path, query, headers)


def test_no_two_shapes_share_a_name() -> None:
    """Ninja would describe both by the one that comes last."""
    shapes = [
        f"{shape.__module__}.{name}"
        for module in pkgutil.iter_modules(mainstay.api.__path__, "mainstay.api.")
        for name, shape in vars(importlib.import_module(module.name)).items()
        if isinstance(shape, type) and issubclass(shape, BaseModel)
        and shape.__module__ == module.name
    ]  # fmt: skip
    names = [shape.rpartition(".")[2] for shape in shapes]
    assert not [shape for shape in shapes if names.count(shape.rpartition(".")[2]) > 1]
