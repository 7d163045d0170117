"""A workspace with something of every kind in it, and a way to see that nothing changed."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from inbox.notifications.services import preferences
from intents import auth
from intents.engine.lifecycle import Status
from intents.engine.models import Delivery
from intents.kernel.actors import Person
from tests.callers import Caller, KeyCaller, PersonCaller
from tests.inbox.granting import make_grant
from tests.intents.factory import make
from tests.intents.media import announce
from tests.security import writes
from tests.security.edge import loop  # noqa: F401 - a fixture

BOOKKEEPING = {
    "intents_agentkey": ("last_used_at",),
    "intents_persontoken": ("last_used_at",),
    "inbox_notification": ("read_at",),
    # Any call on an intent renews the lease of whoever holds it.
    "intents_delivery": ("lease_expires_at", "begun_at", "last_error"),
}


@pytest.fixture(autouse=True)
def no_rate_limit(settings: Settings) -> None:
    """Whatever server the tests are given: one caller asks for everything there is, and 429 would be a refusal too."""
    settings.RATE_LIMIT_PER_MINUTE = 0


@pytest.fixture
def ids(shop: KeyCaller, worker: KeyCaller, machine: KeyCaller, alice: PersonCaller, bob: PersonCaller) -> dict[str, str]:
    """The path parameters of things that exist: an intent at work, a task to decide, an agent and its key."""
    made = make(Status.IN_PROGRESS, sender=shop, handler=worker)
    asked = machine.submit(human_task={"title": "May I?"})
    (task,) = [one for one in alice.get("/tasks").ok()["tasks"] if one["intent_id"] == asked]
    office = {"name": "Office", "time_zone": "Europe/Riga", "hours": {"mon": [["09:00", "17:00"]]}}
    late = {"name": "Late", "escalation": {"end": {"after_seconds": 3600, "then": "fail"}}}
    night = {"name": "Night", "time_zone": "UTC", "starts_on": "2026-03-02", "hand_over": "09:00", "shift_days": 7}
    schedule_id = alice.post("/schedules", night | {"people": [bob.user.email]}).ok()["schedule"]["schedule_id"]
    stand_in = {"person": bob.user.email, "from": "2999-01-01T00:00:00Z", "until": "2999-01-02T00:00:00Z"}
    crm = {"style": "github", "secret": "a secret of the CRM"}
    alice.put("/intent-types/settle.odd.v1", {"name": "Refund to a customer"}).ok()
    hook = {"callback_url": "https://hooks.example/axme", "event_types": ["*"]}
    subscription_id = machine.post("/webhooks/subscriptions", hook).ok()["subscription"]["subscription_id"]
    told = machine.post(f"/webhooks/subscriptions/{subscription_id}/test").ok()
    decided = machine.submit(human_task={"title": "And this?"})
    alice.post(f"/approvals/{decided}/decision", {"decision": "approve"}).ok()
    (over,) = alice.get("/tasks", intent_id=decided, state="decided").ok()["tasks"]
    schema = {"semantic_type": "settle.odd.v1", "schema_json": {}, "compatibility_mode": "warn"}
    access = {"request_type": "quota_upgrade", "requester_actor_id": "me"}
    named = alice.post("/agents/order-service/policy/entries", {"sender_pattern": "*"}).ok()["policy"]["entries"]
    bulk = {"action": "cancel", "ids": [machine.submit()], "reason": "Please"}
    return {
        "bulk_id": alice.post("/operations/bulk", bulk).ok()["bulk_id"],
        "schedule_id": schedule_id,
        "grant_id": make_grant(alice),
        "override_id": alice.post(f"/schedules/{schedule_id}/overrides", stand_in).ok()["override"]["override_id"],
        "policy_id": alice.post("/policies", late).ok()["policy"]["policy_id"],
        "calendar_id": alice.post("/calendars", office).ok()["calendar"]["calendar_id"],
        "address_id": str(chat_address(alice)),
        "subscription_id": subscription_id,
        "message_id": told["delivery_id"],
        "event_id": told["event_id"],
        "receipt_id": alice.get(f"/tasks/{over['task_id']}/receipt").ok()["receipt_id"],
        "intent_id": made.id,
        "thread_id": made.id,
        "approval_id": asked,
        "task_id": task["task_id"],
        "account_id": str(worker.agent.id),
        "agent_id": str(worker.agent.id),
        "delivery_id": str(Delivery.objects.filter(intent_id=made.id).latest("id").id),
        "key_id": str(worker.key_id),
        "address": "order-service",
        "consumer": "sync",
        "macro_id": "macro.none.v1",
        "key": "step-1",
        "token": "nonsense",
        "tool": "crm",
        "number": "918273",
        "tool_id": alice.put("/tools/crm", crm).ok()["tool"]["tool_id"],
        "intent_type": "settle.odd.v1",
        "semantic_type": alice.post("/schemas", schema).ok()["schema"]["semantic_type"],
        "entry_id": named[0]["entry_id"],
        "access_request_id": bob.post("/access-requests", access).ok()["access_request"]["access_request_id"],
        "org_id": str(bob.token.workspace.organization_id),
        "workspace_id": str(bob.token.workspace_id),
        "member_id": str(bob.user.memberships.get().id),
        "session_id": machine.post("/sessions", {"type": "coding"}).ok()["session_id"],
        "upload_id": announce(shop).ok()["upload_id"],
    }


def chat_address(who: PersonCaller) -> UUID:
    """A chat that a person is told in."""
    actor = auth.authenticate(auth.Credentials(authorization=f"Bearer {who.secret}"))
    assert isinstance(actor, Person)
    return preferences.add_address(actor=actor, name="Team chat", service="JSON", url="jsons://chat.example/hook").id


@dataclass
class Store:
    """The whole database, as it can be compared."""

    tables: list[str]
    _seen: tuple[int, dict[str, str]] | None = None

    def hashes(self) -> dict[str, str]:
        """A hash of every table's rows, without the bookkeeping columns."""
        # Where nobody wrote, nothing is read again.
        latest = writes.count()
        if self._seen is None or self._seen[0] != latest:
            # Planned once for a connection: to plan it takes longer than to read what little there is.
            found = connection.connection.execute(" UNION ALL ".join(map(self._hash, self.tables)), prepare=True)
            self._seen = latest, dict(found.fetchall())
        return self._seen[1]

    def _hash(self, table: str) -> str:
        skipped = "".join(f" - '{column}'" for column in BOOKKEEPING.get(table, ()))
        row = f"md5((to_jsonb(t){skipped})::text)"
        return f"SELECT '{table}', md5(coalesce(string_agg({row}, '' ORDER BY {row}), '')) FROM \"{table}\" t"


