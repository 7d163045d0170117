"""Many decide at once, or decide while the task ends: the first commit wins and everybody else learns of it."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import connection

from inbox.tasks.models import Decision, Task
from intents.accounts.models import Workspace
from intents.kernel.actors import Role
from tests.callers import Answer, KeyCaller, PersonCaller, make_person
from tests.inbox.conftest import Asked, ask, ask_midway
from tests.turns import share

pytestmark = pytest.mark.slow

RACES = share(24, whole=200)
DECIDERS = 4


def decide_somehow(rng: random.Random, who: PersonCaller, asked: Asked) -> Callable[[], Answer]:
    """A decision of `who` on some surface."""
    outcome = rng.choice(["approved", "rejected"])
    verdict = {"decision": {"approved": "approve", "rejected": "reject"}[outcome]}
    ways: list[Callable[[], Answer]] = [
        lambda: asked.decide(who, outcome),
        lambda: who.post(f"/approvals/{asked.task_id}/decision", verdict),
        lambda: who.post(f"/approvals/{asked.intent_id}/decision", verdict),
        lambda: who.post(f"/intents/{asked.intent_id}/resume", {"task_result": {"outcome": outcome}}),
    ]
    return rng.choice(ways)


def at_once(pool: ThreadPoolExecutor, calls: list[Callable[[], Answer]]) -> list[Answer]:
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Answer]) -> Answer:
        barrier.wait(30)
        try:
            return call()
        finally:
            connection.close()

    return list(pool.map(run, calls))


@pytest.fixture
def rng() -> random.Random:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    return random.Random(seed)


def test_of_many_deciders_one_wins_and_the_others_learn_who(
    workspace: Workspace, shop: KeyCaller, worker: KeyCaller, rng: random.Random
) -> None:
    people = [make_person(workspace, f"p{n}@myorg.example", Role.APPROVER) for n in range(DECIDERS)]
    with ThreadPoolExecutor(DECIDERS) as pool:
        for race in range(RACES):
            asked = ask_midway(shop, worker) if race % 2 else ask(shop)
            answers = at_once(pool, [decide_somehow(rng, who, asked) for who in people])
            winners = [who for who, answer in zip(people, answers, strict=True) if answer.status == 200]
            assert len(winners) == 1, [(one.status, one.raw) for one in answers]
            lost = [answer for answer in answers if answer.status != 200]
            assert {(one.status, one.code) for one in lost} == {(409, "already_decided")}
            assert {one.json["error"]["details"]["decided_by"] for one in lost} == {winners[0].user.email}
            assert Decision.objects.get(task_id=asked.task_id).person == winners[0].user
            assert shop.intent(asked.intent_id)["status"] == ("IN_PROGRESS" if race % 2 else "COMPLETED")


def test_between_a_decision_and_a_cancel_one_wins(
    workspace: Workspace, shop: KeyCaller, bob: PersonCaller, rng: random.Random
) -> None:
    with ThreadPoolExecutor(2) as pool:
        for _ in range(RACES):
            asked = ask(shop)
            cancel = partial(
                shop.post, f"/intents/{asked.intent_id}/resolve", {"status": "CANCELED", "reason": "not needed"}
            )
            decided, canceled = at_once(pool, [decide_somehow(rng, bob, asked), cancel])
            task, status = Task.objects.get(id=asked.task_id), shop.intent(asked.intent_id)["status"]
            if decided.status == 200:
                assert (canceled.status, task.state, status) == (409, "decided", "COMPLETED")
            else:
                assert (decided.code, canceled.status) == ("invalid_transition", 200)
                assert (task.state, status) == ("withdrawn", "CANCELED")
                assert not Decision.objects.filter(task=task).exists()
