"""Secrets that the store keeps but cannot read: sealed by a key made from ``SECRET_KEY``, which
lies outside it and in no backup.

AES-256-GCM; what a secret is for is sealed with it, so that none can be put in another's place.
"""

from __future__ import annotations

import base64
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from mainstay.foundation.errors import SealedByAnotherKey

_NONCE = 12


def seal(secret: bytes, purpose: str) -> str:
    """The secret as text that only this system's key opens, for this purpose only."""
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(_key(settings.SECRET_KEY)).encrypt(nonce, secret, purpose.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def unseal(text: str, purpose: str) -> bytes:
    """The secret again. Raises ``SealedByAnotherKey``."""
    try:
        raw = base64.urlsafe_b64decode(text)
        key = AESGCM(_key(settings.SECRET_KEY))
        return key.decrypt(raw[:_NONCE], raw[_NONCE:], purpose.encode())
    except (InvalidTag, ValueError) as error:
        raise SealedByAnotherKey from error


@cache
def _key(secret: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"mainstay.vault").derive(secret.encode())
