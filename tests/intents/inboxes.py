"""What the tests of threads share."""

import time
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.callers import Caller

PATIENCE = 60.0

THREAD = {
    "thread_id",
    "intent_id",
    "status",
    "owner_agent",
    "from_agent",
    "to_agent",
    "created_at",
    "updated_at",
    "timeline",
}
ENTRY = {"event_id", "event_type", "actor", "at", "details"}


def until(found: Any) -> Any:
    """The first true value of `found()`: another transaction of the server may hold changes back for a moment."""
    deadline = time.monotonic() + PATIENCE
    while not (value := found()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return value


def check_shape(thread: dict[str, Any]) -> None:
    """What the published format requires of a thread."""
    assert thread.keys() >= THREAD
    assert thread["thread_id"] == thread["intent_id"] == str(UUID(thread["thread_id"]))
    assert thread["status"] in ("pending", "active", "done")
    assert all(3 <= len(thread[name]) <= 255 for name in ("owner_agent", "from_agent", "to_agent"))
    assert all(datetime.fromisoformat(thread[name]).tzinfo for name in ("created_at", "updated_at"))
    assert thread["timeline"]
    for entry in thread["timeline"]:
        assert entry.keys() >= ENTRY
        assert str(UUID(entry["event_id"])) == entry["event_id"]
        assert 3 <= len(entry["event_type"]) <= 120
        assert 2 <= len(entry["actor"]) <= 120
        assert datetime.fromisoformat(entry["at"]).tzinfo
        assert isinstance(entry["details"], dict)


def threads(caller: Caller, **query: str) -> list[dict[str, Any]]:
    body = caller.get("/inbox", **query).ok()
    assert body["ok"] is True
    for thread in body["threads"]:
        check_shape(thread)
    return body["threads"]


def ids(caller: Caller, **query: str) -> list[str]:
    return [thread["thread_id"] for thread in threads(caller, **query)]


def thread(caller: Caller, thread_id: str, **query: str) -> dict[str, Any]:
    body = caller.get(f"/inbox/{thread_id}", **query).ok()
    check_shape(body["thread"])
    return body["thread"]


def messages(shown: dict[str, Any]) -> list[str]:
    return [entry["details"]["message"] for entry in shown["timeline"] if "message" in entry["details"]]


def reply(caller: Caller, thread_id: str, message: str = "hello") -> dict[str, Any]:
    body = caller.post(f"/inbox/{thread_id}/reply", {"message": message}).ok()
    check_shape(body["thread"])
    return body["thread"]


def clear(caller: Caller, thread_id: str, **body: Any) -> dict[str, Any]:
    done = caller.post(f"/inbox/{thread_id}/messages/delete", body).ok()
    assert done.keys() >= {"ok", "thread", "mode", "deleted_count", "message_ids"}
    assert done["deleted_count"] == len(done["message_ids"])
    check_shape(done["thread"])
    return done
