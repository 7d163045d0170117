"""What the public command line sends for each of its commands, and what it reads of the answers, as its source has it."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from intents.sending.models import Email
from tests.callers import Answer, Caller
from tests.inbox.outgoing import send
from tests.mailbox import Mailbox

AGENT = "Go-http-client/1.1"
STALE = ("token_expired", "invalid_actor_token")


@dataclass
class CommandLine:
    """One context of the command line: what it keeps on the disk of its person."""

    api_key: str = ""
    actor_token: str = ""
    refresh_token: str = ""
    org_id: str = ""
    workspace_id: str = ""
    refreshes: int = field(default=0)

    def plain(self) -> Caller:
        """With its headers, as each request has them."""
        sent = {"accept": "application/json", "user-agent": AGENT}
        if self.api_key:
            sent["x-api-key"] = self.api_key
        if self.actor_token:
            sent["authorization"] = f"Bearer {self.actor_token}"
        return Caller(sent)

    def request(self, method: str, path: str, body: Any = None, **query: Any) -> Answer:
        """One call. An answer that tells of a stale session is tried once more, after refreshing it."""
        answer = self._once(method, path, body, query)
        if answer.status == 401 and self.refresh_token and self.actor_token and self._is_stale(answer) and self.refresh():
            answer = self._once(method, path, body, query)
        return answer

    def _once(self, method: str, path: str, body: Any, query: dict[str, Any]) -> Answer:
        raw = b"" if body is None else json.dumps(body).encode()
        asked = {name: value for name, value in query.items() if str(value).strip()}
        return self.plain().send(method, path, raw=raw, query=asked)

    @staticmethod
    def _is_stale(answer: Answer) -> bool:
        return answer.code in STALE or b"expired" in answer.raw

    def refresh(self) -> bool:
        """Sends the key, and no session."""
        caller = Caller({"x-api-key": self.api_key, "user-agent": AGENT})
        answer = caller.post("/auth/refresh", {"refresh_token": self.refresh_token})
        if answer.status != 200 or not answer.json["access_token"]:
            return False
        self.refreshes += 1
        self.actor_token = answer.json["access_token"]
        self.refresh_token = answer.json["refresh_token"] or self.refresh_token
        return True

    # login

    def ask(self, email: str) -> dict[str, Any]:
        """`axme login`, up to the prompt for the code."""
        found: dict[str, Any] = self.request("POST", "/auth/login-intent", {"email": email}).ok()
        assert found["intent_id"]
        assert found["expires_in"] > 0
        return found

    def enter(self, asked: dict[str, Any], code: str) -> Answer:
        """What `axme login` does with the code that was typed."""
        answer = self.request("POST", f"/auth/login-intent/{asked['intent_id']}/verify", {"code": code})
        if answer.status == 200:
            self._keep(answer.json)
        return answer

    def login(self, email: str, mailbox: Mailbox) -> None:
        """The whole of `axme login`."""
        assert self.enter(self.ask(email), emailed(mailbox, email)["code"]).status == 200

    def _keep(self, body: dict[str, Any]) -> None:
        assert body["api_key"], "sign-in succeeded but no api_key returned"
        self.api_key, self.actor_token = body["api_key"], body["account_session_token"]
        self.refresh_token = body.get("refresh_token") or self.refresh_token
        self.org_id, self.workspace_id = body["org_id"], body["workspace_id"]

    def start_browser(self) -> dict[str, Any]:
        """`axme login --browser`, up to the page; no body and no credentials."""
        found: dict[str, Any] = self.request("POST", "/auth/cli-grants").ok()
        return found | {"page": f"{found['approval_url']}&grant={found['grant_id']}"}

    def poll(self, started: dict[str, Any]) -> Answer:
        answer = self.request("GET", f"/auth/cli-grants/{started['grant_id']}")
        if answer.status == 200 and answer.json["state"] == "approved":
            self._keep(answer.json)
        return answer

    # session

    def context(self) -> dict[str, Any]:
        """Of `whoami`, `doctor`, `org list`, `workspace list`."""
        found: dict[str, Any] = self.request("GET", "/portal/personal/context").ok()
        return found

    def sessions(self, include_revoked: bool = False) -> list[dict[str, Any]]:
        asked = {"include_revoked": str(include_revoked).lower()}
        found: list[dict[str, Any]] = self.request("GET", "/auth/sessions", **asked).ok()["sessions"]
        return found

    def use(self, workspace: str) -> Answer:
        """`axme workspace use`, by id or by name."""
        known = self.context()["workspaces"]
        chosen = next(one for one in known if workspace in (one["workspace_id"], one["name"]))
        body = {"org_id": chosen["org_id"], "workspace_id": chosen["workspace_id"]}
        answer = self.request("POST", "/portal/personal/workspace-selection", body)
        if answer.status == 200:
            self.org_id, self.workspace_id = answer.json["context"]["org_id"], answer.json["context"]["workspace_id"]
        return answer


def emailed(mailbox: Mailbox, to: str = "") -> dict[str, str]:
    """The code and the link of the newest email that has them, `to` somebody or anybody, once it is sent: others may come
    beside it, or after."""
    send()
    mails = [mail for mail in mailbox.mails if to in str(mail["to"])]
    texts = [mail.get_content().replace("\r", "") for mail in mails]
    text = next((one for one in reversed(texts) if "/auth/cli" in one), "\n".join(texts))
    code = re.search(r"^(\d{6})$", text, re.MULTILINE)
    link = re.search(r"^(https?://\S+/auth/cli\S+)$", text, re.MULTILINE)
    assert code, text
    assert link, text
    assert not Email.objects.exclude(sealed=None).exists(), "nothing of it is kept"
    return {"code": code[1], "link": link[1]}
