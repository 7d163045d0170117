"""Many vote at once, on every surface: counted exactly, distinct people, one outcome. `VOTES` sets how many votes."""

import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from inbox.tasks import votes
from inbox.tasks.models import Decision, Task
from intents.accounts.models import Workspace
from intents.engine import invariants
from intents.kernel.actors import Role
from tests.callers import Answer, KeyCaller, PersonCaller, make_person
from tests.inbox.conftest import Asked, ask
from tests.inbox.test_races import at_once, rng

__all__ = ["rng"]
pytestmark = pytest.mark.slow

VOTES = int(os.environ.get("VOTES", "60"))
PEOPLE = 5


def vote_somehow(rng: random.Random, who: PersonCaller, asked: Asked) -> Callable[[], Answer]:
    outcome = rng.choice(["approved", "approved", "rejected"])
    verdict = {"decision": {"approved": "approve", "rejected": "reject"}[outcome]}
    ways: list[Callable[[], Answer]] = [
        lambda: asked.decide(who, outcome),
        lambda: who.post(f"/approvals/{asked.task_id}/decision", verdict),
        lambda: who.post(f"/intents/{asked.intent_id}/resume", {"task_result": {"outcome": outcome}}),
    ]
    return rng.choice(ways)


def ensure_counted(asked: Asked, people: list[PersonCaller], answers: list[Answer]) -> None:
    """Replays what is on record by the rules alone."""
    task = Task.objects.get(id=asked.task_id)
    assert task.ballot is not None
    ballot = votes.loads(task.ballot)
    kept = list(Decision.objects.filter(task=task, void_at__isnull=True).order_by("at"))
    assert len(kept) == len({one.person_id for one in kept}) == len(ballot.votes)
    taken = sum(answer.status == 200 for answer in answers)
    assert Decision.objects.filter(task=task).count() == taken
    again, final = votes.anew(ballot, revision=1), [one.final for one in kept]
    able = {who.user.id for who in people}
    settled = []
    for one in kept:
        against = votes.is_against("approval", one.outcome)
        again = again.with_vote(one.person_id, votes.Vote(one.person_id, one.outcome, against))
        settled.append(again.settled_by(one.person_id, able=able))
    assert final == settled
    assert sum(settled) <= 1
    assert (task.state == "decided") == any(settled)
    if any(settled):
        assert settled[-1]
        assert task.outcome == kept[-1].outcome


def test_votes_at_once_are_counted_exactly_and_one_settles_it(
    workspace: Workspace, shop: KeyCaller, rng: random.Random
) -> None:
    people = [make_person(workspace, f"p{n}@myorg.example", Role.APPROVER) for n in range(PEOPLE)]
    with ThreadPoolExecutor(PEOPLE) as pool:
        for _ in range(VOTES // PEOPLE):
            quorum = {"approve": rng.randint(1, PEOPLE), "reject": rng.randint(2, PEOPLE)}
            asked = ask(shop, assignees=[who.user.email for who in people], quorum=quorum)
            # Now and then somebody votes in two tabs.
            callers = [rng.choice(people) if rng.random() < 0.1 else who for who in people]
            answers = at_once(pool, [vote_somehow(rng, who, asked) for who in callers])
            assert {answer.status for answer in answers} <= {200, 409}
            ensure_counted(asked, people, answers)
    assert invariants.findings() == []
