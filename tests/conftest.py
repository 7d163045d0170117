"""Who the tests are about: people and machines as callers of the API (`tests/callers.py`), on real commits.

Alice owns the workspace `myorg/production`, Olga operates it, Bob approves, Vera looks on. Charlie owns another workspace of
another organization and must see nothing of it. What a test stored is checked against the invariants and then deleted.
"""

import gc
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection, connections
from hypothesis import HealthCheck, settings

from intents import auth
from intents.accounts.models import Workspace
from intents.api.grouped import taking
from intents.engine import chains, invariants
from intents.kernel import clock
from intents.kernel.actors import Role, Scope
from tests import needs, templates, turns
from tests.callers import (
    Caller,
    KeyCaller,
    PersonCaller,
    make_machine,
    make_person,
    make_workspace,
)
from tests.mailbox import mailbox  # noqa: F401 - a fixture
from tests.needs import pytest_xdist_make_scheduler  # noqa: F401 - a hook
from tests.planning import looked_up_once, pytest_runtest_setup  # noqa: F401 - a fixture and a hook

# How long an example takes says something about the machine alone.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("few", settings.get_profile("any machine"), max_examples=15)  # `make check` and `make quick`
settings.load_profile("any machine")

# Nothing here depends on how long a password takes to hash, which is half a second.
Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 8, 1
# Between being read and being done with others a test may take its time.
taking.WAITED_SECONDS = 600.0

TOOLS = ("printer", "scanner", "carrier", "t")
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Marked first, so that `-m` sees it, and put in order last."""
    needs.mark(items)
    if others := set(turns.others(items)):
        items[:] = [item for item in items if item not in others]
        config.hook.pytest_deselected(items=list(others))
    yield
    items[:] = needs.in_order(items)


def pytest_report_header() -> list[str]:
    return [f"turn {turns.TURN}: of cases that are nearly alike (tests/turns.py) some"] if turns.TURN >= 0 else []


def pytest_collection_finish() -> None:
    """What there is by now stays: it need not be looked through each time that garbage is collected."""
    gc.collect()
    gc.freeze()


_making = threading.Thread(target=templates.migrated)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Make the tables that several processes copy while those collect their tests."""
    config = session.config
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        _making.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # once, in the process that started the others
        if _making.ident is not None:
            _making.join()
        templates.drop_all()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The database of each process is a copy."""
    connections["default"].settings_dict["TEST"]["TEMPLATE"] = templates.migrated()


@pytest.fixture(autouse=True)
def _django_set_urlconf(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The addresses that `pytest.mark.urls` names. pytest-django's own also has Django forget all addresses it knows, which
    is a fifth of a second twice a test; Django knows them by their module."""
    if marked := request.node.get_closest_marker("urls"):
        monkeypatch.setattr(django_settings, "ROOT_URLCONF", marked.args[0])


@pytest.fixture(scope="session")
def _erasing(django_db_setup: None) -> Iterator[None]:
    """A connection to the tests' database that ends before it is dropped."""
    yield
    _eraser.close()


@pytest.fixture
def transactional_db(_erasing: None, django_db_blocker: Any) -> Iterator[None]:
    """The database with real transactions, emptied afterwards; pytest-django's own takes ten times as long."""
    with django_db_blocker.unblock():
        yield
        empty()


