"""People deciding through the real SDK, on a running server."""

from collections.abc import Iterator

import httpx
import pytest
from axme import AxmeClient, AxmeClientConfig, AxmeHttpError

from tests.flows.conftest import Sites
from tests.inbox.test_receipts import receipts
from tests.load.sites import Site


@pytest.fixture(scope="module")
def site(shared_sites: Sites) -> Iterator[Site]:
    site = shared_sites.scaled()
    site.start("uvicorn")
    yield site
    site.end()


def sdk(site: Site, **config: str) -> AxmeClient:
    return AxmeClient(AxmeClientConfig(base_url=site.urls[0], api_key=site.api_key, **config))


@pytest.fixture
def agent(site: Site) -> Iterator[AxmeClient]:
    """The SDK with a machine key alone."""
    with sdk(site) as client:
        yield client


@pytest.fixture
def manager(site: Site) -> Iterator[AxmeClient]:
    """The SDK as the person who decides uses it."""
    with sdk(site, actor_token=site.keys["AXME_ACTOR_TOKEN"]) as client:
        yield client


def submit(client: AxmeClient, site: Site, **task: object) -> str:
    body = {"intent_type": "refund.pay.v1", "to_agent": site.address("payer"), "payload": {"eur": 129}, "human_task": task}
    intent_id: str = client.send_intent(body)
    return intent_id


@pytest.mark.parametrize(("decision", "outcome"), [("approve", "approved"), ("reject", "rejected")])
def test_an_agent_waits_and_gets_what_the_manager_decided(
    site: Site, agent: AxmeClient, manager: AxmeClient, decision: str, outcome: str
) -> None:
    intent_id = submit(agent, site, title="Refund 129.00 EUR?", task_type="approval")
    with pytest.raises(AxmeHttpError) as refused:
        agent.decide_approval(intent_id, decision=decision)
    assert refused.value.status_code == 403
    done = manager.decide_approval(intent_id, decision=decision, comment="as agreed", idempotency_key=f"d-{decision}")
    again = manager.decide_approval(intent_id, decision=decision, comment="as agreed", idempotency_key=f"d-{decision}")
    assert again == done
    assert (done["approval"]["decision"], done["approval"]["comment"]) == (decision, "as agreed")
    over = agent.wait_for(intent_id, timeout_seconds=30)
    assert over["event_type"] == "intent.completed"
    result = agent.get_intent(intent_id)["intent"]["result"]
    assert result == {"outcome": outcome, "comment": "as agreed"}


def test_resuming_with_a_task_result_decides_too(site: Site, agent: AxmeClient, manager: AxmeClient) -> None:
    form = {"type": "object", "properties": {"amount": {"type": "integer"}}, "required": ["amount"]}
    intent_id = submit(agent, site, task_type="provide_data", form_schema=form)
    with pytest.raises(AxmeHttpError) as refused:
        manager.resume_intent(intent_id, {"task_result": {"outcome": "submitted", "data": {"amount": "a lot"}}})
    assert refused.value.status_code == 422
    manager.resume_intent(intent_id, {"task_result": {"outcome": "submitted", "data": {"amount": "12"}}})
    assert agent.get_intent(intent_id)["intent"]["result"] == {"outcome": "submitted", "data": {"amount": 12}}


def test_an_agent_acts_on_what_was_approved_and_an_executor_on_its_receipt(
    site: Site, agent: AxmeClient, manager: AxmeClient
) -> None:
    payload = {"eur": 129, "payee": "ACME"}
    task = {"title": "Refund?", "editable_fields": ["eur"], "receipt": True}
    intent_id = agent.send_intent(
        {"intent_type": "refund.pay.v1", "to_agent": site.address("payer"), "payload": payload, "human_task": task}
    )
    with pytest.raises(AxmeHttpError) as refused:
        manager.resume_intent(intent_id, {"task_result": {"outcome": "approved", "data": {"approved": {"payee": "Me"}}}})
    assert refused.value.status_code == 422
    manager.resume_intent(intent_id, {"task_result": {"outcome": "approved", "data": {"approved": {"eur": 100}}}})
    assert agent.wait_for(intent_id, timeout_seconds=30)["event_type"] == "intent.completed"
    result = agent.get_intent(intent_id)["intent"]["result"]
    assert result["data"] == {
        "approved": {"eur": 100},
        "changes": [{"field": "eur", "pointer": "/eur", "proposed": 129, "approved": 100}],
    }
    with httpx.Client(base_url=f"{site.urls[0]}/v1", headers={"x-api-key": site.api_key}, timeout=60) as http:
        keys = http.get("/receipts/keys").json()
        claims = receipts.verify(result["receipt"], keys, payload=payload, intent_id=intent_id)
        assert claims["approved"] == {"eur": 100}
        answers = [http.post(f"/receipts/{claims['jti']}/redeem").status_code for _ in range(2)]
    assert answers == [200, 409]
