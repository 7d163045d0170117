"""What every table shares: a UUIDv7 key, made in Python because the embedded PostgreSQL may be older than uuidv7()."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from uuid import UUID

from django.db import models


class _Newest:
    tick = 0


_of: ContextVar[datetime | None] = ContextVar("ids_of", default=None)


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): ordered by time, within a process also when made in the same moment, so that an index of ids
    grows at its end."""
    # Of a millisecond the 4096th parts, in the bits that are random elsewhere (the RFC's method 3).
    if (moment := _of.get()) is None:
        _Newest.tick = tick = max(time.time_ns() * 4096 // 1_000_000, _Newest.tick + 1)
    else:
        tick = int(moment.timestamp() * 1000) * 4096 + int.from_bytes(os.urandom(2)) % 4096
    random = int.from_bytes(os.urandom(8)) >> 2
    return UUID(int=(tick >> 12) << 80 | 7 << 76 | (tick & 0xFFF) << 64 | 2 << 62 | random)


@contextmanager
def ids_of(moment: datetime) -> Iterator[None]:
    """For history that is brought in: ids of this context are of `moment`, an aware datetime, in no order within it."""
    token = _of.set(moment)
    try:
        yield
    finally:
        _of.reset(token)


class Row(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True
