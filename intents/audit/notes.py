"""Checkpoints of the tree of events, as C2SP's tlog-checkpoint writes them: a signed note of how large it is and its root.

The key is not in the database, so whoever can only write there can make no other history with a checkpoint.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from django.conf import settings

from intents.kernel import attesting

ED25519 = b"\x01"
"""The kind of signature, where keys are named."""
HASH_BYTES, KEY_ID_BYTES = 32, 4


@dataclass(frozen=True, slots=True)
class TreeHead:
    """How large the tree was, and its root."""

    size: int
    root: bytes


def key_id(name: str, public: bytes) -> bytes:
    """What signatures by a key begin with."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:KEY_ID_BYTES]


def verifier_key() -> str:
    """The public key as signed notes name it: keep it where the server cannot change it."""
    name, public = settings.AUDIT_ORIGIN, attesting.public_key()
    return f"{name}+{key_id(name, public).hex()}+{base64.b64encode(ED25519 + public).decode()}"


def signed(head: TreeHead) -> str:
    """A checkpoint of this server."""
    name = settings.AUDIT_ORIGIN
    text = f"{name}\n{head.size}\n{base64.b64encode(head.root).decode()}\n"
    signature = key_id(name, attesting.public_key()) + attesting.signature(text)
    return f"{text}\n\u2014 {name} {base64.b64encode(signature).decode()}\n"


def opened(note: str) -> TreeHead:
    """What a checkpoint says. Raises ValueError when it is none, or is not signed by this server."""
    text, gap, signatures = note.rpartition("\n\n")
    text += "\n"
    lines = text.split("\n")
    if not gap or len(lines) < 4 or not lines[1].isdigit():
        raise ValueError("this is no checkpoint")
    name, public = lines[0], attesting.public_key()
    marked = f"\u2014 {name} "
    for line in signatures.splitlines():
        if line.startswith(marked) and _is_signed(text, line.removeprefix(marked), key_id(name, public)):
            return TreeHead(int(lines[1]), _hash(lines[2]))
    raise ValueError("this checkpoint is not signed by the key of this server")


def _hash(text: str) -> bytes:
    root = base64.b64decode(text, validate=True)
    if len(root) != HASH_BYTES:
        raise ValueError("the root of a checkpoint has 32 bytes")
    return root


def _is_signed(text: str, signature: str, key: bytes) -> bool:
    try:
        given = base64.b64decode(signature, validate=True)
    except binascii.Error:
        return False
    return given[:KEY_ID_BYTES] == key and attesting.is_signed(text, given[KEY_ID_BYTES:])
