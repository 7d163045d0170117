"""The tree of events is RFC 6962's, whatever tiles it is kept in, and checkpoints are signed notes."""

import base64
import hashlib
import random
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from examples import verify_evidence
from intents.audit import merkle, notes
from intents.audit.notes import TreeHead

# RFC 6962's own hashes of the first entries "", 00, 10, 2021, 3031, 40414243, 5051525354555657.
ENTRIES = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
)


def plain_root(leaves: list[bytes]) -> bytes:
    """Of hashes, as the RFC defines it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256().digest()
    middle = merkle.largest_power(len(leaves))
    return hashlib.sha256(b"\x01" + plain_root(leaves[:middle]) + plain_root(leaves[middle:])).digest()


class Grown:
    """A tree that grows by as many leaves as chance will."""

    def __init__(self) -> None:
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.leaves: list[bytes] = []

    def read(self, level: int, index: int) -> bytes:
        return self.tiles[level, index]

    def grow(self, leaves: list[bytes]) -> None:
        self.tiles |= merkle.grown(self.read, len(self.leaves), leaves)
        self.leaves += leaves


def test_roots_are_those_of_the_rfc() -> None:
    tree = Grown()
    for entry, root in zip(ENTRIES, ROOTS, strict=False):
        tree.grow([merkle.leaf_hash(entry)])
        assert merkle.root(tree.read, len(tree.leaves)).hex() == root


def test_tiles_give_the_roots_and_proofs_that_all_leaves_give() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    tree = Grown()
    assert merkle.root(tree.read, 0) == hashlib.sha256().digest()
    while len(tree.leaves) < 1500:
        tree.grow([chance.randbytes(32) for _ in range(chance.choice((1, 3, 100, 256, 257, 300)))])
        size = chance.randint(1, len(tree.leaves))
        root = plain_root(tree.leaves[:size])
        assert merkle.root(tree.read, size) == root
        for index in {0, size - 1, chance.randrange(size)}:
            proof = merkle.inclusion(tree.read, index, size)
            assert verify_evidence.root_of(tree.leaves[index], index, size, proof) == root


def test_a_proof_of_another_leaf_or_place_or_size_proves_nothing() -> None:
    tree = Grown()
    tree.grow([bytes([one]) * 32 for one in range(13)])
    root, proof = merkle.root(tree.read, 13), merkle.inclusion(tree.read, 5, 13)
    for leaf, index, size, given in (
        (tree.leaves[6], 5, 13, proof),
        (tree.leaves[5], 4, 13, proof),
        (tree.leaves[5], 5, 13, [*proof[:-1], bytes(32)]),
    ):
        assert verify_evidence.root_of(leaf, index, size, given) != root
    for given in (proof[:-1], [*proof, bytes(32)]):
        with pytest.raises(verify_evidence.Changed):
            verify_evidence.root_of(tree.leaves[5], 5, 13, given)


def test_a_checkpoint_is_a_signed_note_that_both_verifiers_open() -> None:
    head = TreeHead(7, bytes(range(32)))
    note = notes.signed(head)
    origin, size, root, empty, signature, end = note.split("\n")
    assert (size, base64.b64decode(root), empty, end) == ("7", head.root, "", "")
    assert signature.startswith(f"\u2014 {origin} ")
    assert notes.opened(note) == head
    assert verify_evidence.opened(note, notes.verifier_key()) == (7, head.root)


@pytest.mark.parametrize("change", [("7", "8"), ("\n7", "\n07"), ("\u2014", "-"), ("=\n", "A\n")])
def test_a_note_that_was_changed_is_no_checkpoint(change: tuple[str, str]) -> None:
    note = notes.signed(TreeHead(7, bytes(32))).replace(*change, 1)
    with pytest.raises(ValueError, match="checkpoint"):
        notes.opened(note)
    with pytest.raises((verify_evidence.Changed, ValueError)):
        verify_evidence.opened(note, notes.verifier_key())


def test_the_offline_verifier_knows_ed25519_as_the_library_does() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for _ in range(20):
        key, message = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32)), chance.randbytes(chance.randint(0, 200))
        public, signature = key.public_key().public_bytes_raw(), key.sign(message)
        assert verify_evidence.is_signed(public, message, signature)
        for place in (0, 31, 32, 63):
            flipped = bytearray(signature)
            flipped[place] ^= 1 << chance.randrange(8)
            assert not verify_evidence.is_signed(public, message, bytes(flipped))
        assert not verify_evidence.is_signed(public, message + b"x", signature)
        assert not verify_evidence.is_signed(chance.randbytes(32), message, signature)


def test_the_offline_verifier_needs_nothing_but_python() -> None:
    path = Path(verify_evidence.__file__)
    done = subprocess.run([sys.executable, "-I", "-S", path, "--help"], capture_output=True, text=True, check=True)
    assert "--key" in done.stdout
