"""The data folder: the embedded database, uploaded files and the secret key live in it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def home_folder() -> Path:
    """``MAINSTAY_HOME``, or ``~/.mainstay``; made, for the owner only, where it is missing."""
    folder = Path(os.environ.get("MAINSTAY_HOME") or Path.home() / ".mainstay").expanduser()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder.resolve()


def secret_key(folder: Path) -> str:
    """The key that signs sessions: made once, readable by the owner only.

    Two processes starting together agree: the file appears whole or not at all.
    """
    path = folder / "secret-key"
    if not path.exists():
        draft = folder / f"secret-key.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
