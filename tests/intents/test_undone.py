"""What is refused here is undone without letting go of what the session has prepared; what the server refused may mean that
some of that is stale, and is undone by psycopg, which lets go of all of it."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext

import psycopg
import pytest
from django.db import DataError, NotSupportedError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg.pq import ExecStatus

from intents.kernel import statements
from tests import templates
from tests.planning import planned_each_time


@pytest.fixture(autouse=True)
def session(transactional_db: None) -> Iterator[None]:
    """A new one, in which nothing is prepared and nothing has failed."""
    connection.close()
    connection.ensure_connection()
    yield
    connection.close()


def prepared() -> set[str]:
    """The names of what the server has prepared."""
    with connection.cursor() as cursor:  # Django never prepares
        cursor.execute("SELECT name FROM pg_prepared_statements")
        return {name for (name,) in cursor.fetchall()}


def known() -> set[str]:
    """Of what psycopg believes that it has prepared."""
    return {name.decode() for name in connection.connection._prepared._names.values()}


def select(text: str) -> None:
    assert len(statements.rows(f"SELECT {text}", ())) == 1


@transaction.atomic
def refused(query: str) -> None:
    """A request that does something and is refused then."""
    statements.rows(query, ())
    raise LookupError


def refuse(text: str = "'refused'") -> None:
    with pytest.raises(LookupError):
        refused(f"SELECT {text}")


@pytest.mark.parametrize("inner", [False, True], ids=["transaction", "savepoint"])
def test_a_refusal_costs_no_plans(inner: bool) -> None:
    select("'before'")
    with transaction.atomic() if inner else nullcontext():
        refuse("'inside'")
        assert len(prepared()) == 2
        refuse("'inside'")
        select("'before'")
    assert len(prepared()) == 2
    assert prepared() == known()


@pytest.mark.parametrize("inner", [False, True], ids=["transaction", "savepoint"])
def test_what_was_refused_is_undone(inner: bool) -> None:
    statements.rows("CREATE TEMP TABLE kept (n int)", ())
    with transaction.atomic() if inner else nullcontext(), CaptureQueriesContext(connection) as captured:
        statements.rows("INSERT INTO kept VALUES (1)", ())
        with pytest.raises(LookupError):
            refused("INSERT INTO kept VALUES (2)")
        statements.rows("INSERT INTO kept VALUES (3)", ())
    assert statements.rows("SELECT n FROM kept ORDER BY n", ()) == [(1,), (3,)]
    assert any(one["sql"].startswith("ROLLBACK") for one in captured.captured_queries)


@pytest.mark.parametrize("inner", [False, True], ids=["transaction", "savepoint"])
def test_what_the_server_refused_is_undone_and_all_is_let_go(inner: bool) -> None:
    select("'before'")
    with transaction.atomic() if inner else nullcontext():
        with pytest.raises(DataError), transaction.atomic():
            select("1/0")
        assert known() == set()
        select("'before'")
    refuse()
    assert prepared() == known()


def test_the_map_of_what_is_prepared_agrees_with_the_server_whatever_is_undone() -> None:
    connection.connection.prepared_max = 3
    for number in range(4):
        for text in ("'a'", "'b'", "'c'", "'d'", f"'{number}'"):
            refuse(text)
            with transaction.atomic():
                select(text)
                refuse("'e'")
                select("'f'")
                if number == 2:
                    with pytest.raises(DataError), transaction.atomic():
                        select(f"1/0, {text}")
        assert prepared() == known()
    assert 0 < len(known()) <= 3


def change(columns: str) -> None:
    """Change a table as a migration of another process does: psycopg does not see it here."""
    made = f"DROP TABLE IF EXISTS changed; CREATE TEMP TABLE changed ({columns}); INSERT INTO changed DEFAULT VALUES"
    assert connection.connection.pgconn.exec_(made.encode()).status == ExecStatus.COMMAND_OK


def nothing_refused() -> None:
    """Refused before it had asked the server for anything: no transaction was under way."""
    with pytest.raises(LookupError), transaction.atomic():
        raise LookupError


def over() -> None:
    connection.close_if_unusable_or_obsolete()


def failed_inside() -> None:
    with pytest.raises(NotSupportedError), transaction.atomic():
        select("* FROM changed")


RECOVERIES: dict[str, tuple[Callable[[], object], ...]] = {
    "another is refused": (refuse,),
    "one is refused at once, another later": (nothing_refused, refuse),
    "it fails inside a transaction": (failed_inside,),
    "the request is over": (over,),
}


@pytest.mark.parametrize("recovery", RECOVERIES.values(), ids=list(RECOVERIES))
def test_a_statement_whose_columns_are_others_is_prepared_anew(recovery: tuple[Callable[[], object], ...]) -> None:
    change("a int")
    select("* FROM changed")
    refuse("* FROM changed")
    change("a int, b text")
    with pytest.raises(NotSupportedError):
        select("* FROM changed")
    for step in recovery:
        step()
    if connection.connection is None:  # and with it the table
        connection.ensure_connection()
        change("a int, b text")
    select("* FROM changed")


def test_a_table_that_was_made_and_undone_may_be_made_anew() -> None:
    @transaction.atomic
    def make(columns: str) -> None:
        statements.rows(f"CREATE TABLE undone ({columns})", ())
        statements.rows("INSERT INTO undone DEFAULT VALUES", ())
        select("* FROM undone")
        raise LookupError

    for columns in ("a int", "a int", "a text"):
        with pytest.raises((LookupError, NotSupportedError)):
            make(columns)
    with pytest.raises(LookupError):
        make("a text")


def test_a_session_that_ended_meanwhile_is_replaced() -> None:
    pid = connection.connection.info.backend_pid

    @transaction.atomic
    def lost() -> None:
        select("1")
        with psycopg.connect(templates.url(connection.settings_dict["NAME"]), autocommit=True) as other:
            assert other.execute("SELECT pg_terminate_backend(%s, 60000)", [pid]).fetchone() == (True,)
        raise LookupError

    with pytest.raises(LookupError):
        lost()
    assert connection.connection.info.backend_pid != pid
    refuse("1")
    assert prepared() == known()


def test_statements_are_planned_once_though_each_try_is_refused() -> None:
    assert planned_each_time(lambda: refuse("1, 'planned once'")) == []
    assert len(prepared()) == 2  # with what looks at them
