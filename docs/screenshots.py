"""Takes the pictures of the documentation from the running product: ``python docs/screenshots.py``.

Starts the app on a data folder of its own, loads the demo company, and photographs the pages in a
real Chromium (``MAINSTAY_CHROMIUM``, else ``chromium`` on the path). Those in ``docs/images`` are
committed; ``--all FOLDER`` writes every page in both languages, themes and widths to look at.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from mainstay.foundation.models import User

IMAGES = Path(__file__).resolve().parent / "images"
PASSWORD = "one-folder-one-evening"  # noqa: S105  the folder is gone when the script ends
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PAGES = {
    "portfolio": "/portfolio", "week": "/portfolio/week",
    "over-time": "/portfolio/over-time", "over-time-region": "/portfolio/over-time?by=region",
    "matrix": "/portfolio/matrix?column=metric:margin", "cohorts": "/portfolio/cohorts",
    "matrix-customers": "/portfolio/matrix/customers?row=size&r=4",
    "moves": "/portfolio/moves",
    "concessions": "/portfolio/concessions",
    "sales-change": "/portfolio/sales-change", "sales-change-lost": "/portfolio/sales-change/lost",
    "white-space": "/portfolio/white-space",
    "open-documents": "/documents",
    "overdue-documents": "/documents?state=overdue",
    "customers": "/customers", "data": "/data", "start": "/start",
    "terms": "/terms?terms=月结30天&month=2026-01",
    "products": "/data/products", "rates": "/data/rates",
    "effort": "/portfolio/effort", "effort-rates": "/settings/efforts",
    "policies": "/settings/policies", "policy": "/settings/policies/abc",
    "policy-draft": "/settings/policies/abc/draft", "owed-and-given": "/portfolio/owed",
    "lost": "/portfolio/lost",
    "quality": "/data/quality", "unassigned": "/data/quality/unassigned",
    "people": "/settings/people", "person": "/settings/people/2", "roles": "/settings/roles",
    "role": "/settings/roles/salesperson",
    "hand-over": "/hand-over?from=2&to=3", "handed-over": "/hand-overs/1",
    "territories": "/settings/territories",
    "company": "/settings/company", "calendar": "/settings/calendar?year=2026",
    "unannounced": "/settings/calendar?year=2027&day=2027-02-08",
    "audit": "/settings/audit", "me": "/me", "second-step": "/me/second-step",
    "jobs": "/data/jobs", "schemes": "/settings/schemes", "scheme": "/settings/schemes/composite",
    "scheme-draft": "/settings/schemes/abc/draft",
    "scheme-studio": "/settings/schemes/composite/studio",
    "scheme-compare": "/settings/schemes.compare?left=abc+v1&right=abc_guarded+v1",
    "backtests": "/settings/schemes/composite/backtests", "backtest": "/settings/backtests/1",
    "person-history": "/settings/people/2/history", "inbox": "/inbox",
    "request": "/inbox/requests/1", "decided": "/inbox/requests/3", "choices": "/inbox/choices",
    "help": "/help?about=customer", "help-found": "/help?q=回款", "help-metrics": "/help/metrics",
    "import": "/data/imports/1", "take-back": "/data/imports/1?take-back=1",
}  # fmt: skip
SHOWN = ("portfolio", "customers", "customer")
WHOLE = 960
"""Height of a window whose picture shows the whole page, however long."""


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's name
        return


def prepare() -> str:
    """The demo company, imported and graded; the code of a customer worth a look."""
    import django

    django.setup()
    from django.core.management import call_command

    from mainstay.exchange.services import load_demo
    from mainstay.foundation import worker
    from mainstay.foundation.people import first_administrator
    from mainstay.insights.selectors import Filters, customer_page

    call_command("migrate", verbosity=0, interactive=False)
    made = first_administrator()
    if made is None:
        raise SystemExit("the store is not new")
    user = made[0]
    user.set_password(PASSWORD)
    user.username, user.first_name, user.must_change_password = "lin", "Lin Zhiyuan", False
    user.save()
    load_demo(user)
    worker.run_pending()
    staff(user)
    page = customer_page(
        user, scheme="abc", filters=Filters(classes=["B"]), sort="-overdue_balance", size=1
    )
    return page.rows[0].code


def staff(user: User) -> None:
    """People of the demo company: a salesperson, a director of a territory, somebody new."""
    from mainstay.foundation import people
    from mainstay.parties import owners, territories

    east = territories.save(user, None, name="华东", regions=["浙江", "江苏"])
    territories.save(user, None, name="华南", regions=["广东"])
    seller, _ = people.add_person(user, "liu.yan", full_name="刘妍")
    owners.describe(user, seller.pk, full_name="刘妍", email="", books_name="刘妍")
    people.appoint(user, seller.pk, "salesperson")
    chief, _ = people.add_person(user, "zhao.min", full_name="赵敏", email="zhao.min@example.com")
    people.appoint(user, chief.pk, "sales_director", territory_id=east.pk)
    people.add_person(user, "sun.wei")
    requests(seller, chief, user)
    handed_over(seller, chief, user)
    company(user)
    replayed(user)
    policy(user)
    lost(user)


def lost(user: User) -> None:
    """The largest loss is explained and being won back; the next was tried in vain."""
    from datetime import timedelta

    from django.utils import timezone

    from mainstay.retention import selectors, services

    first, second, *_ = selectors.register(user).rows
    for row, reason, rival, evidence in (
        (first, "poached", "上海锐锋工具", "采购部王经理电话告知，已改用对方切削液"),
        (second, "forced", "", "工厂搬迁至越南，工商登记已变更"),
    ):
        services.name_reason(user, row.code, row.id, services.Why(reason, evidence, rival))
        due = timezone.localdate() + timedelta(days=14)
        task = services.Task(user.pk, "登门拜访，带新配方样品试用", due)
        made = services.win_back(user, row.code, row.id, task)
    services.end(user, second.code, second.id, made.pk, "refused", "越南工厂由当地采购")


def first_lost() -> str:
    """The code of the customer with whom most went."""
    from mainstay.foundation.models import User
    from mainstay.retention import selectors

    return selectors.register(User.objects.earliest("pk")).rows[0].code


def policy(user: User) -> None:
    """What the classes are owed, for about a year."""
    from datetime import timedelta

    from django.utils import timezone

    from mainstay.policies import changing, rules

    row = changing.save_draft(user, "abc", rules.starts()["abc"].terms)
    since = timezone.localdate() - timedelta(days=360)
    wanted = {"do": "use", "scheme": "abc", "version": row.number, "since": since.isoformat()}
    changing.change(user, wanted, "as we have done it")


def replayed(user: User) -> None:
    """A scheme replayed over the past of the books."""
    from mainstay.foundation.jobs import silent
    from mainstay.insights.schemes import replaying

    replaying.run(user, "composite", 1, ("abc", 1), 6, 1, silent)


def company(user: User) -> None:
    """A name, a fiscal year from April, and two days entered for a year not announced yet."""
    from datetime import date

    from mainstay.foundation.company import days, settings

    settings.change(user, "name", "苏州恒晟机电贸易有限公司")
    settings.change(user, "fiscal_month", 4)
    eve = date(2027, 2, 5)
    days.set_days(user, eve, eve, working=False, name="除夕")
    days.set_days(user, date(2027, 1, 30), date(2027, 1, 30), working=True, name="盘点")


def requests(seller: User, chief: User, user: User) -> None:
    """Two things that wait for a decision, and one that is decided."""
    from mainstay.foundation.approvals import deciding, inbox
    from mainstay.parties import asking
    from mainstay.parties.selectors import visible_to

    mine = visible_to(seller, asking.SEE).order_by("code").values_list("code", flat=True)[:3]
    for code, reason in zip(mine, ("客户搬到宁波，由赵敏就近负责", "客户要求更换业务员",
                                   "长期由赵敏跟进"), strict=True):  # fmt: skip
        wanted = {"customer": code, "person": chief.pk}
        asked = deciding.ask(seller, asking.OWNER, wanted, reason)
    deciding.ask_back(user, asked.pk, "客户知道吗？")
    deciding.answer(seller, asked.pk, "知道，已当面说明。")
    deciding.approve(user, asked.pk, inbox.detail(user, asked.pk).seen, "同意")


def handed_over(seller: User, chief: User, user: User) -> None:
    """Some customers that went to somebody else at once."""
    from mainstay.parties import handover
    from mainstay.parties.selectors import visible_to

    mine = visible_to(seller).order_by("-code").values_list("code", flat=True)[:8]
    why = "重点客户由赵敏直接负责"
    handover.give(user, chief.pk, why, codes=list(mine), outside=True)


def serve() -> str:
    """Answer on a free port of this machine, in a thread; the address."""
    from mainstay.config.wsgi import application

    server = make_server("127.0.0.1", 0, application, handler_class=_Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


@dataclass(frozen=True, slots=True)
class Shot:
    """One way of looking at the pages."""

    language: str
    theme: str
    width: int
    height: int

    def name(self, page: str) -> str:
        language = "zh" if self.language == "zh-hans" else "en"
        return f"{page}-{language}-{self.width}-{self.theme}"


def pages_of(code: str) -> dict[str, str]:
    """Every page by name, those of one customer among them."""
    of_customer = ("money", "documents", "same", "keepers", "timeline", "history", "contacts",
                   "path", "changes", "class", "judgements", "efforts", "could-buy",
                   "owed")  # fmt: skip
    return {
        **PAGES, "customer": f"/customers/{code}", "search": "/search?q=苏州",
        "customer-lost": f"/customers/{first_lost()}/lost",
        **{name: f"/customers/{code}/{name}" for name in of_customer},
    }  # fmt: skip


def sign_in(context: BrowserContext, name: str, shot: Shot) -> Page:
    """A tab of somebody who looks in that language and theme."""
    tab = context.new_page()
    tab.goto("/sign-in")
    tab.fill("[name=username]", name)
    tab.fill("[name=password]", PASSWORD)
    tab.click("form.form button")
    tab.goto("/me")
    tab.click(f"main button[value={shot.language}]")
    tab.click(f"main button[value={shot.theme}]")
    return tab


def photograph(browser: Browser, shot: Shot, address: str, pages: dict[str, str]) -> None:
    """Sign in, choose language and theme, and write a picture to each page's path."""
    context = browser.new_context(
        base_url=address, viewport={"width": shot.width, "height": shot.height}
    )
    tab = sign_in(context, "lin", shot)
    for path, page in pages.items():
        tab.goto(page, wait_until="networkidle")
        tab.screenshot(path=path, full_page=shot.height == WHOLE)
    context.close()


