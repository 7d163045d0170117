"""Sessions of agents, as the TypeScript library calls them."""

from tests.callers import Caller, KeyCaller, PersonCaller


def begun(caller: Caller, **more: object) -> str:
    made = caller.post("/sessions", {"type": "coding", "project_id": "p-1", "metadata": {"a": 1}} | more).ok()
    assert (made["status"], made["type"]) == ("ACTIVE", "coding")
    return str(made["session_id"])


def test_a_session_has_messages_and_a_feed_until_it_is_completed(machine: KeyCaller) -> None:
    session_id = begun(machine)
    said = [
        machine.post(f"/sessions/{session_id}/messages", {"role": "user", "content": text, "content_type": "text"}).ok()
        for text in ("Hello", {"rich": [1, 2]})
    ]
    assert [one["seq"] for one in said] == [1, 2]
    listed = machine.get(f"/sessions/{session_id}/messages").ok()["messages"]
    assert [(one["seq"], one["content"]) for one in listed] == [(1, "Hello"), (2, {"rich": [1, 2]})]
    done = machine.post(f"/sessions/{session_id}/complete", {"result": {"ok": True}}).ok()
    assert (done["status"], done["session_id"]) == ("COMPLETED", session_id)
    feed = machine.get(f"/sessions/{session_id}/feed", since=1).ok()["feed"]
    assert [(one["type"], one["seq"]) for one in feed] == [("session.message", 2), ("session.completed", 3)]
    shown = machine.get(f"/sessions/{session_id}").ok()["session"]
    assert (shown["result"], shown["messages_count"], shown["metadata"]) == ({"ok": True}, 2, {"a": 1})
    for path, body in (("messages", {"role": "user", "content": "Late"}), ("complete", {})):
        assert machine.post(f"/sessions/{session_id}/{path}", body).status == 409


def test_sessions_are_listed_by_status_and_parent(machine: KeyCaller) -> None:
    parent = begun(machine)
    child = begun(machine, parent_session_id=parent, depends_on=[parent])
    machine.post(f"/sessions/{parent}/complete", {}).ok()
    ids = lambda **query: [one["session_id"] for one in machine.get("/sessions", **query).ok()["sessions"]]  # noqa: E731
    assert ids() == [child, parent]
    assert ids(status="ACTIVE") == [child]
    assert ids(parent_session_id=parent) == [child]
    assert ids(limit=1) == [child]
    assert machine.get("/sessions", status="ODD").status == 422


def test_an_own_key_sees_what_its_agent_began(
    machine: KeyCaller, shop: KeyCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    hers, others = begun(shop), begun(machine)
    assert [one["session_id"] for one in shop.get("/sessions").ok()["sessions"]] == [hers]
    assert shop.get(f"/sessions/{others}").status == 404
    assert machine.get(f"/sessions/{hers}").status == 200
    assert olga.post(f"/sessions/{hers}/messages", {"role": "user", "content": "Hi"}).status == 200
    assert bob.get(f"/sessions/{hers}").status == 404
    assert bob.post("/sessions", {"type": "x"}).status == 403


def test_what_is_not_there_is_refused(machine: KeyCaller, foreign_machine: KeyCaller) -> None:
    theirs = begun(foreign_machine)
    assert machine.post("/sessions", {"type": "x", "parent_session_id": theirs}).status == 404
    refused = machine.post("/sessions", {"type": "x", "depends_on": [theirs]})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "depends_on")
    assert machine.post(f"/sessions/{theirs}/messages", {"role": "user", "content": "x"}).status == 404
    assert machine.post(f"/sessions/{begun(machine)}/messages", {"role": "user", "content": "x" * 200_000}).status == 413


def test_a_message_of_nothing_is_refused_by_its_name(machine: KeyCaller) -> None:
    refused = machine.post(f"/sessions/{begun(machine)}/messages", {"role": "user", "content": None})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "content")
