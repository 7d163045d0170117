"""Messages become intents, tasks tell how they stand, and nothing that a client sends decides anything."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import override_settings

from intents import auth
from intents.a2a import work
from intents.kernel.errors import InvalidTransition
from tests.a2a.rpc import Client, text
from tests.callers import Caller, KeyCaller, PersonCaller
from tests.security.edge import Loop

ASK = "Refund 129.00 EUR to ACME?"


def asked(agent: Client, **fields: Any) -> dict[str, Any]:
    return agent.do("message/send", message=text(ASK, **fields))


def test_a_message_asks_people_and_the_task_waits_for_them(agent: Client, bob: PersonCaller, machine: KeyCaller) -> None:
    data = {"kind": "data", "data": {"amount": 129, "to": "ACME"}}
    parts = [{"kind": "text", "text": f"{ASK}\nThey asked twice."}, data]
    task = agent.do("message/send", message=text("", parts=parts), configuration={"blocking": True})
    assert (task["kind"], task["status"]["state"]) == ("task", "working")
    assert task["status"]["message"]["parts"][0]["text"].startswith("Waiting for ")
    shown = machine.intent(task["id"])
    assert (shown["payload"], shown["human_task"]["title"]) == ({"amount": 129, "to": "ACME"}, ASK)
    assert shown["human_task"]["description"].endswith("They asked twice.")
    assert shown["correlation_id"] == task["contextId"]
    bob.post(f"/approvals/{task['id']}/decision", {"decision": "reject", "comment": "Too much"}).ok()
    told = agent.do("tasks/get", id=task["id"])
    assert told["status"]["state"] == "completed"
    decided = told["artifacts"][0]["parts"][0]["data"]
    assert (decided["outcome"], decided["comment"]) == ("rejected", "Too much")


def test_nothing_that_a_client_sends_decides(agent: Client, machine: KeyCaller, loop: Loop, alice: PersonCaller) -> None:
    task = asked(agent)
    answer = text("approved", taskId=task["id"])
    assert agent.refused("message/send", message=answer) == (-32004, "UNSUPPORTED_OPERATION")
    both = Client(loop, agent.caller.also(alice))
    assert both.refused("message/send", message=answer)[0] == -32004
    assert machine.intent(task["id"])["waiting_reason"] == "WAITING_FOR_HUMAN"


def test_a_question_of_people_asks_the_client_until_it_answers(agent: Client, bob: PersonCaller) -> None:
    task = asked(agent)
    item = bob.get("/me/tasks").ok()["tasks"][0]["task_id"]
    bob.post(f"/tasks/{item}/ask", {"question": "Which order?"}).ok()
    told = agent.do("tasks/get", id=task["id"])
    assert told["status"]["state"] == "input-required"
    assert told["status"]["message"]["parts"][0]["text"].endswith("asks: Which order?")
    reply = text("Order 7", taskId=task["id"], contextId=task["contextId"])
    told = agent.do("message/send", message=reply)
    assert told["status"]["state"] == "working"
    # It comes again, and acts once.
    assert agent.do("message/send", message=reply)["id"] == task["id"]
    said = [one for one in bob.events(task["id"]) if one["event_type"] == "intent.answer"]
    assert [one["details"]["message"] for one in said] == ["Order 7"]


def test_what_is_done_is_told_under_the_ids_of_its_request(agent: Client, machine: KeyCaller) -> None:
    for trace in ("first-call", "second-call"):
        sent = {"jsonrpc": "2.0", "id": 1, "method": "message/send", "params": {"message": text(ASK)}}
        task = agent.send(sent, x_trace_id=trace).ok()["result"]
        assert {one["trace_id"] for one in machine.events(task["id"])} == {trace}


def test_no_text_or_file_is_lost_behind_data_of_that_name(agent: Client, loop: Loop) -> None:
    there = Client(loop, agent.caller, "/a2a/order-service")
    data = {"kind": "data", "data": {"text": "A", "files": []}}
    for part in ({"kind": "text", "text": "B"}, {"kind": "file", "file": {"uri": "https://files.example/1"}}):
        error = there.ask("message/send", message=text("", parts=[part, data]))["error"]
        assert (error["code"], error["data"][0]["metadata"]["field"]) == (-32602, "message.parts")
    there.do("message/send", message=text("", parts=[{"kind": "text", "text": "A"}, data]))


def test_an_agent_at_its_own_address_gets_the_work(agent: Client, worker: KeyCaller, loop: Loop) -> None:
    there = Client(loop, agent.caller, "/a2a/order-service")
    task = there.do("message/send", message=text("Ship it", messageId="once"))
    assert task["status"]["state"] == "submitted"
    assert there.do("message/send", message=text("Ship it", messageId="once"))["id"] == task["id"]
    assert there.refused("message/send", message=text("Other", messageId="once"))[0] == -32010
    shown = worker.intent(task["id"])
    assert (shown["to_agent"].rpartition("/")[2], shown["payload"]) == ("order-service", {"text": "Ship it"})
    worker.post(f"/intents/{task['id']}/resume", {"shipped": True}).ok()
    told = there.do("tasks/get", id=task["id"])
    assert told["artifacts"][0]["parts"] == [{"kind": "data", "data": {"shipped": True}}]


def test_options_stand_in_the_metadata(agent: Client, machine: KeyCaller) -> None:
    options = {"to_agent": "order-service", "intent_type": "order.fulfill.v1", "deadline_at": "2999-01-01T00:00:00Z"}
    shown = machine.intent(asked(agent, metadata={"axme": options})["id"])
    assert (shown["intent_type"], "human_task" in shown) == ("order.fulfill.v1", False)
    assert shown["deadline_at"].startswith("2999-01-01T00:00:00")
    refused = agent.ask("message/send", message=text(ASK, metadata={"axme": {"colour": "red"}}))["error"]
    assert (refused["code"], "colour" in refused["message"]) == (-32602, True)


def test_the_newer_version_is_spoken_too(agent: Client) -> None:
    message = {"role": "ROLE_USER", "messageId": "new", "parts": [{"text": ASK}, {"data": {"a": 1}}]}
    task = agent.do("SendMessage", message=message)["task"]
    assert task["status"]["state"] == "TASK_STATE_WORKING"
    assert task["status"]["message"]["role"] == "ROLE_AGENT"
    assert "kind" not in task
    assert agent.do("GetTask", id=task["id"])["contextId"] == task["contextId"]
    assert agent.do("CancelTask", id=task["id"])["status"]["state"] == "TASK_STATE_CANCELED"
    assert agent.refused("SubscribeToTask", id=task["id"])[0] == -32004


def test_cancel_withdraws_what_people_are_asked(agent: Client, bob: PersonCaller) -> None:
    task = asked(agent)
    assert agent.do("tasks/cancel", id=task["id"])["status"]["state"] == "canceled"
    assert bob.get("/me/tasks").ok()["tasks"] == []
    assert agent.refused("tasks/cancel", id=task["id"]) == (-32002, "TASK_NOT_CANCELABLE")


def test_what_ends_while_it_is_canceled_cannot_be_canceled(agent: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    task = asked(agent)

    def resolve(**_: Any) -> None:
        raise InvalidTransition("the intent is COMPLETED for good", status="COMPLETED")

    monkeypatch.setattr(work.resolve, "resolve", resolve)
    assert agent.refused("tasks/cancel", id=task["id"]) == (-32002, "TASK_NOT_CANCELABLE")


def test_what_is_another_workspaces_is_unknown(agent: Client, outsider: Client) -> None:
    task = asked(agent)
    for method in ("tasks/get", "tasks/cancel", "tasks/resubscribe"):
        assert outsider.refused(method, id=task["id"]) == (-32001, "TASK_NOT_FOUND")
    assert outsider.refused("message/send", message=text("x", taskId=task["id"]))[0] == -32001
    assert agent.refused("tasks/get", id="nonsense")[0] == -32001


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({}, "message"),
        ({"message": {"parts": [], "messageId": "x"}}, "message.parts"),
        ({"message": {"parts": [{"text": "x"}]}}, "message.messageId"),
        ({"message": {"parts": [{"text": 5}], "messageId": "x"}}, "message.parts.0"),
        ({"message": {"parts": [{"data": {}}], "messageId": "x"}}, "message.parts"),
        ({"message": {"parts": [{"text": "x"}], "messageId": "x", "contextId": "mine"}}, "message.contextId"),
        ({"message": {"parts": [{"text": "x"}], "messageId": "x", "metadata": {"axme": 5}}}, "message.metadata.axme"),
        (
            {"message": {"parts": [{"text": "x"}], "messageId": "x", "metadata": {"axme": {"colour": "red"}}}},
            "message.metadata.axme.colour",
        ),
    ],
)
def test_what_is_wrong_with_a_message_is_named(agent: Client, params: dict[str, Any], named: str) -> None:
    error = agent.ask("message/send", **params)["error"]
    assert (error["code"], error["message"].partition(":")[0]) == (-32602, named)
    assert error["data"][0]["metadata"]["field"] == named


def test_bytes_are_not_taken(agent: Client) -> None:
    part = {"kind": "file", "file": {"bytes": "aGk=", "mimeType": "text/plain"}}
    assert agent.refused("message/send", message=text("", parts=[part])) == (-32005, "CONTENT_TYPE_NOT_SUPPORTED")


def test_what_is_not_there_says_so(agent: Client) -> None:
    assert agent.refused("agent/getAuthenticatedExtendedCard")[0] == -32007
    assert agent.refused("tasks/fly")[0] == -32601
    assert agent.send({"jsonrpc": "2.0", "method": "tasks/get"}).status == 400
    assert agent.send([]).status == 400
    assert agent.send({}, method="GET").status == 405
    ping = {"jsonrpc": "2.0", "id": 1, "method": "tasks/get", "params": {"id": "x"}}
    assert agent.send(ping, a2a_version="2.0").json["error"]["code"] == -32009


def test_who_asks_is_asked_on_every_door(agent: Client, loop: Loop, alice: PersonCaller, worker: KeyCaller) -> None:
    for at in ("/a2a", "/a2a/order-service"):
        nobody = Client(loop, Caller(), at).send({"jsonrpc": "2.0", "id": 1, "method": "tasks/get", "params": {}})
        assert (nobody.status, nobody.headers["www-authenticate"]) == (401, "Bearer")
    # A person alone speaks for no agent.
    assert Client(loop, alice).refused("message/send", message=text(ASK))[0] == -32011
    # A key of its own address sees its own alone.
    task = asked(agent)
    assert Client(loop, worker).refused("tasks/get", id=task["id"])[0] == -32001


@pytest.mark.parametrize("stops", ["agent", "workspace"])
def test_a_stopped_agent_or_workspace_does_nothing(agent: Client, shop: KeyCaller, alice: PersonCaller, stops: str) -> None:
    task = asked(agent)
    if stops == "agent":
        alice.post(f"/mesh/agents/{shop.agent.id}/kill", {}).ok()
    else:
        alice.patch(f"/workspaces/{alice.token.workspace_id}", {"status": "suspended"}).ok()
    assert agent.refused("message/send", message=text(ASK))[0] == -32013
    assert agent.refused("tasks/cancel", id=task["id"])[0] == -32013
    assert agent.do("tasks/get", id=task["id"])["status"]["state"] == "working"


def test_the_limit_of_requests_holds(agent: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intents.kernel.ratelimit.WINDOW_SECONDS", 10**9)
    with override_settings(RATE_LIMIT_PER_MINUTE=1):
        agent.ask("tasks/get", id="x")
        answer = agent.send({"jsonrpc": "2.0", "id": 1, "method": "tasks/get", "params": {"id": "x"}})
    assert (answer.status, answer.json["error"]["code"], "retry-after" in answer.headers) == (429, -32014, True)


def test_cards_tell_how_to_come_in(agent: Client, loop: Loop, outsider: Client) -> None:
    card = Client(loop, Caller(), "/.well-known/agent-card.json").send({}, method="GET").json
    assert card["url"].endswith("/a2a")
    assert {one["protocolVersion"] for one in card["supportedInterfaces"]} == {"1.0", "0.3"}
    at = "/a2a/order-service/.well-known/agent-card.json"
    assert Client(loop, Caller(), at).send({}, method="GET").status == 401
    card = Client(loop, agent.caller, at).send({}, method="GET").json
    assert card["url"].endswith("/a2a/order-service")
    # It is made of the caller's own workspace: nothing is learned of another.
    assert "rivals" in Client(loop, outsider.caller, at).send({}, method="GET").json["description"]


@pytest.mark.parametrize(
    ("fails", "status", "code"), [(OperationalError("gone"), 503, -32010), (RuntimeError(), 500, -32603)]
)
def test_what_the_server_refuses_is_told_in_json_rpc(
    agent: Client, monkeypatch: pytest.MonkeyPatch, fails: Exception, status: int, code: int
) -> None:
    def authenticate(given: object) -> None:
        raise fails

    monkeypatch.setattr(auth, "authenticate", authenticate)
    for at in ("/a2a", "/a2a/order-service"):
        answer = Client(agent.loop, agent.caller, at).send({"jsonrpc": "2.0", "id": 1, "method": "tasks/get", "params": {}})
        assert (answer.status, answer.json["id"], answer.json["error"]["code"]) == (status, None, code)
