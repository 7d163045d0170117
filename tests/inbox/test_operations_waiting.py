"""What waits is found by its age and risk as a set: the same as each intent says of itself."""

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest

from inbox.operations import selectors
from inbox.operations.selectors import Watched
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import ask_midway, person

REASONS = {"human": "WAITING_FOR_HUMAN", "tool": "WAITING_FOR_TOOL", "time": "WAITING_FOR_TIME"}
AGES: dict[str, Callable[[timedelta], bool]] = {
    "": lambda age: True,
    "age:>=2h": lambda age: age >= timedelta(hours=2),
    "age:<5h": lambda age: age < timedelta(hours=5),
    "age:>=2h age:<5h": lambda age: timedelta(hours=2) <= age < timedelta(hours=5),
    "-age:<5h": lambda age: age >= timedelta(hours=5),
}
RISKS = {"": None, "risk:high": {"high"}, "risk:high,low": {"high", "low"}, "risk:high,low risk:low": {"low"}}
WAITS = {
    "is:waiting": set(REASONS),
    "for:human": {"human"},
    "for:tool": {"tool"},
    "for:human,tool": {"human", "tool"},
    "for:human for:human,tool": {"human"},
    "for:human for:tool": set(),
    "is:waiting -for:human": {"tool", "time"},
    "is:open for:human": {"human"},
    "is:done for:human": set(),
}


@pytest.fixture
def waiting(now: SettableClock, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller) -> None:
    """What waits for people, at several risks and ages, for tools and for a time, and some that waited."""
    for risk, hours in itertools.product(("low", "high", "critical"), range(3)):
        asked = ask_midway(shop, worker, title="Pay?", risk=risk, assignees=["bob@myorg.example"])
        if hours == 1:
            asked.decide(bob, "approved").ok()
            # It asked people once, and waits for something else now.
            if risk == "high":
                worker.post(f"/intents/{asked.intent_id}/wait", {"for": "tool", "tool": "printer"}).ok()
        now.advance(hours=1)
    for _ in range(2):
        worker.post(f"/intents/{shop.submit()}/wait", {"for": "tool", "tool": "printer"}).ok()
        worker.post(f"/intents/{shop.submit()}/fail", {"error": {"message": "later"}, "retryable": True}).ok()
        now.advance(hours=2)


def test_a_set_of_what_waits_is_what_its_intents_say_of_themselves(waiting: None, olga: PersonCaller) -> None:
    who = person(olga)
    every, _ = selectors.page(who, "is:waiting", limit=200)
    assert {one.intent.waiting_reason for one in every} == set(REASONS.values())

    def holds(one: Watched, reasons: set[str], age: Callable[[timedelta], bool], risks: set[str] | None) -> bool:
        of_reason = one.intent.waiting_reason in {REASONS[reason] for reason in reasons}
        return of_reason and age(one.now - one.since) and (risks is None or one.risk in risks)

    seen = set()
    for (wait, reasons), (age, old), (risk, risks) in itertools.product(WAITS.items(), AGES.items(), RISKS.items()):
        q = f"{wait} {age} {risk}".strip()
        wanted = [one.id for one in every if holds(one, reasons, old, risks)]
        rows, _, total = selectors.counted_page(who, q, limit=200)
        assert ([one.id for one in rows], total) == (wanted, len(wanted)), q
        assert selectors.total(who, q) == len(selectors.ids(who, q)) == len(wanted), q
        assert selectors.totals(who, [q, f"{q} type:fulfill"]) == [len(wanted)] * 2, q
        seen.add(len(wanted))
    assert len(seen) > 5
