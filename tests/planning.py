"""Which statements PostgreSQL goes on planning at each execution, on this thread's connection.

After five executions it keeps a generic plan if that costs no more than those five did in the mean, planning included. If a
table has grown meanwhile, or was analysed, the plan to keep seems dearer than the first five; what is executed after that
evens it out. So a statement has some more executions to be kept after all, which one planned for its values never is.
"""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection, connections

from intents import auth
from intents.kernel import statements
from intents.quotas import pace

AT_LEAST, AT_MOST = 7, 28
"""Executions: one more than PostgreSQL waits for, and another; and enough for the first five to count for little."""
_PLANNED = "SELECT statement FROM pg_prepared_statements WHERE generic_plans = 0 AND custom_plans >= %s"


def planned_each_time(act: Callable[[], object]) -> list[str]:
    """Statements of `act` that are planned each time, however often it is done. A try that commits nothing may be given."""
    connection.ensure_connection()
    connection.connection._prepared.clear()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")  # after it the server is told
    for _ in range(AT_LEAST):
        act()
    found = _planned(AT_LEAST - 1)
    for done in range(AT_LEAST, AT_MOST):
        if not found:
            break
        act()
        found = _planned(done)
    return found


def _planned(executions: int) -> list[str]:
    return [statement for (statement,) in statements.rows(_PLANNED, [executions])]


@pytest.fixture
def looked_up_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A credential and the limits of a workspace are looked up once, however long a test takes that counts statements."""
    for module in (auth, pace):
        monkeypatch.setattr(module, "TRUST_SECONDS", 3600.0)
        module.forget()
    yield
    for module in (auth, pace):
        module.forget()


def pytest_runtest_setup() -> None:
    """What is prepared outlives what is refused, but no plan that suits the tables of one test is kept for all others: the
    first refusal of each lets go of them."""
    for one in connections.all(initialized_only=True):
        one.refused = True  # type: ignore[attr-defined]
