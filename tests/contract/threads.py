"""The inbox of an agent."""

from typing import Literal

from tests.contract.shape import Answers, Anything, Count, Id, Kept, Moment, Reply, Shape, Text


class Entry(Shape):
    """Of a timeline."""

    event_id: Id
    event_type: Text
    actor: Text
    at: Moment
    details: Anything


class Thread(Kept):
    thread_id: Id
    intent_id: Id
    status: Literal["pending", "active", "done"]
    owner_agent: Text
    from_agent: Text
    to_agent: Text
    timeline: list[Entry]


class OneThread(Reply):
    thread: Thread


class Threads(Reply):
    threads: list[Thread]


class Change(Shape):
    cursor: Text
    thread: Thread


class Changes(Reply):
    changes: list[Change]
    next_cursor: str | None
    has_more: bool


class Deleted(Reply):
    thread: Thread
    mode: Literal["self", "both"]
    deleted_count: Count
    message_ids: list[Text]


OWNER = "?owner_agent=order-service"

ANSWERS: Answers = {
    "GET /inbox": (Threads, lambda it: it.intent() and it.key.get("/inbox", owner_agent="order-service")),
    "GET /inbox/changes": (Changes, lambda it: it.intent() and it.key.get("/inbox/changes", owner_agent="order-service")),
    "GET /inbox/{thread_id}": (OneThread, lambda it: it.key.get(f"/inbox/{it.intent()}", owner_agent="order-service")),
    **{
        f"POST /inbox/{{thread_id}}/{act}": (
            OneThread,
            lambda it, act=act, body=body: it.key.post(f"/inbox/{it.intent()}/{act}", body, x_owner_agent=it.agent),
        )
        for act, body in {
            "reply": {"message": "Soon"},
            "delegate": {"delegate_to": "back-office", "note": "Please"},
            "approve": {"comment": "Fine"},
            "reject": {"comment": "No"},
        }.items()
    },
    "POST /inbox/{thread_id}/messages/delete": (
        Deleted,
        lambda it: it.key.post(f"/inbox/{it.intent()}/messages/delete", {"mode": "self"}, x_owner_agent=it.agent),
    ),
}