def everything(pages: dict[str, str], folder: Path) -> Iterator[tuple[Shot, dict[str, str]]]:
    """Every page in every language, theme and width."""
    for language, theme, width in product(("en", "zh-hans"), ("light", "dark"), (1440, 390)):
        shot = Shot(language, theme, width, WHOLE)
        yield shot, {str(folder / f"{shot.name(name)}.png"): at for name, at in pages.items()}


def chosen(pages: dict[str, str]) -> Iterator[tuple[Shot, dict[str, str]]]:
    """The few the documentation shows."""
    english = {str(IMAGES / f"{name}.png"): pages[name] for name in SHOWN}
    yield Shot("en", "light", 1280, 800), english
    yield (
        Shot("zh-hans", "light", 1280, 800),
        {str(IMAGES / "portfolio-zh.png"): pages["portfolio"]},
    )


def main() -> None:
    """Take the pictures."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every page, to look at")
    parser.add_argument("--only", nargs="+", metavar="PAGE", help="with --all: these pages only")
    given = parser.parse_args()
    folder = given.all
    (folder or IMAGES).mkdir(parents=True, exist_ok=True)
    os.environ["DJANGO_SETTINGS_MODULE"] = "mainstay.config.settings"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    chromium = os.environ.get("MAINSTAY_CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory(prefix="mainstay-pictures-") as home:
        os.environ["MAINSTAY_HOME"] = home
        code = prepare()
        pages = pages_of(code)
        pages = {name: at for name, at in pages.items() if name in (given.only or pages)}
        address = serve()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            for shot, wanted in everything(pages, folder) if folder else chosen(pages):
                photograph(browser, shot, address, wanted)
            browser.close()


if __name__ == "__main__":
    main()
