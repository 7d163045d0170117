"""Bulk operations over the API, carried out by a worker of this process."""

from typing import Any
from uuid import uuid4

import pytest

from inbox.operations.bulk import choosing, runner
from inbox.operations.bulk.actions import ACTIONS
from inbox.operations.bulk.actions.about import INTENTS
from inbox.operations.bulk.services import orders
from inbox.operations.models import BulkItem
from intents import auth
from intents.accounts.models import AuditEntry, Workspace
from intents.accounts.services import tenancy
from intents.engine.lifecycle import Status, WaitReason
from intents.kernel.actors import Role
from tests import turns
from tests.callers import SETUP, KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.bulks import ARGUMENTS, counts, order, shown
from tests.intents.factory import STATES, make


def test_a_bulk_cancels_what_was_picked_and_tells_what_became_of_each(
    olga: PersonCaller, shop: KeyCaller, worker: KeyCaller
) -> None:
    live = [shop.submit(), make(WaitReason.HUMAN, sender=shop, handler=worker).id]
    over = make(Status.COMPLETED, sender=shop, handler=worker).id
    unknown = str(uuid4())
    made = order(olga, [*live, over, unknown, live[0]])
    assert made["matched"] == 4
    assert made["skipped"] == [{"reason": "already over", "count": 1}, {"reason": "not found", "count": 1}]
    assert shown(olga, made["bulk_id"])["state"] == "queued"
    runner.work()
    done = shown(olga, made["bulk_id"])
    assert (done["state"], counts(done)) == ("done", (4, 2, 2, 0))
    assert [shop.intent(one)["status"] for one in live] == ["CANCELED", "CANCELED"]
    found = olga.get(f"/operations/bulk/{made['bulk_id']}/items").ok()["items"]
    told = {one["intent_id"]: (one["result"], one["reason"]) for one in found}
    assert told == dict.fromkeys(live, ("succeeded", None)) | {
        over: ("skipped", "already over"),
        unknown: ("skipped", "not found"),
    }
    ended = shop.events(live[0])[-1]
    assert ended["actor"] == "olga@myorg.example"
    assert ended["details"] == {"reason": "no longer needed", "bulk_id": made["bulk_id"]}


@pytest.mark.slow
@pytest.mark.parametrize("state", turns.each(STATES, of=2, ids=list(map(str, STATES))))
@pytest.mark.parametrize("action", [name for name, one in ACTIONS.items() if one.about is INTENTS])
def test_what_a_preview_says_is_what_comes_of_it(
    action: str,
    state: Status | WaitReason,
    alice: PersonCaller,
    bob: PersonCaller,
    shop: KeyCaller,
    worker: KeyCaller,
) -> None:
    one = make(state, sender=shop, handler=worker).id
    arguments = ARGUMENTS.get(action, {})
    before = shop.intent(one)
    told = order(alice, [one], action, arguments=arguments, preview=True)
    assert told["bulk_id"] is None
    assert told["kinds"] == [{"intent_type": "order.fulfill.v1", "count": 1}]
    assert alice.get("/operations/bulk").ok()["bulks"] == []
    made = order(alice, [one], action, arguments=arguments)
    assert (made["matched"], made["skipped"], made["kinds"]) == (told["matched"], told["skipped"], told["kinds"])
    runner.work()
    done = shown(alice, made["bulk_id"])
    assert done["skipped_reasons"] == told["skipped"]
    assert counts(done) == (1, 0, 1, 0) if told["skipped"] else (1, 1, 0, 0)
    assert (shop.intent(one) == before) is bool(told["skipped"])
    if state is WaitReason.HUMAN and action in ("resume", "retry", "transfer"):
        assert told["skipped"] == [{"reason": "waits for a person", "count": 1}]


