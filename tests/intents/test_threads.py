"""An agent's inbox: what shows in it, and what its owner does with a thread."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from intents.models import HiddenEntry, Workspace
from tests.conftest import Caller, KeyCaller, PersonCaller, make_machine

THREAD = {
    "thread_id",
    "intent_id",
    "status",
    "owner_agent",
    "from_agent",
    "to_agent",
    "created_at",
    "updated_at",
    "timeline",
}
ENTRY = {"event_id", "event_type", "actor", "at", "details"}


def check_shape(thread: dict[str, Any]) -> None:
    """What the published format requires of a thread."""
    assert thread.keys() >= THREAD
    assert thread["thread_id"] == thread["intent_id"] == str(UUID(thread["thread_id"]))
    assert thread["status"] in ("pending", "active", "done")
    assert all(3 <= len(thread[name]) <= 255 for name in ("owner_agent", "from_agent", "to_agent"))
    assert all(datetime.fromisoformat(thread[name]).tzinfo for name in ("created_at", "updated_at"))
    assert thread["timeline"]
    for entry in thread["timeline"]:
        assert entry.keys() >= ENTRY
        assert str(UUID(entry["event_id"])) == entry["event_id"]
        assert 3 <= len(entry["event_type"]) <= 120
        assert 2 <= len(entry["actor"]) <= 120
        assert datetime.fromisoformat(entry["at"]).tzinfo
        assert isinstance(entry["details"], dict)


def threads(caller: Caller, **query: str) -> list[dict[str, Any]]:
    body = caller.get("/inbox", **query).ok()
    assert body["ok"] is True
    for thread in body["threads"]:
        check_shape(thread)
    return body["threads"]


def ids(caller: Caller, **query: str) -> list[str]:
    return [thread["thread_id"] for thread in threads(caller, **query)]


def thread(caller: Caller, thread_id: str, **query: str) -> dict[str, Any]:
    body = caller.get(f"/inbox/{thread_id}", **query).ok()
    check_shape(body["thread"])
    return body["thread"]


def messages(shown: dict[str, Any]) -> list[str]:
    return [entry["details"]["message"] for entry in shown["timeline"] if "message" in entry["details"]]


def reply(caller: Caller, thread_id: str, message: str = "hello") -> dict[str, Any]:
    body = caller.post(f"/inbox/{thread_id}/reply", {"message": message}).ok()
    check_shape(body["thread"])
    return body["thread"]


def clear(caller: Caller, thread_id: str, **body: Any) -> dict[str, Any]:
    done = caller.post(f"/inbox/{thread_id}/messages/delete", body).ok()
    assert done.keys() >= {"ok", "thread", "mode", "deleted_count", "message_ids"}
    assert done["deleted_count"] == len(done["message_ids"])
    check_shape(done["thread"])
    return done


@pytest.fixture
def billing(workspace: Workspace) -> KeyCaller:
    """The key of `billing`, for its own address only."""
    return make_machine(workspace, "billing")


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
