"""An agent's inbox: what shows in it, and what its owner does with a thread."""

from typing import Any
from uuid import uuid4

import pytest

from tests.callers import KeyCaller, PersonCaller
from tests.intents.inboxes import ids, messages, reply, thread, threads


class TestWhatShows:
    def test_an_intent_is_a_thread_of_the_agent_it_is_addressed_to(self, shop: KeyCaller, worker: KeyCaller) -> None:
        intent_id = shop.submit(payload={"order_id": "ORD-1"})
        (shown,) = threads(worker)
        assert (shown["thread_id"], shown["status"]) == (intent_id, "pending")
        assert shown["owner_agent"] == "agent://myorg/production/order-service"
        assert shown["from_agent"] == "agent://myorg/production/shop"
        assert [entry["event_type"] for entry in shown["timeline"]] == ["intent.created", "intent.submitted"]
        assert thread(worker, intent_id)["intent"]["payload"] == {"order_id": "ORD-1"}

    def test_it_does_not_show_to_the_sender_or_to_a_stranger(self, shop: KeyCaller, stranger: KeyCaller) -> None:
        intent_id = shop.submit()
        for caller in (shop, stranger):
            assert ids(caller) == []
            assert caller.get(f"/inbox/{intent_id}").status == 404

    def test_its_status_follows_the_work(self, shop: KeyCaller, worker: KeyCaller) -> None:
        intent_id = shop.submit()
        worker.post(f"/intents/{intent_id}/acknowledge").ok()
        assert thread(worker, intent_id)["status"] == "pending"
        worker.post(f"/intents/{intent_id}/progress", {"percent": 10}).ok()
        assert thread(worker, intent_id)["status"] == "active"
        worker.post(f"/intents/{intent_id}/resume", {"done": 1}).ok()
        assert thread(worker, intent_id)["status"] == "done"
        assert ids(worker) == [intent_id]

    def test_the_last_changed_comes_first_and_pages_follow_each_other(self, shop: KeyCaller, worker: KeyCaller) -> None:
        made = [shop.submit() for _ in range(5)]
        reply(worker, made[1])
        expected = [made[1], made[4], made[3], made[2], made[0]]
        assert ids(worker) == expected
        seen, cursor = [], None
        while True:
            page = worker.get("/inbox", limit=2, **({"cursor": cursor} if cursor else {})).ok()
            seen += [one["thread_id"] for one in page["threads"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == expected

    def test_a_workspace_key_reads_the_inbox_it_names(self, machine: KeyCaller, worker: KeyCaller) -> None:
        intent_id = machine.submit()
        assert ids(machine) == []
        assert ids(machine, owner_agent="order-service") == [intent_id]
        by_header = machine.send("GET", "/inbox", headers={"x-owner-agent": "agent://myorg/production/order-service"}).ok()
        assert by_header["threads"][0]["owner_agent"] == "agent://myorg/production/order-service"
        both = machine.send("GET", "/inbox", query={"owner_agent": "shop"}, headers={"x-owner-agent": "order-service"})
        assert both.status == 400

    def test_an_own_scope_key_reads_no_other_inbox(self, shop: KeyCaller, worker: KeyCaller) -> None:
        intent_id = shop.submit()
        for path in ("/inbox", "/inbox/changes", f"/inbox/{intent_id}"):
            assert shop.get(path, owner_agent="order-service").status == 403

    def test_another_workspace_sees_nothing(
        self, shop: KeyCaller, worker: KeyCaller, foreign_machine: KeyCaller, charlie: PersonCaller
    ) -> None:
        intent_id = shop.submit()
        for caller in (foreign_machine, charlie):
            assert ids(caller, owner_agent="order-service") == []
            assert caller.get("/inbox/changes", owner_agent="order-service").ok()["changes"] == []
            assert caller.get(f"/inbox/{intent_id}", owner_agent="order-service").status == 404
            assert caller.get(f"/inbox/{intent_id}").status == 404
            for verb in ("reply", "delegate", "approve", "reject", "messages/delete"):
                body = {"reply": {"message": "x"}, "delegate": {"delegate_to": "demo"}, "messages/delete": {"mode": "self"}}
                answer = caller.post(f"/inbox/{intent_id}/{verb}?", body.get(verb, {}))
                assert answer.status == 404, verb

    def test_a_person_names_the_inbox_to_list_and_needs_no_name_for_one_thread(
        self, shop: KeyCaller, vera: PersonCaller
    ) -> None:
        intent_id = shop.submit()
        assert vera.get("/inbox").status == 422
        assert ids(vera, owner_agent="order-service") == [intent_id]
        assert thread(vera, intent_id)["owner_agent"] == "order-service"

    def test_an_unknown_thread_is_missing_whatever_its_id_looks_like(self, worker: KeyCaller) -> None:
        for thread_id in (str(uuid4()), "nonsense"):
            assert worker.get(f"/inbox/{thread_id}").status == 404
            assert worker.post(f"/inbox/{thread_id}/reply", {"message": "x"}).status == 404

    @pytest.mark.parametrize("cursor", ["xyz", "1-2", "g" * 40, "1-" + "0" * 33])
    def test_a_cursor_that_was_never_given_out_is_refused(self, worker: KeyCaller, cursor: str) -> None:
        for path in ("/inbox", "/inbox/changes"):
            assert worker.get(path, cursor=cursor).status == 422


class TestCompletions:
    def test_a_completion_shows_in_the_inbox_it_was_wanted_in(
        self, shop: KeyCaller, worker: KeyCaller, billing: KeyCaller
    ) -> None:
        intent_id = shop.submit(reply_to="agent://myorg/production/billing")
        assert ids(billing) == []
        assert billing.get(f"/inbox/{intent_id}").status == 404
        worker.post(f"/intents/{intent_id}/resume", {"total": 7}).ok()
        (shown,) = threads(billing)
        assert (shown["thread_id"], shown["status"]) == (intent_id, "done")
        assert shown["timeline"][-1]["details"] == {"result": {"total": 7}}

    @pytest.mark.parametrize(
        ("status", "details"),
        [
            ("COMPLETED", {"result": {"total": 7}}),
            ("FAILED", {"error": {"message": "no stock"}}),
            ("CANCELED", {"reason": "changed my mind"}),
        ],
    )
    def test_resolving_tells_that_the_completion_was_delivered(
        self, shop: KeyCaller, billing: KeyCaller, status: str, details: dict[str, Any]
    ) -> None:
        intent_id = shop.submit(reply_to="billing")
        told = shop.post(f"/intents/{intent_id}/resolve", {"status": status} | details).ok()["completion_delivery"]
        assert told["delivered"] is True
        assert (told["reply_to"], told["thread_id"]) == ("billing", intent_id)
        assert told["completion"] == {"status": status} | details
        last = thread(billing, intent_id)["timeline"][-1]
        assert told["message_id"] == last["event_id"]
        assert last["details"] == details

    def test_a_retried_resolve_names_the_same_message(self, shop: KeyCaller, billing: KeyCaller) -> None:
        intent_id = shop.submit(reply_to="billing")
        body = {"status": "COMPLETED", "result": {}}
        first, second = (shop.post(f"/intents/{intent_id}/resolve", body, key="once").ok() for _ in range(2))
        assert first["completion_delivery"]["message_id"] == second["completion_delivery"]["message_id"]

    def test_without_reply_to_nothing_is_delivered(self, shop: KeyCaller) -> None:
        intent_id = shop.submit()
        told = shop.post(f"/intents/{intent_id}/resolve", {"status": "COMPLETED", "result": {}}).ok()["completion_delivery"]
        assert told == {"delivered": False, "reason": "no_reply_to"}

    def test_it_shows_once_to_an_agent_that_works_on_it_and_wants_the_completion(
        self, shop: KeyCaller, worker: KeyCaller
    ) -> None:
        intent_id = shop.submit(reply_to="order-service")
        worker.post(f"/inbox/{intent_id}/delegate", {"delegate_to": "billing"}).ok()
        worker.post(f"/intents/{intent_id}/resume", {}).ok()
        assert ids(worker) == [intent_id]


class TestReplies:
    def test_a_reply_is_an_event_of_the_intent(self, shop: KeyCaller, worker: KeyCaller) -> None:
        intent_id = shop.submit()
        shown = reply(worker, intent_id, "on it")
        assert messages(shown) == ["on it"]
        event = shop.events(intent_id)[-1]
        assert (event["event_type"], event["details"]) == ("intent.comment", {"message": "on it"})
        assert event["actor"] == "agent://myorg/production/order-service"
        assert shown["status"] == "pending"

    def test_a_person_replies_in_his_own_name_but_a_viewer_does_not(
        self, shop: KeyCaller, bob: PersonCaller, vera: PersonCaller
    ) -> None:
        intent_id = shop.submit()
        assert reply(bob, intent_id)["timeline"][-1]["actor"] == "bob@myorg.example"
        assert vera.post(f"/inbox/{intent_id}/reply", {"message": "me too"}).status == 403

    def test_nothing_follows_an_ending(self, shop: KeyCaller, worker: KeyCaller) -> None:
        intent_id = shop.submit()
        worker.post(f"/intents/{intent_id}/resume", {}).ok()
        for verb, body in (("reply", {"message": "x"}), ("delegate", {"delegate_to": "shop"}), ("approve", {})):
            refused = worker.post(f"/inbox/{intent_id}/{verb}", body)
            assert (refused.status, refused.code) == (409, "invalid_transition")

    def test_a_repeated_reply_is_one_message(self, shop: KeyCaller, worker: KeyCaller) -> None:
        intent_id = shop.submit()
        path = f"/inbox/{intent_id}/reply"
        first = worker.post(path, {"message": "once"}, key="k")
        again = worker.post(path, {"message": "once"}, key="k")
        assert again.headers["idempotent-replayed"] == "true"
        assert again.raw == first.raw
        assert worker.post(path, {"message": "twice"}, key="k").code == "idempotency_conflict"
        assert messages(thread(worker, intent_id)) == ["once"]

    @pytest.mark.parametrize(
        "body", [{}, {"message": ""}, {"message": "x" * 5001}, {"message": 1}, {"message": "x", "to": "y"}]
    )
    def test_a_malformed_reply_is_refused(self, shop: KeyCaller, worker: KeyCaller, body: dict[str, Any]) -> None:
        assert worker.post(f"/inbox/{shop.submit()}/reply", body).status == 422
