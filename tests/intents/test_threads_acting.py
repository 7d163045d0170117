"""What the owner of an inbox does with a thread: delegate, end and hide."""

from typing import Any

import pytest

from intents.accounts.models import Workspace
from intents.threads.models import HiddenEntry
from tests.callers import KeyCaller, PersonCaller
from tests.intents.inboxes import check_shape, clear, ids, messages, reply, thread


class TestDelegating:
    def test_it_shows_to_who_delegated_it_and_to_whom(
        self, shop: KeyCaller, worker: KeyCaller, billing: KeyCaller, stranger: KeyCaller
    ) -> None:
        intent_id = shop.submit()
        body = {"delegate_to": "agent://myorg/production/billing", "note": "yours"}
        worker.post(f"/inbox/{intent_id}/delegate", body).ok()
        assert ids(worker) == ids(billing) == [intent_id]
        assert ids(stranger) == []
        details = thread(billing, intent_id)["timeline"][-1]["details"]
        assert details == {
            "delegated_by": "agent://myorg/production/order-service",
            "delegated_to": "agent://myorg/production/billing",
            "note": "yours",
        }
        assert messages(reply(billing, intent_id, "thanks")) == ["thanks"]

    def test_the_delegate_may_approve_and_hand_it_on(
        self, shop: KeyCaller, worker: KeyCaller, billing: KeyCaller, stranger: KeyCaller
    ) -> None:
        intent_id = shop.submit()
        worker.post(f"/inbox/{intent_id}/delegate", {"delegate_to": "billing"}).ok()
        billing.post(f"/inbox/{intent_id}/delegate", {"delegate_to": "stranger"}).ok()
        assert ids(worker) == ids(billing) == ids(stranger) == [intent_id]
        stranger.post(f"/inbox/{intent_id}/approve", {"comment": "fine"}).ok()
        assert shop.intent(intent_id)["result"] == {"outcome": "approved", "comment": "fine"}

    def test_the_work_stays_in_its_mailbox(self, shop: KeyCaller, worker: KeyCaller, billing: KeyCaller) -> None:
        intent_id = shop.submit()
        worker.post(f"/inbox/{intent_id}/delegate", {"delegate_to": "billing"}).ok()
        assert shop.intent(intent_id)["to_agent"] == "order-service"
        worker.post(f"/intents/{intent_id}/resume", {}).ok()

    def test_an_own_scope_key_gets_the_intent_that_was_delegated_to_it(
        self, shop: KeyCaller, worker: KeyCaller, billing: KeyCaller
    ) -> None:
        intent_id = shop.submit()
        assert billing.get(f"/intents/{intent_id}").status == 404
        worker.post(f"/inbox/{intent_id}/delegate", {"delegate_to": "billing"}).ok()
        assert billing.get(f"/intents/{intent_id}").ok()["intent"]["intent_id"] == intent_id
        assert billing.post(f"/intents/{intent_id}/resume", {}).status == 403

    def test_it_goes_to_addresses_of_this_workspace_alone(
        self, shop: KeyCaller, worker: KeyCaller, workspace: Workspace
    ) -> None:
        intent_id = shop.submit()
        path = f"/inbox/{intent_id}/delegate"
        assert worker.post(path, {"delegate_to": "agent://rivals/production/demo"}).code == "agent_not_found"
        assert worker.post(path, {"delegate_to": "order-service"}).status == 422
        assert worker.post(path, {"delegate_to": "no spaces"}).status == 422
        assert worker.post(path, {}).status == 422
        workspace.require_registered_agents = True
        workspace.save()
        assert worker.post(path, {"delegate_to": "nobody"}).code == "agent_not_found"
        assert worker.post(path, {"delegate_to": "shop"}).status == 200

    def test_only_who_handles_it_or_an_operator_delegates_it(
        self, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, olga: PersonCaller
    ) -> None:
        intent_id = shop.submit()
        assert bob.post(f"/inbox/{intent_id}/delegate", {"delegate_to": "shop"}).status == 403
        olga.post(f"/inbox/{intent_id}/delegate", {"delegate_to": "shop"}).ok()
        assert ids(shop) == [intent_id]


class TestApproving:
    @pytest.mark.parametrize(("verb", "outcome"), [("approve", "approved"), ("reject", "rejected")])
    def test_an_agent_completes_its_own_thread(self, shop: KeyCaller, worker: KeyCaller, verb: str, outcome: str) -> None:
        intent_id = shop.submit()
        answer = worker.post(f"/inbox/{intent_id}/{verb}", {"comment": "because"}).ok()
        check_shape(answer["thread"])
        assert answer["thread"]["status"] == "done"
        intent = shop.intent(intent_id)
        assert (intent["status"], intent["result"]) == ("COMPLETED", {"outcome": outcome, "comment": "because"})

    def test_an_empty_body_will_do(self, shop: KeyCaller, worker: KeyCaller) -> None:
        intent_id = shop.submit()
        worker.post(f"/inbox/{intent_id}/approve").ok()
        assert shop.intent(intent_id)["result"] == {"outcome": "approved"}

    def test_who_only_gets_the_completion_does_not_end_it(
        self, shop: KeyCaller, worker: KeyCaller, stranger: KeyCaller
    ) -> None:
        intent_id = shop.submit(reply_to="stranger")
        for caller in (shop, stranger):
            assert caller.post(f"/inbox/{intent_id}/approve", {}).status == 404

    def test_an_operator_ends_it_but_an_approver_does_not(
        self, shop: KeyCaller, bob: PersonCaller, olga: PersonCaller
    ) -> None:
        intent_id = shop.submit()
        assert bob.post(f"/inbox/{intent_id}/approve", {}).status == 403
        olga.post(f"/inbox/{intent_id}/reject", {}).ok()
        assert shop.intent(intent_id)["result"] == {"outcome": "rejected"}


