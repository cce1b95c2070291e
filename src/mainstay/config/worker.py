"""The worker's process: ``python -m mainstay.config.worker``, until a signal or the app's end."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType

import django

from mainstay.config import family


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
    family.follow()
    work_until(stop)


if __name__ == "__main__":
    main()
