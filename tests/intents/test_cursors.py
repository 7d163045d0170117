"""Cursors say of which list they are, and lists that end early say so."""

import json
from typing import Any

import pytest

from intents.api import cursors
from intents.engine.lifecycle import Status
from intents.kernel.models import new_id
from tests.callers import KeyCaller, PersonCaller
from tests.intents.factory import make
from tests.intents.inboxes import until

PATHS = {"i": "/intents", "t": "/tasks", "n": "/me/notifications", "a": "/agents", "s": "/intents/{}/steps"}


def caller_of(path: str, machine: KeyCaller, alice: PersonCaller) -> Any:
    return alice if path == "/me/notifications" else machine


@pytest.mark.parametrize("kind", PATHS)
def test_a_cursor_of_another_list_or_of_none_is_422(kind: str, machine: KeyCaller, alice: PersonCaller) -> None:
    path = PATHS[kind].format(machine.submit("order-service"))
    caller = caller_of(path, machine, alice)
    others = [cursors.cursor(other, new_id()) for other in PATHS if other != kind]
    for text in [*others, "garbled", "", kind, str(new_id()), f"{kind}{'z' * 32}", f"w1-{new_id().hex}"]:
        answer = caller.get(path, cursor=text)
        assert (answer.status, answer.json["error"]["details"]["field"]) == (422, "cursor"), text
    caller.get(path, cursor=cursors.cursor(kind, new_id())).ok()


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


def by_pages(caller: KeyCaller, path: str, rows: str, field: str, limit: int = 2) -> tuple[list[Any], int]:
    """A field of every row, and how many pages they took."""
    seen: list[Any] = []
    query: dict[str, Any] = {"limit": limit}
    for number in range(1, 100):
        page = caller.get(path, **query).ok()
        assert len(page[rows]) <= limit
        seen += [one[field] for one in page[rows]]
        if page["next_cursor"] is None:
            return seen, number
        query["cursor"] = page["next_cursor"]
    raise AssertionError("no end")


@pytest.mark.parametrize(
    ("path", "rows", "field"), [("/agents", "agents", "address"), ("/service-accounts", "service_accounts", "agent_address")]
)
def test_every_agent_is_listed_page_by_page(machine: KeyCaller, path: str, rows: str, field: str) -> None:
    made = [f"paged-{number}" for number in range(7)]
    for name in made:
        machine.post("/service-accounts", {"name": name}).ok()
    whole = [one[field] for one in machine.get(path, limit=1000).ok()[rows]]
    seen, _ = by_pages(machine, path, rows, field)
    assert seen == whole
    assert sum("paged-" in address for address in seen) == len(made)


def store(worker: KeyCaller, intent_id: str, count: int, result: Any) -> list[str]:
    keys = [f"s{number}" for number in range(count)]
    for key in keys:
        raw = json.dumps({"result": result}).encode()
        assert worker.send("PUT", f"/intents/{intent_id}/steps/{key}", raw=raw).status == 201
    return keys


def test_stored_steps_are_listed_page_by_page(shop: KeyCaller, worker: KeyCaller) -> None:
    intent_id = make(Status.IN_PROGRESS, sender=shop, handler=worker).id
    assert by_pages(worker, f"/intents/{intent_id}/steps", "steps", "key") == ([], 1)
    keys = store(worker, intent_id, 6, {"n": 1})
    for limit, pages in ((1, 6), (3, 2), (4, 2), (6, 1), (1000, 1)):
        assert by_pages(worker, f"/intents/{intent_id}/steps", "steps", "key", limit) == (keys, pages)
    refused = worker.get(f"/intents/{intent_id}/steps", limit=1001)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "limit")


def test_a_page_of_large_steps_ends_where_they_fill_4_mib(shop: KeyCaller, worker: KeyCaller) -> None:
    intent_id = make(Status.IN_PROGRESS, sender=shop, handler=worker).id
    keys = store(worker, intent_id, 70, "x" * 120 * 1024)
    assert by_pages(worker, f"/intents/{intent_id}/steps", "steps", "key", 1000) == (keys, 2)


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
