"""Statements that the server signs with AUDIT_KEY, which is not in the database: whoever can only write there makes none."""

from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings


@cache
def _public(secret: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def public_key() -> bytes:
    """The key by which what this server signed is verified, 32 bytes."""
    return _public(settings.AUDIT_KEY)


def signature(text: str) -> bytes:
    """The Ed25519 signature of `text`, 64 bytes."""
    return Ed25519PrivateKey.from_private_bytes(settings.AUDIT_KEY).sign(text.encode())


def is_signed(text: str, given: bytes) -> bool:
    """Whether `given` is this server's signature of `text`."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key()).verify(given, text.encode())
    except InvalidSignature:
        return False
    return True
