"""The inbox through the real SDK, on a running server."""

from collections.abc import Iterator
from typing import Any

import pytest
from axme import AxmeClient, AxmeClientConfig, AxmeHttpError

from tests.flows.conftest import Sites
from tests.load.checks import eventually
from tests.load.sites import Site


@pytest.fixture(scope="module")
def site(shared_sites: Sites) -> Iterator[Site]:
    site = shared_sites.scaled()
    site.start("uvicorn")
    yield site
    site.end()


@pytest.fixture
def client(site: Site) -> Iterator[AxmeClient]:
    with AxmeClient(AxmeClientConfig(base_url=site.urls[0], api_key=site.api_key)) as client:
        yield client


def send(client: AxmeClient, to_agent: str, **fields: Any) -> str:
    body = {"intent_type": "order.fulfill.v1", "to_agent": to_agent, "payload": {"order_id": "ORD-1"}}
    intent_id: str = client.send_intent(body | fields)
    return intent_id


def test_a_thread_lives_from_the_submit_to_the_approval(site: Site, client: AxmeClient) -> None:
    agent, other, wants = site.address("agent"), site.address("other"), site.address("wants")
    intent_id = send(client, agent, reply_to=wants)
    (listed,) = client.list_inbox(owner_agent=agent)["threads"]
    assert (listed["thread_id"], listed["status"], listed["owner_agent"]) == (intent_id, "pending", agent)

    start = client.list_inbox_changes(owner_agent=agent)
    seen = eventually(lambda: client.list_inbox_changes(owner_agent=agent)["changes"], "the submit told")
    assert [change["thread"]["thread_id"] for change in seen] == [intent_id]
    assert start["has_more"] is False

    said = client.reply_inbox_thread(intent_id, message="on it", owner_agent=agent, idempotency_key="reply-1")
    again = client.reply_inbox_thread(intent_id, message="on it", owner_agent=agent, idempotency_key="reply-1")
    assert again == said
    message_id = said["thread"]["timeline"][-1]["event_id"]
    client.delegate_inbox_thread(intent_id, {"delegate_to": other, "note": "please"}, owner_agent=agent)
    gone = client.delete_inbox_messages(intent_id, {"mode": "self", "message_ids": [message_id]}, owner_agent=agent)
    assert (gone["deleted_count"], gone["message_ids"]) == (1, [message_id])
    assert message_id in [
        entry["event_id"] for entry in client.get_inbox_thread(intent_id, owner_agent=other)["thread"]["timeline"]
    ]

    assert client.list_inbox(owner_agent=wants)["threads"] == []
    done = client.approve_inbox_thread(intent_id, {"comment": "fine"}, owner_agent=other)
    assert done["thread"]["status"] == "done"
    (completion,) = client.list_inbox(owner_agent=wants)["threads"]
    assert completion["timeline"][-1]["details"]["result"] == {"outcome": "approved", "comment": "fine"}
    with pytest.raises(AxmeHttpError) as refused:
        client.reject_inbox_thread(intent_id, {}, owner_agent=agent)
    assert refused.value.status_code == 409


def test_changes_are_told_by_a_cursor(site: Site, client: AxmeClient) -> None:
    agent = site.address("agent")
    first = send(client, agent)
    told = eventually(lambda: (page := client.list_inbox_changes(owner_agent=agent))["changes"] and page, "the submit told")
    cursor = told["next_cursor"]
    second = send(client, agent)
    client.reply_inbox_thread(first, message="x", owner_agent=agent)
    found: list[str] = []

    def both() -> bool:
        nonlocal cursor
        page = client.list_inbox_changes(owner_agent=agent, cursor=cursor, limit=1)
        found.extend(change["thread"]["thread_id"] for change in page["changes"])
        cursor = page["next_cursor"]
        return len(found) == 2

    eventually(both, "both changes told")
    assert found == [second, first]


def test_resolving_tells_reply_to_of_the_message(site: Site, client: AxmeClient) -> None:
    agent, wants = site.address("agent"), site.address("wants")
    intent_id = send(client, agent, reply_to=wants)
    body = {"status": "COMPLETED", "result": {"total": 1}}
    told = client.resolve_intent(intent_id, body)["completion_delivery"]
    shown = client.get_inbox_thread(intent_id, owner_agent=wants)["thread"]
    assert (told["delivered"], told["reply_to"], told["thread_id"]) == (True, wants, intent_id)
    assert told["message_id"] == shown["timeline"][-1]["event_id"]
