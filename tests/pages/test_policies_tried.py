"""What a policy would do is shown before it is saved."""

import re
from itertools import pairwise

import pytest

from inbox.escalation.models import Policy
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import ask
from tests.inbox.test_replaying import opened
from tests.pages.browser import Browser
from tests.pages.policies import OFFICE, alices, send

__all__ = ["alices"]


def test_what_would_happen_is_shown_for_the_time_that_is_asked_about(
    now: SettableClock, alices: Browser, alice: PersonCaller
) -> None:
    """Of the year that it is: of another, that would be told too."""
    page = send(alices, "preview", at="2030-03-04T10:00")
    assert page.text.count("If a task arrives then: olga@myorg.example") == 1
    assert "4 Mar 11:30 UTC" in page.text
    assert "5 Mar 10:00 UTC Expires without a decision" in page.text
    alice.post("/calendars", OFFICE).ok()
    page = send(alices, "preview", at="2030-03-04T10:00", calendar="Riga", escalation__end__after_seconds__unit="hours")
    assert "the last level has to come before the end" in page.text.lower()
    page = send(alices, "preview", at="2030-03-04T10:00", calendar="Riga")
    assert "15 Mar 10:00 UTC Expires without a decision" in page.text, "Mondays and Fridays alone are worked"
    assert "like 2026-01-31T09:00" in send(alices, "preview", at="tomorrow").text
    assert not Policy.objects.exists()


@pytest.mark.parametrize(
    ("arrives", "broken"),
    [("2026-03-06T10:00", []), ("2026-03-06T16:00", ["1"]), ("2026-03-06T14:20", ["2"])],
)
def test_a_weekend_leaves_room_for_the_steps_around_it(
    alices: Browser, alice: PersonCaller, arrives: str, broken: list[str]
) -> None:
    alice.post("/calendars", OFFICE).ok()
    changes = {"calendar": "Riga", "escalation__end__after_seconds": "3", "escalation__end__after_seconds__unit": "hours"}
    page = send(alices, "preview", at=arrives, **changes).flat
    drawing = page[page.index('class="timeline-line"') :].partition("</svg>")[0]
    marks = {"0": 12} | {number: int(x) for x, number in re.findall(r'<text x="(\d+)"[^>]*>(\d+)</text>', drawing)}
    places = list(marks.values())
    apart = [after - before for before, after in pairwise(places)]
    assert len(apart) == 5
    assert min(apart) >= 22
    assert places[-1] == 308
    assert max(apart) <= 308 / 2
    breaks = [int(x) for x in re.findall(r'class="break">.*?<rect x="(\d+)"', drawing)]
    assert [number for x in breaks for number in marks if marks[number] > x][: len(breaks)] == broken


def test_the_preview_names_whom_an_agent_that_fits_would_reach(
    alices: Browser, alice: PersonCaller, shop: KeyCaller
) -> None:
    changes = {"match__intent_types": "", "escalation__levels__0__to": "manager"}
    anybodys = send(alices, "preview", **changes).text
    assert "Escalates to the manager of the agent's owner" in anybodys
    theirs = send(alices, "preview", **changes, match__agents="sh*").text
    assert "If a task arrives now: all owners" in theirs
    assert "Escalates to all owners: shop has no owner" in theirs


def test_a_policy_is_tried_on_the_last_week_before_it_is_saved(alices: Browser, shop: KeyCaller, bob: PersonCaller) -> None:
    wide = {
        "match__intent_types": "",
        "match__risks": "medium",
        "match__payload__0__field": "",
        "match__payload__0__value": "",
    }
    assert "Nobody was asked anything in the last 7 days." in send(alices, "replay", **wide).text
    opened(ask(shop, title="Refund"), 2).decide(bob, "approved")
    opened(ask(shop, title="Pay"), 30)
    ask(shop, title="New")
    page = send(alices, "replay", **wide)
    assert "Of 3 tasks of the last 7 days, 3 would have followed this policy." in page.text
    assert "no effect 1 " in page.text
    assert "escalated 1 " in page.text
    assert "ended before a decision 1 " in page.text
    assert "Actual 2 still waiting, 1 decided" in page.text
    assert "Approved after 2 h" in page.text
    assert "2 reminders, escalated to olga@myorg.example" in page.text
    assert not Policy.objects.exists()
