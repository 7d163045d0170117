"""Every method of the real SDK, on a running server: what a key does, alone and with a person's token beside it."""

import inspect
from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import Any

import httpx
import pytest
from axme import AxmeClient, AxmeClientConfig, AxmeHttpError

from tests import turns
from tests.flows.conftest import Sites
from tests.flows.sdk import EVENT, LEFT_OUT, TOKENS, Ground, Try, sdk
from tests.load.checks import eventually
from tests.load.sites import Site

ALL, PEOPLE, OWNER = frozenset(TOKENS), frozenset({"approver", "owner"}), frozenset({"owner"})


NEW = {"intent_type": "part.make.v1", "to_agent": "maker", "payload": {"n": 1}}
MESSAGES = {"mode": "self"}

METHODS: dict[str, tuple[Try, frozenset[str]]] = {
    "health": (lambda it: it.client.health(), ALL),
    "get_capabilities": (lambda it: it.client.get_capabilities(), ALL),
    "create_intent": (lambda it: it.client.create_intent(NEW, correlation_id="0196f2a0-d7a6-7491-bfae-27ab1f66cf80"), ALL),
    "send_intent": (lambda it: it.client.send_intent(NEW), ALL),
    "get_intent": (lambda it: it.client.get_intent(it.intent()), ALL),
    "list_intent_events": (lambda it: it.client.list_intent_events(it.intent()), ALL),
    "observe": (lambda it: list(it.client.observe(it.ended(), timeout_seconds=60)), ALL),
    "wait_for": (lambda it: it.client.wait_for(it.ended(), timeout_seconds=60), ALL),
    "listen": (lambda it: next(it.client.listen(it.owned(it.intent()), timeout_seconds=60)), ALL),
    "resolve_intent": (
        lambda it: it.client.resolve_intent(it.intent(), {"status": "COMPLETED", "result": {"n": 1}}),
        ALL,
    ),
    "resume_intent": (lambda it: it.client.resume_intent(it.intent(), {"n": 1}), ALL),
    "update_intent_controls": (
        lambda it: it.client.update_intent_controls(it.intent(), {"controls_patch": {"a": 1}, "actor": "agent://x"}),
        ALL,
    ),
    "update_intent_policy": (lambda it: it.client.update_intent_policy(it.intent(), {"grants_patch": {}}), ALL),
    "list_inbox": (lambda it: it.client.list_inbox(owner_agent=it.owned(it.intent())), ALL),
    "validate_scenario": (lambda it: it.client.validate_scenario(it.scenario()), ALL),
    "apply_scenario": (lambda it: it.client.apply_scenario(it.scenario(), idempotency_key=it.name("key")), ALL),
    "get_inbox_thread": (lambda it: it.client.get_inbox_thread((made := it.intent()), owner_agent=it.owned(made)), ALL),
    "list_inbox_changes": (lambda it: it.client.list_inbox_changes(owner_agent=it.owned(it.intent())), ALL),
    "reply_inbox_thread": (
        lambda it: it.client.reply_inbox_thread((made := it.intent()), message="Soon", owner_agent=it.owned(made)),
        ALL,
    ),
    "delegate_inbox_thread": (
        lambda it: it.client.delegate_inbox_thread(
            (made := it.intent()), {"delegate_to": "another"}, owner_agent=it.owned(made)
        ),
        ALL,
    ),
    "delete_inbox_messages": (
        lambda it: it.client.delete_inbox_messages((made := it.intent()), MESSAGES, owner_agent=it.owned(made)),
        ALL,
    ),
    "approve_inbox_thread": (
        lambda it: it.client.approve_inbox_thread((made := it.intent()), {"comment": "ok"}, owner_agent=it.owned(made)),
        ALL,
    ),
    "reject_inbox_thread": (
        lambda it: it.client.reject_inbox_thread((made := it.intent()), {"comment": "no"}, owner_agent=it.owned(made)),
        ALL,
    ),
    "decide_approval": (lambda it: it.client.decide_approval(it.asked(), decision="approve"), PEOPLE),
    "create_invite": (lambda it: it.client.create_invite({"owner_agent": "agent://myorg/production/demo"}), ALL),
    "get_invite": (lambda it: it.client.get_invite(it.invite()), ALL),
    "accept_invite": (lambda it: it.client.accept_invite(it.invite(), {"nick": it.name("@guest")}), ALL),
    "create_media_upload": (lambda it: it.client.create_media_upload(it.new_upload()), ALL),
    "get_media_upload": (lambda it: it.client.get_media_upload(it.upload()[0]), ALL),
    "finalize_media_upload": (
        lambda it: it.client.finalize_media_upload(dict(zip(("upload_id", "size_bytes"), it.upload(), strict=True))),
        ALL,
    ),
    "register_nick": (lambda it: it.client.register_nick({"nick": it.name("@new")}), ALL),
    "check_nick": (lambda it: it.client.check_nick(it.name("@free")), ALL),
    "rename_nick": (
        lambda it: it.client.rename_nick({"owner_agent": it.nick()["owner_agent"], "nick": it.name("@other")}),
        ALL,
    ),
    "get_user_profile": (lambda it: it.client.get_user_profile(it.nick()["owner_agent"]), ALL),
    "update_user_profile": (
        lambda it: it.client.update_user_profile({"owner_agent": it.nick()["owner_agent"], "display_name": "Nick"}),
        ALL,
    ),
    "create_service_account": (lambda it: it.client.create_service_account(it.new_account()), ALL),
    "list_service_accounts": (lambda it: it.client.list_service_accounts(org_id=it.org), ALL),
    "get_service_account": (lambda it: it.client.get_service_account(it.account()), ALL),
    "create_service_account_key": (lambda it: it.client.create_service_account_key(it.account(), {}), ALL),
    "revoke_service_account_key": (
        lambda it: it.client.revoke_service_account_key((account := it.account()), it.key_of(account)),
        ALL,
    ),
    "list_agents": (lambda it: it.client.list_agents(org_id=it.org, workspace_id=it.workspace), ALL),
    "get_agent": (lambda it: it.client.get_agent("agent://myorg/production/order-service"), ALL),
    "create_organization": (
        lambda it: it.client.create_organization({"name": it.name("Blue "), "requested_by_actor_id": "actor"}),
        OWNER,
    ),
    "get_organization": (lambda it: it.client.get_organization(it.org), ALL),
    "update_organization": (
        lambda it: it.client.update_organization(it.org, {"org_id": it.org, "legal_name": it.name("Ltd ")}),
        OWNER,
    ),
    "create_workspace": (
        lambda it: it.client.create_workspace(it.org, {"org_id": it.org, "name": it.name("Lab "), "environment": "sandbox"}),
        OWNER,
    ),
    "list_workspaces": (lambda it: it.client.list_workspaces(it.org), ALL),
    "update_workspace": (
        lambda it: it.client.update_workspace(
            it.org, it.workspace, {"org_id": it.org, "workspace_id": it.workspace, "region": it.name("eu-")}
        ),
        OWNER,
    ),
    "list_organization_members": (lambda it: it.client.list_organization_members(it.org), ALL),
    "add_organization_member": (lambda it: it.client.add_organization_member(it.org, it.new_member()), OWNER),
    "update_organization_member": (lambda it: it.suspends_and_lets_in(), OWNER),
    "upsert_schema": (lambda it: it.client.upsert_schema(it.new_schema()), ALL),
    "get_schema": (lambda it: it.client.get_schema(it.schema()), ALL),
    "create_access_request": (lambda it: it.client.create_access_request(it.new_request()), ALL),
    "list_access_requests": (lambda it: it.client.list_access_requests(org_id=it.org, state="pending"), ALL),
    "get_access_request": (lambda it: it.client.get_access_request(it.request()), ALL),
    "review_access_request": (
        lambda it: it.client.review_access_request(it.request(), {"decision": "reject", "reviewer_actor_id": "actor"}),
        OWNER,
    ),
    "update_quota": (lambda it: it.client.update_quota(it.no_limits()), OWNER),
    "get_quota": (lambda it: it.client.get_quota(org_id=it.org, workspace_id=it.workspace), ALL),
    "get_usage_summary": (
        lambda it: it.client.get_usage_summary(org_id=it.org, workspace_id=it.workspace, window="week"),
        ALL,
    ),
    "get_usage_timeseries": (
        lambda it: it.client.get_usage_timeseries(org_id=it.org, workspace_id=it.workspace, window_days=7),
        ALL,
    ),
    "upsert_webhook_subscription": (lambda it: it.client.upsert_webhook_subscription(it.new_endpoint()), ALL),
    "list_webhook_subscriptions": (lambda it: it.client.list_webhook_subscriptions(), ALL),
    "delete_webhook_subscription": (lambda it: it.client.delete_webhook_subscription(it.endpoint()), ALL),
    "publish_webhook_event": (lambda it: it.client.publish_webhook_event(EVENT), ALL),
    "replay_webhook_event": (lambda it: it.client.replay_webhook_event(it.placed()), ALL),
    "list_deliveries": (lambda it: it.client.list_deliveries(org_id=it.org, workspace_id=it.workspace), ALL),
    "get_delivery": (lambda it: it.client.get_delivery(it.delivery()), ALL),
    "replay_delivery": (lambda it: it.client.replay_delivery(it.delivery()), ALL),
    "mcp_initialize": (lambda it: it.client.mcp_initialize(), ALL),
    "mcp_list_tools": (lambda it: it.client.mcp_list_tools(), ALL),
    "mcp_call_tool": (
        lambda it: it.client.mcp_call_tool(
            "axme.send", arguments={"to": it.name("guest"), "text": "hello"}, idempotency_key=it.name("key")
        ),
        ALL,
    ),
    "remove_organization_member": (lambda it: it.client.remove_organization_member(it.org, it.member()), OWNER),
}
"""How each method is tried, and with which credentials it works. With the others it is refused."""
ON_HUMAN_TASKS: dict[str, Try] = {
    "resume_intent": lambda it: it.client.resume_intent(it.asked(), {"task_result": {"outcome": "approved"}}),
    "approve_inbox_thread": lambda it: it.client.approve_inbox_thread(
        (made := it.asked()), {"comment": "ok"}, owner_agent=it.owned(made)
    ),
    "reject_inbox_thread": lambda it: it.client.reject_inbox_thread(
        (made := it.asked()), {"comment": "no"}, owner_agent=it.owned(made)
    ),
}
"""What acts on what people are asked, where the table above has it act on an agent's own."""


