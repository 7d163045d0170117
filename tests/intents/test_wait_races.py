"""Whatever ends a wait meets something else that does: one wins, the other learns of it, and nothing is left over."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from inbox.tasks.models import Task
from intents.dispatch import scheduler
from intents.engine.models import Delivery, Intent, IntentEvent, Timer, Wait
from intents.engine.services import children
from intents.engine.services.deliveries import reclaim_expired
from intents.kernel import clock
from tests.callers import Answer, KeyCaller, PersonCaller
from tests.intents import waiting
from tests.intents.factory import take
from tests.intents.waiting import RACES, at_once, complete_job, kinds, look, states, token_of, wait
from tests.turns import share

pytestmark = pytest.mark.slow

rng = waiting.rng
pool = waiting.pool
CANCEL = {"status": "CANCELED", "reason": "not needed"}
ENDS = ("COMPLETED", "FAILED", "CANCELED", "TIMED_OUT")


def cancel(shop: KeyCaller, intent_id: str) -> Answer:
    return shop.post(f"/intents/{intent_id}/resolve", CANCEL)


def expire(intent_id: str) -> Callable[[], None]:
    """The wait's time comes now: what a sweep does then."""
    due = Timer.objects.get(intent_id=intent_id).due_at

    def run() -> None:
        with clock.frozen_at(due + timedelta(seconds=1)):
            scheduler.sweep()

    return run


def resumed(intent_id: str) -> int:
    return IntentEvent.objects.filter(intent_id=intent_id, event_type="intent.resumed").count()


def ready(intent_id: str) -> int:
    return Delivery.objects.filter(intent_id=intent_id, binding="pull", state="ready").count()


def nothing_waits(intent_id: str) -> None:
    assert not Timer.objects.filter(intent_id=intent_id).exists()
    assert not Wait.objects.filter(intent_id=intent_id, state="open").exists()


@pytest.mark.parametrize("on_timeout", ["resume", "fail"])
def test_between_a_callback_and_the_time_out_one_wins(
    shop: KeyCaller, worker: KeyCaller, rng: random.Random, pool: ThreadPoolExecutor, on_timeout: str
) -> None:
    ends = {"satisfied": 0, "expired": 0}
    for _ in range(RACES):
        intent_id = shop.submit()
        token = token_of(wait(worker, intent_id, "tool", tool="t", timeout_seconds=3600, on_timeout=on_timeout))
        called, _ = at_once(pool, lambda token=token: shop.post(f"/callbacks/{token}", {"n": 1}), expire(intent_id))
        (state,) = states(intent_id)
        ends[state] += 1
        nothing_waits(intent_id)
        status = Intent.objects.get(id=intent_id).status
        if state == "satisfied":
            assert (called.status, status, resumed(intent_id), ready(intent_id)) == (200, "IN_PROGRESS", 1, 1)
        else:
            assert (called.status, called.code) == (409, "invalid_transition")
            assert status == ("IN_PROGRESS" if on_timeout == "resume" else "FAILED")
            assert resumed(intent_id) == ready(intent_id) == (1 if on_timeout == "resume" else 0)
    print(ends)


def test_between_a_decision_and_the_time_out_one_wins(
    shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, rng: random.Random, pool: ThreadPoolExecutor
) -> None:
    ends = {"satisfied": 0, "expired": 0}
    for number in range(RACES):
        intent_id = shop.submit()
        on_timeout = "resume" if number % 2 else "fail"
        wait(worker, intent_id, "human", human_task={}, deadline_seconds=3600, on_timeout=on_timeout)
        decide = lambda intent_id=intent_id: bob.post(f"/approvals/{intent_id}/decision", {"decision": "approve"})  # noqa: E731
        decided, _ = at_once(pool, decide, expire(intent_id))
        (state,) = states(intent_id)
        ends[state] += 1
        nothing_waits(intent_id)
        task = Task.objects.get(intent_id=intent_id)
        assert (decided.status, task.state) == ((200, "decided") if state == "satisfied" else (409, "expired"))
        assert resumed(intent_id) == (1 if state == "satisfied" or on_timeout == "resume" else 0)
    print(ends)


def test_between_a_completion_and_a_cancel_one_wins(
    shop: KeyCaller, worker: KeyCaller, rng: random.Random, pool: ThreadPoolExecutor
) -> None:
    for number in range(RACES):
        intent_id = shop.submit()
        wait(worker, intent_id, "tool", tool="t", external_id=f"J{number}")
        completed, canceled = at_once(
            pool, lambda number=number: complete_job(shop, "t", f"J{number}"), lambda i=intent_id: cancel(shop, i)
        )
        # A cancel is right after a completion too; a completion after a cancel is kept for whoever waits for the job.
        assert canceled.status == 200
        assert completed.ok()["applied"] is not completed.ok()["kept"]
        assert states(intent_id) == ["satisfied" if completed.ok()["applied"] else "withdrawn"]
        assert kinds(shop, intent_id)[-1] == "canceled"
        assert ready(intent_id) == 0
        nothing_waits(intent_id)


