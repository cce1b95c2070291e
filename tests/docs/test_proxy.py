"""Behind nginx as the how-to configures it: TLS, cookies, forms, addresses, large files.

The file is the how-to's own; only ports, certificate and name are those of this machine.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "run-as-a-service.md"
NGINX, OPENSSL = shutil.which("nginx") or "/usr/sbin/nginx", shutil.which("openssl")
CLIENT, OTHER, CLAIMED = "127.0.0.2", "127.0.0.3", "203.0.113.9"
LARGE = 60 << 20
HEADING = "单据编号,单据日期,客户编码,客户名称,数量,不含税金额,税额,价税合计\n"

pytestmark = pytest.mark.skipif(
    not (Path(NGINX).exists() and OPENSSL), reason="no nginx or no openssl here"
)


@dataclass(frozen=True)
class Site:
    """What answers: by TLS, in plain, and its data folder."""

    port: int
    plain: int
    home: Path
    certificate: Path
    password: str

    def browser(self, address: str = CLIENT) -> httpx.Client:
        """A browser at an address of its own, which claims another one."""
        trusted = ssl.create_default_context(cafile=self.certificate)
        return httpx.Client(
            base_url=f"https://localhost:{self.port}", timeout=60,
            transport=httpx.HTTPTransport(verify=trusted, local_address=address),
            headers={"X-Forwarded-For": CLAIMED, "Accept-Language": "en"},
        )  # fmt: skip

    def rows(self, query: str) -> list[tuple[str, ...]]:
        with sqlite3.connect(f"file:{self.home / 'mainstay.db'}?mode=ro", uri=True) as store:
            return store.execute(query).fetchall()


def free_ports(count: int) -> list[int]:
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return ports


def config_of_the_page() -> str:
    found = re.search(r"^```nginx\n(.*?)^```", HOW_TO.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def config(folder: Path, port: int, plain: int, behind: int) -> Path:
    """The how-to's servers in a file that a process without rights can run."""
    servers = config_of_the_page()
    for theirs, ours in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("server_name crm.example.com;", "server_name localhost;"),
        ("/etc/ssl/certs/crm.example.com.pem", f"{folder}/site.pem"),
        ("/etc/ssl/private/crm.example.com.key", f"{folder}/site.key"),
        ("http://127.0.0.1:8000", f"http://127.0.0.1:{behind}"),
    ):
        assert theirs in servers
        servers = servers.replace(theirs, ours)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    scratch = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    path = folder / "nginx.conf"
    path.write_text(
        f"daemon off; worker_processes 1; pid {folder}/nginx.pid;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{scratch}{servers}}}\n"
    )
    return path


