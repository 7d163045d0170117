"""A Merkle tree as RFC 6962 hashes it, kept in tiles of 256 hashes as C2SP's tlog-tiles cuts it.

Tile `index` of level 0 has the hashes of leaves 256 * index and on; of a level above, the hashes of the tiles below that are
full. Nothing here touches a database: who keeps the tiles says how they are read.
"""

import hashlib
from collections.abc import Callable, Iterable

WIDTH = 256
HEIGHT = 8
"""Of a tile: a full one has 2 ** HEIGHT hashes."""
SIZE = 32

Tiles = Callable[[int, int], bytes]
"""The hashes of a tile, one after the other, by level and index."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry of the log."""
    return hashlib.sha256(b"\x00" + entry).digest()


def parent_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two nodes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def largest_power(size: int) -> int:
    """The largest power of two that is smaller than `size`, which is 2 at least."""
    return 1 << (size - 1).bit_length() - 1


def combined(hashes: bytes) -> bytes:
    """The root of so many hashes, a power of two, one after the other."""
    nodes = [hashes[at : at + SIZE] for at in range(0, len(hashes), SIZE)]
    while len(nodes) > 1:
        nodes = [parent_hash(nodes[at], nodes[at + 1]) for at in range(0, len(nodes), 2)]
    return nodes[0]


def _complete(tiles: Tiles, first: int, height: int) -> bytes:
    """The node of the 2 ** height leaves from `first` on."""
    level, rest = divmod(height, HEIGHT)
    place = first >> HEIGHT * level
    start = place % WIDTH * SIZE
    return combined(tiles(level, place // WIDTH)[start : start + SIZE * 2**rest])


def node(tiles: Tiles, first: int, last: int) -> bytes:
    """The hash of the leaves from `first` to before `last`, of which there is one at least."""
    size = last - first
    if size & (size - 1) == 0:
        return _complete(tiles, first, size.bit_length() - 1)
    middle = first + largest_power(size)
    return parent_hash(node(tiles, first, middle), node(tiles, middle, last))


def root(tiles: Tiles, size: int) -> bytes:
    """The root of the first `size` leaves."""
    return node(tiles, 0, size) if size else hashlib.sha256().digest()


def inclusion(tiles: Tiles, index: int, size: int) -> list[bytes]:
    """The proof that leaf `index` is one of the first `size`: what to combine its hash with, from the leaf up."""
    proof: list[bytes] = []
    first, last = 0, size
    while last - first > 1:
        middle = first + largest_power(last - first)
        if index < middle:
            proof.append(node(tiles, middle, last))
            last = middle
        else:
            proof.append(node(tiles, first, middle))
            first = middle
    return proof[::-1]


def grown(tiles: Tiles, size: int, leaves: Iterable[bytes]) -> dict[tuple[int, int], bytes]:
    """The tiles that change when leaves, given as hashes, come to the first `size`, by level and index."""
    changed: dict[tuple[int, int], bytes] = {}
    level, place, hashes = 0, size, list(leaves)
    while hashes:
        full: list[bytes] = []
        above = place // WIDTH
        while hashes:
            index, filled = divmod(place, WIDTH)
            tile = (tiles(level, index)[: filled * SIZE] if filled else b"") + b"".join(hashes[: WIDTH - filled])
            place, hashes = place + min(len(hashes), WIDTH - filled), hashes[WIDTH - filled :]
            changed[level, index] = tile
            if len(tile) == WIDTH * SIZE:
                full.append(combined(tile))
        level, place, hashes = level + 1, above, full
    return changed
