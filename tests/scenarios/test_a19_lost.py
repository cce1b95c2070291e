"""Story: who was lost is found, explained, won back, and what came back is counted (A19).

The demo company's files come in. Who is lost, what went with them and whether anybody cared is
counted anew from the files as they were written. The director has a sleeper explained and won back;
next month's file brings its first order.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from typer.testing import CliRunner

from mainstay.cli import app
from mainstay.exchange import services as exchange
from mainstay.foundation import worker
from mainstay.foundation.models import Job, User
from mainstay.insights.bridge import write_demo
from mainstay.parties import owners
from mainstay.retention import selectors, services
from mainstay.retention.models import WinBack
from mainstay_engine.periods import add_months
from tests.people import administrator, person
from tests.scenarios.planted import books, classes, company, planted

DAY = timedelta(days=1)
CARE = ("拜访", "电话沟通", "高层拜访")


def bring(user: User, **files: Path) -> None:
    job = exchange.apply(exchange.start_upload(
        user, {table: exchange.LocalFile(path) for table, path in files.items()}
    ))  # fmt: skip
    worker.run_pending()
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error


@pytest.fixture(scope="module")
def firm(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[User, Path]]:
    """The demo company's files as a firm's own, once for the tests below."""
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder)
    with (
        django_db_blocker.unblock(),
        override_settings(UPLOAD_FOLDER=folder / "up"),
        transaction.atomic(),
    ):
        boss = administrator("lin", language="en")
        tables = ("lines", "customers", "efforts")
        bring(boss, **{name: next(folder.glob(f"{name}.*")) for name in tables})
        yield boss, folder
        transaction.set_rollback(True)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def by_hand(folder: Path) -> tuple[date, dict[str, tuple[date, date, int]]]:
    """The last day of the files, and customer → last order, day it was lost on, cents that went."""
    nets: dict[tuple[str, str], int] = defaultdict(int)
    heads: dict[tuple[str, str], tuple[date, bool]] = {}
    for row in rows_of(folder / "lines.csv"):
        key = (row["客户编码"], row["单据编号"])
        nets[key] += int(Decimal(row["不含税金额"]) * 100)
        heads[key] = date.fromisoformat(row["单据日期"]), row["单据类型"] == "销售发票"
    sold: dict[str, list[tuple[date, int]]] = defaultdict(list)
    ordered: dict[str, set[date]] = defaultdict(set)
    for key, net in nets.items():
        day, invoice = heads[key]
        sold[key[0]].append((day, net))
        if invoice and net > 0:
            ordered[key[0]].add(day)
    end = max(day for day, _ in heads.values())
    found = {}
    for who, days in ordered.items():
        line = sorted(days)
        if not who or len(line) < 3:
            continue
        gaps = [(b - a).days for a, b in pairwise(line)]
        usual = median(gaps)
        allowed = max(90, round(4 * (usual + median(abs(gap - usual) for gap in gaps))))
        last = line[-1]
        if (end - last).days > allowed:
            first = add_months(last, -12) + DAY
            went = sum(net for day, net in sold[who] if first <= day <= last)
            found[who] = (last, last + timedelta(days=allowed + 1), went)
    return end, found


def test_the_planted_sleepers_are_lost_and_nobody_lost_is_still_buying() -> None:
    from mainstay_engine.portfolio.lost import lost

    facts = books()
    last = max(company().lines["doc_date"].to_pylist())
    found = {each.customer_id: each for each in lost(facts, as_of=last)}
    assert set(planted()["sleeping"]) <= found.keys()
    stages = classes(facts, "life_stage")
    assert {stages[code] for code in found} == {"ending"}


@pytest.mark.django_db
def test_the_register_is_what_the_files_say(firm: tuple[User, Path]) -> None:
    boss, folder = firm
    end, expected = by_hand(folder)
    page = selectors.register(boss, size=500)
    whole = selectors.summary(boss)
    assert whole.as_of == end
    told = {row.code: (row.last_purchase, row.lost_on, row.went) for row in page.rows}
    assert told == expected
    assert set(planted()["sleeping"]) <= told.keys()
    year = [went for _, lost_on, went in expected.values() if lost_on > add_months(end, -12)]
    assert (whole.sums.year_losses, whole.sums.year_went) == (len(year), sum(year))
    assert whole.sums.recovered == 0


@pytest.mark.django_db
def test_who_was_neglected_is_what_the_files_say(firm: tuple[User, Path]) -> None:
    boss, folder = firm
    cared: dict[str, list[date]] = defaultdict(list)
    for row in rows_of(folder / "efforts.csv"):
        if row["活动"] in CARE:
            cared[row["客户编码"]].append(date.fromisoformat(row["日期"]))
    begun = min(day for days in cared.values() for day in days)
    rows = selectors.register(boss, size=500).rows
    for row in rows:
        first = row.last_purchase - timedelta(days=90)
        times = [day for day in cared[row.code] if first <= day <= row.lost_on]
        expected = False if times else True if begun <= first else None
        assert row.neglected == expected, row.code
        assert row.contacts_before + row.contacts_since == len(times)
    assert {row.neglected for row in rows} >= {False}


@pytest.mark.django_db
def test_a_sleeper_is_explained_won_back_and_what_it_buys_is_recovered(
    firm: tuple[User, Path], tmp_path: Path
) -> None:
    boss, _folder = firm
    director = person("director", "sales_director")
    seller = person("gao", "salesperson", language="en")
    code = planted()["sleeping"][0]
    owners.assign(boss, code, seller.pk)
    browser = Client()
    browser.force_login(director)
    page = reverse("customer-lost", args=[code])
    (loss,) = selectors.of_customer(director, code).rows  # type: ignore[union-attr]
    why = {"do": "reason", "loss": loss.id, "reason": "poached", "rival": "Rival & Co",
           "evidence": "Their buyer told Gao so"}  # fmt: skip
    assert browser.post(page, why).status_code == 302
    due = timezone.localdate() + timedelta(days=14)
    task = {"do": "win_back", "loss": loss.id, "owner": seller.pk, "due": due.isoformat(),
            "what": "Visit with the new blade"}  # fmt: skip
    assert browser.post(page, task).status_code == 302
    own = Client()
    own.force_login(seller)
    assert "Visit with the new blade" in own.get(page).content.decode()
    (attempt,) = selectors.of_customer(seller, code).rows[0].attempts  # type: ignore[union-attr]
    services.end(seller, code, loss.id, attempt.id, "agreed", "From next month")
    # The books of the demo end in their own time: let the task have begun before them.
    end = selectors.summary(boss).as_of
    WinBack.objects.update(begun_on=end)
    path = tmp_path / "next.csv"
    path.write_text(
        "doc_no,kind,customer_id,doc_date,item,quantity,net\n"
        f"NEXT-1,invoice,{code},{end + timedelta(days=20)},X,1,4000.00\n"
        f"NEXT-2,credit_note,{code},{end + timedelta(days=25)},X,-1,-500.00\n",
        encoding="utf-8",
    )
    bring(boss, lines=path)
    (row,) = selectors.register(director, selectors.Wanted(reason="poached")).rows
    assert (row.state, row.back_on) == ("back", end + timedelta(days=20))
    assert (row.recovered, row.won_back) == (3_500_00, True)
    sums = selectors.summary(director).sums
    assert (sums.back, sums.won, sums.won_recovered) == (1, 1, 3_500_00)
    told = own.get(reverse("timeline", args=[code]), {"only": "losses"}).content.decode()
    for words in ("Came back", "Will buy again", "Poached", "Lost: silent"):
        assert words in told


def test_the_command_says_the_same_of_the_files_alone(firm: tuple[User, Path]) -> None:
    _boss, folder = firm
    end, expected = by_hand(folder)
    lines = str(folder / "lines.csv")
    said = json.loads(run("lost", lines, "--json"))
    assert (said["as_of"], said["currency"]) == (end.isoformat(), "CNY")
    assert {
        row["customer_id"]: (
            date.fromisoformat(row["last_purchase"]), date.fromisoformat(row["lost_on"]),
            int(Decimal(row["went"]) * 100),
        )
        for row in said["lost"]
    } == expected  # fmt: skip
    head, first, *_ = run("lost", lines, "--lang", "zh").splitlines()
    assert head.split("\t")[0] == "客户"
    assert first.split("\t")[0] == max(expected, key=lambda who: expected[who][2])
    before = json.loads(run("lost", lines, "--as-of", "2025-12-31", "--json"))
    assert all(row["lost_on"] <= "2025-12-31" for row in before["lost"])


def test_a_day_that_is_none_is_named(firm: tuple[User, Path]) -> None:
    answer = CliRunner().invoke(app, ["lost", str(firm[1] / "lines.csv"), "--as-of", "yesterday"])
    assert answer.exit_code == 2
    assert "yesterday" in answer.output


def run(*words: str) -> str:
    answer = CliRunner().invoke(app, list(words))
    assert answer.exit_code == 0, answer.output
    return answer.stdout