def certify(folder: Path) -> None:
    subprocess.run(
        [str(OPENSSL), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", folder / "site.key", "-out", folder / "site.pem"],
        check=True, capture_output=True,
    )  # fmt: skip


def wait_for(port: int, process: subprocess.Popen[str]) -> None:
    for _ in range(300):
        assert process.poll() is None, "it ended by itself"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"nothing answers on port {port}")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("proxy")
    port, plain, behind = free_ports(3)
    certify(folder)
    home = folder / "home"
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("MAINSTAY_", "DJANGO_"))}
    settings = {"MAINSTAY_HOME": f"{home}", "MAINSTAY_URL": f"https://localhost:{port}"}
    mainstay = subprocess.Popen(
        [Path(sys.executable).parent / "mainstay", "serve", "--port", f"{behind}",
         "--processes", "2"],
        env={**kept, **settings}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    proxy = subprocess.Popen(
        [NGINX, "-e", "stderr", "-c", config(folder, port, plain, behind)], text=True
    )
    try:
        assert mainstay.stdout is not None
        said = mainstay.stdout.readline()
        while "one-time password" not in said:
            assert said, "it ended by itself"
            said = mainstay.stdout.readline()
        wait_for(behind, mainstay)
        wait_for(port, proxy)
        yield Site(port, plain, home, folder / "site.pem", said.split()[-1])
    finally:
        for process in (proxy, mainstay):
            process.terminate()
        for process in (proxy, mainstay):
            process.wait(30)


@pytest.fixture(scope="module")
def inside(site: Site) -> Iterator[httpx.Client]:
    """A browser of the administrator's, signed in with a password of their own."""
    with site.browser() as browser:
        answer = send(browser, "/sign-in", username="admin", password=site.password)
        assert answer.headers["Location"] in {"/", "/password"}
        chosen = "a-long-test-password"
        answer = send(browser, "/password", new_password1=chosen, new_password2=chosen)
        assert answer.status_code == 302
        yield browser


def send(browser: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """Send the form of a page, as a browser does."""
    return browser.post(path, data=token(browser, path) | fields, headers=from_page(browser, path))


def token(browser: httpx.Client, path: str) -> dict[str, str]:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(path).text)
    assert found
    return {"csrfmiddlewaretoken": found[1]}


def from_page(browser: httpx.Client, path: str) -> dict[str, str]:
    origin = str(browser.base_url).rstrip("/")
    return {"Origin": origin, "Referer": origin + path}


def test_plain_requests_are_sent_to_tls(site: Site) -> None:
    answer = httpx.get(f"http://localhost:{site.plain}/customers?q=1")
    assert answer.status_code == 301
    assert answer.headers["Location"] == "https://localhost/customers?q=1"


def test_cookies_are_for_tls_alone_and_of_this_host(site: Site) -> None:
    with site.browser() as browser:
        answer = browser.get("/sign-in")
    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    cookies = answer.headers.get_list("set-cookie")
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert {"Secure", "Path=/"} <= {part.strip() for part in cookie.split(";")}


def test_the_address_is_the_browsers_and_not_what_it_claims(
    site: Site, inside: httpx.Client
) -> None:
    page = inside.get("/me").text
    assert CLIENT in page
    assert CLAIMED not in page
    with site.browser(OTHER) as stranger:
        for _ in range(2):
            send(stranger, "/sign-in", username="nobody", password="wrong")
    counted = dict(site.rows("SELECT key, count FROM foundation_signinfailures"))
    assert counted[f"address:{OTHER}"] == 2  # type: ignore[comparison-overlap]
    assert f"address:{CLAIMED}" not in counted


def test_a_form_needs_its_token_and_comes_from_here(inside: httpx.Client) -> None:
    path = "/preferences"
    fields = token(inside, "/me") | {"theme": "dark"}
    good = inside.post(path, data=fields, headers=from_page(inside, "/me"))
    assert good.status_code == 302
    bare = inside.post(path, data={"theme": "dark"}, headers=from_page(inside, "/me"))
    assert bare.status_code == 403
    foreign = inside.post(path, data=fields, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403


def test_a_file_of_sixty_megabytes_comes_in_whole(site: Site, inside: httpx.Client) -> None:
    line = "XS-{0:07},2026-01-05,C{0:07},某某精密机械制造有限公司,1,1000.00,130.00,1130.00\n"
    rows, size = [HEADING.encode()], 0
    while size < LARGE:
        rows.append(line.format(len(rows)).encode())
        size += len(rows[-1])
    content = b"".join(rows)
    answer = inside.post(
        "/data/upload", data=token(inside, "/data"), headers=from_page(inside, "/data"),
        files={"lines": ("销售.csv", content)},
    )  # fmt: skip
    assert answer.status_code == 302
    ((kept,),) = site.rows("SELECT size FROM exchange_uploadfile")
    assert kept == len(content)  # type: ignore[comparison-overlap]
    assert "销售.csv" in inside.get(answer.headers["Location"]).text


def test_large_answers_and_files_come_whole(inside: httpx.Client) -> None:
    page = inside.get("/me").text
    for source in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
        answer = inside.get(source)
        assert answer.status_code == 200
        declared = answer.headers.get("Content-Length")
        assert declared is None or answer.num_bytes_downloaded == int(declared)
    described = inside.get("/api/v1/openapi.json")
    assert described.json()["info"]["title"] == "Mainstay"
    trail = inside.get("/settings/audit?as=csv")
    assert trail.headers["Content-Disposition"].startswith("attachment")
    assert "Signed in" in trail.text
