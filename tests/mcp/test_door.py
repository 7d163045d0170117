"""What `/mcp` refuses, and how: every answer is JSON-RPC."""

from typing import Any

import pytest
from django.db import OperationalError

from intents.kernel import ratelimit
from intents.mcp import registry
from intents.mcp.registry import Arguments, Call, McpTool, ToolAnswer
from tests.callers import Caller, KeyCaller, PersonCaller
from tests.mcp.rpc import Rpc
from tests.security.edge import Loop

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


def error(answer: Any) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/json"
    told: dict[str, Any] = answer.json
    assert told["jsonrpc"] == "2.0"
    found: dict[str, Any] = told["error"]
    return found


class TestWhoAsks:
    @pytest.mark.parametrize(
        ("headers", "code"),
        [
            ({}, "missing_platform_api_key"),
            ({"x-api-key": "axme_sa_nonsense"}, "invalid_platform_api_key"),
            ({"authorization": "Bearer axme_pat_nonsense"}, "invalid_actor_token"),
            ({"authorization": "nonsense"}, "invalid_actor_token"),
        ],
    )
    def test_strangers(self, loop: Loop, database: None, headers: dict[str, str], code: str) -> None:
        answer = Rpc(loop, Caller(headers)).send(LIST)
        told = error(answer)
        assert (answer.status, told["code"], told["data"]["code"]) == (401, -32001, code)
        assert answer.headers["www-authenticate"] == "Bearer"

    def test_strangers_are_refused_before_anything_is_read(self, loop: Loop, database: None) -> None:
        for body in (b"", b"{", b"[" * 100_000, b"x" * 300_000):
            answer = Rpc(loop, Caller({"x-api-key": "axme_sa_nonsense"})).raw(body)
            assert (answer.status, error(answer)["code"]) == (401, -32001)

    def test_an_own_key_speaks_for_its_own_agent_only(self, agent: Rpc) -> None:
        assert agent.call("axme.list_inbox", owner_agent="shop")["owner_agent"] == "shop"
        for arguments in ({"owner_agent": "packer"}, {"owner_agent": "agent://myorg/production/packer"}):
            answer = agent.send(
                LIST | {"method": "tools/call", "params": {"name": "axme.list_inbox", "arguments": arguments}}
            )
            assert (answer.status, error(answer)["code"]) == (403, -32003)

    def test_whom_it_speaks_for_is_said_once(self, everyone: Rpc) -> None:
        params = {"name": "axme.list_inbox", "arguments": {"owner_agent": "packer"}}
        assert everyone.ask("tools/call", params | {"owner_agent": "packer"})["result"]["owner_agent"] == "packer"
        assert everyone.ask("tools/call", params | {"owner_agent": "other"})["error"]["code"] == -32602
        both = everyone.send(LIST | {"method": "tools/call", "params": params}, {"x-owner-agent": "other"})
        assert (both.status, error(both)["code"]) == (403, -32003)
        for wrong in (1, ["packer"], {}):
            assert everyone.refused("axme.list_inbox", owner_agent=wrong)["data"]["details"]["field"] == "owner_agent"

    def test_a_person_says_whose_inbox(self, owner: Rpc) -> None:
        assert owner.refused("axme.list_inbox")["code"] == -32002
        assert owner.call("axme.list_inbox", owner_agent="shop")["data"]["threads"] == []

    def test_what_is_an_agents_needs_a_key(self, owner: Rpc) -> None:
        told = owner.refused("axme.submit_intent", intent_type="a.v1", to_agent="packer")
        assert told["code"] == -32001

    def test_other_workspaces_see_nothing(self, agent: Rpc, outsider: Rpc) -> None:
        made = agent.call("axme.submit_intent", intent_type="a.v1", to_agent="shop")["intent_id"]
        unknown = "01a1faa0-d7a6-7491-bfae-27ab1f66cf80"
        for tool, name, more in (
            ("axme.get_intent", "intent_id", {}),
            ("axme.wait_for", "intent_id", {}),
            ("axme.cancel", "intent_id", {}),
            ("axme.progress", "intent_id", {}),
            ("axme.complete", "intent_id", {}),
            ("axme.fail", "intent_id", {"error": {}}),
            ("axme.answer", "intent_id", {"answer": "x"}),
            ("axme.get_thread", "thread_id", {}),
            ("axme.reply", "thread_id", {"message": "x"}),
        ):
            foreign, nowhere = (outsider.refused(tool, **{name: one}, **more) for one in (made, unknown))
            assert foreign["code"] == nowhere["code"] == -32602
            assert foreign["message"].replace(made, "") == nowhere["message"].replace(unknown, ""), tool
        assert outsider.call("axme.list_intents")["data"]["intents"] == []
        assert outsider.ask("resources/list")["result"]["resources"] == []
        assert outsider.ask("resources/read", {"uri": f"axme://intents/{made}"})["error"]["code"] == -32602


