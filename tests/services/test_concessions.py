"""Concessions: kept with each grading, of the customers one may see."""

from __future__ import annotations

import pyarrow as pa
import pytest

from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import Job, User
from mainstay.insights.models import KeptConcessions
from mainstay.insights.portfolio.growth import packed
from mainstay.insights.selectors.concessions import concessions
from mainstay.parties import territories
from mainstay.parties.models import Customer
from tests.people import person

pytestmark = pytest.mark.shared_books


def test_a_grading_keeps_them_and_each_sees_only_own_customers(owner: User, graded: Job) -> None:
    kept = KeptConcessions.objects.get()
    assert len(concessions(owner).spans) == 4
    codes = dict(Customer.objects.order_by("code").values_list("code", "pk"))
    regions = dict(Customer.objects.values_list("code", "region"))
    names = list(codes)
    kept.table = packed(pa.table({
        "customer_id": names, "measure": ["price"] * len(names),
        "level": [[1.0] * 4] * len(names), "own": [[0.0] * 3] * len(names),
        "peers": [[0.0] * 3] * len(names), "drift": [0.1] * len(names),
        "yearly": [100] * len(names), "alarm": [True] * len(names),
    }), codes)  # fmt: skip
    kept.save()
    assert {row.code for row in concessions(owner).rows} == set(names)
    there = territories.save(owner, None, name="浙江", regions=["浙江"])
    director = person("director", "sales_director", territory=there)
    seen = {row.code for row in concessions(director).rows}
    assert seen == {code for code, region in regions.items() if region == "浙江"}
    assert seen < set(names)


def test_whoever_may_not_see_the_portfolio_is_refused(graded: Job) -> None:
    with pytest.raises(NotAllowed):
        concessions(person("nobody"))