def test_two_completions_count_once(
    shop: KeyCaller, worker: KeyCaller, rng: random.Random, pool: ThreadPoolExecutor
) -> None:
    for number in range(RACES):
        intent_id = shop.submit()
        token = token_of(wait(worker, intent_id, "tool", tool="t", external_id=f"J{number}"))
        by_name = lambda n=number: complete_job(shop, "t", f"J{n}")  # noqa: E731
        by_token = lambda token=token: shop.post(f"/callbacks/{token}", {})  # noqa: E731
        told = at_once(pool, by_name, rng.choice([by_name, by_token]), by_token)
        assert [one.ok()["applied"] for one in told].count(True) == 1
        assert (resumed(intent_id), ready(intent_id), states(intent_id)) == (1, 1, ["satisfied"])


def test_a_completion_that_meets_its_wait_is_neither_lost_nor_doubled(
    shop: KeyCaller, worker: KeyCaller, rng: random.Random, pool: ThreadPoolExecutor
) -> None:
    ways = {"applied": 0, "kept": 0}
    for number in range(RACES):
        intent_id = shop.submit()
        take(worker)
        lead = rng.uniform(-0.01, 0.01)

        def complete(number: int = number, lead: float = lead) -> Answer:
            time.sleep(max(0, lead))
            return complete_job(shop, "t", f"J{number}", n=number)

        def begin(intent_id: str = intent_id, number: int = number, lead: float = lead) -> Any:
            time.sleep(max(0, -lead))
            return wait(worker, intent_id, "tool", tool="t", external_id=f"J{number}")

        completed, _ = at_once(pool, complete, begin)
        ways["applied" if completed.ok()["applied"] else "kept"] += 1
        assert (states(intent_id), resumed(intent_id)) == (["satisfied"], 1)
        (handed,) = take(worker)
        assert handed.json()["resume"]["result"] == {"n": number}
    print(ways)


def test_of_two_intents_that_wait_for_one_job_one_gets_it(
    shop: KeyCaller, worker: KeyCaller, rng: random.Random, pool: ThreadPoolExecutor
) -> None:
    for number in range(RACES):
        ids = [shop.submit(), shop.submit()]
        body = {"for": "tool", "tool": "t", "external_id": f"J{number}"}
        asked = [lambda i=i, body=body: worker.post(f"/intents/{i}/wait", body) for i in ids]
        *answers, completed = at_once(pool, *asked, lambda n=number: complete_job(shop, "t", f"J{n}"))
        assert sorted(one.status for one in answers) == [200, 409]
        winner = ids[[one.status for one in answers].index(200)]
        assert completed.status == 200
        assert Wait.objects.filter(external_id=f"J{number}").count() == 1
        assert (states(winner), resumed(winner)) == (["satisfied"], 1)


def test_the_ends_of_children_that_meet_the_end_of_their_parent(
    shop: KeyCaller, worker: KeyCaller, machine: KeyCaller, rng: random.Random, pool: ThreadPoolExecutor
) -> None:
    child = {"intent_type": "part.make.v1", "to_agent": "helper", "payload": {}}
    for _ in range(RACES):
        parent = shop.submit()
        body = {"until": rng.choice(["all", "any"]), "timeout_seconds": 3600}
        ids = wait(worker, parent, "agent", intents=[child] * 3, **body)["child_intent_ids"]
        how = rng.choice(["cancel", "expire", "nothing"])
        meets: dict[str, Callable[[], Any]] = {
            "cancel": lambda parent=parent: cancel(shop, parent),
            "expire": expire(parent),
            "nothing": children.relay,
        }
        finish = [lambda i=i: machine.post(f"/intents/{i}/resume", {"done": 1}) for i in ids]
        *finished, _, _ = at_once(pool, *finish, meets[how], children.relay)
        look()
        for one, answer in zip(ids, finished, strict=True):
            expected = {200: "COMPLETED", 409: "CANCELED"}[answer.status]
            assert Intent.objects.get(id=one).status == expected
        status = Intent.objects.get(id=parent).status
        (state,) = states(parent)
        nothing_waits(parent)
        assert resumed(parent) == (1 if state == "satisfied" else 0)
        assert status in {"cancel": ("CANCELED",), "expire": ("FAILED", "IN_PROGRESS"), "nothing": ("IN_PROGRESS",)}[how]
        assert (status == "FAILED") == (state == "expired")
        assert not Delivery.objects.filter(binding="parent", state="ready").exists()


