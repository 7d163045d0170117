"""Tries at signing in, counted for all processes together, and codes that were used.

They are kept by Django's cache in the database, whose table this is: in its own memory each process would count for itself.
"""

from typing import Any

from django.core.cache import cache
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import OperationalError, connection

CODE_SECONDS = 180
"""How long a used code is refused. It is accepted for 90 seconds: its half minute, one before, one after."""


class Cache(DatabaseCache):
    """Django's, but that a server which takes no writes is one that is away, and no limit that was reached."""

    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        done: bool = super()._base_set(mode, key, value, timeout)  # type: ignore[misc]  # not in the stubs
        if not done and _takes_no_writes():
            raise OperationalError("the database takes no writes")
        return done


def _takes_no_writes() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        return bool(cursor.fetchone() == ("on",))


def use_code(*, user: Any, code: str) -> bool:
    """Note that `user` has shown `code`. False when they had shown it before."""
    used: bool = cache.add(f"code:{user.pk}:{code.replace(' ', '')}", True, timeout=CODE_SECONDS)
    return used


def prune() -> None:
    """Delete what no longer counts. By the database's own clock, as it was written by the machine's."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM intents_tries WHERE expires < now()")
