"""Open a backup and make sure of every part before anything is touched."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, cast

from mainstay.foundation.backup.manifest import FORMAT, NAME, UPLOADS, Manifest
from mainstay.foundation.backup.sealed import MAGIC, SealedReader
from mainstay.foundation.errors import (
    BackupDamaged,
    BackupIsNewer,
    NotABackup,
    PassphraseNeeded,
)  # fmt: skip

_PLAIN = b"PK"
_PIECE = 1024 * 1024


def is_sealed(source: Path) -> bool:
    """Whether the file needs a passphrase; ``NotABackup`` where it cannot be one at all."""
    with source.open("rb") as file:
        start = file.read(len(MAGIC))
    if start == MAGIC:
        return True
    if not start.startswith(_PLAIN):
        raise NotABackup(name=source.name)
    return False


@contextmanager
def opened(source: Path, passphrase: str | None) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """The parts and the manifest; what is damaged raises ``BackupDamaged``, in the block too."""
    sealed = is_sealed(source)
    if sealed and not passphrase:
        raise PassphraseNeeded
    with source.open("rb") as file:
        plain: IO[bytes] = file
        if sealed and passphrase:
            plain = cast("IO[bytes]", io.BufferedReader(SealedReader(file, passphrase)))
        try:
            with zipfile.ZipFile(plain) as packed:
                yield packed, _manifest(packed, source)
        except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
            raise BackupDamaged(part=source.name) from error


def _manifest(packed: zipfile.ZipFile, source: Path) -> Manifest:
    try:
        text = packed.read(NAME)
    except KeyError:
        raise NotABackup(name=source.name) from None
    manifest = Manifest.of(text)
    if manifest.format != FORMAT:
        raise BackupIsNewer(version=manifest.version, migrations=f"format {manifest.format}")
    return manifest


def verify(packed: zipfile.ZipFile, manifest: Manifest) -> None:
    """Compare every part with its checksum; ``BackupDamaged`` names the first that differs."""
    if set(packed.namelist()) != {*manifest.parts, NAME}:
        raise BackupDamaged(part=NAME)
    for name, part in manifest.parts.items():
        path = PurePosixPath(name.removeprefix(UPLOADS))
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
            raise BackupDamaged(part=name)
        found = hashlib.sha256()
        try:
            with packed.open(name) as member:
                while piece := member.read(_PIECE):
                    found.update(piece)
        except (zipfile.BadZipFile, EOFError) as error:
            raise BackupDamaged(part=name) from error
        if found.hexdigest() != part.sha256:
            raise BackupDamaged(part=name)


def look(source: Path, passphrase: str | None = None) -> Manifest:
    """What the backup says of itself, once every part is found whole."""
    with opened(source, passphrase) as (packed, manifest):
        verify(packed, manifest)
        return manifest
