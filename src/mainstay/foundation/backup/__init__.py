"""Backups: everything the store holds, in one file that either store can take back.

A zip, encrypted as a whole where a passphrase is given, with one Arrow stream per table, the files
of the uploads folder, and ``manifest.json`` with counts and checksums. Sign-in sessions and the key
that signs them stay behind.
"""

from __future__ import annotations

from mainstay.foundation.backup.making import back_up
from mainstay.foundation.backup.opening import is_sealed, look
from mainstay.foundation.backup.restoring import restore

__all__ = ["back_up", "is_sealed", "look", "restore"]
