"""What programs of the public protocol send and read beside what its schemas say."""

from typing import Any
from uuid import uuid4

import pytest

from intents.accounts.models import Group, Workspace
from intents.streams import is_stream
from tests.callers import Caller, KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import ask, ask_midway
from tests.intents.waiting import look
from tests.pages.browser import Browser

BODY: dict[str, Any] = {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {"order_id": "ORD-1"}}


class TestSubmitting:
    @pytest.mark.parametrize("named", ["human_approval.v1", "analyze_data", "process_task", "a.b.c.v12"])
    def test_one_word_is_an_intent_type_too(self, machine: KeyCaller, named: str) -> None:
        assert machine.intent(machine.submit(intent_type=named))["intent_type"] == named

    @pytest.mark.parametrize(
        "named", ["", "Order", "two words", "order.fulfill", "order.v", ".v1", "order..v1", "a-b", "a\n"]
    )
    def test_what_is_neither_is_refused_by_name(self, machine: KeyCaller, named: str) -> None:
        refused = machine.post("/intents", BODY | {"intent_type": named})
        assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "intent_type")

    def test_an_absent_payload_is_an_empty_one(self, machine: KeyCaller) -> None:
        sent = {"intent_type": "order.fulfill.v1", "to_agent": "order-service"}
        made = machine.post("/intents", sent).ok()["intent_id"]
        assert machine.intent(made)["payload"] == {}
        batch = machine.post("/intents/batch", {"intents": [sent]}).ok()
        assert machine.intent(batch["intents"][0]["intent_id"])["payload"] == {}
        assert machine.post("/intents", sent | {"payload": None}).status == 422

    def test_an_absent_payload_and_an_empty_one_are_not_one_request_by_chance(self, machine: KeyCaller) -> None:
        sent = {"intent_type": "order.fulfill.v1", "to_agent": "order-service"}
        first = machine.post("/intents", sent, key="once").ok()
        assert machine.post("/intents", sent, key="once").ok() == first


class TestOpaqueReplyTo:
    MAILBOX = "initiator://ann@shop/7"

    def test_its_mailbox_shows_the_completion(self, machine: KeyCaller) -> None:
        made = machine.submit(reply_to=self.MAILBOX)
        assert machine.intent(made)["reply_to"] == self.MAILBOX
        assert machine.get("/inbox", owner_agent=self.MAILBOX).ok()["threads"] == []
        ended = machine.post(f"/intents/{made}/resolve", {"status": "COMPLETED", "result": {"n": 1}}).ok()
        assert ended["completion_delivery"]["delivered"] is True
        (thread,) = machine.get("/inbox", owner_agent=self.MAILBOX).ok()["threads"]
        assert (thread["thread_id"], thread["owner_agent"]) == (made, self.MAILBOX)
        assert machine.get(f"/inbox/{made}", owner_agent=self.MAILBOX).ok()["thread"]["intent"]["result"] == {"n": 1}

    def test_nobody_sends_in_its_name_or_to_it(self, machine: KeyCaller) -> None:
        sent = machine.post("/intents", BODY, x_owner_agent=self.MAILBOX).ok()["intent_id"]
        assert machine.intent(sent)["from_agent"] == "agent://myorg/production/demo"
        assert machine.post("/intents", BODY | {"to_agent": self.MAILBOX}).status == 422

    def test_a_key_for_one_address_does_not_read_it(self, worker: KeyCaller) -> None:
        assert worker.get("/inbox", owner_agent=self.MAILBOX).status == 403

    @pytest.mark.parametrize(
        "address", ["://x", "initiator://", "initiator:x", "initiator://a b", "agent://a/b/c/d", "x://" + "y" * 240]
    )
    def test_what_is_no_address_is_refused(self, machine: KeyCaller, address: str) -> None:
        assert machine.post("/intents", BODY | {"reply_to": address}).status in (404, 422)