@pytest.fixture(scope="module")
def tables(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[str]]:
    """Those of the product, whose writes are counted. Without the tries at signing in, which are counted whatever comes of
    them."""
    with django_db_blocker.unblock():
        found = set(connection.introspection.table_names()) - {"intents_tries"}
        names = sorted(name for name in found if name.startswith(("intents_", "inbox_")))
        with writes.counted([*names, *OF_ACCOUNTS]):
            yield names


@pytest.fixture
def store(database: None, tables: list[str]) -> Store:
    return Store(tables)


OF_ACCOUNTS = ("mfa_authenticator", "account_emailaddress")
"""Tables of others that hold what pages write; tests of pages look at these too."""


Unchanged = Callable[[object], AbstractContextManager[None]]


@pytest.fixture
def unchanged(store: Store, subtests: pytest.Subtests) -> Unchanged:
    """A part of a test, by the name of what it is about, that stores nothing. What fails in one does not keep the others
    from being tried: so one world is enough for all that only has to be refused or looked at."""

    @contextmanager
    def part(of: object) -> Iterator[None]:
        with subtests.test(str(of)):
            before = store.hashes()
            yield
            assert store.hashes() == before

    return part


@pytest.fixture
def callers(machine: KeyCaller, alice: PersonCaller) -> dict[str, Caller]:
    return {"machine": machine, "person": alice}
