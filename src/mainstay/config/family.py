"""Processes of one app end together: the children watch whether the one that started them lives."""

from __future__ import annotations

import os
import signal
import threading
import time

PARENT = "MAINSTAY_PARENT"
"""Environment variable with the id of the process that started the app; absent, nobody watches."""
LOOK = 1.0
"""Seconds between two looks."""


def head() -> None:
    """Make this process the one whose end ends its children, however it comes."""
    os.environ[PARENT] = str(os.getpid())


def follow() -> None:
    """End this process, as SIGTERM does, once the app's first process is gone.

    Does nothing in a process that was started by anything else.
    """
    parent = os.environ.get(PARENT)
    if parent != str(os.getppid()):
        return

    def watch() -> None:
        while str(os.getppid()) == parent:
            time.sleep(LOOK)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="follow-parent", daemon=True).start()
