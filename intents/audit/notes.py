"""Checkpoints of the tree of events, as C2SP's tlog-checkpoint writes them: a signed note of how large it is and its root.

The key is not in the database, so whoever can only write there can make no other history with a checkpoint.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

ED25519 = b"\x01"
"""The kind of signature, where keys are named."""
HASH_BYTES, KEY_ID_BYTES = 32, 4


@dataclass(frozen=True, slots=True)
class TreeHead:
    """How large the tree was, and its root."""

    size: int
    root: bytes


def _private() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(settings.AUDIT_KEY)


@cache
def _public(secret: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def public_key() -> bytes:
    """The key by which the checkpoints of this server are verified, 32 bytes."""
    return _public(settings.AUDIT_KEY)


def key_id(name: str, public: bytes) -> bytes:
    """What signatures by a key begin with."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:KEY_ID_BYTES]


def verifier_key() -> str:
    """The public key as signed notes name it: keep it where the server cannot change it."""
    name, public = settings.AUDIT_ORIGIN, public_key()
    return f"{name}+{key_id(name, public).hex()}+{base64.b64encode(ED25519 + public).decode()}"


def signed(head: TreeHead) -> str:
    """A checkpoint of this server."""
    name = settings.AUDIT_ORIGIN
    text = f"{name}\n{head.size}\n{base64.b64encode(head.root).decode()}\n"
    signature = key_id(name, public_key()) + _private().sign(text.encode())
    return f"{text}\n\u2014 {name} {base64.b64encode(signature).decode()}\n"


def opened(note: str) -> TreeHead:
    """What a checkpoint says. Raises ValueError when it is none, or is not signed by this server."""
    text, gap, signatures = note.rpartition("\n\n")
    text += "\n"
    lines = text.split("\n")
    if not gap or len(lines) < 4 or not lines[1].isdigit():
        raise ValueError("this is no checkpoint")
    name, public = lines[0], public_key()
    marked = f"\u2014 {name} "
    for line in signatures.splitlines():
        if line.startswith(marked) and _is_signed(text.encode(), line.removeprefix(marked), key_id(name, public), public):
            return TreeHead(int(lines[1]), _hash(lines[2]))
    raise ValueError("this checkpoint is not signed by the key of this server")


def _hash(text: str) -> bytes:
    root = base64.b64decode(text, validate=True)
    if len(root) != HASH_BYTES:
        raise ValueError("the root of a checkpoint has 32 bytes")
    return root


def _is_signed(text: bytes, signature: str, key: bytes, public: bytes) -> bool:
    try:
        given = base64.b64decode(signature, validate=True)
        if given[:KEY_ID_BYTES] != key:
            return False
        Ed25519PublicKey.from_public_bytes(public).verify(given[KEY_ID_BYTES:], text)
    except (binascii.Error, InvalidSignature):
        return False
    return True
