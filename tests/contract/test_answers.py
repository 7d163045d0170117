"""The layer that public clients know, route by route: what each answers has the shape that they read."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from pydantic import ValidationError
from pytest_django.fixtures import Settings

from tests.callers import Answer, KeyCaller, PersonCaller
from tests.contract import command_lines, fleet, hooks, intents, metering, people, tenancy, threads
from tests.contract.ground import Ground
from tests.contract.shape import Answers
from tests.docs.test_clients import ROOT, calls
from tests.mailbox import Mailbox
from tests.security.edge import Loop
from tests.security.routes import every_route

FAMILIES: dict[str, Answers] = {
    module.__name__.rpartition(".")[2]: module.ANSWERS
    for module in (command_lines, fleet, hooks, intents, metering, people, tenancy, threads)
}
ANSWERS: Answers = {route: found for family in FAMILIES.values() for route, found in family.items()}
STREAMS = {
    "GET /intents/{intent_id}/events/stream",
    "GET /agents/{address}/intents/stream",
    "GET /sessions/{session_id}/feed/stream",
}
"""They answer with events, whose shapes are held below."""
ELSEWHERE = {"GET /health", "POST /mcp"}
"""Of the layer, and not below /v1."""
OURS = (
    *(r"/agents/\{address\}$", r"/agents/\{address\}/(claim|intents)$", r"/approvals$", r"/calendars", r"/callbacks/"),
    *(r"/events", r"/incoming/", r"/intent-types", r"/intents/batch", r"/me/(?!tasks)", r"/media/\{upload_id\}/", r"/mesh"),
    *(r"/intents/\{intent_id\}/(?!events|resolve|resume|controls|policy)", r"/operations/", r"/policies", r"/receipts/"),
    *(r"/retention", r"/scenarios/runs/", r"/schedules", r"/schemas$", r"/schemas/\{semantic_type\}/", r"/standing-grants"),
    *(r"/service-accounts/\{account_id\}/(?!keys$|keys/\{key_id\}/revoke)", r"/tasks", r"/tools", r"/webhooks/event-types"),
    r"/webhooks/subscriptions/\{subscription_id\}",
)
"""What this server has beyond the layer; its answers are held against `docs/openapi.json`."""


@pytest.fixture
def it(alice: PersonCaller, bob: PersonCaller, machine: KeyCaller, worker: KeyCaller, mailbox: Mailbox) -> Ground:
    return Ground(alice, bob, machine, mailbox)


@pytest.fixture(autouse=True)
def no_rate_limit(settings: Settings) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 0


@pytest.mark.parametrize("family", FAMILIES)
def test_each_answer_has_its_shape(it: Ground, family: str, subtests: pytest.Subtests) -> None:
    for route, (shape, call) in FAMILIES[family].items():
        with subtests.test(route):
            answer = call(it)
            assert answer.status == 200, (answer.status, answer.raw)
            shape.model_validate_json(answer.raw)


def test_a_shape_refuses_an_answer_with_less_or_something_else(it: Ground) -> None:
    for route in ("GET /intents/{intent_id}", "GET /quotas", "GET /users/check-nick", "POST /invites/create"):
        shape, call = ANSWERS[route]
        for spoiled in _spoiled(call(it).json, shape.model_json_schema()):
            with pytest.raises(ValidationError):
                shape.model_validate_json(json.dumps(spoiled))


def _spoiled(told: dict[str, Any], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The answer without each field that it must have, and with something else in its place."""
    for name in schema["required"]:
        yield {other: value for other, value in told.items() if other != name}
        yield told | {name: 0.5}


def test_each_route_is_of_the_layer_or_ours() -> None:
    routes = {str(route) for route in every_route()}
    known = set(ANSWERS) | STREAMS
    assert known - routes == set()
    left = {route for route in routes - known if not any(re.match(own, route.partition(" ")[2]) for own in OURS)}
    assert left == set()


def test_each_call_of_the_public_sdk_is_in_the_table() -> None:
    def plain(route: str) -> str:
        return re.sub(r"\{\w+\}", "*", route)

    table = {plain(route) for route in (*ANSWERS, *STREAMS)} | ELSEWHERE
    asked = {f"{method} {path.removeprefix('/v1')}" for method, path in calls()}
    left_out = {call for call in asked if call.split("/")[1] in LEFT_OUT or call == "POST /deliveries"}
    assert {plain(call) for call in asked - left_out} - table == set()


LEFT_OUT = {
    name
    for row in re.findall(r"^\| .* \| not supported.*$", (ROOT / "docs" / "clients.md").read_text(), re.MULTILINE)
    for name in re.findall(r"`/([\w-]+)`", row)
}
"""By the table of the page for clients."""


def test_what_is_left_out_says_that_it_is_not_supported(machine: KeyCaller) -> None:
    assert {"principals", "aliases", "routing", "transports", "billing", "alpha", "audit", "deliveries"} <= LEFT_OUT
    asked = [call for call in calls() if call[1].removeprefix("/v1").split("/")[1] in LEFT_OUT]
    assert len(asked) >= 18
    for method, path in [*asked, ("POST", "/v1/alpha/bootstrap"), ("GET", "/v1/audit/events")]:
        if path.startswith("/v1/deliveries") and (method, path) != ("POST", "/v1/deliveries"):
            continue
        answer = machine.send(method, path.removeprefix("/v1").replace("*", "x"), raw=b"{}" if method != "GET" else b"")
        assert (answer.status, answer.code) == (404, "not_supported"), path


# events of streams


@pytest.fixture
def loop() -> Iterator[Loop]:
    with override_settings(EDGE_THREADS=1):
        made = Loop()
        yield made
        made.end()


def frames(answer: Answer) -> list[dict[str, str]]:
    """The events of a stream, by the names of their lines."""
    assert answer.headers["content-type"].startswith("text/event-stream")
    blocks = [block for block in answer.raw.decode().split("\n\n") if block and not block.startswith(":")]
    return [dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":")) for block in blocks]


def test_each_event_of_a_stream_has_its_shape(loop: Loop, it: Ground, worker: KeyCaller) -> None:
    intent_id = it.intent()
    stream = f"/intents/{intent_id}/events/stream"
    told = frames(loop.send(it.key, "GET", stream, query={"since": 0, "wait_seconds": 1}))
    for frame in told[:-1]:
        event = intents.Event.model_validate_json(frame["data"])
        assert (frame["id"], frame["event"]) == (str(event.seq), event.event_type)
    assert told[-1]["event"] == "stream.timeout"
    assert json.loads(told[-1]["data"]) == {"next_seq": 2}
    handed = frames(loop.send(worker, "GET", "/agents/order-service/intents/stream", query={"wait_seconds": 1}))
    assert handed[0]["event"] == "intent.delivered"
    assert intents.HandedOut.model_validate_json(handed[0]["data"]).intent_id.hex == intent_id.replace("-", "")
    session = it.conversation()
    spoken = frames(loop.send(it.key, "GET", f"/sessions/{session}/feed/stream", query={"wait_seconds": 1}))
    assert [frame["event"] for frame in spoken][:2] == ["session.message", "session.completed"]
    for frame in spoken[:2]:
        fleet.FeedItem.model_validate_json(frame["data"])