def test_each_action_does_what_the_call_about_one_intent_does(
    now: SettableClock, olga: PersonCaller, shop: KeyCaller, worker: KeyCaller
) -> None:
    asleep = make(WaitReason.TIME, sender=shop, handler=worker).id
    failed = make(Status.IN_PROGRESS, sender=shop, handler=worker).id
    worker.post(f"/intents/{failed}/fail", {"error": {"code": "busy"}, "retryable": True}).ok()
    fresh = shop.submit()
    made = [
        order(olga, [asleep], "resume", arguments={"resume": {"go": "on"}}),
        order(olga, [failed], "retry"),
        order(olga, [fresh], "transfer", arguments={"to_agent": "back-office"}),
    ]
    runner.work()
    assert [counts(shown(olga, one["bulk_id"])) for one in made] == [(1, 1, 0, 0)] * 3
    later = order(olga, [fresh], "set_deadline", arguments={"deadline_at": "2031-01-01T00:00:00Z"})
    runner.work()
    assert counts(shown(olga, later["bulk_id"])) == (1, 1, 0, 0)
    resumed, retried, moved = (shop.intent(one) for one in (asleep, failed, fresh))
    assert (resumed["status"], retried["status"], moved["to_agent"]) == ("IN_PROGRESS", "IN_PROGRESS", "back-office")
    assert moved["deadline_at"] == "2031-01-01T00:00:00.000000Z"
    assert shop.events(asleep)[-1]["details"]["resume"] == {"go": "on"}
    for one, by in zip((asleep, failed, fresh), made, strict=True):
        assert by["bulk_id"] in [event["details"].get("bulk_id") for event in shop.events(one) if event["details"]]


def test_only_those_who_repair_order_or_abort_a_bulk_and_those_who_watch_look_at_it(
    alice: PersonCaller,
    olga: PersonCaller,
    bob: PersonCaller,
    vera: PersonCaller,
    charlie: PersonCaller,
    machine: KeyCaller,
    shop: KeyCaller,
) -> None:
    intent = shop.submit()
    bulk = order(olga, [intent])["bulk_id"]
    body = {"action": "cancel", "ids": [intent], "reason": "x"}
    paths = [f"/operations/bulk/{bulk}", f"/operations/bulk/{bulk}/items"]
    for caller, looking in ((machine, 403), (shop, 403), (bob, 403), (charlie, 404), (vera, 200)):
        assert [caller.get(path).status for path in paths] == [looking] * 2
        assert caller.post(f"/operations/bulk/{bulk}/abort").status == (403 if looking == 200 else looking)
    assert vera.get("/operations/bulk").ok()["bulks"] == alice.get("/operations/bulk").ok()["bulks"] != []
    for caller in (machine, shop, bob):
        assert caller.get("/operations/bulk").status == 403
    for caller in (machine, shop, vera, bob):
        assert caller.post("/operations/bulk", body).status == 403
        assert caller.post("/operations/bulk", body | {"preview": True}).status == 403
    assert charlie.get("/operations/bulk").ok()["bulks"] == []
    theirs = order(charlie, [intent])
    assert (theirs["kinds"], theirs["skipped"]) == ([], [{"reason": "not found", "count": 1}])
    assert alice.post(f"/operations/bulk/{bulk}/abort").ok()["aborted_by"] == "alice@myorg.example"
    runner.work()
    assert (shop.intent(intent)["status"], counts(shown(charlie, theirs["bulk_id"]))) == ("SUBMITTED", (1, 0, 1, 0))
    assert order(machine.also(alice), [intent])["matched"] == 1


