"""A file under a passphrase, written once from front to back and read at any place.

AES-256-GCM over chunks of 64 KiB whose nonce holds the chunk's number and whether it is the last
(the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015): a chunk that is changed,
moved or cut off does not open. The keys come from the passphrase by scrypt with a salt of the
file's own; a mark over the head tells a wrong passphrase from a damaged file.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from mainstay.foundation.errors import BackupDamaged, PassphraseWrong

MAGIC = b"MAINSTAY-SEALED-1\n"
SALT = 16
MARK = 32
HEAD = len(MAGIC) + SALT + MARK
CHUNK = 64 * 1024
TAG = 16
COST = 2**17
"""Of scrypt with r = 8, p = 1: 128 MiB and about half a second per guess."""


def _keys(passphrase: str, salt: bytes) -> tuple[AESGCM, bytes]:
    """The cipher, and the mark that belongs into the head."""
    made = Scrypt(salt=salt, length=64, n=COST, r=8, p=1).derive(passphrase.encode())
    return AESGCM(made[:32]), hmac.digest(made[32:], MAGIC + salt, hashlib.sha256)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class SealedWriter(io.RawIOBase):
    """Encrypts what is written into ``out``; complete once closed. Leaves ``out`` open."""

    def __init__(self, out: IO[bytes], passphrase: str) -> None:
        self._out = out
        salt = secrets.token_bytes(SALT)
        self._cipher, mark = _keys(passphrase, salt)
        self._kept = bytearray()
        self._number = 0
        out.write(MAGIC + salt + mark)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._kept += data
        while len(self._kept) > CHUNK:  # one is always kept back: it may be the last
            self._put(bytes(self._kept[:CHUNK]), last=False)
            del self._kept[:CHUNK]
        return len(memoryview(data).cast("B"))

    def _put(self, chunk: bytes, *, last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._number, last=last), chunk, None))
        self._number += 1

    def finish(self) -> None:
        """Write the last chunk; without it the file does not open."""
        self._put(bytes(self._kept), last=True)
        self._kept.clear()


class SealedReader(io.RawIOBase):
    """Decrypts a sealed file, at any place.

    Raises:
        PassphraseWrong: the mark of the head does not fit.
        BackupDamaged: a chunk does not open (while reading).
    """

    def __init__(self, file: IO[bytes], passphrase: str) -> None:
        self._file = file
        file.seek(0)
        head = file.read(HEAD)
        salt, mark = head[len(MAGIC) : len(MAGIC) + SALT], head[len(MAGIC) + SALT :]
        self._cipher, expected = _keys(passphrase, salt)
        if not hmac.compare_digest(mark, expected):
            raise PassphraseWrong
        body = file.seek(0, io.SEEK_END) - HEAD
        self._chunks = -(-body // (CHUNK + TAG))
        self._size = body - self._chunks * TAG
        if self._chunks < 1 or self._size < 0:
            raise BackupDamaged(part="end")
        self._place = 0
        self._open: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("before the start")
        self._place = start + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: Any) -> int:
        if self._place >= self._size:
            return 0
        number, inside = divmod(self._place, CHUNK)
        piece = self._chunk(number)[inside : inside + len(buffer)]
        buffer[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)

    def _chunk(self, number: int) -> bytes:
        if self._open[0] != number:
            self._file.seek(HEAD + number * (CHUNK + TAG))
            sealed = self._file.read(CHUNK + TAG)
            nonce = _nonce(number, last=number == self._chunks - 1)
            try:
                self._open = number, self._cipher.decrypt(nonce, sealed, None)
            except InvalidTag:
                raise BackupDamaged(part=f"64 KiB × {number}") from None
        return self._open[1]
