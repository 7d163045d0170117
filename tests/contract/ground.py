"""What the calls of the contract are made on: callers of one workspace, and things that exist there."""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any

from tests.callers import KeyCaller, PersonCaller
from tests.intents import media
from tests.intents.command_line import CommandLine
from tests.mailbox import Mailbox


@dataclass
class Ground:
    """An owner, Alice, an approver, Bob, a key of the whole workspace, and a command line to sign in with."""

    owner: PersonCaller
    approver: PersonCaller
    key: KeyCaller
    mailbox: Mailbox
    numbers: Any = field(default_factory=count)

    def new(self, word: str) -> str:
        return f"{word}{next(self.numbers)}"

    @property
    def agent(self) -> str:
        return "agent://myorg/production/order-service"

    @property
    def here(self) -> dict[str, str]:
        workspace = self.owner.token.workspace
        return {"org_id": str(workspace.organization_id), "workspace_id": str(workspace.id)}

    @property
    def org(self) -> str:
        return f"/organizations/{self.here['org_id']}"

    def made(self, path: str, body: dict[str, Any], *, by: KeyCaller | PersonCaller | None = None) -> dict[str, Any]:
        found: dict[str, Any] = (by or self.key).post(path, body).ok()
        return found

    # things

    def intent(self, **fields: Any) -> str:
        return self.key.submit(**fields)

    def asked(self) -> str:
        return self.key.submit(human_task={"title": "May I?", "description": "Of 5 EUR", "form_schema": {"type": "object"}})

    def waiting_for_a_tool(self) -> str:
        intent_id = self.intent()
        self.made(f"/intents/{intent_id}/wait", {"for": "tool", "tool": "crm", "external_id": self.new("job")})
        return intent_id

    def account(self) -> str:
        made = self.made("/service-accounts", self.here | {"name": self.new("clerk"), "created_by_actor_id": "me"})
        return str(made["service_account"]["service_account_id"])

    def key_of(self, account: str) -> str:
        return str(self.made(f"/service-accounts/{account}/keys", {})["key"]["key_id"])

    def nick(self) -> str:
        return str(self.made("/users/register-nick", {"nick": self.new("@nick"), "display_name": "Nick"})["owner_agent"])

    def invite(self) -> str:
        return str(self.made("/invites/create", {"owner_agent": self.agent, "recipient_hint": "Nina"})["token"])

    def upload(self) -> dict[str, Any]:
        return self.made("/media/create-upload", self.new_upload)

    @property
    def new_upload(self) -> dict[str, Any]:
        return {"owner_agent": self.agent, "filename": "a.txt", "mime_type": "text/plain", "size_bytes": 5}

    def sent_upload(self) -> dict[str, Any]:
        """Bytes went up."""
        made = self.upload()
        media.send(self.key.actor, made["upload_id"], b"hello")
        return made

    def member(self) -> str:
        made = self.made(f"{self.org}/members", self.new_member, by=self.owner)
        return str(made["member"]["member_id"])

    @property
    def new_member(self) -> dict[str, Any]:
        return {"org_id": self.here["org_id"], "actor_id": f"{self.new('nina')}@myorg.example", "role": "member"}

    @property
    def colleague(self) -> str:
        """The approver, as a member."""
        rows = self.owner.get(f"{self.org}/members").ok()["members"]
        return str(next(row["member_id"] for row in rows if row["actor_id"] == self.approver.user.email))

    def access_request(self) -> str:
        return str(self.made("/access-requests", self.new_access_request)["access_request"]["access_request_id"])

    @property
    def new_access_request(self) -> dict[str, Any]:
        asks = {"request_type": "join_organization", "requester_actor_id": f"{self.new('nina')}@other.example"}
        return self.here | asks | {"requested_role": "member", "justification": "I work here"}

    def schema(self) -> str:
        return str(self.made("/schemas", self.new_schema)["schema"]["semantic_type"])

    @property
    def new_schema(self) -> dict[str, Any]:
        shape = {"type": "object", "required": ["n"]}
        return {"semantic_type": f"{self.new('part.check.n')}.v1", "schema_json": shape, "compatibility_mode": "strict"}

    @property
    def hook(self) -> dict[str, Any]:
        return {"callback_url": "https://hooks.example/axme", "event_types": ["*"], "description": "Ours"}

    def subscription(self) -> str:
        return str(self.made("/webhooks/subscriptions", self.hook)["subscription"]["subscription_id"])

    @property
    def happening(self) -> dict[str, Any]:
        return {"event_type": "inbox.reply_received", "source": "crm", "payload": {"n": 1}}

    def event(self) -> str:
        return str(self.made("/webhooks/events", self.happening)["event_id"])

    def delivery(self) -> str:
        return str(self.made(f"/webhooks/subscriptions/{self.subscription()}/test", {})["delivery_id"])

    @property
    def bundle(self) -> dict[str, Any]:
        return {
            "scenario_id": self.new("part.make.n"),
            "agents": [{"role": "maker", "address": self.new("maker"), "create_if_missing": True}],
            "humans": [{"role": "boss", "contact": self.approver.user.email}],
            "workflow": {"steps": [{"step_id": "make", "assigned_to": "maker"}]},
            "intent": {"type": "part.make.v1", "payload": {"n": 1}, "deadline_at": "2999-01-01T00:00:00Z"},
        }

    def session(self) -> str:
        return str(self.made("/sessions", {"type": "coding", "project_id": "p", "metadata": {"a": 1}})["session_id"])

    def conversation(self) -> str:
        """A session with a message that is over."""
        session = self.session()
        self.made(f"/sessions/{session}/messages", {"role": "user", "content": "Hi", "content_type": "text"})
        self.made(f"/sessions/{session}/complete", {"result": {"n": 1}})
        return session

    def sender(self, path: str, name: str) -> str:
        """An entry of who may send."""
        self.owner.put(path, {f"{name}_type": "allowlist"}).ok()
        answer = self.made(f"{path}/entries", {"sender_pattern": f"agent://myorg/{self.new('w')}/*"}, by=self.owner)
        return str(answer[name]["entries"][-1]["entry_id"])

    @cached_property
    def line(self) -> CommandLine:
        """A command line that is signed in."""
        line = CommandLine()
        line.login(self.owner.user.email, self.mailbox)
        return line
