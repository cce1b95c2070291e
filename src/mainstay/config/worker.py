"""The worker's process: ``python -m mainstay.config.worker``, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType

import django


def main() -> None:
    """Serve the queue of jobs. The first signal lets the job at hand finish, a second ends it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mainstay.config.settings")
    django.setup()
    from mainstay.foundation.worker import work_until

    stop = threading.Event()

    def leave(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise SystemExit(128 + number)
        stop.set()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    work_until(stop)


if __name__ == "__main__":
    main()