def test_between_a_transfer_and_the_holders_result_one_wins(
    shop: KeyCaller, worker: KeyCaller, peer: KeyCaller, stranger: KeyCaller, rng: random.Random, pool: ThreadPoolExecutor
) -> None:
    for _ in range(RACES):
        intent_id = shop.submit()
        (held,) = take(worker)
        token = str(held.delivery.lease_token)
        transfer = lambda i=intent_id: shop.post(f"/intents/{i}/transfer", {"to_agent": "stranger"})  # noqa: E731
        finish = lambda i=intent_id, t=token: worker.post(f"/intents/{i}/resume", {"lease_token": t})  # noqa: E731
        moved, finished = at_once(pool, transfer, finish)
        shown = Intent.objects.get(id=intent_id)
        if finished.status == 200:
            assert (moved.status, shown.status, shown.mailbox) == (409, "COMPLETED", "order-service")
        else:
            assert (moved.status, finished.status, shown.mailbox) == (200, 404, "stranger")
            (again,) = take(stranger)
            assert str(again.intent.id) == intent_id
            assert again.delivery.attempt == 1
            stranger.post(f"/intents/{intent_id}/resume", {"by": "stranger"}).ok()


def test_sixteen_writers_on_families_never_end_in_a_deadlock(
    shop: KeyCaller,
    worker: KeyCaller,
    machine: KeyCaller,
    rng: random.Random,
    pool: ThreadPoolExecutor,
    caplog: pytest.LogCaptureFixture,
) -> None:
    child = {"intent_type": "part.make.v1", "to_agent": "helper", "payload": {}}
    ends_at = time.monotonic() + share(4, whole=60)
    seeds = [rng.randrange(2**32) for _ in range(16)]

    def grow(dice: random.Random) -> list[Answer]:
        parent = shop.submit()
        body = {"for": "agent", "intents": [child] * dice.randint(1, 4), "timeout_seconds": dice.uniform(0.05, 0.5)}
        answer = worker.post(f"/intents/{parent}/wait", body | {"on_timeout": dice.choice(["fail", "resume"])})
        ids = answer.json.get("child_intent_ids", [])
        deeper = [machine.post(f"/intents/{one}/wait", body) for one in ids if dice.random() < 0.4]
        return [answer, *deeper]

    def some(dice: random.Random) -> str | None:
        live = Intent.objects.exclude(status__in=ENDS)
        ids = list(live.order_by("-id").values_list("id", flat=True)[:40])
        return str(dice.choice(ids)) if ids else None

    def act(dice: random.Random) -> list[Answer]:
        match dice.randrange(8):
            case 0 | 1:
                return grow(dice)
            case 2:
                body = {"older_than_hours": 0, "dry_run": False, "limit": dice.randint(2, 20)}
                return [machine.post("/intents/bulk-cancel", body)]
            case 3:
                scheduler.sweep()
            case 4:
                children.relay()
            case 5:
                take(machine, dice.choice(["helper", "order-service"]), limit=5)
                reclaim_expired()
            case verb:
                if chosen := some(dice):
                    path = f"/intents/{chosen}"
                    body = {
                        "status": dice.choice(["COMPLETED", "FAILED", "CANCELED"]),
                        "reason": "x",
                        "result": {},
                        "error": {},
                    }
                    done = machine.post(f"{path}/resolve", body) if verb == 6 else machine.post(f"{path}/resume", {"n": 1})
                    return [done]
        return []

    def write(seed: int) -> dict[int, int]:
        dice, seen = random.Random(seed), dict[int, int]()
        # On a slow machine a lock may be waited for longer than a request would; what must not come is a deadlock.
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '60s'; SET statement_timeout = '60s'")
        while time.monotonic() < ends_at:
            for answer in act(dice):
                assert answer.status in (200, 403, 409), answer.raw
                seen[answer.status] = seen.get(answer.status, 0) + 1
        return seen

    told = at_once(pool, *[lambda seed=seed: write(seed) for seed in seeds])
    print({status: sum(one.get(status, 0) for one in told) for status in (200, 403, 409)})
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    while Delivery.objects.filter(binding="parent", state="ready").exists():
        look()
    for row in Intent.objects.filter(status="WAITING"):
        ended = Intent.objects.filter(parent_id=row.id, status__in=ENDS).count()
        assert ended < Intent.objects.filter(parent_id=row.id).count()
    left = Intent.objects.exclude(status__in=ENDS).exclude(parent_id=None).values_list("parent_id", flat=True)
    assert set(Intent.objects.filter(id__in=set(left), status__in=ENDS).values_list("status", flat=True)) <= {"COMPLETED"}
