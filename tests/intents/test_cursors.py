"""Cursors say of which list they are, and lists that end early say so."""

from typing import Any

import pytest

from intents.api import cursors
from intents.kernel.models import new_id
from tests.conftest import KeyCaller, PersonCaller
from tests.intents.inboxes import until

PATHS = {"i": "/intents", "t": "/tasks", "n": "/me/notifications", "a": "/agents"}


def caller_of(path: str, machine: KeyCaller, alice: PersonCaller) -> Any:
    return alice if path == "/me/notifications" else machine


@pytest.mark.parametrize("kind", PATHS)
def test_a_cursor_of_another_list_or_of_none_is_422(kind: str, machine: KeyCaller, alice: PersonCaller) -> None:
    caller = caller_of(PATHS[kind], machine, alice)
    others = [cursors.cursor(other, new_id()) for other in PATHS if other != kind]
    for text in [*others, "garbled", "", kind, str(new_id()), f"{kind}{'z' * 32}", f"w1-{new_id().hex}"]:
        answer = caller.get(PATHS[kind], cursor=text)
        assert (answer.status, answer.json["error"]["details"]["field"]) == (422, "cursor"), text
    caller.get(PATHS[kind], cursor=cursors.cursor(kind, new_id())).ok()


def test_an_inboxs_two_lists_do_not_take_each_others_cursors(machine: KeyCaller) -> None:
    for _ in range(3):
        machine.submit("order-service")
    wanted = {"owner_agent": "order-service", "limit": 1}
    newest = machine.get("/inbox", **wanted).ok()["next_cursor"]
    changed = until(lambda: (page := machine.get("/inbox/changes", **wanted).ok())["changes"] and page)
    assert changed["changes"][0]["cursor"] == changed["next_cursor"]
    for path, own, other in (("/inbox", newest, changed["next_cursor"]), ("/inbox/changes", changed["next_cursor"], newest)):
        machine.get(path, **wanted, cursor=own).ok()
        assert machine.get(path, **wanted, cursor=other).status == 422
        assert machine.get(path, **wanted, cursor=own[1:]).status == 422


def test_every_agent_is_listed_page_by_page(machine: KeyCaller) -> None:
    made = [f"paged-{number}" for number in range(7)]
    for name in made:
        machine.post("/service-accounts", {"name": name}).ok()
    whole = [one["address"] for one in machine.get("/agents", limit=1000).ok()["agents"]]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = machine.get("/agents", **query).ok()
        assert len(page["agents"]) <= 2
        seen += [one["address"] for one in page["agents"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == whole
    assert sum("paged-" in address for address in seen) == len(made)


def test_a_history_is_not_read_from_beyond_its_end(machine: KeyCaller) -> None:
    intent_id = machine.submit("order-service")
    assert machine.events(intent_id, since=2) == []
    refused = machine.get(f"/intents/{intent_id}/events", since=10)
    assert refused.status == 409
    told = refused.json["error"]["details"]
    assert (told["seq"], told["next_since"]) == (2, 0)
    assert [one["seq"] for one in machine.events(intent_id, since=told["next_since"])] == [1, 2]


@pytest.mark.parametrize(
    "path", ["/intents", "/agents", "/inbox?owner_agent=a", "/intents/{}", "/intents/{}/events", "/intents/x"]
)
def test_head_is_answered_as_get_is_without_the_body(path: str, machine: KeyCaller) -> None:
    intent_id = machine.submit("order-service")
    where, _, query = path.format(intent_id).partition("?")
    asked = {"query": dict([query.split("=")])} if query else {}
    got, head = machine.send("GET", where, **asked), machine.send("HEAD", where, **asked)
    assert (head.status, head.raw) == (got.status, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    assert head.headers["content-type"] == got.headers["content-type"]
