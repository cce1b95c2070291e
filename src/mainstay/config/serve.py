"""Start everything on this machine: database, administrator, worker, server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from types import FrameType

from mainstay.config import family
from mainstay.kernel.errors import MainstayError, words

GRACE = 10.0
"""Seconds the worker gets to finish its job when the app is stopped; else it runs again later."""


class PortTaken(MainstayError):
    code = "port_taken"
    message = words("Port {port} on {host} is in use.", "{host} 的 {port} 端口已被占用。")
    remedy = words("Choose another with --port.", "请用 --port 指定其他端口。")


def serve(
    demo: bool = False,
    port: int = 8000,
    host: str = "127.0.0.1",
    processes: int = 1,
    workers: int = 1,
) -> None:
    """Make the data folder and database where missing, then serve until Ctrl-C.

    The first start creates the administrator and prints a one-time password. ``demo`` loads the
    demo company into empty books. ``processes`` answer pages, ``workers`` do jobs. Raises
    ``PortTaken``.
    """
    _check_port(host, port)
    os.umask(0o077)  # the database, too, is its owner's alone
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mainstay.config.settings")
    import django

    django.setup()
    _prepare(demo=demo)
    family.head()
    at_work = [_Worker() for _ in range(workers)]
    threading.Thread(target=_announce, args=(host, port), daemon=True).start()
    try:
        _listen(host, port, processes)
    finally:
        _stop(at_work)


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(host=host, port=port) from error


def _prepare(*, demo: bool) -> None:
    from django.conf import settings
    from django.core.management import call_command

    from mainstay.foundation.people import first_administrator

    _say(f"Data folder: {settings.MAINSTAY_HOME}")
    call_command("migrate", verbosity=0, interactive=False)
    created = first_administrator()
    if created is not None:
        user, password = created
        _say(f"Sign in as «{user.username}» with the one-time password  {password}")
    if demo:
        _load_demo()


def _load_demo() -> None:
    """Load the demo company here and now, so that the first page already shows it."""
    from mainstay.exchange.errors import BooksNotEmpty
    from mainstay.exchange.services import load_demo
    from mainstay.foundation import worker
    from mainstay.foundation.models import Job
    from mainstay.foundation.permissions import MANAGE_PEOPLE, holders

    owner = holders(MANAGE_PEOPLE).first()
    if owner is None:
        raise SystemExit("There is no administrator to load the demo company for.")
    _say("Loading the demo company …")
    try:
        job = load_demo(owner)
    except BooksNotEmpty as error:
        _say(error.text("en"))
        return
    worker.run_pending()
    job.refresh_from_db()
    if job.state != Job.State.DONE:
        raise SystemExit((job.error or {}).get("en", "The demo company could not be loaded."))


def _listen(host: str, port: int, processes: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    server = Granian(
        "mainstay.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=4,
        log_level=LogLevels.warning,
    )
    server.serve()


def _announce(host: str, port: int) -> None:
    """Print the address once the server answers there."""
    for _ in range(600):
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            shown = f"[{host}]" if ":" in host else host
            _say(f"Mainstay is ready: http://{shown}:{port}")
            return


class _Worker:
    """The process that runs jobs; started again should it die."""

    def __init__(self) -> None:
        self._stopping = False
        self._process = self._start()
        threading.Thread(target=self._watch, daemon=True).start()

    @staticmethod
    def _start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "mainstay.config.worker"])

    def _watch(self) -> None:
        while not self._stopping:
            self._process.wait()
            if not self._stopping:
                _say("The worker ended unexpectedly and is started again.")
                time.sleep(1)
                self._process = self._start()

    def leave(self) -> None:
        """Ask it to end after the job at hand."""
        self._stopping = True
        self._process.terminate()

    def wait(self, until: float) -> None:
        """Wait for its end; at that time (of the monotonic clock) it is ended."""
        try:
            self._process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()

    def kill(self) -> None:
        self._process.kill()


def _stop(workers: list[_Worker]) -> None:
    """Let the jobs at hand finish for a while; a further Ctrl-C ends them at once."""

    def at_once(number: int, frame: FrameType | None) -> None:
        del number, frame
        for worker in workers:
            worker.kill()

    for worker in workers:
        worker.leave()
    signal.signal(signal.SIGINT, at_once)
    until = time.monotonic() + GRACE
    for worker in workers:
        worker.wait(until)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
