"""The public command line signs in by an emailed code, acts, refreshes its session and ends it."""

import base64
import json
from typing import Any

import pytest

from intents.accounts.models import AgentKey, AuditEntry, Member, User
from intents.kernel import clock
from intents.kernel.actors import Role
from tests.callers import Caller, PersonCaller, make_person
from tests.conftest import SettableClock
from tests.intents.command_line import CommandLine, emailed
from tests.mailbox import Mailbox


def claims(token: str) -> dict[str, Any]:
    """As the command line reads them: the middle part, without verifying."""
    middle = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return found


@pytest.fixture
def line(alice: PersonCaller, mailbox: Mailbox) -> CommandLine:
    """Alice's."""
    made = CommandLine()
    made.login(alice.user.email, mailbox)
    return made


def test_who_enters_the_emailed_code_acts_as_themselves(alice: PersonCaller, mailbox: Mailbox) -> None:
    line = CommandLine()
    asked = line.ask("Alice@MyOrg.example")
    mail = emailed(mailbox)
    assert mailbox.only()["To"] == alice.user.email
    assert line.enter(asked, mail["code"]).json["state"] == "approved"
    assert claims(line.actor_token)["exp"] > clock.now().timestamp() + 600
    context = line.context()
    assert context["account"]["email"] == alice.user.email
    assert context["context"] == {"org_id": line.org_id, "workspace_id": line.workspace_id}
    assert [one["workspace_id"] for one in context["workspaces"]] == [line.workspace_id]
    assert context["organizations"][0]["workspaces"][0]["roles"] == ["org_owner"]
    assert line.request("GET", "/me").json["user"]["email"] == alice.user.email
    begun = AuditEntry.objects.get(action="session.begin")
    assert (begun.actor, begun.subject) == (alice.user.email, alice.user.email)


def test_it_submits_and_decides(line: CommandLine, mailbox: Mailbox) -> None:
    """What its person may do, it does: it sends in their name by its key, and decides by their session."""
    body = {"intent_type": "refund.v1", "to_agent": "billing", "human_task": {"title": "Refund?"}}
    intent_id = line.request("POST", "/intents", body).ok()["intent_id"]
    sender = line.request("GET", f"/intents/{intent_id}").ok()["intent"]["from_agent"]
    assert sender.startswith("agent://myorg/production/cli-alice-")
    (task,) = line.request("GET", "/tasks").ok()["tasks"]
    decided = line.request("POST", f"/approvals/{intent_id}/decision", {"decision": "approve"})
    # Its own request: that needs somebody else, or is allowed at low risk; here nothing forbids it.
    assert decided.status == 200, decided.raw
    assert task["intent_id"] == intent_id


def test_its_key_alone_is_a_machines(line: CommandLine) -> None:
    """As in the environment of an agent into which somebody copied it: it sends, and decides nothing."""
    key = Caller({"x-api-key": line.api_key})
    intent_id = key.submit(human_task={"title": "May I?"})
    assert key.post(f"/approvals/{intent_id}/decision", {"decision": "approve"}).code == "policy_denied"
    assert key.get("/me/tasks").code == "missing_actor_token"
    assert key.post(f"/service-accounts/{AgentKey.objects.get().agent_id}/keys", {}).status == 403


@pytest.mark.parametrize("role", [Role.APPROVER, Role.VIEWER])
def test_who_may_not_send_has_a_key_that_sends_nothing(alice: PersonCaller, mailbox: Mailbox, role: Role) -> None:
    other = make_person(alice.token.workspace, "nina@myorg.example", role)
    line = CommandLine()
    line.login(other.user.email, mailbox)
    assert line.request("GET", "/intents").status == 200
    assert line.request("POST", "/intents", {"intent_type": "x.v1", "to_agent": "billing"}).status == 401
    assert Caller({"x-api-key": line.api_key}).get("/intents").code == "missing_actor_token"


def test_who_loses_the_role_sends_nothing_any_more(line: CommandLine, alice: PersonCaller) -> None:
    Member.objects.filter(user=alice.user).update(role=Role.VIEWER)
    assert line.request("POST", "/intents", {"intent_type": "x.v1", "to_agent": "billing"}).status == 401
    assert line.request("GET", "/intents").status == 200


def test_its_own_key_cannot_be_made_to_last(line: CommandLine) -> None:
    key = AgentKey.objects.get()
    rotated = line.request("POST", f"/service-accounts/{key.agent_id}/keys/{key.id}/rotate", {})
    assert rotated.status == 403, rotated.raw


def test_a_code_is_refused_when_wrong_used_or_too_old(now: SettableClock, alice: PersonCaller, mailbox: Mailbox) -> None:
    line = CommandLine()
    asked = line.ask(alice.user.email)
    code = emailed(mailbox)["code"]
    assert line.enter(asked, "x").status == 422
    assert line.enter(asked, code).status == 200
    assert line.enter(asked, code).status == 409
    asked = CommandLine().ask(alice.user.email)
    code = emailed(mailbox)["code"]
    for _each in range(5):
        assert CommandLine().enter(asked, "wrong").status == 422
    assert CommandLine().enter(asked, code).status == 410
    asked = CommandLine().ask(alice.user.email)
    code = emailed(mailbox)["code"]
    now.advance(minutes=11)
    assert CommandLine().enter(asked, code).status == 410
    unknown = asked | {"intent_id": "01a1faa0-d7a6-7491-bfae-27ab1f66cf80"}
    assert CommandLine().enter(unknown, code).status == 404


