"""A process that the app forks takes its own locks, whatever the first process took before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pytest_django import Settings

from mainstay.foundation.lock import one_at_a_time


@pytest.mark.django_db
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_process_takes_the_lock_its_parent_once_held(
    settings: Settings, tmp_path: Path
) -> None:
    settings.MAINSTAY_HOME = tmp_path
    with one_at_a_time("books"):
        pass
    child = os.fork()
    if child == 0:
        try:
            with one_at_a_time("books"):
                os._exit(0)
        finally:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
