"""The demo has a month behind it, of which every row is as if it had been written then."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from axme_site.demo import agent, fill, history, traffic
from axme_site.demo.cast import AGENTS
from axme_site.management.commands import demo
from inbox.notifications.models import Notification
from inbox.tasks.models import Notice, Task
from intents.accounts.models import StopState, Workspace
from intents.engine.models import Intent, IntentEvent
from intents.kernel import clock
from intents.mesh.services import stopping
from tests.intents.waiting import look


@pytest.fixture
def filled(database: None) -> Workspace:
    demo.make()
    workspace = Workspace.objects.get(organization__slug=demo.ORGANIZATION, slug=demo.WORKSPACE)
    fill.fill(actor=demo.ACTOR, workspace=workspace)
    return workspace


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "DAYS", 3)
    monkeypatch.setattr(history, "BAD_DAY", 1)


@pytest.mark.usefixtures("few")
def test_its_days_are_made_once_in_their_own_time_and_notify_nobody(filled: Workspace) -> None:
    before, noted = set(Intent.objects.values_list("id", flat=True)), Notice.objects.count()
    now = clock.now().replace(hour=0, minute=10)  # what was asked late in the evening would not be over yet
    with clock.frozen_at(now):
        made = history.make(actor=demo.ACTOR, workspace=filled)
    past = Intent.objects.exclude(id__in=before)
    assert past.count() == made > 20
    assert {one.status for one in past} <= {"COMPLETED", "FAILED"}
    assert {one.status for one in past} >= {"COMPLETED", "FAILED"}
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for event in IntentEvent.objects.filter(intent__in=past):
        assert today - timedelta(days=3) <= event.at <= now
        assert abs((event.id.int >> 80) / 1000 - event.at.timestamp()) < 1
    assert Task.objects.filter(intent_id__in=past.values("id")).exclude(decided_at=None).exists()
    assert (Notice.objects.count(), Notification.objects.count()) == (noted, 0)
    assert history.make(actor=demo.ACTOR, workspace=filled) == 0


@pytest.mark.parametrize("ago", range(7))
def test_the_bad_day_is_one_on_which_people_work(ago: int) -> None:
    today = datetime(2026, 12, 7, tzinfo=UTC) - timedelta(days=ago)
    found = history.bad_day_before(today)
    assert found.isoweekday() <= 5
    assert history.BAD_DAY <= (today - found).days <= history.BAD_DAY + 2


@pytest.mark.usefixtures("few")
def test_it_stops_when_it_is_told_to(filled: Workspace) -> None:
    before = Intent.objects.count()
    assert history.make(actor=demo.ACTOR, workspace=filled, told=lambda: True) == 0
    assert Intent.objects.count() == before


def test_agents_that_work_for_each_other_end_what_they_are_given(filled: Workspace, monkeypatch: Any) -> None:
    agent.register()
    monkeypatch.setattr(traffic, "SLOW", (0, 0))
    monkeypatch.setattr(traffic, "FAILS_ONE_IN", 1)  # the scanner fails each time, not now and then
    machines = traffic._machines(filled)
    assert machines.keys() == AGENTS.keys()
    dice = history.random.Random(4)
    asked = [history.ask_each_other(machines, dice)[0] for _ in range(30)]
    for _ in range(8):
        look()
    ended = set(Intent.objects.filter(id__in=asked).values_list("mailbox", "status"))
    workers = {"demo/scanner": "FAILED", "demo/translator": "COMPLETED", "demo/data": "COMPLETED"}
    assert ended == set(workers.items())


def test_agents_that_were_stopped_ask_each_other_again_once_they_are_let_go_on(filled: Workspace) -> None:
    names = [machine.name for machine in traffic._machines(filled).values()]
    before = Intent.objects.count()
    stopping.stop_fleet(actor=demo.ACTOR, workspace_id=filled.id, names=names, state=StopState.KILLED)
    traffic._ask(filled)
    assert Intent.objects.count() == before
    stopping.stop_fleet(actor=demo.ACTOR, workspace_id=filled.id, names=names, state=None)
    traffic._ask(filled)
    assert Intent.objects.count() == before + 1
