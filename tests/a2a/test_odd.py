"""Something odd at each place of what clients send: it is refused by name, or taken, and never the server's fault."""

from typing import Any

import pytest

from tests import turns
from tests.a2a.rpc import Client, text
from tests.odd import spoilt

pytestmark = pytest.mark.django_db

PARTS: list[dict[str, Any]] = [
    {"kind": "text", "text": "Refund ACME?"},
    {"kind": "data", "data": {"amount": 129, "to": {"name": "ACME"}}},
    {"kind": "file", "file": {"uri": "https://files.example.com/1.pdf", "name": "1.pdf"}},
]
OPTIONS = {"axme": {"intent_type": "refund.ask.v1", "human_task": {"risk": "low", "assignees": ["owner"]}}}
HOOK = {"url": "https://client.example.com/told", "id": "c1", "token": "t", "authentication": {"schemes": ["Bearer"]}}


@turns.one(0, of=1)
def test_whatever_a_client_sends_is_no_fault_of_the_server(agent: Client) -> None:
    task = agent.do("message/send", message=text("Refund ACME?"))
    newer = [{"text": "Refund ACME?"}, {"data": {"amount": 1}}, {"url": "https://files.example.com/1.pdf"}]
    sent: list[tuple[str, dict[str, Any]]] = [
        ("message/send", {"message": text("", parts=PARTS, metadata=OPTIONS), "configuration": {"blocking": False}}),
        ("SendMessage", {"message": {"messageId": "m", "role": "ROLE_USER", "parts": newer}}),
        ("message/send", {"message": text("More", taskId=task["id"], contextId=task["contextId"])}),
        ("tasks/get", {"id": task["id"], "historyLength": 1}),
        ("ListTasks", {"contextId": task["contextId"], "status": "TASK_STATE_WORKING", "pageSize": 5, "pageToken": ""}),
        ("tasks/pushNotificationConfig/set", {"taskId": task["id"], "pushNotificationConfig": HOOK}),
        ("tasks/pushNotificationConfig/get", {"id": task["id"], "pushNotificationConfigId": "c1"}),
        ("tasks/pushNotificationConfig/list", {"id": task["id"]}),
        ("tasks/pushNotificationConfig/delete", {"id": task["id"], "pushNotificationConfigId": "c1"}),
        ("tasks/cancel", {"id": task["id"]}),
    ]
    faults = []
    for method, params in sent:
        for what, odd in spoilt(params):
            answer = agent.send({"jsonrpc": "2.0", "id": 1, "method": method, "params": odd})
            code = answer.json.get("error", {}).get("code", 0)
            if answer.status >= 500 or code == -32603 or (code and not answer.json["error"]["message"]):
                faults.append((method, what, answer.json))
    assert faults == []
