"""What an audit entry says, as bytes that are the same on either store, and the sums over them.

Two sums guard an entry. Its *mac* is made with the application's key when it is written: whoever
writes to the store by other means has no key. Its *digest* goes into the chain (``sealing``) and
needs no key, so that anybody can check an export.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime
from typing import Any, Protocol

from django.utils.crypto import salted_hmac

NONCE = 16
"""Characters before the mac that make it unlike any other: a copied entry shows as a copy."""
_SALT = "mainstay.audit"


class Entry(Protocol):
    """An audit entry, also as a migration sees it."""

    at: datetime
    actor_id: int | None
    action: str
    subject: str
    reason: str
    facts: Any
    mac: str | None


def digest(entry: Entry) -> str:
    """SHA-256 of everything the entry says, its mac included; 64 hexadecimal digits."""
    return hashlib.sha256(_written(entry) + (entry.mac or "").encode()).hexdigest()


def sign(entry: Entry) -> str:
    """A mac for an entry: a nonce, then the keyed sum of nonce and content."""
    return _signed(entry, secrets.token_hex(NONCE // 2))


def is_ours(entry: Entry) -> bool:
    """Whether the mac is the application's own, over exactly this content."""
    mac = entry.mac or ""
    return hmac.compare_digest(mac, _signed(entry, mac[:NONCE]))


def link(previous: str, sequence: int, entry: int, digest: str, sealed_at: datetime) -> str:
    """The hash of a seal: SHA-256 over the hash before it and all it says, a line each."""
    parts = (previous, str(sequence), str(entry), digest, _moment(sealed_at))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _signed(entry: Entry, nonce: str) -> str:
    value = nonce.encode() + _written(entry)
    return nonce + salted_hmac(_SALT, value, algorithm="sha256").hexdigest()


def _written(entry: Entry) -> bytes:
    facts = json.loads(json.dumps(entry.facts))  # tuples, enumerations: as a store gives them back
    said = [
        _moment(entry.at), entry.actor_id, entry.action, entry.subject, entry.reason, facts,
    ]  # fmt: skip
    return json.dumps(
        _canonical(said), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    ).encode("utf-8", "surrogatepass")


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def _canonical(value: Any) -> Any:
    """PostgreSQL keeps neither NUL characters nor the difference between 1e2, 100.0 and 100."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_canonical(one) for one in value]
    if isinstance(value, dict):
        return {_canonical(key): _canonical(one) for key, one in value.items()}
    return value
