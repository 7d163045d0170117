"""Callers of the API: people and machines with what they prove themselves by, in this process and thread."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from axme_site.bridge import ApiDjango, environ
from intents import auth
from intents.accounts.models import Agent, Workspace
from intents.kernel import tracing
from intents.kernel.actors import Machine, Role, Scope
from tests import beginnings

SETUP = beginnings.SETUP


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

    def put(self, path: str, body: Any) -> Answer:
        return self.send("PUT", path, raw=json.dumps(body).encode())

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
    return beginnings.workspace(organization, workspace)


def make_person(workspace: Workspace, email: str, role: Role) -> PersonCaller:
    """Somebody new."""
    user, token, secret = beginnings.person(workspace, email, role)
    return PersonCaller({"authorization": f"Bearer {secret}"}, secret=secret, token=token, user=user)


def token_for(workspace: Workspace, user: Any, **options: Any) -> PersonCaller:
    token, secret = beginnings.token(workspace, user, **options)
    return PersonCaller({"authorization": f"Bearer {secret}"}, secret=secret, token=token, user=user)


def make_machine(workspace: Workspace, name: str, scope: Scope = Scope.OWN, **options: Any) -> KeyCaller:
    """A key of the agent `name`, which is registered when it is not."""
    agent, key, secret = beginnings.machine(workspace, name, scope, **options)
    return KeyCaller({"x-api-key": secret}, secret=secret, key_id=key.id, agent=agent)


def segment(text: str) -> str:
    """`text` as one part of a path."""
    return quote(text, safe="")
