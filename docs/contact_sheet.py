"""Every page in every role, language and theme: ``python docs/contact_sheet.py``, a sheet a role.

Signs in as each shipped role on the demo company, opens every page that ``screenshots`` knows, and
lays the small pictures side by side: a row for each page, a column for each way of looking. A page
that is closed to the role stands as its answer (403). Sheets go to ``build/contact-sheets``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from base64 import b64encode
from html import escape
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import screenshots
from screenshots import PASSWORD, Shot

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from mainstay.foundation.models import User

FOLDER = Path(__file__).resolve().parent.parent / "build" / "contact-sheets"
WAYS = (
    Shot("en", "light", 1440, 900), Shot("zh-hans", "dark", 1440, 900),
    Shot("zh-hans", "light", 390, 844), Shot("en", "dark", 390, 844),
)  # fmt: skip
"""Each language, theme and width once with each other; ``--all`` takes all eight mixes."""
SCALE = {1440: 420, 390: 150}
"""Pixels of a picture on the sheet, by the width of its window."""
STYLE = (
    "body{margin:16px;background:#777;font:12px sans-serif;color:#fff}table{border-spacing:8px}"
    "td,th{vertical-align:top;text-align:left}img{display:block}"
    ".shut{width:120px;padding:20px 0;text-align:center;background:#555}"
)


def cast() -> dict[str, User]:
    """Somebody for every shipped role: with customers of their own, or a territory with some."""
    from mainstay.foundation import people, permissions, roles
    from mainstay.foundation.models import Territory, User
    from mainstay.parties import owners
    from mainstay.parties.permissions import ASSIGN
    from mainstay.parties.selectors import visible_to

    chief = User.objects.get(username="lin")
    east = Territory.objects.get(name="华东")
    codes = list(visible_to(chief, ASSIGN).order_by("-pk").values_list("code", flat=True)[:20])
    found = {}
    for name, role in roles.shipped().items():
        who, _ = people.add_person(chief, f"a-{name}", full_name=role.title["zh"])
        where = east.pk if role.reach == "territory" else None
        people.appoint(chief, who.pk, name, territory_id=where)
        if role.reach == "own":
            for code in codes[:10]:
                owners.assign(chief, code, who.pk, "示例")
            del codes[:10]
        who.set_password(PASSWORD)
        who.must_change_password = False
        who.save()
        permissions.forget(who)
        found[name] = who
    return found


def own_code(user: User, otherwise: str) -> str:
    """A customer within somebody's reach."""
    from mainstay.parties.permissions import SEE
    from mainstay.parties.selectors import visible_to

    reached = visible_to(user, SEE)
    if reached.filter(code=otherwise).exists():
        return otherwise
    return reached.order_by("pk").values_list("code", flat=True).first() or otherwise


def look(
    browser: Browser, shot: Shot, address: str, user: User, pages: dict[str, str]
) -> dict[str, str]:
    """Each page as HTML for the sheet: its picture, or that it is closed."""
    context = browser.new_context(
        base_url=address, viewport={"width": shot.width, "height": shot.height},
        device_scale_factor=0.5 if shot.width > 1000 else 0.75,
    )  # fmt: skip
    tab = screenshots.sign_in(context, user.username, shot)
    found = {}
    for name, at in pages.items():
        answer = tab.goto(at, wait_until="load")
        status = answer.status if answer else 0
        if status == 200:
            picture = b64encode(tab.screenshot(type="jpeg", quality=70)).decode()
            found[name] = (
                f'<img width="{SCALE[shot.width]}" src="data:image/jpeg;base64,{picture}" alt="">'
            )
        else:
            found[name] = f'<div class="shut">{status}</div>'
    context.close()
    return found


def sheet(role: str, ways: list[Shot], columns: list[dict[str, str]]) -> str:
    """The sheet of one role as HTML."""
    heads = "".join(f"<th>{escape(f'{w.language} {w.theme} {w.width}')}</th>" for w in ways)
    rows = "".join(
        f"<tr><th>{escape(name)}</th>"
        + "".join(f"<td>{column[name]}</td>" for column in columns)
        + "</tr>"
        for name in columns[0]
    )
    return (
        f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><h1>{escape(role)}</h1>"
        f"<table><tr><th></th>{heads}</tr>{rows}</table>"
    )


def main() -> None:
    """Draw the sheets."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=FOLDER, help="where the sheets go")
    parser.add_argument("--only", nargs="+", metavar="PAGE", help="these pages only")
    parser.add_argument("--role", nargs="+", metavar="ROLE", help="these roles only")
    parser.add_argument("--all", action="store_true", help="all eight mixes of looking")
    given = parser.parse_args()
    given.to.mkdir(parents=True, exist_ok=True)
    ways = list(WAYS) if not given.all else [
        Shot(language, theme, width, 900)
        for language, theme, width in product(("en", "zh-hans"), ("light", "dark"), (1440, 390))
    ]  # fmt: skip
    os.environ["DJANGO_SETTINGS_MODULE"] = "mainstay.config.settings"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    chromium = os.environ.get("MAINSTAY_CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory(prefix="mainstay-sheets-") as home:
        os.environ["MAINSTAY_HOME"] = home
        code = screenshots.prepare()
        people = {name: who for name, who in cast().items() if name in (given.role or (name,))}
        address = screenshots.serve()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=screenshots.ARGUMENTS
            )
            paper = browser.new_page(viewport={"width": 1500, "height": 800})
            for role, who in people.items():
                pages = screenshots.pages_of(own_code(who, code))
                pages = {name: at for name, at in pages.items() if name in (given.only or (name,))}
                columns = [look(browser, way, address, who, pages) for way in ways]
                paper.set_content(sheet(role, ways, columns), wait_until="load")
                paper.screenshot(path=given.to / f"{role}.png", full_page=True)
            browser.close()


if __name__ == "__main__":
    main()