class TestReading:
    def test_an_intents_payload_status_type_and_result_stand_beside_it_too(self, machine: KeyCaller) -> None:
        made = machine.submit(payload={"a": 1})
        shown = machine.get(f"/intents/{made}").ok()
        assert [shown[name] for name in ("payload", "status", "intent_type", "result")] == [
            {"a": 1},
            "SUBMITTED",
            "order.fulfill.v1",
            None,
        ]
        machine.post(f"/intents/{made}/resume", {"done": True}).ok()
        shown = machine.get(f"/intents/{made}").ok()
        assert (shown["status"], shown["result"]) == ("COMPLETED", {"done": True})
        assert all(shown[name] == shown["intent"][name] for name in ("payload", "status", "intent_type", "result"))

    def test_an_event_has_its_question_or_its_result_beside_the_details(self, machine: KeyCaller, bob: PersonCaller) -> None:
        asked = ask(machine, title="Pay?")
        (assigned,) = [one for one in machine.events(asked.intent_id) if one["event_type"] == "intent.human_task_assigned"]
        assert assigned["human_task"]["title"] == "Pay?"
        asked.decide(bob, "approved").ok()
        last = machine.events(asked.intent_id)[-1]
        assert (last["event_type"], last["result"]) == ("intent.completed", {"outcome": "approved"})
        assert last["result"] == last["details"]["result"]

    def test_a_failure_has_no_result_beside_its_error(self, machine: KeyCaller) -> None:
        made = machine.submit()
        machine.post(f"/intents/{made}/fail", {"error": {"code": "x"}}).ok()
        assert "result" not in machine.events(made)[-1]


class TestWhomItIsWith:
    def names(self, caller: KeyCaller, intent_id: str) -> set[str]:
        """Of every place that tells it."""
        (listed,) = [row for row in caller.get("/intents").ok()["intents"] if row["intent_id"] == intent_id]
        (thread,) = caller.get("/inbox", owner_agent="order-service").ok()["threads"]
        shown = [caller.intent(intent_id), listed, thread["intent"], caller.events(intent_id)[-1]]
        assert {row["pending_with"]["type"] for row in shown} == {"human"}
        return {row["pending_with"]["name"] for row in shown}

    def test_it_is_a_person_by_name(self, machine: KeyCaller, bob: PersonCaller) -> None:
        bob.user.name = "Bob Bauer"
        bob.user.save()
        assert self.names(machine, ask(machine, assignees=[bob.user.email]).intent_id) == {"Bob Bauer"}

    def test_it_is_a_role(self, machine: KeyCaller, bob: PersonCaller) -> None:
        assert self.names(machine, ask(machine, assignees=["operator"]).intent_id) == {"operator"}

    def test_it_is_a_group(self, machine: KeyCaller, alice: PersonCaller, workspace: Workspace) -> None:
        Group.objects.create(workspace=workspace, name="Treasury")
        assert self.names(machine, ask(machine, assignees=["treasury"]).intent_id) == {"Treasury"}

    def test_it_is_all_that_are_asked_also_midway(self, machine: KeyCaller, worker: KeyCaller, bob: PersonCaller) -> None:
        asked = ask_midway(machine, worker, assignees=[bob.user.email, "owner"])
        assert self.names(machine, asked.intent_id) == {f"{bob.user.email}, owner"}

    def test_what_waits_for_no_person_is_with_whom_it_was(self, machine: KeyCaller) -> None:
        assert machine.intent(machine.submit())["pending_with"]["name"] == "order-service"


def test_an_escalation_says_to_whom_in_both_words(
    shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, now: SettableClock
) -> None:
    intent_id = shop.submit(escalate_to=bob.user.email)
    wait = {"for": "human", "human_task": {}, "deadline_seconds": 60, "on_timeout": "escalate"}
    worker.post(f"/intents/{intent_id}/wait", wait).ok()
    now.advance(seconds=61)
    look()
    (told,) = [one["details"] for one in worker.events(intent_id) if one["event_type"] == "intent.escalated"]
    assert told["escalated_to"] == told["to"] == bob.user.email


