"""Histories that are sealed by checkpoints, and changed behind them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from intents.audit import checkpoints, tree
from intents.engine import chains

TIMES = int(os.environ.get("TAMPERINGS", "60"))
"""Random changes of the database, and of a bundle; TAMPERINGS=1000 is the full proof."""


def seal() -> None:
    while tree.append():
        pass
    checkpoints.make()


def faults() -> list[str]:
    kept = [*checkpoints.written(), *checkpoints.stored()]
    return [str(one) for one in (*chains.broken_chains(), *tree.faults(), *checkpoints.faults(kept))]


@contextmanager
def tampering(statements: str) -> Iterator[bool]:
    """As one with full access to the database would do it, undone afterwards; whether it changed anything."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            changed = 0
            for statement in statements.split(";"):
                cursor.execute(statement)
                changed += max(0, cursor.rowcount)
        yield changed > 0
        transaction.set_rollback(True)
