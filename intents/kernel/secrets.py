"""Secrets: random tokens that are stored only as hashes, and values that must be read back, encrypted at rest."""

import hashlib
import secrets as random
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

TOKEN_BYTES = 24
"""192 random bits, above the 160 that `trust.md` asks for."""


def new_token() -> str:
    """A random secret, 48 lower-case hexadecimal characters."""
    return random.token_hex(TOKEN_BYTES)


def fingerprint(token: str) -> bytes:
    """SHA-256 of a token, 32 bytes. A token has enough entropy for a plain hash, and the hash can be looked up by index."""
    return hashlib.sha256(token.encode()).digest()


@lru_cache(maxsize=1)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(value: str) -> bytes:
    """`value` under the newest key of settings.ENCRYPTION_KEYS."""
    return _box(tuple(settings.ENCRYPTION_KEYS)).encrypt(value.encode())


def decrypt(sealed: bytes) -> str:
    """What `encrypt` sealed, under any key still listed. Raises ValueError when none fits."""
    try:
        return _box(tuple(settings.ENCRYPTION_KEYS)).decrypt(bytes(sealed)).decode()
    except InvalidToken:
        raise ValueError("none of ENCRYPTION_KEYS opens this value: was a key removed before rotating?") from None


def rotate(sealed: bytes) -> bytes:
    """The same value under the newest key."""
    return _box(tuple(settings.ENCRYPTION_KEYS)).rotate(bytes(sealed))