@pytest.fixture(scope="session", autouse=True)
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Checkpoints of histories are kept beside the database: each process of the tests has its own."""
    django_settings.AUDIT_FILE = tmp_path_factory.mktemp("audit") / "checkpoints.txt"


@pytest.fixture
def database(transactional_db: None) -> Iterator[None]:
    """The database. Whatever the test did, every invariant must hold afterwards."""
    auth.forget()
    Path(django_settings.AUDIT_FILE).unlink(missing_ok=True)
    yield
    found, history = _eraser.findings()
    assert found == []
    if history:
        assert [str(one) for one in chains.broken_chains()] == []


class Eraser:
    """Asks the invariants after each test and empties the database, on a connection of its own: one that changes
    `session_replication_role`, without which the rules of the tables would be asked, forgets the plans of all its
    statements. Functions keep the plans of theirs, which cost far more than to find the tables empty does."""

    def __init__(self) -> None:
        self._connection: psycopg.Connection[Any] | None = None

    def erase(self) -> None:
        """Delete all rows, which for a few of them is much quicker than TRUNCATE."""
        self._ready().execute("SELECT pg_temp.erase()")

    def findings(self) -> tuple[list[str], bool]:
        """As `invariants.findings`, in one statement; and whether there is a history to be checked."""
        rows = self._ready().execute("SELECT rule, id FROM pg_temp.findings()").fetchall()
        return [str(invariants.Finding(*row)) for row in rows if row[0] is not None], any(row[0] is None for row in rows)

    def _ready(self) -> "psycopg.Connection[Any]":
        if self._connection is None:
            self._connection = self._connected()
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _connected(self) -> "psycopg.Connection[Any]":
        tables = sorted(set(connection.introspection.table_names()) - KEPT)
        made = psycopg.connect(templates.url(connection.settings_dict["NAME"]), autocommit=True)
        made.execute("SET session_replication_role = replica")
        deletes = " ".join(f'DELETE FROM "{table}";' for table in tables)
        made.execute(f"CREATE FUNCTION pg_temp.erase() RETURNS void LANGUAGE plpgsql AS $$BEGIN {deletes} END$$")
        asked = " ".join(
            f"RETURN QUERY {invariants.EVERY} SELECT $rule${rule}$rule$::text, broken.one FROM ({query}) broken(one);"
            for rule, query in invariants.RULES.items()
        )
        asked += " RETURN QUERY SELECT NULL::text, NULL::uuid WHERE "
        asked += "EXISTS (SELECT FROM intents_intent) OR EXISTS (SELECT FROM intents_intentevent);"
        returns = "RETURNS TABLE (rule text, id uuid) LANGUAGE plpgsql"
        # A column of a rule is not to be taken for one of the answer.
        made.execute(f"CREATE FUNCTION pg_temp.findings() {returns} AS $$#variable_conflict use_column\nBEGIN {asked} END$$")
        return made


_eraser = Eraser()


def empty() -> None:
    """Delete all rows."""
    _eraser.erase()


def committed_findings() -> list[str]:
    """What `invariants.findings` finds of what is committed."""
    return _eraser.findings()[0]


class SettableClock:
    """The time as the domain reads it, standing still until it is set."""

    def __init__(self, start: datetime) -> None:
        self._stack = ExitStack()
        self.set(start)

    def set(self, moment: datetime) -> None:
        self.close()
        self.now = moment
        self._stack.enter_context(clock.frozen_at(moment))

    def advance(self, **parts: float) -> datetime:
        self.set(self.now + timedelta(**parts))
        return self.now

    def close(self) -> None:
        self._stack.close()


@pytest.fixture
def now() -> Iterator[SettableClock]:
    settable = SettableClock(datetime(2030, 1, 15, 9, 0, tzinfo=UTC))
    yield settable
    settable.close()


@pytest.fixture
def workspace(database: None) -> Workspace:
    return make_workspace("myorg", "production")


@pytest.fixture
def other_workspace(database: None) -> Workspace:
    return make_workspace("rivals", "production")


@pytest.fixture
def alice(workspace: Workspace) -> PersonCaller:
    return make_person(workspace, "alice@myorg.example", Role.OWNER)


@pytest.fixture
def olga(workspace: Workspace) -> PersonCaller:
    return make_person(workspace, "olga@myorg.example", Role.OPERATOR)


@pytest.fixture
def bob(workspace: Workspace) -> PersonCaller:
    return make_person(workspace, "bob@myorg.example", Role.APPROVER)


@pytest.fixture
def vera(workspace: Workspace) -> PersonCaller:
    return make_person(workspace, "vera@myorg.example", Role.VIEWER)


@pytest.fixture
def charlie(other_workspace: Workspace) -> PersonCaller:
    return make_person(other_workspace, "charlie@rivals.example", Role.OWNER)


@pytest.fixture
def machine(workspace: Workspace) -> KeyCaller:
    """A key that reaches the whole workspace."""
    return make_machine(workspace, "demo", Scope.WORKSPACE)


@pytest.fixture
def worker(workspace: Workspace) -> KeyCaller:
    """The key of `order-service`, for its own address only."""
    return make_machine(workspace, "order-service")


@pytest.fixture
def peer(workspace: Workspace, worker: KeyCaller) -> KeyCaller:
    """Another key of `order-service`: a second process of the same agent."""
    return make_machine(workspace, "order-service")


@pytest.fixture
def shop(workspace: Workspace) -> KeyCaller:
    """The key of `shop`, which submits, for its own address only, and completes the jobs of some tools."""
    return make_machine(workspace, "shop", tools=TOOLS)


@pytest.fixture
def stranger(workspace: Workspace) -> KeyCaller:
    """The key of an agent of the same workspace that the intents do not concern, for its own address only."""
    return make_machine(workspace, "stranger")


@pytest.fixture
def foreign_machine(other_workspace: Workspace) -> KeyCaller:
    """A key that reaches all of the other workspace."""
    return make_machine(other_workspace, "demo", Scope.WORKSPACE)


@pytest.fixture
def nobody(database: None) -> Caller:
    """Somebody without credentials."""
    return Caller()
