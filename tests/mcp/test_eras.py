"""Either era of the protocol: handshakes, discovery, heads that must agree, resources."""

import json

from tests.mcp.rpc import Rpc, envelope
from tests.mcp.test_door import error


def test_the_handshake_of_published_clients(agent: Rpc) -> None:
    for version in ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"):
        told = agent.ask("initialize", {"protocolVersion": version})["result"]
        assert (told["protocolVersion"], told["serverInfo"]["name"]) == (version, "axme")
        assert set(told["capabilities"]) >= {"tools", "resources"}
    assert agent.ask("initialize", {"protocolVersion": "1999-01-01"})["result"]["protocolVersion"] == "2025-11-25"
    assert agent.ask("ping")["result"] == {}


def test_discovery(agent: Rpc) -> None:
    told = agent.modern("server/discover", {}).json["result"]
    assert told["supportedVersions"] == ["2026-07-28"]
    assert told["capabilities"]["extensions"] == {"io.modelcontextprotocol/tasks": {}}


def test_a_message_of_the_newer_era_says_the_same_in_its_head(agent: Rpc) -> None:
    sent = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": envelope()}}
    sound = {"mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list"}
    assert agent.send(sent, sound).status == 200
    for headers, code in (
        ({}, -32020),
        (sound | {"mcp-method": "tools/call"}, -32020),
        (sound | {"mcp-protocol-version": "2026-01-01"}, -32020),
    ):
        answer = agent.send(sent, headers)
        assert (answer.status, error(answer)["code"]) == (400, code)
    unknown = envelope() | {"io.modelcontextprotocol/protocolVersion": "2030-01-01"}
    answer = agent.send(sent | {"params": {"_meta": unknown}}, sound | {"mcp-protocol-version": "2030-01-01"})
    assert (answer.status, error(answer)["code"]) == (400, -32022)
    bare = agent.send(sent | {"params": {}}, sound)
    assert (bare.status, error(bare)["code"]) == (400, -32602)
    assert agent.modern("nothing", {}).status == 404


def test_resources(agent: Rpc) -> None:
    made = agent.call("axme.submit_intent", intent_type="a.v1", to_agent="shop", payload={"n": 1})["intent_id"]
    (listed,) = agent.ask("resources/list")["result"]["resources"]
    assert (listed["uri"], listed["mimeType"]) == (f"axme://intents/{made}", "application/json")
    (template,) = agent.ask("resources/templates/list")["result"]["resourceTemplates"]
    assert template["uriTemplate"] == "axme://intents/{intent_id}"
    (read,) = agent.ask("resources/read", {"uri": listed["uri"]})["result"]["contents"]
    assert json.loads(read["text"])["payload"] == {"n": 1}
    modern = agent.modern("resources/read", {"uri": listed["uri"]}).json["result"]["contents"]
    assert modern[0]["text"] == read["text"]
