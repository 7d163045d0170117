"""Every state x command x caller: what the protocol's tables say happens, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from intents.engine.lifecycle import Status, WaitReason
from intents.engine.models import IntentEvent
from tests.callers import Answer, Caller, KeyCaller, PersonCaller
from tests.intents.factory import STATES, Made, make

OVER = {Status.COMPLETED, Status.FAILED, Status.CANCELED, Status.TIMED_OUT}
HELD = {Status.DELIVERED, Status.ACKNOWLEDGED, Status.IN_PROGRESS}
UNBEGUN = {Status.SUBMITTED, Status.DELIVERED, Status.ACKNOWLEDGED}
MACHINES = {"sender", "handler", "peer", "workspace key"}
PEOPLE = {"operator", "approver", "viewer", "foreign person"}


@dataclass(frozen=True)
class Expected:
    """The HTTP status, and where a success takes the intent (None: nowhere)."""

    http: int
    to: Status | None = None


@dataclass(frozen=True)
class Command:
    name: str
    send: Callable[[Caller, str], Answer]


def _post(verb: str, body: dict[str, Any] | None = None) -> Callable[[Caller, str], Answer]:
    return lambda caller, intent_id: caller.post(f"/intents/{intent_id}/{verb}", body)


CHILD = {"intent_type": "part.make.v1", "to_agent": "helper", "payload": {}}
STEP = b'{"result": 1}'
COMMANDS = (
    Command("get", lambda caller, intent_id: caller.get(f"/intents/{intent_id}")),
    Command("events", lambda caller, intent_id: caller.get(f"/intents/{intent_id}/events")),
    Command("acknowledge", _post("acknowledge")),
    Command("heartbeat", _post("heartbeat")),
    Command("progress", _post("progress", {"percent": 50})),
    Command("checkpoint", _post("checkpoint", {"step": 3})),
    Command("fail", _post("fail", {"error": {"code": "no"}})),
    Command("fail retryable", _post("fail", {"error": {"code": "no"}, "retryable": True})),
    Command("resume", _post("resume", {"answer": 42})),
    Command("resume as failed", _post("resume", {"action": "fail", "error": {"code": "no"}})),
    Command("resume as progress", _post("resume", {"action": "progress", "percent": 1})),
    Command("approve the step", _post("resume", {"approve_current_step": True})),
    Command("resolve COMPLETED", _post("resolve", {"status": "COMPLETED", "result": {"a": 1}})),
    Command("resolve FAILED", _post("resolve", {"status": "FAILED", "error": {"a": 1}})),
    Command("resolve CANCELED", _post("resolve", {"status": "CANCELED", "reason": "no"})),
    Command("wait for a person", _post("wait", {"for": "human", "human_task": {}})),
    Command("wait for a tool", _post("wait", {"for": "tool", "tool": "printer"})),
    Command("wait for an agent", _post("wait", {"for": "agent", "intents": [CHILD]})),
    Command("wait for a time", _post("wait", {"for": "time", "delay_seconds": 60})),
    Command("resume to wait", _post("resume", {"action": "wait", "for": "time", "delay_seconds": 60})),
    Command(
        "store a step", lambda caller, intent_id: caller.send("PUT", f"/intents/{intent_id}/steps/{id(caller)}", raw=STEP)
    ),
    Command("transfer", _post("transfer", {"to_agent": "night-shift"})),
    Command("answer", _post("answer", {"answer": "yes"})),
    Command("controls", _post("controls", {"controls_patch": {"note": "x"}})),
    Command("policy", _post("policy", {"envelope_patch": {"note": "x"}})),
)

WORK = {
    "acknowledge": Status.ACKNOWLEDGED,
    "progress": Status.IN_PROGRESS,
    "checkpoint": Status.IN_PROGRESS,
    "fail": Status.FAILED,
    "fail retryable": Status.WAITING,
    "wait for a person": Status.WAITING,
    "wait for a tool": Status.WAITING,
    "wait for an agent": Status.WAITING,
    "wait for a time": Status.WAITING,
    "resume to wait": Status.WAITING,
}
RESUME = {"resume": Status.COMPLETED, "resume as failed": Status.FAILED, "resume as progress": Status.IN_PROGRESS}


def expected(state: Status | WaitReason, command: str, caller: str) -> Expected | None:
    """What the protocol says, None where it leaves it open. `handler` holds the lease where there is one."""
    if command in ("heartbeat", "wait for an agent") and caller in PEOPLE:
        return Expected(401)
    if caller in ("stranger", "outsider", "foreign person"):
        return Expected(404)
    if command in ("get", "events"):
        return Expected(200)
    worker = caller in ("handler", "peer", "workspace key")
    owner = caller in ("sender", "workspace key", "operator")
    waiting = isinstance(state, WaitReason)
    asks_a_person = state is WaitReason.HUMAN
    if command == "heartbeat":
        return Expected(200 if caller == "handler" and state in HELD else 409)
    if command in WORK:
        if not worker:
            return Expected(403)
        if asks_a_person and not command.startswith("fail"):
            return Expected(403)
        if asks_a_person and command == "fail":
            return Expected(200, Status.FAILED)
        if waiting or state in OVER:
            return Expected(409)
        if command == "acknowledge" and state in (Status.ACKNOWLEDGED, Status.IN_PROGRESS):
            return Expected(200)
        return Expected(200, WORK[command])
    if command == "store a step":
        if not worker or asks_a_person:
            return Expected(403)
        return Expected(409 if waiting or state in OVER else 201)
    if command == "transfer":
        if not (worker or owner) or asks_a_person:
            return Expected(403)
        return Expected(409 if waiting or state in OVER else 200)
    if command == "answer":
        return Expected(409 if caller in MACHINES else 403)
    if command in RESUME or command == "approve the step":
        if state in OVER:
            return Expected(409)
        if asks_a_person:
            return Expected(403) if caller in MACHINES else None
        if command == "approve the step":
            if not (worker or owner):
                return Expected(403)
            return Expected(200, None if state is Status.IN_PROGRESS else Status.IN_PROGRESS)
        if waiting:
            return Expected(200, Status.IN_PROGRESS) if owner else Expected(403)
        return Expected(200, RESUME[command]) if worker else Expected(403)
    if command in ("controls", "policy"):
        if not owner:
            return Expected(403)
        return Expected(409) if state in OVER else Expected(200)
    assert command.startswith("resolve")
    if not (owner or worker):
        return Expected(403)
    if state in OVER:
        return Expected(409)
    if asks_a_person and command == "resolve COMPLETED":
        return Expected(403) if caller in MACHINES else None
    return Expected(200, Status(command.removeprefix("resolve ")))


@pytest.fixture
def callers(
    shop: KeyCaller,
    worker: KeyCaller,
    machine: KeyCaller,
    stranger: KeyCaller,
    olga: PersonCaller,
    bob: PersonCaller,
    vera: PersonCaller,
    foreign_machine: KeyCaller,
    charlie: PersonCaller,
    peer: KeyCaller,
) -> dict[str, Caller]:
    return {
        "sender": shop,
        "handler": worker,
        "peer": peer,
        "workspace key": machine,
        "stranger": stranger,
        "operator": olga,
        "approver": bob,
        "viewer": vera,
        "outsider": foreign_machine,
        "foreign person": charlie,
    }


def _passed(before: Status, to: Status) -> list[str]:
    """The statuses of the events that lead from `before` to `to`, by the protocol's table."""
    if to is Status.COMPLETED and before in UNBEGUN | {Status.WAITING}:
        return ["IN_PROGRESS", "COMPLETED"]
    if to is Status.ACKNOWLEDGED and before is Status.SUBMITTED:
        return ["DELIVERED", "ACKNOWLEDGED"]
    return [to]


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES)
def test_each_command_of_each_caller_does_what_the_protocol_says(
    state: Status | WaitReason, callers: dict[str, Caller], shop: KeyCaller, worker: KeyCaller
) -> None:
    wrong = []
    made: Made | None = None
    for command in COMMANDS:
        for name, caller in callers.items():
            made = made or make(state, sender=shop, handler=worker)
            before = list(_events(made))
            answer = command.send(caller, made.id)
            events = _events(made)[len(before) :]
            status = made.row.status
            want = expected(state, command.name, name)
            if want is None:
                assert answer.status < 500
                made = None
                continue
            if want.to is not None:
                steps = _passed(made.status, want.to)
                if command.name == "checkpoint" and made.status is not Status.IN_PROGRESS:
                    steps = [*steps, "IN_PROGRESS"]
                fits = events == steps and status == want.to
            elif want.http == 200 and command.name in ("controls", "policy", "transfer"):
                fits = events == [status] and status == made.status
            else:
                fits = events == [] and status == made.status
            if answer.status != want.http or not fits:
                wrong.append((command.name, name, answer.status, answer.code, events, want))
            if want.http >= 400 and answer.status == 409:
                assert answer.json["error"]["details"]["status"] == made.status, "a 409 names the current state"
            if events:
                made = None
    assert wrong == []


def _events(made: Made) -> list[str]:
    return list(IntentEvent.objects.filter(intent_id=made.id).order_by("seq").values_list("status", flat=True))
