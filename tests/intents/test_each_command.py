"""Each command of the public command line, signed in as an owner, gets what it reads. What of it is not supported says so.

Left out are commands that call nobody: version, update, init, context list and set, examples list; and `status`, which asks
for `/health` (`tests/edge/test_bridge.py`).
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.callers import Answer, Caller, PersonCaller
from tests.intents.command_line import CommandLine
from tests.mailbox import Mailbox
from tests.security.edge import Loop

REFUND = {"intent_type": "refund.v1", "to_agent": "billing", "payload": {"amount": 5}}
BUNDLE: dict[str, Any] = {
    "scenario_id": "invoice.check.v1",
    "intent": {"type": "invoice.check.v1", "payload": {"n": 1}},
    "agents": [{"role": "clerk", "address": "clerk"}],
    "humans": [{"role": "boss", "contact": ""}],
    "workflow": {
        "steps": [
            {"step_id": "check", "assigned_to": "clerk", "tool_id": ""},
            {"step_id": "sign", "tool_id": "tool.human_approval.v1", "assigned_to": "boss", "requires_approval": True},
        ]
    },
}


class Desk:
    """A command line that is signed in, and what its commands are tried on."""

    def __init__(self, line: CommandLine) -> None:
        self.line = line

    def do(self, method: str, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.ask(method, path, body, **query).ok()
        return found

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Answer:
        return self.line.request(method, path, body, **query)

    @property
    def here(self) -> dict[str, str]:
        return {"org_id": self.line.org_id, "workspace_id": self.line.workspace_id}

    def intent(self, **more: Any) -> str:
        return str(self.do("POST", "/intents", REFUND | more)["intent_id"])

    def task(self, kind: str = "approval", **more: Any) -> str:
        return self.intent(human_task={"title": "May I?", "task_type": kind} | more)

    def account(self, name: str) -> str:
        made = self.do("POST", "/service-accounts", self.here | {"name": name})
        return str(made["service_account"]["service_account_id"])

    def settle(self, kind: str, outcome: str, **data: Any) -> None:
        """`tasks approve` and the like."""
        result: dict[str, Any] = {"outcome": outcome, "comment": "from the command line"}
        intent_id = self.task(kind)
        answer = self.do("POST", f"/intents/{intent_id}/resume", {"task_result": result | ({"data": data} if data else {})})
        assert answer["intent"]["status"] == "COMPLETED"


@pytest.fixture
def desk(alice: PersonCaller, mailbox: Mailbox) -> Desk:
    line = CommandLine()
    line.login(alice.user.email, mailbox)
    return Desk(line)


def whoami(desk: Desk) -> None:
    """Also `doctor`, `context show` and `context use`."""
    context = desk.line.context()
    assert context["context"] == desk.here
    assert context["guidance"]["workspace_count"] == 1
    assert sum(one["is_current"] for one in desk.line.sessions()) == 1


def logout(desk: Desk) -> None:
    """By `session revoke --current` as well, then `--all-sessions`."""
    (current,) = [one for one in desk.line.sessions() if one["is_current"]]
    assert desk.do("POST", "/auth/sessions/revoke", {"session_id": current["session_id"]})["revoked"]
    assert desk.ask("GET", "/intents").status == 401


def intents_list(desk: Desk) -> None:
    before, made = desk.intent(), desk.intent()
    assert made in [one["intent_id"] for one in desk.do("GET", "/intents", limit=50)["intents"]]
    # Versions before that ask for the inbox, though it is nobody's.
    older = desk.do("GET", "/inbox", limit=1)
    assert [one["intent_id"] for one in older["threads"]] == [made]
    older = desk.do("GET", "/inbox", cursor=older["next_cursor"])
    assert [one["intent_id"] for one in older["threads"]][:1] == [before]
    assert desk.ask("GET", "/inbox", cursor="x").status == 422


def intents_get(desk: Desk) -> None:
    """Also `trace`, `log`, `logs`."""
    intent_id = desk.intent()
    assert desk.do("GET", f"/intents/{intent_id}")["intent"]["lifecycle_status"] == "SUBMITTED"
    assert [one["seq"] for one in desk.do("GET", f"/intents/{intent_id}/events")["events"]] == [1, 2]
    assert desk.do("GET", f"/intents/{intent_id}/events", since=3)["events"] == []


def intents_send(desk: Desk) -> None:
    """Also `run`, and without a payload."""
    assert desk.do("POST", "/intents", {"intent_type": "a.b.v1", "to_agent": "agent://myorg/production/x"})["intent_id"]


def intents_cancel(desk: Desk) -> None:
    body = {"status": "CANCELED", "reason": "canceled via axme cli"}
    assert desk.do("POST", f"/intents/{desk.intent()}/resolve", body)["intent"]["status"] == "CANCELED"


def intents_cleanup(desk: Desk) -> None:
    desk.intent()
    body = {"older_than_hours": 0, "dry_run": True, "limit": 100, "status_filter": None, "reason": "cleanup"}
    assert desk.do("POST", "/intents/bulk-cancel", body)["would_cancel"] >= 1


def intents_retry(desk: Desk) -> None:
    """Also `resume`: a new intent of the fields of the old one, its sender too."""
    old = desk.do("GET", f"/intents/{desk.intent()}")["intent"]
    fields = ("intent_type", "from_agent", "to_agent", "payload")
    assert desk.do("POST", "/intents", {name: old[name] for name in fields})["intent_id"]


def tasks(desk: Desk) -> None:
    """Each way to answer, of each kind."""
    asked = desk.task()
    assert asked in [one["intent_id"] for one in desk.do("GET", "/me/tasks")["tasks"]]
    assert desk.do("GET", f"/intents/{asked}")["intent"]["human_task"]["title"] == "May I?"
    for kind, outcome in (
        *(("approval", "approved"), ("approval", "rejected"), ("confirmation", "confirmed"), ("confirmation", "denied")),
        *(("manual_action", "completed"), ("assignment", "assigned"), ("review", "approved"), ("override", "rejected")),
    ):
        desk.settle(kind, outcome)
    asked = desk.task("manual_action", evidence_required=True)
    result = {"outcome": "completed", "data": {"evidence": "https://tracking.example/1"}}
    assert desk.do("POST", f"/intents/{asked}/resume", {"task_result": result})["intent"]["status"] == "COMPLETED"
    form = {"type": "object", "required": ["outcome", "amount"], "properties": {"outcome": {"type": "string"}}}
    form["properties"] |= {"amount": {"type": "number"}, "ok": {"type": "boolean"}}
    asked = desk.task("form", form_schema=form)
    result = {"outcome": "submitted", "data": {"amount": "12.5", "ok": "true"}}
    shown = desk.do("POST", f"/intents/{asked}/resume", {"task_result": result})["intent"]
    assert shown["result"]["data"]["amount"] == 12.5


def agents(desk: Desk) -> None:
    """`agents register, list, show, delete`, and keys of theirs; `service-accounts` and `keys` call the same."""
    account = desk.account("clerk")
    assert account in [
        one["service_account_id"] for one in desk.do("GET", "/service-accounts", **desk.here)["service_accounts"]
    ]
    assert desk.do("GET", f"/service-accounts/{account}")["service_account"]["name"] == "clerk"
    assert desk.do("GET", "/agents", **desk.here)["agents"]
    assert desk.do("GET", "/agents/myorg/production/clerk")["agent"]
    made = desk.do("POST", f"/service-accounts/{account}/keys", {})["key"]
    assert made["token"]
    assert desk.do("POST", f"/service-accounts/{account}/keys/{made['key_id']}/revoke")["ok"]
    assert desk.do("DELETE", f"/service-accounts/{account}")["ok"]


def members(desk: Desk) -> None:
    """`member list, add, update, remove`, `workspace members list, include, exclude`."""
    org = desk.line.org_id
    body = {"actor_id": "new@myorg.example", "role": "member"}
    added = desk.do("POST", f"/organizations/{org}/members", body)["member"]
    assert (added["actor_id"], bool(added["member_id"])) == ("new@myorg.example", True)
    within = f"/workspaces/{desk.line.workspace_id}/members"
    body = {"actor_id": "guest@myorg.example", "role": "member"} | desk.here
    included = desk.do("POST", f"{within}/include", body)["member"]
    assert included["actor_id"] == "guest@myorg.example"
    assert desk.do("DELETE", f"{within}/{included['member_id']}/exclude", **desk.here)["result"] is not None
    listed = desk.do("GET", f"/organizations/{org}/members", workspace_id=desk.line.workspace_id)["members"]
    (bob,) = [one for one in listed if one["actor_id"].startswith("bob@")]
    changed = desk.do("PATCH", f"/organizations/{org}/members/{bob['member_id']}", {"role": "workspace_admin"})["member"]
    assert changed["role"] == "workspace_admin"
    for status in ("suspended", "active"):
        changed = desk.do("PATCH", f"/organizations/{org}/members/{bob['member_id']}", {"status": status})["member"]
        assert changed["status"] == status
    assert desk.do("DELETE", f"/organizations/{org}/members/{bob['member_id']}")["ok"]


def policies(desk: Desk) -> None:
    """`agents policy`, `agents receive-override`, `org receive-policy`: get, set, add, remove. The address is written out,
    its scheme too."""
    desk.account("guarded")
    agent, org = "/agents/agent://myorg/production/guarded", f"/organizations/{desk.line.org_id}"
    for path, name, kind in (
        (f"{agent}/policy", "policy", "policy_type"),
        (f"{agent}/receive-override", "override", "override_type"),
        (f"{org}/receive-policy", "policy", "policy_type"),
    ):
        assert desk.do("PUT", path, {kind: "allowlist"})[name][kind] == "allowlist"
        told = desk.do("POST", f"{path}/entries", {"sender_pattern": "agent://myorg/*"})[name]
        (entry,) = told["entries"]
        assert entry["sender_pattern"] == "agent://myorg/*"
        assert desk.do("GET", path)[name]["entries"] == [entry]
        desk.do("DELETE", f"{path}/entries/{entry['entry_id']}")
        assert desk.do("GET", path)[name]["entries"] == []
        desk.do("PUT", path, {kind: "open"})


def organizations(desk: Desk) -> None:
    """`org list`, `workspace list` and `use`."""
    context = desk.line.context()
    (org,) = context["organizations"]
    assert (org["org_id"], org["status"], org["roles"]) == (desk.line.org_id, "active", ["org_owner"])
    assert set(context["workspaces"][0]) >= {"workspace_id", "name", "org_id", "org_name", "environment", "status", "roles"}
    answer = desk.line.use(context["workspaces"][0]["name"]).ok()
    assert answer["selected_workspace"]["workspace_id"] == desk.line.workspace_id
    assert answer["selected_organization"]["org_id"] == desk.line.org_id


def quota(desk: Desk) -> None:
    """`quota show` and `upgrade-request`."""
    overview = desk.do("GET", "/portal/enterprise/overview", **desk.here)["overview"]
    assert set(overview["usage_summary"]["dimensions"]) <= set(overview["quota_policy"]["dimensions"])
    assert all("used" in one for one in overview["usage_summary"]["dimensions"].values())
    body = {"request_type": "quota_upgrade", "requester_actor_id": "cli", "requested_tier": "corporate"}
    body |= {"company_name": "ACME", "justification": "growth"} | desk.here
    assert desk.do("POST", "/access-requests", body)["access_request"]["requested_tier"] == "corporate"


def mesh(desk: Desk) -> None:
    """`mesh dashboard`."""
    answer = desk.do("POST", "/auth/dashboard-token")
    assert (answer["expires_in"], bool(answer["token"])) == (300, True)


def scenarios(desk: Desk) -> None:
    """`list-templates`, `validate`, `apply`; `examples run` provisions and applies as well."""
    assert "macros" in desk.do("GET", "/tool-registry/macros")
    checked = desk.do("POST", "/scenarios/validate", BUNDLE)
    assert (checked["ok"], checked["valid"], checked["errors"]) == (True, True, [])
    known = desk.do("GET", "/service-accounts", **desk.here)["service_accounts"]
    assert "clerk" not in [one["name"] for one in known]
    desk.do("POST", f"/service-accounts/{desk.account('clerk')}/keys", {})
    applied = desk.do("POST", "/scenarios/apply", BUNDLE)
    shown = desk.do("GET", f"/intents/{applied['intent_id']}")["intent"]
    assert shown["lifecycle_status"] in ("SUBMITTED", "IN_PROGRESS", "WAITING")


def legacy(desk: Desk) -> None:
    """`login --bootstrap-alpha`, and what older versions call: left out on purpose."""
    for method, path in (
        ("POST", "/alpha/bootstrap"),
        ("GET", "/aliases"),
        ("POST", "/principals"),
        ("POST", "/routing/resolve"),
        ("GET", "/audit/events"),
    ):
        answer = desk.ask(method, path, {} if method == "POST" else None)
        assert (answer.status, answer.code) == (404, "not_supported"), path


COMMANDS: tuple[Callable[[Desk], None], ...] = (
    *(whoami, intents_list, intents_get, intents_send, intents_cancel, intents_cleanup, intents_retry, tasks),
    *(agents, members, policies, organizations, quota, mesh, scenarios, legacy, logout),
)


def test_what_is_watched_is_streamed_for_the_key_alone(desk: Desk, loop: Loop) -> None:
    """`intents watch`, `scenarios apply --watch`: streams are asked for without the session, from behind the last event."""
    applied = desk.do("POST", "/scenarios/apply", BUNDLE)["intent_id"]
    caller = Caller({"x-api-key": desk.line.api_key, "accept": "text/event-stream"})
    stream = f"/intents/{applied}/events/stream"
    told = loop.send(caller, "GET", stream, query={"since": 0, "wait_seconds": 1})
    assert (told.status, b"event: intent.created" in told.raw, b"data: {" in told.raw) == (200, True, True)
    newest = desk.do("GET", f"/intents/{applied}/events")["events"][-1]["seq"]
    told = loop.send(caller, "GET", stream, query={"since": newest + 1, "wait_seconds": 1})
    assert (told.status, b"event: stream.timeout" in told.raw) == (200, True)


def test_each_command_gets_what_it_reads(desk: Desk, bob: PersonCaller, subtests: pytest.Subtests) -> None:
    for command in COMMANDS:
        with subtests.test(command.__name__):
            command(desk)


def test_who_sends_nothing_lists_what_there_is(desk: Desk, bob: PersonCaller, mailbox: Mailbox) -> None:
    """Approvers have a session, and no agent in whose name they could send, or whose inbox they could mean."""
    made, line = desk.intent(), CommandLine()
    line.login(bob.user.email, mailbox)
    assert [one["intent_id"] for one in line.request("GET", "/inbox").ok()["threads"]][:1] == [made]
    assert line.request("GET", "/inbox", owner_agent="billing").ok()["threads"][0]["owner_agent"]
