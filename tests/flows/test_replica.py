"""Reads that may be late: on a standby that replicates, shown as of when, and on the primary as soon as the standby is away,
late, or at odds with what it replicates."""

import json
import re
import signal
import threading
import time
from collections.abc import Callable
from os import kill
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from axme_site import alerts, health
from axme_site.acted import ActedMiddleware
from inbox.operations.models import SavedView
from inbox.views.kit import late
from intents.accounts.models import User
from intents.kernel import clock, replica, statements
from intents.kernel.replica import CONFLICT, LATE, PRIMARY, STANDBY, WriteRefused
from tests import templates
from tests.callers import KeyCaller, PersonCaller
from tests.pages.browser import Browser
from tests.security.conftest import ids, no_rate_limit  # noqa: F401 - fixtures
from tests.security.routes import routes
from tests.standby import Standby, backend, counted, found, in_recovery, listed, look, overview

AS_OF = "axme-data-as-of"


def test_what_may_be_late_is_read_on_the_standby_by_statements_and_by_the_orm(standby: Standby, alice: PersonCaller) -> None:
    standby.catch_up()
    assert not in_recovery()
    read = replica.read(lambda: (in_recovery(), User.objects.get().email, User.objects.get()._state.db))
    assert read.value == (True, alice.user.email, replica.ALIAS)
    assert read.as_of is not None
    assert read.as_of.seconds >= 1
    assert not in_recovery()
    assert User.objects.get()._state.db == "default"
    assert replica.read(in_recovery, late=False) == replica.Dated(False)
    assert counted() == {STANDBY: 1}


def test_inside_of_a_transaction_the_primary_is_read(standby: Standby) -> None:
    with transaction.atomic():
        assert replica.read(in_recovery) == replica.Dated(False)
    assert counted() == {}


def write_by_orm() -> object:
    return User.objects.create(email="new@myorg.example")


def write_by_hand() -> object:
    return statements.rows("UPDATE intents_pulse SET looked_at = looked_at", ())


def begin() -> None:
    with transaction.atomic():
        pass


def use_the_primary() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def lock() -> object:
    return list(User.objects.select_for_update())


@pytest.mark.parametrize("mistake", [write_by_orm, write_by_hand, begin, use_the_primary, lock])
def test_a_write_or_a_transaction_inside_is_refused(standby: Standby, mistake: Callable[[], object]) -> None:
    with pytest.raises(WriteRefused):
        replica.read(mistake)
    assert not User.objects.exists()
    # It is a mistake of ours, and no fault of the standby.
    assert replica.read(in_recovery).value


def test_the_doors_that_read_the_standby_are_these(
    standby: Standby,
    ids: dict[str, str],  # noqa: F811
    alice: PersonCaller,
    machine: KeyCaller,
) -> None:
    # All that was done to make these read and wrote the primary alone.
    assert counted() == {}
    look()
    standby.catch_up()
    read = set()
    for route in routes():
        if route.method == "GET":
            before = sum(replica.counts.values())
            answer = alice.send("GET", route.at(ids))
            if sum(replica.counts.values()) > before:
                read.add(route.path)
            assert (AS_OF in answer.headers) == (route.path in read), route
    assert read == {
        *("/operations/overview", "/operations/intents", "/operations/agents", "/operations/deliveries"),
        *("/operations/endpoints", "/operations/messages", "/operations/people", "/operations/people/figures"),
        *("/me/decision-metrics", "/me/decisions/figures", "/usage/summary", "/usage/timeseries"),
    }
    assert set(counted()) == {STANDBY}


PAGES = {
    "/operations": True,
    "/operations/intents": True,
    "/operations/deliveries": True,
    "/operations/messages": True,
    "/operations/endpoints": True,
    "/operations/agents": True,
    "/operations/fleet": True,
    "/operations/fleet/spend": True,
    "/operations/people": True,
    "/settings/usage": True,
    "/settings/decisions": True,
    "/operations/system": False,
    "/operations/bulk": False,
    "/operations/audit": False,
    "/inbox": False,
}


def test_pages_say_as_of_when_they_are_until_a_signal_or_what_one_did_makes_them_look_anew(
    standby: Standby, alice: PersonCaller, machine: KeyCaller, settings: Settings
) -> None:
    asked = machine.submit(human_task={"title": "May I?"})
    (task,) = alice.get("/tasks").ok()["tasks"]
    browser = Browser().sign_in(alice.user)
    look()
    standby.catch_up()
    for path, may in (PAGES | {f"/inbox/{task['task_id']}": False, f"/operations/intents/{asked}": False}).items():
        before = replica.counts[STANDBY]
        page = browser.get(path)
        assert page.status == 200, path
        assert (replica.counts[STANDBY] > before, AS_OF in page.headers) == (may, may), path
        assert bool(re.search(r"As of \d+ seconds? ago", page.text)) == may, path
    for path in PAGES:
        assert AS_OF not in browser.get(path, hx_request="true").headers, path
        assert AS_OF not in browser.get(path, cache_control="no-cache").headers, path
    # The parts that the page asks for are as late as it is.
    assert AS_OF in browser.get("/operations/intents/total?q=is:open&late", hx_request="true").headers
    assert AS_OF in browser.get("/operations/intents/views?late", hx_request="true").headers
    acted = ActedMiddleware(lambda request: HttpResponse())
    assert late.ACTED not in acted(RequestFactory().get("/inbox")).cookies
    assert late.ACTED not in acted(RequestFactory().post("/v1/intents")).cookies
    (cookie,) = acted(RequestFactory().post("/operations/agents")).cookies.values()
    assert (cookie.key, cookie["max-age"], cookie["httponly"]) == (late.ACTED, 10, True)
    browser.cookies[cookie.key] = cookie.value
    for path in PAGES:
        assert AS_OF not in browser.get(path).headers, path


