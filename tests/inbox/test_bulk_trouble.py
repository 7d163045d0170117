"""Bulk operations where something is in their way: workers that die or are late, intents that cannot be done."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import psycopg
import pytest
from django.db import connection

from inbox.operations.bulk import runner
from inbox.operations.bulk.actions import ACTIONS, cancel
from inbox.operations.bulk.actions.action import Order
from intents.accounts.models import Workspace
from intents.engine.models import Intent
from intents.kernel import clock, failpoints
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.bulks import ROOT, counts, order, shown


@pytest.mark.parametrize("failpoint", ["mid_batch", "before_commit:3"])
def test_a_worker_that_dies_in_the_middle_leaves_nothing_half_done(
    failpoint: str, olga: PersonCaller, shop: KeyCaller
) -> None:
    ids = [shop.submit() for _ in range(7)]
    bulk = order(olga, ids)["bulk_id"]
    assert dies(failpoint) == failpoints.EXIT_CODE
    states = [shop.intent(one)["status"] for one in ids]
    halfway = shown(olga, bulk)
    assert halfway["state"] == "running"
    assert counts(halfway) == (7, states.count("CANCELED"), 0, 0)
    with clock.frozen_at(clock.now() + timedelta(seconds=runner.LEASE_SECONDS + 1)):
        runner.work()
    assert counts(shown(olga, bulk)) == (7, 7, 0, 0)
    for one in ids:
        assert [event["event_type"] for event in shop.events(one)].count("intent.canceled") == 1


WORKER = """
import os, time, django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = os.environ["TEST_DATABASE"]
from inbox.operations.bulk import runner
runner.carry_out(runner.take(), until=time.monotonic() + 60, batch=2)
"""


def dies(failpoint: str) -> int:
    """A worker of its own that dies there: its exit code."""
    name = str(connection.settings_dict["NAME"])
    variables = {"AXME_FAILPOINT": failpoint, "TEST_DATABASE": name, "DJANGO_SETTINGS_MODULE": "axme_site.settings"}
    return subprocess.run([sys.executable, "-c", WORKER], env=os.environ | variables, cwd=ROOT, check=False).returncode


def test_two_workers_share_the_work_and_do_nothing_twice(olga: PersonCaller, shop: KeyCaller) -> None:
    ids = [shop.submit() for _ in range(12)]
    bulks = [order(olga, ids[place : place + 8])["bulk_id"] for place in (0, 4)]
    name = str(connection.settings_dict["NAME"])
    variables = {"TEST_DATABASE": name, "DJANGO_SETTINGS_MODULE": "axme_site.settings"}
    workers = [subprocess.Popen([sys.executable, "-c", WORKER], env=os.environ | variables, cwd=ROOT) for _ in range(2)]
    assert [one.wait(240) for one in workers] == [0, 0]
    done = [counts(shown(olga, one)) for one in bulks]
    assert [matched for matched, *_ in done] == [8, 8]
    assert sum(succeeded for _, succeeded, *_ in done) == 12
    assert [sum(rest) for _, *rest in done] == [8, 8]
    for one in ids:
        assert [event["event_type"] for event in shop.events(one)].count("intent.canceled") == 1


def test_one_intent_that_cannot_be_done_costs_itself_alone(
    olga: PersonCaller, shop: KeyCaller, worker: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [shop.submit() for _ in range(5)]
    broken = ids[2]

    def act(intents: Sequence[Intent], order: Order, at: datetime) -> None:
        for intent in intents:
            if str(intent.id) == broken:
                raise RuntimeError("a bug")
        cancel.act(intents, order, at)

    monkeypatch.setitem(ACTIONS, "cancel", replace(cancel.ACTION, act=act))
    bulk = order(olga, ids)["bulk_id"]
    runner.work()
    assert counts(shown(olga, bulk)) == (5, 4, 0, 1)
    (failed,) = olga.get(f"/operations/bulk/{bulk}/items", result="failed").ok()["items"]
    assert failed == {
        "intent_id": broken,
        "result": "failed",
        "reason": "something went wrong on our side (RuntimeError)",
    }
    assert [shop.intent(one)["status"] for one in ids] == ["SUBMITTED" if one == broken else "CANCELED" for one in ids]


def test_an_intent_that_another_holds_fails_alone(olga: PersonCaller, shop: KeyCaller, workspace: Workspace) -> None:
    ids = [shop.submit() for _ in range(3)]
    bulk = order(olga, ids)["bulk_id"]
    with held(ids[1]):
        runner.work(60)
    assert counts(shown(olga, bulk)) == (3, 2, 0, 1)
    (failed,) = olga.get(f"/operations/bulk/{bulk}/items", result="failed").ok()["items"]
    assert (failed["intent_id"], failed["reason"]) == (ids[1], "it is busy; try again in a moment")


@contextmanager
def held(intent_id: str) -> Iterator[None]:
    """Another connection holds the intent's row."""
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        other.execute("SELECT FROM intents_intent WHERE id = %s FOR UPDATE", [intent_id])
        yield
        other.rollback()


def test_an_abort_ends_it_with_what_is_done_and_what_a_worker_has_begun_does_not_count(
    olga: PersonCaller, shop: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [shop.submit() for _ in range(6)]
    bulk = order(olga, ids)["bulk_id"]
    taken = runner.take()
    assert taken is not None
    runner.carry_out(taken, until=0.0, batch=2)
    assert counts(shown(olga, bulk)) == (6, 2, 0, 0)
    again = runner.take()
    assert again is not None
    assert olga.post(f"/operations/bulk/{bulk}/abort").ok()["state"] == "aborted"
    runner.carry_out(again, until=0.0, batch=2)
    runner.work()
    done = shown(olga, bulk)
    assert (done["state"], counts(done)) == ("aborted", (6, 2, 0, 0))
    assert [shop.intent(one)["status"] for one in ids] == ["CANCELED"] * 2 + ["SUBMITTED"] * 4
    pending = olga.get(f"/operations/bulk/{bulk}/items", result="pending").ok()["items"]
    assert [one["intent_id"] for one in pending] == ids[2:]
    answer = olga.post(f"/operations/bulk/{bulk}/abort")
    assert (answer.status, answer.json["error"]["details"]["state"]) == (409, "aborted")


def test_a_worker_that_was_overtaken_does_nothing_more(now: SettableClock, olga: PersonCaller, shop: KeyCaller) -> None:
    ids = [shop.submit() for _ in range(4)]
    bulk = order(olga, ids)["bulk_id"]
    first = runner.take()
    assert first is not None
    assert runner.take() is None
    now.advance(seconds=runner.LEASE_SECONDS + 1)
    second = runner.take()
    assert second is not None
    runner.carry_out(first, until=0.0, batch=2)
    assert counts(shown(olga, bulk)) == (4, 0, 0, 0)
    runner.carry_out(second, until=0.0, batch=2)
    assert counts(shown(olga, bulk)) == (4, 2, 0, 0)


def test_bulks_take_turns(olga: PersonCaller, shop: KeyCaller) -> None:
    bulks = [order(olga, [shop.submit() for _ in range(2)])["bulk_id"] for _ in range(2)]
    turns = []
    while (taken := runner.take()) is not None:
        turns.append(str(taken.id))
        runner.carry_out(taken, until=0.0, batch=1)
    assert turns == [*bulks, *bulks, *bulks]
