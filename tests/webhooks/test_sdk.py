"""The published SDK for Python does with webhooks and deliveries what it says."""

import httpx
import pytest
from axme import AxmeClient, AxmeClientConfig

from tests.callers import Caller, KeyCaller
from tests.intents.receivers import Receiver
from tests.webhooks.endpoints import feed_out, post_due

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]


class InProcess(httpx.BaseTransport):
    """Carries requests to the API in this process."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().partition("?")[0].removeprefix("/v1")
        query = dict(request.url.params)
        answer = Caller(dict(request.headers)).send(request.method, path, raw=request.read(), query=query)
        return httpx.Response(answer.status, headers=answer.headers, content=answer.raw)


@pytest.fixture
def client(machine: KeyCaller) -> AxmeClient:
    headers = {"x-api-key": machine.secret}
    http = httpx.Client(transport=InProcess(), base_url="http://localhost", headers=headers)
    return AxmeClient(AxmeClientConfig(base_url="http://localhost", api_key=machine.secret), http_client=http)


def test_a_subscription_is_made_listed_told_replayed_to_and_deleted(
    client: AxmeClient, machine: KeyCaller, outside: Receiver
) -> None:
    url = f"http://127.0.0.1:{outside.port}/takes"
    asked = {"callback_url": url, "event_types": ["inbox.thread_created"], "secret": "a-secret-of-my-own", "active": True}
    made = client.upsert_webhook_subscription(asked, idempotency_key="webhook-0001")["subscription"]
    owner = "agent://myorg/production/demo"
    listed = client.list_webhook_subscriptions(owner_agent=owner)["subscriptions"]
    assert [one["subscription_id"] for one in listed] == [made["subscription_id"]]
    event = {"event_type": "inbox.thread_created", "source": "crm", "payload": {"thread": 1}}
    published = client.publish_webhook_event(event, owner_agent=owner, idempotency_key="event-0001")
    assert published["queued_deliveries"] == 1
    post_due()
    replayed = client.replay_webhook_event(published["event_id"], owner_agent=owner)
    assert (replayed["owner_agent"], replayed["queued_deliveries"]) == (owner, 1)
    post_due()
    assert len(outside.requests) == 2
    deleted = client.delete_webhook_subscription(made["subscription_id"], owner_agent=owner)
    assert deleted["subscription_id"] == made["subscription_id"]
    assert client.list_webhook_subscriptions()["subscriptions"] == []


def test_deliveries_are_listed_got_and_replayed(client: AxmeClient, machine: KeyCaller, outside: Receiver) -> None:
    url = f"http://127.0.0.1:{outside.port}/takes"
    client.upsert_webhook_subscription({"callback_url": url, "event_types": ["invite.accepted"]})
    client.publish_webhook_event({"event_type": "invite.accepted", "source": "crm", "payload": {}})
    feed_out()
    post_due()
    me = machine.get("/me").ok()
    where = {"org_id": me["org_id"], "workspace_id": me["workspace_id"]}
    (one,) = client.list_deliveries(**where, status="delivered")["deliveries"]
    assert client.get_delivery(one["delivery_id"])["delivery"] == one
    again = client.replay_delivery(one["delivery_id"], idempotency_key="replay-0001")["delivery"]
    assert again["replay_of_delivery_id"] == one["delivery_id"]
    post_due()
    assert client.get_delivery(again["delivery_id"])["delivery"]["status"] == "delivered"