class TestSmallThings:
    @pytest.mark.parametrize(
        ("path", "body"), [("controls", {"controls_patch": {"a": 1}}), ("policy", {"grants_patch": {}})]
    )
    @pytest.mark.parametrize("who", ["agent://x", "", None, {"id": 1}])
    def test_an_actor_in_the_body_is_ignored(self, machine: KeyCaller, path: str, body: dict[str, Any], who: Any) -> None:
        machine.post(f"/intents/{machine.submit()}/{path}", body | {"actor": who}).ok()

    @pytest.mark.parametrize("statuses", [{"status_filter": None}, {"status_filter": []}, {}])
    def test_no_status_to_cancel_is_any(self, machine: KeyCaller, statuses: dict[str, Any]) -> None:
        made = machine.submit()
        found = machine.post("/intents/bulk-cancel", {"older_than_hours": 0} | statuses).ok()
        assert found["intent_ids"] == [made]

    def test_who_one_is(self, machine: KeyCaller, worker: KeyCaller, bob: PersonCaller) -> None:
        mine = worker.get("/me").ok()
        assert mine["address"] == mine["service_account"]["address"] == "agent://myorg/production/order-service"
        assert mine["service_account"]["scope"] == "own"
        assert bob.get("/me").ok()["user"]["email"] == bob.user.email
        both = bob.also(machine).get("/me").ok()
        assert (both["user"]["role"], both["service_account"]["name"]) == ("approver", "demo")
        assert Caller().get("/me").status == 401


class TestPathsOfAgents:
    @pytest.mark.parametrize("spelled", ["agent://myorg/production/order-service", "agent:/myorg/production/order-service"])
    def test_the_scheme_may_stand_in_the_path(self, machine: KeyCaller, worker: KeyCaller, spelled: str) -> None:
        assert machine.get(f"/agents/{spelled}").ok()["agent"]["service_account_name"] == "order-service"
        assert machine.patch(f"/agents/{spelled}", {"display_name": "Orders"}).ok()["agent"]["display_name"] == "Orders"
        for method, path in (("GET", "/intents/stream"), ("GET", "/intents"), ("POST", "/claim")):
            assert is_stream(method, f"/v1/agents/{spelled}{path}")

    def test_what_goes_on_behind_an_address_is_answered_or_not_supported(self, machine: KeyCaller) -> None:
        for path in ("policy", "receive-override"):
            unknown = machine.get(f"/agents/agent://myorg/production/nobody/{path}")
            assert (unknown.status, unknown.code) == (404, "agent_not_found")
        for path in ("policy", "policy/entries", "receive-override"):
            other = machine.patch(f"/agents/myorg/production/order-service/{path}", {})
            assert (other.status, other.code) == (405, "not_supported")
        refused = machine.get("/agents/agent://myorg/production/order-service/billing")
        assert (refused.status, refused.code) == (404, "not_supported")


class TestUnknownPaths:
    def test_a_program_gets_json_everywhere(self, database: None) -> None:
        for path in ("/nowhere", "/v2/intents", "/v1/nowhere"):
            page = Browser().send("GET", path, accept="*/*")
            assert (page.status, page.headers["content-type"]) == (404, "application/json"), path
            assert b"not_supported" in page.raw

    def test_a_browser_gets_a_page(self, database: None) -> None:
        for headers in ({"accept": "text/html,*/*;q=0.8"}, {"accept": "*/*", "hx_request": "true"}):
            page = Browser().send("GET", "/nowhere", **headers)
            assert page.status == 404
            assert "Page not found" in page.text


def test_unknown_ids_stay_unknown(machine: KeyCaller) -> None:
    assert machine.get(f"/intents/{uuid4()}").code == "not_found"
