"""What the badges beside the lists count."""

import random
from contextlib import suppress
from datetime import timedelta

import pytest

from inbox.tasks import lists
from inbox.tasks.lists import View
from inbox.vocabulary.errors import TaskClosed
from intents import auth
from intents.accounts.models import Member, Workspace
from intents.accounts.services import groups
from intents.kernel.actors import Role
from intents.kernel.clock import rfc3339
from tests.callers import SETUP, KeyCaller, PersonCaller, make_person
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, person
from tests.inbox.listed import due, shown
from tests.inbox.reminding import pass_time


@pytest.fixture
def rng() -> random.Random:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    return random.Random(seed)


def test_badges_say_what_the_lists_hold_whatever_was_done(
    workspace: Workspace, now: SettableClock, shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, rng: random.Random
) -> None:
    ann = make_person(workspace, "ann@myorg.example", Role.ADMIN)
    group = groups.create_group(actor=SETUP, workspace=workspace, name="Finance")
    for who in (bob, ann):
        groups.join(actor=SETUP, group=group, member=Member.objects.get(user=who.user))
    auth.forget()
    people = [bob, alice, ann]
    names = ["bob@myorg.example", "Finance", "approver", "admin", "alice@myorg.example"]
    asked: list[Asked] = []
    for _ in range(60):
        if rng.random() < 0.5 or not asked:
            risk = rng.choice(["low", "medium", "high"])
            to = rng.sample(names, rng.randint(1, 3))
            asked.append(due(shop, now, rng.choice([None, 5, 60]), risk=risk, assignees=to))
        one, who = rng.choice(asked), rng.choice(people)
        match rng.choice(["claim", "release", "snooze", "delegate", "decide", "decide_on_page", "undo", "comment"]):
            case "snooze":
                one.post(who, "snooze", {"until": rfc3339(now.now + timedelta(minutes=rng.randint(1, 9)))})
            case "delegate":
                until = rng.choice([None, rfc3339(now.now + timedelta(minutes=3))])
                one.post(who, "delegate", {"to": rng.choice(names), "until": until})
            case "decide":
                one.decide(who, "approved")
            case "decide_on_page":
                if who in (bob, ann) and one.task(who)["may_decide"] and one.task(who)["state"] == "open":
                    # Its time may be over already, though nothing has noted that yet.
                    with suppress(TaskClosed):
                        one.decide_on_page(who)
            case "comment":
                one.post(who, "comment", {"comment": "x"})
            case verb:
                one.post(who, verb)
        now.advance(seconds=rng.choice([1, 30]))
    some = 0
    for who in people:
        told = lists.counts(person(who))
        assert told.waiting == len(shown(who, limit=3))
        assert told.claimed == len(shown(who, View.CLAIMED, limit=3))
        assert told.snoozed == len(shown(who, View.SNOOZED, limit=3))
        assert told.undecided in (None, len(shown(alice, View.UNDECIDED)))
        some += told.waiting
    pass_time(now)  # what a delegate claimed is theirs until a timer ends that
    for who in people:
        for task_id in shown(who):
            assert Asked("", task_id).task(who)["may_decide"], task_id
    assert some, "nobody had anything to do"
