"""PostgreSQL goes and comes back: requests get 200 or 503, never 500."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from axme_site import postgres
from tests.edge.conftest import Process, eventually
from tests.edge.wire import Wire
from tests.services import Guarded


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    guarded = Guarded()
    server = postgres.Server(guarded.folder, durable=False)
    yield server
    server.stop()
    guarded.end()


@pytest.fixture
def database(server: postgres.Server) -> postgres.Server:
    """A PostgreSQL that a test may stop; it runs."""
    if server.pid is None:
        server.start()
    return server


def call_until(stopped: threading.Event, site: Process, statuses: list[int]) -> None:
    with Wire(site.port) as wire:
        while not stopped.is_set():
            statuses.append(wire.request("GET /v1/one").answer().status)
            time.sleep(0.002)


def test_a_restart_of_the_database_gives_503_or_success_and_then_success(
    start: Callable[..., Process], database: postgres.Server
) -> None:
    site = start(DATA_DIR=str(database.data_dir), DATABASE_URL="")
    stopped = threading.Event()
    statuses: list[list[int]] = [[] for _ in range(6)]
    callers = [threading.Thread(target=call_until, args=(stopped, site, each)) for each in statuses]
    for caller in callers:
        caller.start()
    try:
        for _ in range(3):
            before = [len(each) for each in statuses]
            eventually(lambda before=before: all(len(each) > was + 20 for each, was in zip(statuses, before, strict=True)))
            database.stop()
            time.sleep(0.3)
            database.start()
            # Every caller gets through again.
            eventually(lambda: all(each[-5:] == [200] * 5 for each in statuses))
    finally:
        stopped.set()
        for caller in callers:
            caller.join()
    seen = {status for each in statuses for status in each}
    assert seen == {200, 503}


def test_after_an_idle_second_a_restart_goes_unnoticed(start: Callable[..., Process], database: postgres.Server) -> None:
    site = start(DATA_DIR=str(database.data_dir), DATABASE_URL="")
    threads = [Wire(site.port).request("GET /v1/one") for _ in range(4)]
    assert [wire.finish().status for wire in threads] == [200] * 4
    database.stop()
    database.start()
    time.sleep(1.1)
    again = [Wire(site.port).request("GET /v1/one") for _ in range(8)]
    assert [wire.finish().status for wire in again] == [200] * 8


def test_without_a_database_a_request_gets_503_in_the_protocols_shape(start: Callable[..., Process]) -> None:
    site = start(
        DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing",
        SECRET_KEY="a key for this test alone that has some sixty characters",
        ENCRYPTION_KEYS="MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        AUDIT_KEY="MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    )
    answer = site.ask("GET /v1/one", b"X-Request-Id: no-database")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json()["error"]["code"] == "unavailable"
    ready = site.ask("GET /health/ready")
    assert (ready.status, ready.json()["checks"]["database"]["ok"]) == (503, False)
    assert site.ask("GET /health").status == 200
    metrics = site.ask("GET /metrics").body.decode()
    assert "axme_database_errors_total 1.0" in metrics
    assert "axme_database_up 0.0" in metrics
    (line,) = eventually(lambda: site.lines("database_away"))
    assert line["request_id"] == "no-database"
