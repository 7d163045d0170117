"""Something odd at each place of each tool's call: it is refused by name, or taken, and never the server's fault."""

from typing import Any

import pytest

from tests import turns
from tests.callers import KeyCaller
from tests.mcp.rpc import Rpc
from tests.odd import spoilt

pytestmark = pytest.mark.django_db


def calls(open_id: str, over_id: str) -> dict[str, dict[str, Any]]:
    """A call of each tool that works."""
    work = {"intent_id": open_id, "owner_agent": "shop", "idempotency_key": "once"}
    return {
        "axme.submit_intent": {"intent_type": "a.b.v1", "to_agent": "order-service", "payload": {"n": [1, {"a": "b"}]}},
        "axme.request_approval": {
            "title": "Go?",
            "payload": {"amount": 1},
            "assignees": ["owner"],
            "risk": "low",
            "human_task": {"description": "So", "form_schema": {"type": "object"}},
        },
        "axme.wait_for": {"intent_id": over_id, "wait_seconds": 1},
        "axme.get_intent": {"intent_id": open_id},
        "axme.list_intents": {"status": "SUBMITTED", "limit": 5},
        "axme.list_inbox": {"owner_agent": "shop"},
        "axme.get_thread": {"thread_id": open_id},
        "axme.reply": {"thread_id": open_id, "message": "Well"},
        "axme.list_tasks": {"limit": 5},
        "axme.get_task": {"task_id": open_id},
        "axme.answer": work | {"answer": "42"},
        "axme.progress": work | {"message": "Half", "percent": 50},
        "axme.fail": work | {"error": {"code": "x", "message": "y"}, "retryable": False},
        "axme.complete": work | {"result": {"a": "b"}},
        "axme.cancel": work | {"reason": "No"},
        "axme.send": {"to": "order-service", "text": "hello"},
        "axme.send_message": {"to": "order-service", "payload": {"a": 1}},
        "axme.resolve_contact": {"contact": "ann"},
        "axme.check_nick": {"nick": "ann"},
    }


@turns.one(0, of=1)
def test_whatever_a_client_sends_is_no_fault_of_the_server(agent: Rpc, machine: KeyCaller) -> None:
    over = machine.submit()
    machine.post(f"/intents/{over}/resolve", {"status": "CANCELED", "reason": "x"}).ok()
    made = calls(agent.call("axme.send", to="order-service", text="x")["data"]["intent_id"], over)
    assert sorted(made) == sorted(one["name"] for one in agent.ask("tools/list")["result"]["tools"])
    faults = []
    for tool, arguments in made.items():
        for what, sent in spoilt({"name": tool, "arguments": arguments}):
            answer = agent.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": sent})
            code = answer.json.get("error", {}).get("code", 0)
            if answer.status >= 500 or code == -32603 or (code and not answer.json["error"]["message"]):
                faults.append((tool, what, answer.json))
    assert faults == []