def test_what_was_ordered_is_not_done_for_somebody_who_may_not_any_more(
    workspace: Workspace, alice: PersonCaller, olga: PersonCaller, shop: KeyCaller
) -> None:
    intent = shop.submit()
    bulk = order(olga, [intent])["bulk_id"]
    tenancy.set_member(actor=SETUP, workspace=workspace, user=olga.user, role=Role.VIEWER)
    runner.work()
    assert shown(alice, bulk)["skipped_reasons"] == [{"reason": "not allowed", "count": 1}]
    assert shop.intent(intent)["status"] == "SUBMITTED"


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no intents": ({"filter": None}, "filter"),
    "an empty filter": ({"filter": {}}, "filter"),
    "a blank filter": ({"filter": {"q": "  "}}, "filter"),
    "a null filter": ({"filter": {"q": None}}, "filter"),
    "a filter that is not understood": ({"filter": {"q": "is:odd"}}, "filter.q"),
    "a filter and ids": ({"filter": {"q": "is:open"}, "ids": [str(uuid4())]}, "filter"),
    "no ids": ({"ids": []}, "ids"),
    "too many ids": ({"ids": [str(uuid4()) for _ in range(1001)]}, "ids"),
    "no reason": ({"ids": [str(uuid4())], "reason": " "}, "reason"),
    "an unknown action": ({"ids": [str(uuid4())], "action": "delete"}, "action"),
    "an argument too many": ({"ids": [str(uuid4())], "arguments": {"to_agent": "x"}}, "arguments.to_agent"),
    "no agent": ({"ids": [str(uuid4())], "action": "transfer"}, "arguments.to_agent"),
    "a time that is over": (
        {"ids": [str(uuid4())], "action": "set_deadline", "arguments": {"deadline_at": "2020-01-01T00:00:00Z"}},
        "arguments.deadline_at",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_it_is_refused_by_name(kind: str, olga: PersonCaller) -> None:
    fields, named = REFUSED[kind]
    answer = olga.post("/operations/bulk", {"action": "cancel", "reason": "x"} | fields)
    assert (answer.status, answer.json["error"]["details"]["field"]) == (422, named)
    if kind == "an unknown action":
        assert all(action in answer.json["error"]["message"] for action in ACTIONS)
    if kind == "too many ids":
        assert "1000" in answer.json["error"]["message"]
    assert olga.get("/operations/bulk").ok()["bulks"] == []


def test_a_filter_is_about_what_it_found_when_it_was_ordered(
    olga: PersonCaller, shop: KeyCaller, worker: KeyCaller, charlie: PersonCaller, foreign_machine: KeyCaller
) -> None:
    found = [shop.submit() for _ in range(3)]
    other = shop.submit("billing")
    theirs = foreign_machine.submit()
    over = make(Status.COMPLETED, sender=shop, handler=worker).id
    q = "agent:order-service from:shop"
    told, made = order(olga, q, preview=True), order(olga, q)
    assert made["matched"] == told["matched"] == 4
    assert made["skipped"] == told["skipped"] == [{"reason": "already over", "count": 1}]
    later = shop.submit()
    runner.work()
    done = shown(olga, made["bulk_id"])
    assert (done["filter"], counts(done)) == ({"q": q}, (4, 3, 1, 0))
    assert [shop.intent(one)["status"] for one in [*found, over]] == ["CANCELED"] * 3 + ["COMPLETED"]
    assert [shop.intent(one)["status"] for one in (other, later)] == ["SUBMITTED"] * 2
    assert foreign_machine.intent(theirs)["status"] == "SUBMITTED"


def test_a_filter_is_read_page_by_page_to_its_end(
    olga: PersonCaller, shop: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "PAGE", 2)
    for _ in range(5):
        shop.submit()
    assert order(olga, "is:open")["matched"] == 5
    monkeypatch.setattr(orders, "MOST", 4)
    answer = olga.post("/operations/bulk", {"action": "cancel", "reason": "x", "filter": {"q": "is:open"}})
    assert (answer.status, answer.json["error"]["details"]["field"]) == (422, "filter")


def test_a_bulk_is_ordered_once_under_an_idempotency_key(olga: PersonCaller, shop: KeyCaller) -> None:
    body = {"action": "cancel", "ids": [shop.submit()], "reason": "x"}
    first, second = (olga.post("/operations/bulk", body, key="once").ok() for _ in range(2))
    assert first == second
    assert len(olga.get("/operations/bulk").ok()["bulks"]) == 1


def test_bulks_are_pruned_with_their_items_when_they_are_long_over(
    now: SettableClock, olga: PersonCaller, shop: KeyCaller
) -> None:
    old = order(olga, [shop.submit()])["bulk_id"]
    runner.work()
    now.advance(days=runner.KEPT_DAYS + 1)
    auth.forget()
    new = order(olga, [shop.submit()])["bulk_id"]
    assert runner.prune() == 1
    assert [one["bulk_id"] for one in olga.get("/operations/bulk").ok()["bulks"]] == [new]
    assert olga.get(f"/operations/bulk/{old}").status == 404
    assert BulkItem.objects.count() == 1


def test_who_ordered_and_who_aborted_is_in_the_audit_log(olga: PersonCaller, alice: PersonCaller, shop: KeyCaller) -> None:
    first, second = (order(olga, [shop.submit()])["bulk_id"] for _ in range(2))
    alice.post(f"/operations/bulk/{second}/abort").ok()
    runner.work()
    found = AuditEntry.objects.filter(action__startswith="bulk.").order_by("id").values_list("action", "actor", "subject")
    assert list(found) == [
        ("bulk.create", "olga@myorg.example", first),
        ("bulk.create", "olga@myorg.example", second),
        ("bulk.abort", "alice@myorg.example", second),
        ("bulk.end", "system:bulk", first),
    ]
