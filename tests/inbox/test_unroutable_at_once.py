"""Tasks that nobody may decide are found at once in a workspace, and are those that are found one by one."""

import random
import time
from datetime import timedelta
from uuid import UUID

from inbox.tasks import selectors
from inbox.tasks.models import Assignment, Task
from intents.kernel import clock
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask

ROUNDS = 12


def test_who_may_decide_is_the_same_at_once_and_task_by_task(shop: KeyCaller, bob: PersonCaller, olga: PersonCaller) -> None:
    seed = int(time.time())
    print(f"seed {seed}")
    dice = random.Random(seed)
    people = [bob.user.id, olga.user.id]
    ids = [UUID(ask(shop, title=f"{n}?", assignees=list(kinds)).task_id) for n, kinds in enumerate(_kinds(dice, bob, olga))]
    workspace_id = Task.objects.get(id=ids[0]).workspace_id
    seen = set[int]()
    for _ in range(ROUNDS):
        for task_id in dice.sample(ids, 4):
            _change(dice, task_id, people)
        one_by_one = {one for one in selectors.unroutable(None) if one in ids}
        at_once = selectors.unroutable(workspace_id)
        assert (set(at_once), len(at_once)) == (one_by_one, len(one_by_one)), seed
        for task_id in ids:
            nobody = not selectors.deciders(Task.objects.get(id=task_id))
            assert nobody == (task_id in one_by_one), (seed, task_id)
        seen.add(len(one_by_one))
    assert seen != {0}


def _kinds(dice: random.Random, bob: PersonCaller, olga: PersonCaller) -> list[list[str]]:
    choice = [[bob.user.email], [olga.user.email], ["approver"], ["Legal"], [bob.user.email, "Legal"]]
    return [dice.choice(choice) for _ in range(8)] + [["Legal"]]


def _change(dice: random.Random, task_id: UUID, people: list[UUID]) -> None:
    """Keep somebody from deciding, let somebody claim it, or let what was delegated for a time be over."""
    excluded = dice.choice([[], people[:1], people[1:], people])
    claimed = dice.choice([None, None, *people])
    state = "claimed" if claimed else "open"
    Task.objects.filter(id=task_id).update(excluded=excluded, claimed_by_id=claimed, state=state)
    Assignment.objects.filter(task_id=task_id).update(live=not claimed)
    ended = clock.now() + timedelta(hours=dice.choice([-1, 1]))
    by = people[0]
    first = Assignment.objects.filter(task_id=task_id).order_by("id")[:1]
    Assignment.objects.filter(id__in=[one.id for one in first]).update(authority="delegate", by_id=by, until=ended)