class TestShape:
    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b"", -32700),
            (b"{", -32700),
            (b'{"a": 1, "a": 2}', -32700),
            (b'{"a": NaN}', -32700),
            (b"\xff", -32700),
            (b"[" * 65 + b"]" * 65, -32700),
            (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"a": "\\u0000"}}', -32700),
            (b"1", -32600),
            (b'"x"', -32600),
            (b"null", -32600),
            (b"[]", -32600),
            (b"{}", -32600),
            (b'{"jsonrpc": "1.0", "id": 1, "method": "tools/list"}', -32600),
            (b'{"jsonrpc": "2.0", "id": 1}', -32600),
            (b'{"jsonrpc": "2.0", "id": 1, "method": 5}', -32600),
            (b'{"jsonrpc": "2.0", "id": null, "method": "tools/list"}', -32600),
            (b'{"jsonrpc": "2.0", "id": true, "method": "tools/list"}', -32600),
            (b'{"jsonrpc": "2.0", "id": 1.5, "method": "tools/list"}', -32600),
            (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": []}', -32600),
            (b'{"jsonrpc": "2.0", "id": 1, "result": {}}', -32600),
        ],
    )
    def test_what_is_no_message(self, agent: Rpc, body: bytes, code: int) -> None:
        answer = agent.raw(body)
        assert (answer.status, error(answer)["code"]) == (400, code)

    def test_a_large_body(self, agent: Rpc) -> None:
        answer = agent.raw(b"x" * 2_000_000)
        assert (answer.status, error(answer)["code"]) == (413, -32602)
        told = agent.refused("axme.submit_intent", intent_type="a.v1", to_agent="x", payload={"x": "y" * 140_000})
        assert (told["code"], told["data"]["code"]) == (-32602, "payload_too_large")

    @pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "PATCH", "OPTIONS"])
    def test_only_post(self, agent: Rpc, method: str) -> None:
        answer = agent.raw(b"", method=method, headers={"accept": "text/html"})
        assert (answer.status, error(answer)["code"], answer.headers["allow"]) == (405, -32600, "POST")

    @pytest.mark.parametrize(
        ("method", "params", "code"),
        [
            ("nothing/such", {}, -32601),
            ("tasks/list", {}, -32601),
            ("sampling/createMessage", {}, -32601),
            ("tools/call", {}, -32602),
            ("tools/call", {"name": 5}, -32602),
            ("tools/call", {"name": "axme.nothing"}, -32602),
            ("tools/call", {"name": "axme.get_intent", "arguments": []}, -32602),
            ("resources/read", {}, -32602),
            ("resources/read", {"uri": "file:///etc/passwd"}, -32602),
            ("resources/read", {"uri": "axme://intents/nothing"}, -32602),
            ("resources/list", {"cursor": "nonsense"}, -32602),
            ("initialize", {}, -32602),
            ("initialize", {"protocolVersion": 5}, -32602),
            ("tools/list", {"_meta": 5}, -32602),
            ("tools/list", {"_meta": True}, -32602),
            ("tools/list", {"_meta": "io.modelcontextprotocol/protocolVersion"}, -32602),
            ("resources/read", {"uri": "axme://intents/x", "_meta": ["io.modelcontextprotocol/protocolVersion"]}, -32602),
        ],
    )
    def test_what_no_method_takes(self, agent: Rpc, method: str, params: dict[str, Any], code: int) -> None:
        assert agent.ask(method, params)["error"]["code"] == code

    @pytest.mark.parametrize(
        ("tool", "arguments", "field"),
        [
            ("axme.submit_intent", {"to_agent": "x"}, "intent_type"),
            ("axme.submit_intent", {"intent_type": "A B", "to_agent": "x"}, "intent_type"),
            ("axme.submit_intent", {"intent_type": "a.v1", "to_agent": "x", "status": "COMPLETED"}, "status"),
            ("axme.submit_intent", {"intent_type": "a.v1", "to_agent": "x", "payload": []}, "payload"),
            ("axme.submit_intent", {"intent_type": "a.v1", "to_agent": "x", "idempotency_key": ""}, "idempotency_key"),
            ("axme.submit_intent", {"intent_type": "a.v1", "to_agent": "x", "idempotency_key": "a\nb"}, "idempotency_key"),
            ("axme.request_approval", {}, "title"),
            ("axme.request_approval", {"title": "x", "risk": "none"}, "human_task.risk"),
            ("axme.request_approval", {"title": "x", "human_task": {"nothing": 1}}, "human_task.nothing"),
            ("axme.request_approval", {"title": "x", "intent_type": "A B"}, "intent_type"),
            ("axme.request_approval", {"title": "x", "assignees": "bob"}, "assignees"),
            ("axme.wait_for", {}, "intent_id"),
            ("axme.wait_for", {"intent_id": "x", "wait_seconds": 51}, "wait_seconds"),
            ("axme.wait_for", {"intent_id": "x", "wait_seconds": "1"}, "wait_seconds"),
            ("axme.list_inbox", {"cursor": "nonsense"}, "cursor"),
            ("axme.list_inbox", {"limit": 0}, "limit"),
            ("axme.list_intents", {"status": "DONE"}, "status"),
            ("axme.send", {"to": "packer"}, ""),
            ("axme.send", {"to": "packer", "text": "a", "message": "b"}, ""),
            ("axme.send", {"text": "a"}, "to"),
            ("axme.check_nick", {"nick": "a b c"}, "nick"),
            ("axme.progress", {"intent_id": "x", "percent": 101.0}, "percent"),
            ("axme.reply", {"thread_id": "x", "message": ""}, "message"),
        ],
    )
    def test_what_no_tool_takes_is_named(self, agent: Rpc, tool: str, arguments: dict[str, Any], field: str) -> None:
        told = agent.refused(tool, **arguments)
        assert (told["code"], told["data"]["code"]) == (-32602, "schema_invalid")
        assert told["data"]["details"]["field"] == field
        assert agent.call("axme.list_intents")["data"]["intents"] == []

    def test_notifications_are_acknowledged(self, agent: Rpc) -> None:
        for method in ("notifications/initialized", "notifications/cancelled", "anything"):
            answer = agent.send({"jsonrpc": "2.0", "method": method})
            assert (answer.status, answer.raw) == (202, b"")

    def test_parameters_may_be_null(self, agent: Rpc) -> None:
        assert agent.send(LIST | {"method": "ping", "params": None}).json["result"] == {}
        assert len(agent.send(LIST | {"params": None}).json["result"]["tools"]) == len(registry.known)

    def test_a_batch_tells_what_was_done_before_the_database_went(
        self, agent: Rpc, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def run(call: Call, given: Arguments) -> ToolAnswer:
            raise OperationalError("gone")

        monkeypatch.setattr(registry, "known", dict(registry.known))
        away = McpTool(name="axme.away", title="Away", description="Fails.", arguments=Arguments, run=run)
        registry.register(away)
        work = LIST | {
            "method": "tools/call",
            "params": {"name": "axme.submit_intent", "arguments": {"intent_type": "a.v1", "to_agent": "x"}},
        }
        fails = LIST | {"id": "b", "method": "tools/call", "params": {"name": "axme.away"}}
        answer = agent.send([work, fails, work | {"id": 3}])
        assert answer.status == 200
        first, second, third = answer.json
        assert (second["id"], second["error"]["code"]) == ("b", -32010)
        assert first["result"]["intent_id"] != third["result"]["intent_id"]
        assert agent.send(fails).status == 503
        assert "an MCP request failed" not in caplog.text

    def test_a_batch_of_the_older_era(self, agent: Rpc) -> None:
        call = {"name": "axme.check_nick", "arguments": {"nick": "@free"}}
        sent = [
            LIST,
            {"jsonrpc": "2.0", "method": "notifications/initialized"},
            {"jsonrpc": "2.0", "id": "b", "method": "tools/call", "params": call},
            {"jsonrpc": "2.0", "id": 3, "method": "nothing"},
        ]
        answer = agent.send(sent)
        assert [one["id"] for one in answer.json] == [1, "b", 3]
        assert agent.send([sent[1]]).status == 202
        assert agent.send([LIST] * 51).status == 400


def test_each_tool_has_a_rate_limit_of_its_own(agent: Rpc, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 3
    monkeypatch.setattr(ratelimit, "WINDOW_SECONDS", 10**9)
    counter = ratelimit._Local()
    monkeypatch.setattr(ratelimit, "_counter", lambda: counter)
    for left in (2, 1, 0):
        call = {"name": "axme.check_nick", "arguments": {"nick": "@free"}}
        answer = agent.send(LIST | {"method": "tools/call", "params": call})
        assert answer.headers["x-ratelimit-remaining"] == str(left)
    answer = agent.send(LIST | {"method": "tools/call", "params": call})
    assert (answer.status, error(answer)["code"]) == (429, -32004)
    assert int(answer.headers["retry-after"]) > 0
    assert agent.send(LIST).status == 200
    for number in range(3):
        answer = agent.send(LIST | {"method": "tools/call", "params": {"name": f"axme.x{number}", "arguments": {}}})
    assert agent.send(LIST | {"method": "tools/call", "params": {"name": "axme.another"}}).status == 429
    made_up = [agent.send({"jsonrpc": "2.0", "method": f"made/up{number}"}).status for number in range(4)]
    assert made_up == [202, 202, 202, 429]


@pytest.mark.parametrize("state", ["killed", "quarantined", "suspended"])
def test_a_stopped_agent_or_workspace_does_nothing_here_either(
    agent: Rpc, machine: KeyCaller, alice: PersonCaller, state: str
) -> None:
    made = agent.call("axme.submit_intent", intent_type="a.v1", to_agent="shop")["intent_id"]
    asked = agent.call("axme.request_approval", title="May I?")["intent_id"]
    if state == "suspended":
        alice.patch(f"/workspaces/{alice.token.workspace_id}", {"status": state}).ok()
    else:
        alice.post(f"/mesh/agents/shop/{'kill' if state == 'killed' else 'quarantine'}", {}).ok()
    for tool, arguments in (
        ("axme.submit_intent", {"intent_type": "a.v1", "to_agent": "packer"}),
        ("axme.request_approval", {"title": "May I?"}),
        ("axme.send", {"to": "packer", "text": "x"}),
        ("axme.progress", {"intent_id": made}),
        ("axme.complete", {"intent_id": made}),
        ("axme.fail", {"intent_id": made, "error": {}}),
        ("axme.cancel", {"intent_id": made}),
        ("axme.reply", {"thread_id": made, "message": "x"}),
        ("axme.answer", {"intent_id": asked, "answer": "x"}),
    ):
        told = agent.refused(tool, **arguments)
        assert (told["code"], told["data"]["code"]) == (-32003, "policy_denied"), tool
    assert agent.modern("tasks/cancel", {"taskId": asked}, tasks=True).json["error"]["code"] == -32003
    assert machine.intent(made)["status"] == "SUBMITTED"
