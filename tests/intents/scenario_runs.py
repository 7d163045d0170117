"""Scenarios to run, and what their steps are given."""

from typing import Any

from intents.scenarios.models import RunStep
from tests.callers import Caller, KeyCaller, PersonCaller
from tests.intents.waiting import handed, look


def bundle(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "scenario_id": "order.fulfil.v1",
        "title": "Fulfil an order",
        "agents": [{"role": "clerk", "address": "order-service"}],
        "humans": [{"role": "manager", "display_name": "Manager"}],
        "workflow": {"steps": list(steps)},
        "intent": {"type": "order.fulfil.v1", "payload": {"order": 7}},
    } | more


CHECK = {"step_id": "check", "tool_id": "tool.agent.task.v1", "assigned_to": "clerk"}


SIGN = {"step_id": "sign", "assigned_to": "manager", "requires_approval": True, "human_task": {"title": "Ship it?"}}


COOL = {"step_id": "cool", "runtime_type": "delay", "config": {"seconds": 60, "reason": "in case"}}


MEND = CHECK | {"step_id": "mend"}


def apply(caller: Caller, *steps: dict[str, Any], **more: Any) -> str:
    """Apply a scenario of these steps: the run's id."""
    return str(caller.post("/scenarios/apply", bundle(*steps, **more)).ok()["intent_id"])


def states(run_id: str) -> list[tuple[str, str]]:
    return list(RunStep.objects.filter(run_id=run_id).order_by("number").values_list("step_id", "state"))


def finish(worker: KeyCaller, **result: Any) -> dict[str, Any]:
    """The agent does what it is handed: the delivery."""
    work = handed(worker)
    worker.post(f"/intents/{work['intent_id']}/resume", result).ok()
    look()
    return work


def decide(bob: PersonCaller, run: str, outcome: str = "approved") -> None:
    bob.post(f"/intents/{run}/resume", {"task_result": {"outcome": outcome}}).ok()
