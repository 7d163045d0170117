"""Stored steps and transfers: what was done is done once, whoever goes on with the work."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from intents.engine.lifecycle import Status, WaitReason
from intents.engine.models import StoredStep
from tests.callers import Answer, KeyCaller, PersonCaller, segment
from tests.conftest import SettableClock
from tests.intents import waiting
from tests.intents.factory import make, take
from tests.intents.waiting import at_once, handed, look, wait

pool = waiting.pool
ANY_JSON: list[Any] = [None, True, 0, -1.5, 2**53 - 1, "", "ünïcode 😀", [], {}, [1, [2, {"a": None}]], {"": {"b": []}}]


def put(caller: Any, intent_id: str, key: str, body: dict[str, Any]) -> Answer:
    answer: Answer = caller.send("PUT", f"/intents/{intent_id}/steps/{segment(key)}", raw=json.dumps(body).encode())
    return answer


@pytest.fixture
def at_work(shop: KeyCaller, worker: KeyCaller) -> str:
    return make(Status.IN_PROGRESS, sender=shop, handler=worker).id


def test_a_step_is_stored_once_and_keeps_its_first_result(worker: KeyCaller, at_work: str) -> None:
    first = put(worker, at_work, "pay", {"result": {"paid": 1}})
    again = put(worker, at_work, "pay", {"result": {"paid": 2}})
    assert (first.status, again.status) == (201, 200)
    assert first.json["step"] == again.json["step"]
    assert again.json["step"]["result"] == {"paid": 1}


def test_any_json_value_is_a_result(worker: KeyCaller, at_work: str) -> None:
    for number, value in enumerate(ANY_JSON):
        assert put(worker, at_work, f"s{number}", {"result": value}).status == 201
    steps = worker.get(f"/intents/{at_work}/steps").ok()["steps"]
    assert [(one["key"], one["result"]) for one in steps] == [(f"s{n}", value) for n, value in enumerate(ANY_JSON)]


@pytest.mark.parametrize("key", ["a b", "1.2.3", "größe", "x" * 255, "50%", "a?b#c"])
def test_a_steps_key_is_any_text(worker: KeyCaller, at_work: str, key: str) -> None:
    assert put(worker, at_work, key, {"result": 1}).status == 201
    assert put(worker, at_work, key, {"result": 2}).json["step"]["result"] == 1
    assert [one["key"] for one in worker.get(f"/intents/{at_work}/steps").ok()["steps"]] == [key]


@pytest.mark.parametrize(
    ("key", "body", "status"),
    [
        ("x" * 256, {"result": 1}, 422),
        ("k", {}, 422),
        ("k", {"result": 1, "more": 1}, 422),
        ("k", {"result": "x" * 200 * 1024}, 413),
        ("k", {"result": 1, "lease_token": "x"}, 422),
    ],
)
def test_a_malformed_step_is_refused(worker: KeyCaller, at_work: str, key: str, body: dict[str, Any], status: int) -> None:
    assert put(worker, at_work, key, body).status == status
    assert not StoredStep.objects.exists()


def test_concurrent_stores_of_a_step_keep_one(worker: KeyCaller, at_work: str, pool: ThreadPoolExecutor) -> None:
    for number in range(20):
        puts = [lambda n=n, k=f"s{number}": put(worker, at_work, k, {"result": n}) for n in range(4)]
        answers = at_once(pool, *puts)
        assert sorted(one.status for one in answers) == [200, 200, 200, 201]
        assert len({one.json["step"]["result"] for one in answers}) == 1


def test_only_the_agent_stores_steps(
    shop: KeyCaller, stranger: KeyCaller, foreign_machine: KeyCaller, alice: PersonCaller, at_work: str
) -> None:
    assert [put(one, at_work, "k", {"result": 1}).status for one in (shop, alice, stranger, foreign_machine)] == [
        403,
        403,
        404,
        404,
    ]
    assert [one.get(f"/intents/{at_work}/steps").status for one in (stranger, foreign_machine)] == [404, 404]
    assert not StoredStep.objects.exists()


@pytest.mark.parametrize("state", [Status.COMPLETED, Status.FAILED, Status.CANCELED, Status.TIMED_OUT, WaitReason.TIME])
def test_no_step_is_stored_when_nobody_is_at_work(shop: KeyCaller, worker: KeyCaller, state: Status | WaitReason) -> None:
    made = make(state, sender=shop, handler=worker)
    assert put(worker, made.id, "k", {"result": 1}).status == 409


def test_a_worker_that_was_replaced_stores_nothing_and_its_successor_reads_what_was_done(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, peer: KeyCaller
) -> None:
    made = make(Status.IN_PROGRESS, sender=shop, handler=worker)
    assert made.leased is not None
    token = str(made.leased.delivery.lease_token)
    assert put(worker, made.id, "s1", {"result": 1, "lease_token": token}).status == 201
    worker.post(f"/intents/{made.id}/checkpoint", {"step": 47, "total": 50, "message": "47 of 50", "state": {"at": 47}}).ok()
    now.advance(hours=1)
    look()
    again = handed(peer)
    assert again["checkpoint"] == {"step": 47, "total": 50, "message": "47 of 50", "state": {"at": 47}}
    assert put(worker, made.id, "s2", {"result": 2, "lease_token": token}).code == "stale_lease"
    assert [one["key"] for one in peer.get(f"/intents/{made.id}/steps").ok()["steps"]] == ["s1"]
    assert put(peer, made.id, "s1", {"result": "again", "lease_token": again["lease_token"]}).json["step"]["result"] == 1


def test_a_transferred_intent_is_handed_to_the_other_agent_anew(
    shop: KeyCaller, worker: KeyCaller, stranger: KeyCaller
) -> None:
    made = make(Status.IN_PROGRESS, sender=shop, handler=worker)
    assert made.leased is not None
    put(worker, made.id, "s1", {"result": 1})
    worker.post(f"/intents/{made.id}/checkpoint", {"step": 1}).ok()
    worker.post(f"/intents/{made.id}/transfer", {"to_agent": "stranger"}).ok()
    assert worker.post(f"/intents/{made.id}/resume", {"done": 1}).status == 404
    again = handed(stranger)
    assert (again["intent_id"], again["checkpoint"]["step"], again["delivery_attempt"]) == (made.id, 1, 1)
    assert [one["key"] for one in stranger.get(f"/intents/{made.id}/steps").ok()["steps"]] == ["s1"]
    stranger.post(f"/intents/{made.id}/resume", {"done": 1}).ok()
    assert shop.intent(made.id)["status"] == "COMPLETED"


@pytest.mark.parametrize("taken", [False, True])
def test_what_ended_the_wait_goes_along_with_a_transfer(
    shop: KeyCaller, worker: KeyCaller, stranger: KeyCaller, taken: bool
) -> None:
    intent_id = shop.submit()
    wait(worker, intent_id, "tool", tool="printer", external_id="J1")
    waiting.complete_job(shop, "printer", "J1", pages=3).ok()
    if taken:
        take(worker)
    shop.post(f"/intents/{intent_id}/transfer", {"to_agent": "stranger"}).ok()
    assert handed(stranger)["resume"]["result"] == {"pages": 3}


@pytest.mark.parametrize(
    ("to_agent", "status"),
    [
        ("order-service", 422),
        ("agent://myorg/production/order-service", 422),
        ("agent://rivals/production/x", 404),
        ("", 422),
    ],
)
def test_a_transfer_to_nobody_else_is_refused(shop: KeyCaller, worker: KeyCaller, to_agent: str, status: int) -> None:
    made = make(Status.IN_PROGRESS, sender=shop, handler=worker)
    assert worker.post(f"/intents/{made.id}/transfer", {"to_agent": to_agent}).status == status
    worker.post(f"/intents/{made.id}/resume", {"done": 1}).ok()


@pytest.mark.parametrize("state", [*WaitReason, Status.COMPLETED, Status.CANCELED])
def test_an_intent_that_waits_or_is_over_is_not_transferred(
    shop: KeyCaller, worker: KeyCaller, state: Status | WaitReason
) -> None:
    made = make(state, sender=shop, handler=worker)
    assert worker.post(f"/intents/{made.id}/transfer", {"to_agent": "stranger"}).status in (403, 409)
    assert made.row.mailbox == "order-service"
