"""A real Chromium before a running server, for what only a browser can tell.

``MAINSTAY_CHROMIUM`` names the executable; otherwise ``chromium`` on the path is taken. Where there
is none the tests skip, unless ``MAINSTAY_REQUIRE_BROWSER=1``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from mainstay.foundation.models import User
from mainstay.foundation.people import FIRST
from mainstay.web import translations
from tests.web import company

REPOSITORY = Path(__file__).resolve().parents[2]
AXE = REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
BUILD = REPOSITORY / "src" / "mainstay" / "web" / "static" / "build" / "app.js"
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

PATIENCE = 30_000
"""Milliseconds a test waits: machines that run the whole suite at once are slow."""
expect.set_options(timeout=PATIENCE)

# Playwright's own loop runs in this thread; Django is told that its calls are synchronous here.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.fspath).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    path = os.environ.get("MAINSTAY_CHROMIUM") or shutil.which("chromium")
    if not path:
        message = "no Chromium: set MAINSTAY_CHROMIUM, or put chromium on the path"
        if os.environ.get("MAINSTAY_REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    if not BUILD.exists() or not AXE.exists():
        subprocess.run(["npm", "ci"], cwd=REPOSITORY, check=True)
        subprocess.run(["npm", "run", "build"], cwd=REPOSITORY, check=True)
    translations.compile_all()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of: errors, warnings, refused content."""
    return []


@pytest.fixture
def window(
    chromium: Browser, live_server: LiveServer, complaints: list[str]
) -> Iterator[BrowserContext]:
    """A fresh window of 1440 px that reads English and writes down complaints."""
    context = chromium.new_context(
        viewport={"width": 1440, "height": 960}, locale="en-GB", base_url=live_server.url,
        accept_downloads=True,
    )  # fmt: skip
    context.set_default_timeout(PATIENCE)
    context.on(
        "console",
        lambda message: (
            complaints.append(f"{message.type}: {message.text}")
            if message.type in {"error", "warning"}
            else None
        ),
    )
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    context.close()


@pytest.fixture
def tab(window: BrowserContext, transactional_db: None) -> Page:
    """An empty tab; nobody is signed in."""
    return window.new_page()


@pytest.fixture
def user(transactional_db: None) -> User:
    """Someone who reads English."""
    return company.user("lin", *FIRST, language="en")


@pytest.fixture
def signed_in(tab: Page, user: User) -> Page:
    """A tab in which the user has signed in."""
    tab.goto("/sign-in")
    tab.fill("[name=username]", user.username)
    tab.fill("[name=password]", company.PASSWORD)
    tab.click("form.form button")
    return tab


@pytest.fixture
def graded(signed_in: Page, user: User) -> Page:
    """The same, with the small company of the page tests in the books."""
    company.build(user)
    return signed_in
