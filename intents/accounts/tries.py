"""Tries at signing in, counted for all processes together, and codes that were used.

They are kept by Django's cache in the database, whose table this is: in its own memory each process would count for itself.
"""

from typing import Any

from django.core.cache import cache
from django.db import connection

CODE_SECONDS = 180
"""How long a used code is refused. It is accepted for 90 seconds: its half minute, one before, one after."""


def use_code(*, user: Any, code: str) -> bool:
    """Note that `user` has shown `code`. False when they had shown it before."""
    used: bool = cache.add(f"code:{user.pk}:{code.replace(' ', '')}", True, timeout=CODE_SECONDS)
    return used


def prune() -> None:
    """Delete what no longer counts. By the database's own clock, as it was written by the machine's."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM intents_tries WHERE expires < now()")
