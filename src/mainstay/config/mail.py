"""The mail server, from one address: ``smtp://user:password@mail.example.com:587``.

``smtp`` asks the server for STARTTLS where a password is given; ``smtps`` is encrypted from the
start; ``?tls=0`` or ``?tls=1`` decides otherwise.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

PORTS = {"smtp": 587, "smtps": 465}


def settings(url: str) -> dict[str, Any]:
    """Django's settings for it; none for an empty address: no mail goes out.

    Raises ``ValueError`` for an address that is none.
    """
    if not url:
        return {}
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("MAINSTAY_MAIL is not like smtp://user:password@mail.example.com:587")
    tls = parse_qs(parts.query).get("tls", ["1" if parts.password else "0"])[0] == "1"
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and tls,
        "EMAIL_TIMEOUT": 20,
    }
