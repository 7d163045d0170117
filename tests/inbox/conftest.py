"""Asking people: what the tests of the inbox share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from inbox.tasks import selectors
from inbox.tasks.answers import Answer as Decision
from inbox.tasks.models import Task
from inbox.tasks.services.decide import Channel, Decided, decide
from intents import auth
from intents.kernel.actors import Person
from tests.callers import Answer, KeyCaller, PersonCaller
from tests.inbox.chats import chats, slack, teams  # noqa: F401 - fixtures
from tests.inbox.outgoing import inside  # noqa: F401 - a fixture
from tests.inbox.sealing import seal
from tests.security.edge import loop  # noqa: F401 - a fixture


@dataclass
class Asked:
    """An intent that waits for people, and its task."""

    intent_id: str
    task_id: str

    def decide(self, who: PersonCaller | KeyCaller, outcome: str, **more: Any) -> Answer:
        return who.post(f"/tasks/{self.task_id}/decide", {"outcome": outcome} | more)

    def decide_on_page(self, who: PersonCaller, outcome: str = "approved", **more: Any) -> Decided:
        actor = person(who)
        seen = selectors.task(actor, UUID(self.task_id))
        return decide(actor=actor, seen=seen, answer=Decision(outcome=outcome, **more), channel=Channel.WEB)

    def post(self, who: PersonCaller | KeyCaller, verb: str, body: Any = None) -> Answer:
        return who.post(f"/tasks/{self.task_id}/{verb}", body)

    def headline(self) -> str:
        """As lists show it."""
        return Task.objects.get(id=self.task_id).headline

    def task(self, who: PersonCaller | KeyCaller) -> dict[str, Any]:
        shown: dict[str, Any] = who.get(f"/tasks/{self.task_id}").ok()["task"]
        return shown


def person(caller: PersonCaller) -> Person:
    """A caller as the services know them."""
    found = auth.authenticate(auth.Credentials(authorization=f"Bearer {caller.secret}"))
    assert isinstance(found, Person)
    return found


def ask(by: KeyCaller, payload: dict[str, Any] | None = None, **task: Any) -> Asked:
    """Submit an intent with a human task."""
    intent_id = by.submit(payload=payload, human_task=task)
    (found,) = by.get("/tasks", intent_id=intent_id).ok()["tasks"]
    return Asked(intent_id, found["task_id"])


def ask_midway(shop: KeyCaller, worker: KeyCaller, *, deadline_seconds: int | None = None, **task: Any) -> Asked:
    """Submit an intent whose agent begins and then asks people."""
    intent_id = shop.submit()
    body: dict[str, Any] = {"for": "human", "human_task": task}
    if deadline_seconds is not None:
        body["deadline_seconds"] = deadline_seconds
    worker.post(f"/intents/{intent_id}/wait", body).ok()
    (found,) = worker.get("/tasks", intent_id=intent_id).ok()["tasks"]
    return Asked(intent_id, found["task_id"])


@pytest.fixture
def asked(shop: KeyCaller, bob: PersonCaller) -> Asked:
    """A plain approval, for Bob or any other approver."""
    return ask(shop, title="Refund 129.00 EUR to ACME?")


@pytest.fixture
def checkpoint_file(settings: Any, tmp_path: Path) -> Path:
    settings.AUDIT_FILE = tmp_path / "checkpoints.txt"
    return tmp_path / "checkpoints.txt"


@pytest.fixture
def decided(checkpoint_file: Path, shop: KeyCaller, bob: PersonCaller) -> Asked:
    """A decided task among other intents, all of it signed."""
    for number in range(3):
        shop.submit(payload={"number": number})
    asked = ask(shop, {"amount": 129, "to": "ACME"}, title="Refund 129.00 EUR to ACME?", risk="medium")
    asked.decide(bob, "approved", comment="fine").ok()
    seal()
    return asked