@pytest.fixture(scope="module")
def site(shared_sites: Sites) -> Iterator[Site]:
    site = shared_sites.scaled()
    site.start("uvicorn")
    yield site
    site.end()


NUMBERS = count()


@pytest.fixture(params=TOKENS)
def who(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def it(site: Site, who: str) -> Iterator[Ground]:
    headers = {"x-api-key": site.api_key}
    me = httpx.get(f"{site.urls[0]}/v1/me", headers=headers, timeout=60).raise_for_status().json()
    with sdk(site, who) as client, sdk(site, "key") as key, sdk(site, "owner") as owner:
        yield Ground(site=site, client=client, key=key, owner=owner, me=me, numbers=NUMBERS)


def refused(it: Ground, attempt: Try) -> tuple[int, Any]:
    with pytest.raises(AxmeHttpError) as refusal:
        attempt(it)
    body: Any = refusal.value.body
    return refusal.value.status_code, body["error"]["code"]


def test_no_method_is_forgotten() -> None:
    public = {name for name, _ in inspect.getmembers(AxmeClient) if not name.startswith("_")}
    assert public == {*METHODS, *LEFT_OUT, "close", "mesh"}


def test_the_mesh_of_the_sdk_works_whole(it: Ground) -> None:
    mesh, name = it.client.mesh, it.name("agent")
    made = it.key.create_service_account(it.new_account() | {"name": name})["service_account"]
    mesh.report_metric(latency_ms=12.5, cost_usd=0.1)
    mesh.report_metric(success=False, cost_usd=0.2)
    mesh.start_heartbeat(interval_seconds=0.05)
    eventually(lambda: not mesh._metrics_buffer, "what was reported went with a heartbeat")
    mesh.stop_heartbeat()
    assert mesh.heartbeat()["status"] == "active"
    shown = mesh.list_agents(health="healthy")
    (demo,) = [one for one in shown["agents"] if one["address_id"] == it.me["service_account"]["service_account_id"]]
    assert demo["intents_period"] % 2 == 0
    assert demo["cost_period_usd"] == str(Decimal("0.3") * (demo["intents_period"] // 2))
    assert mesh.get_agent(demo["address_id"])["agent"]["address"] == demo["address"]
    assert mesh.kill(made["service_account_id"])["agent"]["health_status"] == "killed"
    assert mesh.resume(name)["agent"]["status"] == "active"
    events = mesh.list_events(event_type="killed")["events"]
    assert (events[0]["event_type"], events[0]["address"].rpartition("/")[2]) == ("killed", name)


class Losing(httpx.HTTPTransport):
    """Loses the answer to each first request that it has not seen."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[bytes] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        if request.content not in self.seen:
            self.seen.append(request.content)
            answer.read()
            raise httpx.ReadTimeout("lost on its way", request=request)
        return answer


@pytest.mark.parametrize("who", ["key"], indirect=True)
def test_a_heartbeat_whose_answer_was_lost_is_counted_once(it: Ground) -> None:
    account = it.key.create_service_account(it.new_account() | {"name": it.name("agent")})["service_account"]
    headers = {"x-api-key": it.site.api_key, "x-owner-agent": account["name"]}
    with httpx.Client(base_url=it.site.urls[0], headers=headers, transport=Losing(), timeout=60) as http:
        config = AxmeClientConfig(base_url=it.site.urls[0], api_key=it.site.api_key, max_retries=2, retry_backoff_seconds=0)
        mesh = AxmeClient(config, http_client=http).mesh
        mesh.report_metric(cost_usd=0.25)
        assert mesh.heartbeat(metrics=mesh._flush_metrics())["counted"] is False
    shown = it.client.mesh.get_agent(account["service_account_id"])["agent"]
    assert (shown["intents_period"], shown["cost_period_usd"]) == (1, "0.25")


@pytest.mark.parametrize("method", turns.each(METHODS, of=2))
def test_a_method_does_what_either_credential_may(it: Ground, who: str, method: str) -> None:
    attempt, works = METHODS[method]
    if who in works:
        attempt(it)
    else:
        assert refused(it, attempt) == (403, "policy_denied")


@pytest.mark.parametrize("method", ON_HUMAN_TASKS)
def test_what_people_are_asked_is_theirs_to_decide(it: Ground, who: str, method: str) -> None:
    if who in PEOPLE:
        ON_HUMAN_TASKS[method](it)
    else:
        assert refused(it, ON_HUMAN_TASKS[method]) == (403, "policy_denied")


@pytest.mark.parametrize("who", ["owner"], indirect=True)
@pytest.mark.parametrize("method", LEFT_OUT)
def test_what_is_left_out_says_so(it: Ground, method: str) -> None:
    assert refused(it, LEFT_OUT[method]) == (404, "not_supported")


def test_the_published_quick_start_works(it: Ground) -> None:
    intent_id = it.client.send_intent(NEW | {"to_agent": it.site.address()})
    intent = it.client.get_intent(intent_id)
    it.client.resume_intent(intent_id, {"made": intent["payload"]["n"]})
    assert it.client.wait_for(intent_id, timeout_seconds=60)["event_type"] == "intent.completed"
    over = it.client.get_intent(intent_id)
    assert (over["status"], over["result"]) == ("COMPLETED", {"made": 1})
