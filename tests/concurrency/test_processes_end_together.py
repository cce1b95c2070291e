"""However the app's first process ends, the processes it started end too."""

from __future__ import annotations

import signal
import subprocess
import sys

CHILD = """
import time
from mainstay.config import family
family.follow()
print("ready", flush=True)
time.sleep(60)
"""
PARENT = f"""
import subprocess, sys, time
from mainstay.config import family
family.head()
subprocess.Popen([sys.executable, "-c", {CHILD!r}])
time.sleep(60)
"""


def test_a_killed_parent_takes_its_children_along() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        parent.send_signal(signal.SIGKILL)
        # The child holds the other end: it reads empty once the child is gone.
        rest = parent.communicate(timeout=30)[0]
    assert rest == b""


def test_a_process_started_by_something_else_follows_nobody() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD.replace("sleep(60)", "sleep(2)")],
        capture_output=True, timeout=60, check=False, env={"MAINSTAY_PARENT": "1", "PATH": ""},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, b"ready\n")