def test_a_standby_that_lags_is_shown_and_then_left(
    standby: Standby, alice: PersonCaller, machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.submit()
    statements.rows("UPDATE intents_pulse SET looked_at = clock_timestamp() - interval '3 s'", ())
    standby.catch_up()
    tiles = overview(alice)
    with standby.paused():
        machine.submit()
        look()
        shown = alice.get("/operations/intents")
        assert found(shown) == 1
        at = clock.moment("at", shown.headers[AS_OF])
        assert 3 < (clock.now() - at).total_seconds() < 30
        assert overview(alice) == tiles
        current = alice.send("GET", "/operations/intents", headers={"Cache-Control": "no-cache"})
        assert (found(current), AS_OF in current.headers) == (2, False)
        assert replica.state() is not None
        assert replica.state().ok
        monkeypatch.setattr(replica, "LATEST_SECONDS", 2.0)
        for _ in range(2):
            answer = alice.get("/operations/intents")
            assert (found(answer), AS_OF in answer.headers) == (2, False)
        assert not replica.state().ok  # type: ignore[union-attr]
    assert (replica.counts[LATE], replica.counts[PRIMARY]) == (1, 1)  # the second did not even ask


def test_at_rest_tiles_are_the_totals_of_their_lists(standby: Standby, alice: PersonCaller, machine: KeyCaller) -> None:
    for number in range(3):
        machine.submit(human_task={"title": "May I?"} if number else None)
    look()
    standby.catch_up()
    tiles = alice.get("/operations/overview").ok()["tiles"]
    assert sum(tile["value"] for tile in tiles) > 2
    for tile in tiles:
        assert found(listed(alice, tile["list"])) == tile["value"], tile
    assert set(counted()) == {STANDBY}
    alerts.forget()
    sums = alerts.tiles()
    assert {tile["name"]: sums[tile["name"]] for tile in tiles} == {tile["name"]: tile["value"] for tile in tiles}
    alerts.forget()


def test_what_replay_breaks_off_is_read_on_the_primary(standby: Standby, alice: PersonCaller) -> None:
    def read() -> bool:
        SavedView.objects.exists()
        if replica.is_read():
            with psycopg.connect(templates.url(standby.name)) as other:
                other.execute("LOCK TABLE inbox_savedview IN ACCESS EXCLUSIVE MODE")
                other.execute("SET LOCAL synchronous_commit = on")
                other.execute("SELECT pg_current_xact_id()")
            statements.rows("SELECT pg_sleep(9)", ())  # which is broken off
        return in_recovery()

    assert replica.read(read) == replica.Dated(False)
    assert counted() == {CONFLICT: 1}


def ready() -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(Browser().get("/health/ready").raw)
    return answer


def test_a_standby_that_is_killed_amid_a_read_leaves_the_same_answers_and_is_read_again(
    standby: Standby, alice: PersonCaller, machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.submit()
    look()
    standby.catch_up()
    monkeypatch.setattr(health, "_started", time.monotonic())
    was = overview(alice)
    assert ready()["checks"]["replica"]["ok"]
    pid = standby.server.pid
    assert pid is not None

    def read() -> bool:
        if replica.is_read():
            threading.Timer(0.1, kill, (pid, signal.SIGQUIT)).start()
            statements.rows("SELECT pg_sleep(9)", ())  # which is broken off
        return in_recovery()

    assert replica.read(read) == replica.Dated(False)
    assert overview(alice) == was
    assert (replica.counts[replica.AWAY], replica.counts[PRIMARY]) == (1, 1)
    seen = ready()
    assert (seen["checks"]["replica"]["ok"], seen["status"]) == (False, "degraded")
    assert "axme_replica_up 0.0" in Browser().get("/metrics").text
    monkeypatch.setattr(replica._breaker, "_until", 0.0)
    assert overview(alice) == was  # it is still away
    standby.server.stop()
    standby.start()
    look()
    standby.catch_up()
    monkeypatch.setattr(replica._breaker, "_until", 0.0)
    assert overview(alice) == was
    assert replica.counts[STANDBY] == 2
    told = Browser().get("/metrics").text
    assert "axme_replica_up 1.0" in told
    assert 'axme_replica_reads_total{outcome="away"} 2.0' in told


@pytest.mark.parametrize("amid", [False, True])
def test_a_standby_that_stands_still_holds_nobody(standby: Standby, amid: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = replica.read(backend).value
    goes_on = threading.Timer(20.0, kill, (pid, signal.SIGCONT))
    goes_on.start()

    def read() -> bool:
        if amid and replica.is_read():
            kill(pid, signal.SIGSTOP)
        return in_recovery()

    try:
        if not amid:
            kill(pid, signal.SIGSTOP)
        with monkeypatch.context() as patched:
            for name, seconds in {"ANEW": 0.0, "ANSWER": 30.0 if amid else 0.5, "STATEMENT": 0.5}.items():
                patched.setattr(replica, f"{name}_SECONDS", seconds)
            assert replica.read(read) == replica.Dated(False)
    finally:
        goes_on.cancel()
        kill(pid, signal.SIGCONT)
    assert counted() == {STANDBY: 1, replica.AWAY: 1}
    replica.forget()
    assert replica.read(in_recovery).value


def test_without_a_standby_nothing_is_asked_that_was_not(alice: PersonCaller, django_assert_num_queries: Any) -> None:
    assert not replica.configured()
    assert replica.state() is None
    with django_assert_num_queries(1):
        assert replica.read(in_recovery) == replica.Dated(False)
    assert AS_OF not in alice.get("/operations/intents").headers
    assert "axme_replica" not in Browser().get("/metrics").text
    assert "replica" not in ready()["checks"]
