"""The methods of the real SDK are tried on this."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from axme import AxmeClient, AxmeClientConfig

from tests.load.checks import eventually
from tests.load.sites import Site

EVENT = {"event_type": "inbox.thread_created", "source": "crm", "payload": {"thread": 1}}
TOKENS = {"key": "", "approver": "DEMO_MANAGER_TOKEN", "owner": "DEMO_OPS_TOKEN"}
"""Credentials: a machine key, alone or with the token of a person."""


def sdk(site: Site, who: str) -> AxmeClient:
    token = site.keys[TOKENS[who]] if TOKENS[who] else None
    return AxmeClient(AxmeClientConfig(base_url=site.urls[0], api_key=site.api_key, actor_token=token))


@dataclass
class Ground:
    """The client that is tried, and what it is tried on, which others make."""

    site: Site
    client: AxmeClient
    key: AxmeClient
    owner: AxmeClient
    me: dict[str, Any]
    numbers: Iterator[int]

    @property
    def org(self) -> str:
        return str(self.me["org_id"])

    @property
    def workspace(self) -> str:
        return str(self.me["workspace_id"])

    def name(self, word: str = "it") -> str:
        return f"{word}{next(self.numbers)}"

    def intent(self, **more: Any) -> str:
        body = {"intent_type": "part.make.v1", "to_agent": self.site.address(), "payload": {"n": 1}}
        return str(self.key.send_intent(body | more))

    def asked(self) -> str:
        return self.intent(human_task={"title": "May I?"})

    def scenario(self) -> dict[str, Any]:
        return {
            "scenario_id": self.name("part.make."),
            "agents": [{"role": "maker", "address": self.site.address(), "create_if_missing": True}],
            "workflow": {"steps": [{"step_id": "make", "assigned_to": "maker"}]},
            "intent": {"type": "part.make.v1", "payload": {"n": 1}},
        }

    def ended(self) -> str:
        made = self.intent()
        self.key.resume_intent(made, {"done": True})
        return made

    def owned(self, intent_id: str) -> str:
        return str(self.key.get_intent(intent_id)["intent"]["to_agent"])

    def account(self) -> str:
        made = self.key.create_service_account(self.new_account())
        return str(made["service_account"]["service_account_id"])

    def new_account(self) -> dict[str, Any]:
        ids = {"org_id": self.org, "workspace_id": self.workspace}
        return ids | {"name": self.name("account"), "created_by_actor_id": "actor"}

    def key_of(self, account: str) -> str:
        return str(self.key.create_service_account_key(account, {"created_by_actor_id": "actor"})["key"]["key_id"])

    def upload(self) -> tuple[str, int]:
        content = b"some words"
        made = self.key.create_media_upload(self.new_upload(len(content)))
        url = self.site.urls[0] + urlsplit(made["upload_url"]).path
        headers = {"x-api-key": self.site.api_key, "content-type": "text/plain"}
        httpx.put(url, content=content, headers=headers, timeout=60).raise_for_status()
        return str(made["upload_id"]), len(content)

    def new_upload(self, size: int = 10) -> dict[str, Any]:
        owner = "agent://myorg/production/demo"
        return {"owner_agent": owner, "filename": "a.txt", "mime_type": "text/plain", "size_bytes": size}

    def nick(self) -> dict[str, Any]:
        return dict(self.key.register_nick({"nick": self.name("@nick")}))

    def invite(self) -> str:
        return str(self.key.create_invite({"owner_agent": "agent://myorg/production/demo"})["token"])

    def member(self) -> str:
        """Somebody who is invited."""
        return str(self.owner.add_organization_member(self.org, self.new_member())["member"]["member_id"])

    def new_member(self) -> dict[str, Any]:
        return {"org_id": self.org, "actor_id": f"{self.name()}@myorg.example", "role": "member"}

    def new_schema(self) -> dict[str, Any]:
        schema = {"type": "object", "required": ["n"]}
        return {"semantic_type": f"{self.name('part.check.n')}.v1", "schema_json": schema, "compatibility_mode": "strict"}

    def schema(self) -> str:
        return str(self.key.upsert_schema(self.new_schema())["schema"]["semantic_type"])

    def new_request(self) -> dict[str, Any]:
        ids = {"org_id": self.org, "workspace_id": self.workspace}
        return ids | {"request_type": "join_organization", "requester_actor_id": f"{self.name()}@other.example"}

    def request(self) -> str:
        return str(self.key.create_access_request(self.new_request())["access_request"]["access_request_id"])

    def new_endpoint(self) -> dict[str, Any]:
        return {"callback_url": f"https://{self.name('hooks')}.example/told", "event_types": [EVENT["event_type"]]}

    def endpoint(self) -> str:
        made = self.key.upsert_webhook_subscription(self.new_endpoint())
        return str(made["subscription"]["subscription_id"])

    def published(self) -> str:
        return str(self.key.publish_webhook_event(EVENT)["event_id"])

    def placed(self) -> str:
        """An event that was published, once it has its place in the feed."""
        event_id = self.published()
        query = "SELECT seq FROM intents_feedentry WHERE event_id = %s"
        eventually(lambda: self.site.rows(query, event_id), "its place in the feed")
        return event_id

    def delivery(self) -> str:
        """Of an event to an endpoint, which nobody answers at."""
        self.endpoint()
        self.published()
        where = {"org_id": self.org, "workspace_id": self.workspace}
        found = eventually(lambda: self.key.list_deliveries(**where)["deliveries"], "a delivery")
        return str(found[0]["delivery_id"])

    def no_limits(self) -> dict[str, Any]:
        policy = self.key.get_quota(org_id=self.org, workspace_id=self.workspace)["quota_policy"]
        ids = {"org_id": self.org, "workspace_id": self.workspace, "updated_by_actor_id": "actor"}
        return ids | {"dimensions": policy["dimensions"], "overage_mode": "block"}

    def deputy(self) -> str:
        rows = self.owner.list_organization_members(self.org)["members"]
        return str(next(row["member_id"] for row in rows if row["actor_id"] == self.site.keys["DEMO_DEPUTY_EMAIL"]))

    def suspends_and_lets_in(self) -> None:
        found = {"org_id": self.org, "member_id": self.deputy()}
        for status in ("suspended", "active"):
            done = self.client.update_organization_member(self.org, found["member_id"], found | {"status": status})
            assert done["member"]["status"] == status


Try = Callable[[Ground], Any]
LEFT_OUT: dict[str, Try] = {
    "create_principal": lambda it: it.client.create_principal({}),
    "get_principal": lambda it: it.client.get_principal("x"),
    "bind_alias": lambda it: it.client.bind_alias({}),
    "list_aliases": lambda it: it.client.list_aliases(org_id=it.org, workspace_id=it.workspace),
    "revoke_alias": lambda it: it.client.revoke_alias("x"),
    "resolve_alias": lambda it: it.client.resolve_alias(org_id=it.org, workspace_id=it.workspace, alias="x"),
    "register_routing_endpoint": lambda it: it.client.register_routing_endpoint({}),
    "list_routing_endpoints": lambda it: it.client.list_routing_endpoints(org_id=it.org, workspace_id=it.workspace),
    "update_routing_endpoint": lambda it: it.client.update_routing_endpoint("x", {}),
    "remove_routing_endpoint": lambda it: it.client.remove_routing_endpoint("x"),
    "resolve_routing": lambda it: it.client.resolve_routing({}),
    "upsert_transport_binding": lambda it: it.client.upsert_transport_binding({}),
    "list_transport_bindings": lambda it: it.client.list_transport_bindings(org_id=it.org, workspace_id=it.workspace),
    "remove_transport_binding": lambda it: it.client.remove_transport_binding("x"),
    "update_billing_plan": lambda it: it.client.update_billing_plan({}),
    "get_billing_plan": lambda it: it.client.get_billing_plan(org_id=it.org, workspace_id=it.workspace),
    "list_billing_invoices": lambda it: it.client.list_billing_invoices(org_id=it.org, workspace_id=it.workspace),
    "get_billing_invoice": lambda it: it.client.get_billing_invoice("x"),
    "submit_delivery": lambda it: it.client.submit_delivery({"principal_id": "x", "payload": {}}),
}
"""A hosting provider's plumbing, which this server has not."""
