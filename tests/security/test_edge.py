"""Streams, polls and files answer as strictly as everything else: who may not see something cannot tell that it is there."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import turns
from tests.callers import Answer, Caller, KeyCaller, PersonCaller
from tests.security.conftest import Store
from tests.security.edge import Loop
from tests.security.routes import UNKNOWN, Route, every_route

EDGE = [route for route in every_route() if route.on_the_edge]
WITH_IDS = [route for route in EDGE if {"intent_id", "upload_id"} & set(route.names)]
LOOKING = [route for route in EDGE if route.method == "GET" and route.path.startswith(("/intents/", "/media/"))]
"""Reads. The other GETs of the edge deliver work to machines, which changes rows by design."""
SHORT = {"wait_seconds": "1"}
Ask = Callable[..., Answer]


@pytest.fixture
def ask(loop: Loop) -> Ask:
    """Asks soundly, for an answer that comes as soon as it can."""

    def asked(caller: Caller, route: Route, ids: dict[str, str], **query: str) -> Answer:
        wanted = SHORT if "wait_seconds" in route.query else {}
        body = b'{"wait_seconds": 0}' if route.path.endswith("/claim") else b""
        return loop.send(caller, route.method, route.at(ids), query=wanted | query, body=body)

    return asked


def told(answer: Answer, ids: dict[str, str]) -> Any:
    """An answer without what differs by request."""
    text = answer.raw.decode(errors="replace")
    for one in ids.values():
        text = text.replace(one, "<id>")
    return answer.status, text.partition('"request_id"')[0]


def test_the_routes_of_the_edge_are_found() -> None:
    assert {route.path.rpartition("/")[2] for route in EDGE} >= {"stream", "intents", "claim", "content"}


@pytest.mark.parametrize("route", WITH_IDS, ids=str)
def test_a_foreign_id_answers_exactly_as_an_unknown_one(
    ask: Ask, route: Route, ids: dict[str, str], foreign_machine: KeyCaller, charlie: PersonCaller
) -> None:
    unknown = dict.fromkeys(ids, UNKNOWN)
    for caller in (foreign_machine, charlie):
        answer = ask(caller, route, ids)
        assert answer.status in (403, 404)
        assert told(answer, ids) == told(ask(caller, route, unknown), unknown)


@pytest.mark.parametrize("route", [route for route in EDGE if "address" in route.names], ids=str)
def test_the_mailbox_of_another_workspace_is_unknown(
    loop: Loop, route: Route, foreign_machine: KeyCaller, worker: KeyCaller
) -> None:
    path = route.path.replace("{address}", "myorg/production/order-service")
    answer = loop.send(foreign_machine, route.method, path, query=SHORT if route.method == "GET" else {}, body=b"{}")
    assert answer.status == 404
    assert answer.code == "agent_not_found"


@pytest.mark.parametrize("route", [route for route in EDGE if route.names], ids=str)
def test_an_agents_own_key_reaches_nothing_that_does_not_concern_it(
    ask: Ask, route: Route, ids: dict[str, str], stranger: KeyCaller
) -> None:
    assert ask(stranger, route, ids).status in (403, 404)


@pytest.mark.parametrize("route", EDGE, ids=str)
def test_without_a_credential_in_force_every_route_is_401(ask: Ask, route: Route, ids: dict[str, str]) -> None:
    for headers in ({}, {"x-api-key": "axme_sa_x_nonsense"}, {"authorization": "Bearer axme_pat_nonsense"}):
        assert ask(Caller(headers), route, ids).status == 401


@pytest.mark.parametrize("route", LOOKING, ids=str)
def test_looking_changes_nothing(
    ask: Ask, route: Route, ids: dict[str, str], store: Store, machine: KeyCaller, alice: PersonCaller, charlie: PersonCaller
) -> None:
    before = store.hashes()
    for caller in (Caller(), machine, alice, charlie):
        assert ask(caller, route, ids).status < 500
    changed = {name for name, one in store.hashes().items() if one != before[name]}
    # A process that streams is known as one.
    assert changed <= {"intents_instance"}


@pytest.mark.parametrize("route", [route for route in EDGE if route.names], ids=str)
@pytest.mark.parametrize("odd", ["%00", "..%2f..", "x" * 400, "%ff", "a b"])
def test_an_odd_id_is_refused(loop: Loop, route: Route, odd: str, machine: KeyCaller) -> None:
    path = route.path
    for name in route.names:
        path = path.replace(f"{{{name}}}", odd)
    assert 400 <= loop.send(machine, route.method, path, query=SHORT, body=b"{}").status < 500


@pytest.mark.parametrize("route", [route for route in EDGE if route.query], ids=str)
@pytest.mark.parametrize("value", turns.each(["", "-1", "nan", "9" * 40, "\x00", "é", "0.5"], of=3))
def test_no_query_makes_a_route_fail(ask: Ask, route: Route, value: str, ids: dict[str, str], machine: KeyCaller) -> None:
    # Without a value it waits as long as it does by default, which is sound and long.
    for name in [one for one in route.query if value or one != "wait_seconds"]:
        answer = ask(machine, route, ids, **{name: value})
        assert answer.status < 500
        if name in ("since", "wait_seconds", "limit") and value:
            assert answer.status == 422, (name, value)
            assert name in answer.raw.decode()


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"max": NaN}', b'{"max": 1, "max": 2}', b'{"extra": 1}', b'{"max": "\\u0000"}', b"\xff"]
)
def test_a_claim_with_an_unsound_body_is_refused(loop: Loop, body: bytes, worker: KeyCaller) -> None:
    answer = loop.send(worker, "POST", "/agents/order-service/claim", body=body)
    assert answer.status == 422
    assert answer.code == "schema_invalid"