def test_nobody_learns_who_has_an_account(alice: PersonCaller, mailbox: Mailbox) -> None:
    asked = CommandLine().ask("nobody@elsewhere.example")
    assert set(asked) == set(CommandLine().ask(alice.user.email))
    emailed(mailbox)
    assert mailbox.only()["To"] == alice.user.email
    assert [CommandLine().enter(asked, "000000").status for _each in range(6)] == [422] * 5 + [410]


def test_whose_address_is_not_verified_gets_no_code(alice: PersonCaller, mailbox: Mailbox) -> None:
    User.objects.filter(id=alice.user.id).update(email_verified_at=None)
    CommandLine().ask(alice.user.email)
    assert not mailbox.mails


def test_codes_to_one_address_are_limited(alice: PersonCaller) -> None:
    line = CommandLine()
    answers = [line.request("POST", "/auth/login-intent", {"email": alice.user.email}) for _each in range(6)]
    assert [one.status for one in answers] == [200] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


def test_a_session_is_refreshed(now: SettableClock, line: CommandLine) -> None:
    now.advance(minutes=61)
    assert line.context()["account"]["email"] == "alice@myorg.example"
    assert line.refreshes == 1


def test_commands_at_once_refresh_together(now: SettableClock, line: CommandLine) -> None:
    """`scenarios apply` provisions several agents at once: each refreshes by the same token, and each gets the same."""
    other = CommandLine(**vars(line))
    assert line.refresh()
    assert other.refresh()
    assert (line.actor_token, line.refresh_token) == (other.actor_token, other.refresh_token)
    assert line.context()


def test_a_token_that_comes_again_later_ends_the_session(now: SettableClock, line: CommandLine) -> None:
    stolen = CommandLine(**vars(line))
    assert line.refresh()
    now.advance(seconds=31)
    assert not stolen.refresh()
    assert not line.refresh()
    assert line.plain().get("/portal/personal/context").status == 401
    ended = AuditEntry.objects.get(action="session.end")
    assert "twice" in ended.details["reason"]


def test_a_token_that_was_never_given_out_ends_nothing(line: CommandLine) -> None:
    head, _, tail = line.refresh_token.partition(".")
    for wrong in (f"{head}.{tail[:-2]}xx", f"{head}.9:{tail.partition(':')[2]}", "axme_rt_x", "nonsense", f"{head}."):
        assert Caller().post("/auth/refresh", {"refresh_token": wrong}).code == "invalid_actor_token", wrong
    assert line.context()


def test_a_session_token_of_another_make_is_refused(line: CommandLine) -> None:
    head, body, signature = line.actor_token.split(".")
    longer = json.dumps(claims(line.actor_token) | {"exp": 9999999999}).encode()
    forged = base64.urlsafe_b64encode(longer).rstrip(b"=").decode()
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"session+jwt"}').rstrip(b"=").decode()
    for token in (
        f"{head}.{forged}.{signature}",
        f"{none}.{body}.",
        f"{head}.{body}.",
        f"{head}.{body}.x",
        "a.b.c",
        "..",
        "é.é.é",
    ):
        assert Caller({"authorization": f"Bearer {token}"}).get("/intents").code == "invalid_actor_token", token


def test_sessions_are_listed_and_ended_at_once(line: CommandLine, alice: PersonCaller, mailbox: Mailbox) -> None:
    second = CommandLine()
    second.login(alice.user.email, mailbox)
    listed = line.sessions()
    assert [one["is_current"] for one in listed if one["client_type"] == "cli"].count(True) == 1
    (current,) = [one for one in second.sessions() if one["is_current"]]
    assert line.request("POST", "/auth/sessions/revoke", {"session_id": current["session_id"]}).json["revoked"] is True
    assert second.plain().get("/intents").code == "invalid_actor_token"
    assert Caller({"x-api-key": second.api_key}).get("/intents").status == 401
    assert not second.refresh()
    assert current["session_id"] not in [one["session_id"] for one in line.sessions()]
    revoked = [one for one in line.sessions(include_revoked=True) if one["revoked_at"]]
    assert [one["session_id"] for one in revoked] == [current["session_id"]]
    assert line.request("POST", "/auth/logout-all", {}).json["ok"] is True
    assert line.request("GET", "/intents").status == 401


def test_nobody_ends_a_session_of_another(line: CommandLine, charlie: PersonCaller, bob: PersonCaller) -> None:
    (current,) = [one for one in line.sessions() if one["is_current"]]
    for other in (charlie, bob):
        assert other.post("/auth/sessions/revoke", {"session_id": current["session_id"]}).status == 409
        assert other.get("/auth/sessions").ok()["sessions"] == []
    assert line.context()
