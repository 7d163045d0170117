"""The plans of hand-written statements, as they are sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from intents.kernel import statements


@contextmanager
def explained(step: str, plans: dict[str, str]) -> Iterator[None]:
    """Statements sent inside the block are explained first, in a savepoint of their own, and then run. To be used inside a
    transaction."""
    really = statements.rows

    def rows(query: str, params: statements.Params) -> list[tuple[Any, ...]]:
        before = transaction.savepoint()
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {query}", params)
            plans[f"{step} {len(plans) + 1}"] = "\n".join(row[0] for row in cursor.fetchall())
        transaction.savepoint_rollback(before)
        return really(query, params)

    statements.rows = rows
    try:
        yield
    finally:
        statements.rows = really
