"""Everything that can be done to a task at once: whatever wins, the task ends once, by one decision at most."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.conf import LazySettings
from django.db import connection

from inbox.tasks.models import Decision, Task
from inbox.vocabulary.errors import AlreadyDecided
from intents.accounts.models import Workspace
from intents.dispatch import scheduler
from intents.kernel.actors import Role
from intents.kernel.errors import DomainError
from tests.callers import Answer, KeyCaller, PersonCaller, make_person
from tests.inbox.conftest import Asked, ask, ask_midway
from tests.inbox.test_races import RACES, decide_somehow

HELD_SECONDS = 0.04
STATUSES = {
    # What goes on after a decision can still be canceled.
    "decided": {"IN_PROGRESS", "COMPLETED", "CANCELED"},
    "withdrawn": {"CANCELED"},
    "expired": {"FAILED"},
}

Try = Callable[[], str | None]
"""Does something, and returns the code of its refusal."""


@pytest.fixture
def rng() -> random.Random:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    return random.Random(seed)


def due_in(asked: Asked, seconds: float) -> None:
    """Let the wait of a task end so soon, which nobody may ask for over the API."""
    at = f"clock_timestamp() + interval '{seconds:f} s'"
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH task AS (UPDATE inbox_task SET due_at = {at} WHERE id = %s RETURNING id, wait_id, due_at),"
            " waits AS (UPDATE intents_wait w SET deadline_at = due_at FROM task WHERE w.id = wait_id),"
            " timers AS (UPDATE intents_timer t SET due_at = task.due_at, next_at = task.due_at FROM task"
            "            WHERE subject_id = wait_id)"
            " UPDATE inbox_assignment a SET due_order = due_at FROM task WHERE a.task_id = task.id",
            [asked.task_id],
        )


def on_page(asked: Asked, who: PersonCaller) -> str | None:
    try:
        asked.decide_on_page(who, "approved")
    except DomainError as refusal:
        return refusal.code
    return None


def undone_soon(asked: Asked, who: PersonCaller) -> str | None:
    """Takes back what `who` decided, or is about to."""
    for _ in range(8):
        code = asked.post(who, "undo").code
        if code != "invalid_transition":
            return code
        time.sleep(HELD_SECONDS / 4)
    return code


def swept(seconds: float) -> str | None:
    over = time.monotonic() + seconds
    while time.monotonic() < over:
        scheduler.sweep()
        time.sleep(HELD_SECONDS / 2)
    return None


def tries(rng: random.Random, asked: Asked, shop: KeyCaller, people: list[PersonCaller]) -> list[tuple[str, Try]]:
    """One of each kind, by random people; deciders twice."""
    cancel = {"status": "CANCELED", "reason": "not needed"}
    ways: list[tuple[str, Try]] = [
        ("decide", partial(_code, decide_somehow(rng, rng.choice(people), asked))),
        ("decide", partial(_code, decide_somehow(rng, rng.choice(people), asked))),
        ("decide", partial(on_page, asked, people[0])),
        ("undo", partial(undone_soon, asked, people[0])),
        ("claim", partial(_code, partial(asked.post, rng.choice(people), "claim"))),
        ("release", partial(_code, partial(asked.post, rng.choice(people), "release"))),
        (
            "delegate",
            partial(_code, partial(asked.post, people[1], "delegate", {"to": rng.choice(people).user.email})),
        ),
        ("sweep", partial(swept, HELD_SECONDS * 2)),
    ]
    if rng.random() < 0.3:
        ways.append(("cancel", partial(_code, partial(shop.post, f"/intents/{asked.intent_id}/resolve", cancel))))
    rng.shuffle(ways)
    return ways


def _code(call: Callable[[], Answer]) -> str | None:
    return call().code


def at_once(
    pool: ThreadPoolExecutor, calls: list[tuple[str, Try]], rng: random.Random, within: float = HELD_SECONDS * 2
) -> list[tuple[str, str | None]]:
    barrier = Barrier(len(calls))
    delays = [rng.random() * within for _ in calls]

    def run(number: int) -> tuple[str, str | None]:
        kind, call = calls[number]
        barrier.wait(30)
        time.sleep(delays[number])
        try:
            return kind, call()
        finally:
            connection.close()

    return list(pool.map(run, range(len(calls))))


def settled(asked: Asked) -> Task:
    """The task once nothing is held any more."""
    for _ in range(100):
        scheduler.sweep()
        task = Task.objects.get(id=asked.task_id)
        if task.state != "held":
            return task
        time.sleep(HELD_SECONDS)
    raise AssertionError("a held decision was never released")


@pytest.mark.slow
@pytest.mark.parametrize("due", [False, True])
def test_whatever_happens_at_once_a_task_ends_by_one_decision_at_most(
    workspace: Workspace, settings: LazySettings, shop: KeyCaller, worker: KeyCaller, rng: random.Random, due: bool
) -> None:
    settings.UNDO_SECONDS = HELD_SECONDS
    people = [make_person(workspace, f"p{n}@myorg.example", Role.APPROVER) for n in range(3)]
    ended: set[str] = set()
    undone = 0
    with ThreadPoolExecutor(10) as pool:
        for race in range(RACES):
            asked = ask_midway(shop, worker, deadline_seconds=600) if due or race % 2 else ask(shop)
            if due:
                due_in(asked, rng.random() * HELD_SECONDS * 4)
            answers = at_once(pool, tries(rng, asked, shop, people), rng)
            task = settled(asked)
            codes = {code for _, code in answers}
            assert codes <= {None, "already_decided", "invalid_transition", "policy_denied", "schema_invalid"}, answers
            made = list(Decision.objects.filter(task=task))
            assert len(made) == sum(kind == "decide" and code is None for kind, code in answers), answers
            holding = [one for one in made if one.void_at is None]
            taken_back = [one for one in made if one.void_reason == "taken_back"]
            assert len(taken_back) == sum(kind == "undo" and code is None for kind, code in answers), answers
            assert len(holding) == (task.state == "decided"), (task.state, answers)
            status = shop.intent(asked.intent_id)["status"]
            assert status in STATUSES.get(task.state, {"WAITING"}), (task.state, answers)
            told = [one for one in shop.events(asked.intent_id) if "decision" in one["details"]]
            assert [one["details"]["decision"]["outcome"] for one in told] == [one.outcome for one in holding]
            ended.add(task.state)
            undone += len(taken_back)
            if task.state in ("open", "claimed"):
                shop.post(f"/intents/{asked.intent_id}/resolve", {"status": "CANCELED", "reason": "the end"}).ok()
    print(sorted(ended), undone)
    assert "decided" in ended
    if due:
        assert "expired" in ended


@pytest.mark.slow
def test_between_taking_back_and_taking_effect_one_wins(
    settings: LazySettings, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, rng: random.Random
) -> None:
    settings.UNDO_SECONDS = held = 0.1
    won = {"undo": 0, "effect": 0}
    with ThreadPoolExecutor(2) as pool:
        for race in range(RACES):
            asked = ask_midway(shop, worker) if race % 2 else ask(shop)
            until = asked.decide_on_page(bob).task.held_until
            assert until is not None
            calls: list[tuple[str, Try]] = [
                ("undo", partial(_code, partial(asked.post, bob, "undo"))),
                ("sweep", partial(swept, held)),
            ]
            (_, code), _ = at_once(pool, calls, rng, within=held * 1.5)
            task = settled(asked)
            if code is None:
                won["undo"] += 1
                assert (task.state, shop.intent(asked.intent_id)["status"]) == ("open", "WAITING")
            else:
                won["effect"] += 1
                assert code == AlreadyDecided.code
                assert (task.state, Decision.objects.get(task=task).void_at) == ("decided", None)
    print(won)
    assert all(won.values())