class TestHiding:
    def test_hidden_from_oneself_it_shows_to_others_and_in_the_history(
        self, shop: KeyCaller, worker: KeyCaller, billing: KeyCaller
    ) -> None:
        intent_id = shop.submit()
        worker.post(f"/inbox/{intent_id}/delegate", {"delegate_to": "billing"}).ok()
        said = reply(billing, intent_id, "secret")["timeline"][-1]["event_id"]
        done = clear(worker, intent_id, mode="self", message_ids=[said])
        assert done["message_ids"] == [said]
        assert done["mode"] == "self"
        assert messages(done["thread"]) == messages(thread(worker, intent_id)) == []
        assert messages(thread(billing, intent_id)) == ["secret"]
        assert shop.events(intent_id)[-1]["details"] == {"message": "secret"}

    def test_hidden_from_all_it_stays_in_the_history(self, shop: KeyCaller, worker: KeyCaller, billing: KeyCaller) -> None:
        intent_id = shop.submit()
        worker.post(f"/inbox/{intent_id}/delegate", {"delegate_to": "billing"}).ok()
        said = reply(billing, intent_id, "oops")["timeline"][-1]["event_id"]
        clear(billing, intent_id, mode="both", message_ids=[said])
        assert messages(thread(worker, intent_id)) == messages(thread(billing, intent_id)) == []
        assert shop.events(intent_id)[-1]["details"] == {"message": "oops"}

    def test_one_hides_from_all_only_what_one_said(
        self, shop: KeyCaller, worker: KeyCaller, billing: KeyCaller, olga: PersonCaller
    ) -> None:
        intent_id = shop.submit()
        worker.post(f"/inbox/{intent_id}/delegate", {"delegate_to": "billing"}).ok()
        said = reply(billing, intent_id, "mine")["timeline"][-1]["event_id"]
        path, body = f"/inbox/{intent_id}/messages/delete", {"mode": "both", "message_ids": [said]}
        assert worker.post(path, body).status == 403
        step = thread(worker, intent_id)["timeline"][1]["event_id"]
        assert worker.post(path, {"mode": "both", "message_ids": [step]}).status == 403
        assert clear(worker, intent_id, mode="both")["deleted_count"] == 1  # the delegation, which is the worker's own
        assert messages(thread(billing, intent_id)) == ["mine"]
        olga.post(path, body).ok()
        assert messages(thread(billing, intent_id)) == []

    def test_without_ids_it_takes_the_newest_replies(self, shop: KeyCaller, worker: KeyCaller) -> None:
        intent_id = shop.submit()
        for number in range(4):
            reply(worker, intent_id, f"m{number}")
        assert clear(worker, intent_id, mode="self", limit=1)["deleted_count"] == 1
        assert messages(thread(worker, intent_id)) == ["m0", "m1", "m2"]
        assert clear(worker, intent_id, mode="self")["deleted_count"] == 3
        assert clear(worker, intent_id, mode="self")["deleted_count"] == 0
        assert HiddenEntry.objects.count() == 4

    def test_the_first_entry_stays_and_unknown_ones_are_missing(self, shop: KeyCaller, worker: KeyCaller) -> None:
        intent_id, other = shop.submit(), shop.submit()
        path = f"/inbox/{intent_id}/messages/delete"
        first, second = (entry["event_id"] for entry in thread(worker, intent_id)["timeline"])
        foreign = thread(worker, other)["timeline"][1]["event_id"]
        assert worker.post(path, {"mode": "self", "message_ids": [first]}).status == 422
        assert worker.post(path, {"mode": "self", "message_ids": [second, foreign]}).status == 404
        assert worker.post(path, {"mode": "self", "message_ids": [second]}).status == 200
        assert [entry["event_id"] for entry in thread(worker, intent_id)["timeline"]] == [first]

    @pytest.mark.parametrize(
        "body", [{}, {"mode": "all"}, {"mode": "self", "message_ids": []}, {"mode": "self", "limit": 101}]
    )
    def test_a_malformed_request_is_refused(self, shop: KeyCaller, worker: KeyCaller, body: dict[str, Any]) -> None:
        assert worker.post(f"/inbox/{shop.submit()}/messages/delete", body).status == 422
