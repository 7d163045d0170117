"""Who the tests are about, and what they ask with: people and machines as callers of the API, on real commits.

Alice owns the workspace `myorg/production`, Olga operates it, Bob approves, Vera looks on. Charlie owns another workspace of
another organization and must see nothing of it. What a test stored is checked against the invariants and then deleted.
"""

import inspect
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, settings

from axme_site.bridge import ApiDjango, environ
from intents import auth
from intents.accounts.models import Agent, Workspace
from intents.accounts.services import agents, tenancy, tokens
from intents.engine import invariants
from intents.kernel import clock, tracing
from intents.kernel.actors import Machine, Role, Scope, System
from tests import templates
from tests.mailbox import mailbox  # noqa: F401 - a fixture

# How long an example takes says something about the machine alone.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("few", settings.get_profile("any machine"), max_examples=15)  # `make check`
settings.load_profile("any machine")

SETUP = System(name="tests")
TOOLS = ("printer", "scanner", "carrier", "t")
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


# What a test needs, by the folder it is in, or the file. Elsewhere it asks for the database, or is "unit" and needs nothing.
PLACES = {
    **dict.fromkeys(("acceptance", "demo", "edge", "examples", "flows", "load", "runtime"), "process"),
    "docs/test_blocks.py": "process",
    "browser": "browser",
}
TABLES = {"db", "transactional_db", "django_db_setup"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what tests need: one of unit, db, process, browser. First, so that `-m` sees it."""
    here = Path(__file__).parent
    for item in items:
        path = item.path.relative_to(here)
        place = PLACES.get(path.parts[0]) or PLACES.get(str(path))
        item.add_marker(place or ("db" if _asks_for_tables(item) else "unit"))


def _asks_for_tables(item: pytest.Item) -> bool:
    """Whether a test uses the database, or may: one that takes `request` asks for what it likes when it runs."""
    assert isinstance(item, pytest.Function)
    asks = TABLES & set(item.fixturenames) or item.get_closest_marker("django_db")
    return bool(asks) or "request" in inspect.signature(item.function).parameters


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # once, in the process that started the others
        templates.drop_all()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The database of each process is a copy."""
    connections["default"].settings_dict["TEST"]["TEMPLATE"] = templates.migrated()


@pytest.fixture
def transactional_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The database with real transactions, emptied afterwards; pytest-django's own takes ten times as long."""
    with django_db_blocker.unblock():
        yield
        empty()


@pytest.fixture
def database(transactional_db: None) -> Iterator[None]:
    """The database. Whatever the test did, every invariant must hold afterwards."""
    auth.forget()
    yield
    assert [str(one) for one in invariants.findings()] == []
    assert [str(one) for one in invariants.broken_chains()] == []


def empty() -> None:
    """Delete all rows, which for a few of them is much quicker than TRUNCATE."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("; ".join(f'DELETE FROM "{table}"' for table in _tables()))
        cursor.execute("SET session_replication_role = origin")


@cache
def _tables() -> list[str]:
    return sorted(set(connection.introspection.table_names()) - KEPT)


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


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def code(self) -> str | None:
        """The protocol's error code of a refusal."""
        return None if self.status < 400 else self.json["error"]["code"]

    def ok(self) -> Any:
        """The body of an answer that must be 200."""
        assert self.status == 200, (self.status, self.raw)
        return self.json


_django: list[ApiDjango] = []


@dataclass
class Caller:
    """Somebody with credentials who calls the API, in this process and thread, through the application the server runs."""

    headers: dict[str, str] = field(default_factory=dict)

    def send(
        self,
        method: str,
        path: str,
        *,
        raw: bytes = b"",
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """`path` below /v1, percent-encoded where needed."""
        sent = {"content-type": "application/json"} | self.headers | {k.lower(): v for k, v in (headers or {}).items()}
        pairs = [(name.encode(), value.encode()) for name, value in sent.items()]
        tracing.bind(tracing.from_headers(pairs))
        scope = {
            "method": method,
            "raw_path": f"/v1{path}".encode(),
            "query_string": urlencode(query or {}, doseq=True).encode(),
            "headers": pairs,
            "http_version": "1.1",
            "scheme": "http",
            "client": ("127.0.0.1", 1),
            "server": ("localhost", 80),
        }
        if not _django:
            _django.append(ApiDjango())
        reply = _django[0].reply(environ(scope, raw))
        shown = {name.decode(): value.decode() for name, value in reply.headers}
        return Answer(reply.status, shown, reply.body)

    def get(self, path: str, **query: Any) -> Answer:
        return self.send("GET", path, query=query)

    def post(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Answer:
        raw = b"" if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send("POST", path, raw=raw, headers=named | ({"idempotency-key": key} if key else {}))

    def patch(self, path: str, body: Any) -> Answer:
        return self.send("PATCH", path, raw=json.dumps(body).encode())

    def delete(self, path: str) -> Answer:
        return self.send("DELETE", path)

    def submit(self, to_agent: str = "order-service", *, payload: dict[str, Any] | None = None, **fields: Any) -> str:
        """Submit an intent: its id."""
        body = {"intent_type": "order.fulfill.v1", "to_agent": to_agent, "payload": payload or {}} | fields
        intent_id: str = self.post("/intents", body).ok()["intent_id"]
        return intent_id

    def intent(self, intent_id: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.get(f"/intents/{intent_id}").ok()["intent"]
        return shown

    def events(self, intent_id: str, **query: Any) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = self.get(f"/intents/{intent_id}/events", **query).ok()["events"]
        return shown

    def also(self, other: "Caller") -> "Caller":
        """The credentials of both, as one request sends them."""
        return Caller(self.headers | other.headers)


@dataclass
class KeyCaller(Caller):
    """A caller with a machine key. `secret` is the key, `key_id` its row's id, `agent` the account it belongs to."""

    secret: str = ""
    key_id: Any = None
    agent: Agent = None  # type: ignore[assignment]

    @property
    def actor(self) -> Machine:
        """The key as the services know it."""
        found = auth.authenticate(auth.Credentials(api_key=self.secret))
        assert isinstance(found, Machine)
        return found


@dataclass
class PersonCaller(Caller):
    """A caller with a person's token."""

    secret: str = ""
    token: Any = None
    user: Any = None


def make_workspace(organization: str, workspace: str) -> Workspace:
    owner = tenancy.create_organization(actor=SETUP, slug=organization).object
    return tenancy.create_workspace(actor=SETUP, organization=owner, slug=workspace).object


def make_person(workspace: Workspace, email: str, role: Role) -> PersonCaller:
    user = tenancy.create_person(actor=SETUP, email=email)
    tenancy.set_member(actor=SETUP, workspace=workspace, user=user, role=role)
    return token_for(workspace, user)


def token_for(workspace: Workspace, user: Any, **options: Any) -> PersonCaller:
    token, secret = tokens.create_person_token(actor=SETUP, workspace=workspace, user=user, name="test", **options)
    return PersonCaller({"authorization": f"Bearer {secret}"}, secret=secret, token=token, user=user)


def make_machine(workspace: Workspace, name: str, scope: Scope = Scope.OWN, **options: Any) -> KeyCaller:
    """A key of the agent `name`, which is registered when it is not."""
    row = Agent.objects.filter(workspace=workspace, name=name).first()
    row = row or agents.create_agent(actor=SETUP, workspace=workspace, name=name)
    key, secret = agents.create_key(actor=SETUP, agent=row, scope=scope, **options)
    return KeyCaller({"x-api-key": secret}, secret=secret, key_id=key.id, agent=row)


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


def segment(text: str) -> str:
    """`text` as one part of a path."""
    return quote(text, safe="")
