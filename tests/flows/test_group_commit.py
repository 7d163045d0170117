"""Submits that arrive together share a transaction: each is answered as if it had come alone."""

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests import turns
from tests.flows import grouping
from tests.flows.conftest import Sites
from tests.flows.grouping import ORDINARY, SHORT, SOUND, UNSOUND, ask, at_once, dumped, seen, stored, submission
from tests.load import checks, groups
from tests.load.servers import Database
from tests.load.sites import Scaled


@pytest.fixture(scope="module")
def site(shared_sites: Sites) -> Iterator[Scaled]:
    site = shared_sites.scaled()
    site.start("uvicorn", workers=0, beats=0)
    yield site
    checks.nothing_is_broken(site)


@pytest.fixture(scope="module")
def rivals_key(site: Scaled) -> str:
    return grouping.rivals_key(site)


def body_of(given: Any, address: str) -> bytes:
    return dumped(submission(address) | given if isinstance(given, dict) else given)


@pytest.mark.parametrize("name", turns.each(SOUND, of=2))
def test_what_is_sound_is_accepted_and_stored_alike(site: Scaled, name: str) -> None:
    address = site.address()
    body = body_of(SOUND[name], address)
    traced = [("x-api-key", site.api_key), ("traceparent", f"00-{'ab' * 16}-{'cd' * 8}-01"), ("x-request-id", "mine")]
    ordinary = ask(site, body, traced, kind=ORDINARY)
    short, took = grouping.ask_short(site, body, traced)
    assert took == (name != "for a person who fills in a form")
    assert seen(short) == seen(ordinary)
    assert (short.status_code, short.headers["x-request-id"]) == (200, "mine")
    assert list(short.json()) == list(ordinary.json())
    assert stored(site, short.json()["intent_id"]) == stored(site, ordinary.json()["intent_id"])


@pytest.mark.parametrize("name", UNSOUND)
def test_what_is_not_is_refused_alike(site: Scaled, name: str) -> None:
    body = body_of(UNSOUND[name], site.address())
    grouping.remember(site)
    short, ordinary = (ask(site, body, [("x-api-key", site.api_key)], kind=kind) for kind in (SHORT, ORDINARY))
    assert seen(short) == seen(ordinary)
    assert short.status_code in (404, 413, 422), short.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 401),
        ([("x-api-key", "axme_sa_unknown")], 401),
        ([("authorization", "Basic x")], 401),
        ([("authorization", "Bearer {key}")], 200),
        ([("authorization", "bearer  {key}")], 200),
        ([("x-api-key", "{key}"), ("authorization", "Bearer {key}")], 200),
        ([("x-api-key", "{key}"), ("authorization", "Bearer axme_sa_other")], 401),
        ([("x-api-key", "{key}"), ("x-api-key", "{key}")], 401),
        ([("x-api-key", "{key}"), ("x-owner-agent", "somebody")], 200),
        ([("x-api-key", "{key}"), ("idempotency-key", "")], 422),
        ([("x-api-key", "{key}"), ("idempotency-key", "k" * 256)], 422),
    ],
)
def test_credentials_are_read_alike(site: Scaled, headers: list[tuple[str, str]], status: int) -> None:
    given = [(name, value.replace("{key}", site.api_key)) for name, value in headers]
    body = dumped(submission(site.address()))
    grouping.remember(site)
    short, ordinary = (ask(site, body, given, kind=kind) for kind in (SHORT, ORDINARY))
    assert seen(short) == seen(ordinary)
    assert short.status_code == status, short.text


def test_a_key_used_before_is_answered_alike_on_both_paths(site: Scaled) -> None:
    body, other = (dumped(submission(site.address(), n)) for n in range(2))
    for first, again in ((SHORT, ORDINARY), (ORDINARY, SHORT), (SHORT, SHORT)):
        headers = [("x-api-key", site.api_key), ("idempotency-key", f"again-{uuid4()}")]
        grouping.remember(site)
        made = ask(site, body, headers, kind=first)
        replay = ask(site, body, headers, kind=again)
        assert (replay.status_code, replay.json()) == (200, made.json())
        assert "idempotent-replayed" not in made.headers
        assert replay.headers["idempotent-replayed"] == "true"
        conflict = ask(site, other, headers, kind=again)
        assert (conflict.status_code, conflict.json()["error"]["code"]) == (409, "idempotency_conflict")


def test_of_many_that_come_together_each_has_its_own_answer(site: Scaled, rivals_key: str) -> None:
    address = site.address()
    wishes: list[tuple[dict[str, Any], dict[str, str]]] = []
    for n in range(96):
        headers = {"idempotency-key": f"{address} two of {n // 16}" if n % 8 == 3 else f"{address} {n}"}
        body = submission(address, n)
        match n % 8:
            case 1:
                body["surprise"] = n
            case 2:
                body["to_agent"], headers["x-api-key"] = f"rival-{address[-6:]}", rivals_key
            case 4:
                headers["x-api-key"] = "axme_sa_unknown"
            case 5:
                body["human_task"] = {"title": f"Pay {n}?"}
        wishes.append((body, headers))
    grouping.remember(site, site.api_key, rivals_key)
    answers = grouping.at_once_at_last(site, wishes)
    told = Counter((n % 8, answer.status) for n, answer in enumerate(answers))
    assert {place: told[place, 200] for place in (0, 2, 5, 6, 7)} == dict.fromkeys((0, 2, 5, 6, 7), 12), told
    assert (told[1, 422], told[4, 401], told[3, 200], told[3, 409]) == (12, 12, 6, 6)
    assert {answer.json()["status"] for n, answer in enumerate(answers) if n % 8 == 5} == {"WAITING"}
    payloads = dict(site.rows("SELECT intent_id::text, payload FROM intents_intentbody WHERE payload LIKE '{\"n\":%%'"))
    for (body, _), answer in zip(wishes, answers, strict=True):
        if answer.status == 200:
            assert json.loads(payloads[answer.json()["intent_id"]]) == body["payload"]


@pytest.mark.parametrize("kinds", [(SHORT,), (SHORT, ORDINARY)], ids=["one path", "both paths"])
def test_a_key_tried_at_once_makes_one_intent(site: Scaled, kinds: tuple[str, ...]) -> None:
    address = site.address()
    wishes = [
        (submission(address, n // 8), {"idempotency-key": f"{address} {n // 8}", "content-type": kinds[n % len(kinds)]})
        for n in range(96)
    ]
    grouping.remember(site)
    answers = grouping.at_once_at_last(site, wishes)
    assert {answer.status for answer in answers} == {200}
    made = [{answer.json()["intent_id"] for answer in answers[at : at + 8]} for at in range(0, 96, 8)]
    assert [len(one) for one in made] == [1] * 12
    assert site.rows("SELECT count(*) FROM intents_intent WHERE mailbox = %s", checks.mailbox(address)) == [(12,)]
    assert sum(b"idempotent-replayed" not in answer.head for answer in answers) == 12


@pytest.mark.parametrize(
    ("act", "status"),
    [
        ("RAISE EXCEPTION 'poison';", 500),
        ("RAISE EXCEPTION 'poison' USING ERRCODE = 'deadlock_detected';", 503),
        ("RAISE EXCEPTION 'poison' USING ERRCODE = 'unique_violation';", 500),
    ],
    ids=["error", "deadlock", "constraint"],
)
@pytest.mark.parametrize("call", ["submit", "acknowledge"])
def test_one_that_fails_fails_alone(site: Scaled, act: str, status: int, call: str) -> None:
    address, poison = site.address(), f"test.poison{time.monotonic_ns()}.v1"
    grouping.when_poisoned(site, poison, act, on="INSERT" if call == "submit" else "UPDATE")
    wishes = [(submission(address, n), {}) for n in range(24)]
    wishes[12][0]["intent_type"] = poison
    grouping.remember(site)
    answers = at_once(site, wishes)
    done = "SUBMITTED"
    if call == "acknowledge":
        grouping.remember(site)
        paths = [f"{grouping.SUBMIT}/{answer.json()['intent_id']}/acknowledge" for answer in answers]
        answers, done = at_once(site, [({}, {})] * 24, paths), "ACKNOWLEDGED"
    assert [answer.status for answer in answers] == [200] * 12 + [status] + [200] * 11
    told = [answer.json() for answer in answers if answer.status == 200]
    query = "SELECT id::text FROM intents_intent WHERE mailbox = %s AND status = %s"
    stored = site.rows(query, checks.mailbox(address), done)
    assert sorted(one for (one,) in stored) == sorted(one.get("intent", one)["intent_id"] for one in told)


GIVES_UP_SECONDS = 1.9
"""Until then a statement that waits for a lock does so still."""


def test_one_workspace_that_waits_for_a_lock_holds_up_no_other(site: Scaled, rivals_key: str) -> None:
    # A process may forget a key before all have come, and those by it go the ordinary way; and a machine may be slow.
    for _ in range(10):
        if seconds_beside_one_that_waits(site, rivals_key) < GIVES_UP_SECONDS:
            return
    pytest.fail("it holds up others")


def seconds_beside_one_that_waits(site: Scaled, rivals_key: str) -> float:
    """How long others wait for their answers."""
    address = site.address()
    grouping.remember(site, site.api_key, rivals_key)
    ours = [(submission(address, n), {}) for n in range(24)]
    theirs = [(submission("rival", n), {"x-api-key": rivals_key}) for n in range(8)]
    with site.connect() as connection, ThreadPoolExecutor(1) as pool:
        with connection.transaction():
            connection.execute(grouping.OURS_LOCKED)
            locked = time.monotonic()
            held = pool.submit(at_once, site, ours)
            time.sleep(0.1)
            assert {answer.status for answer in at_once(site, theirs)} == {200}
            for url in site.urls:
                assert httpx.get(f"{url}/v1/agents", headers={"x-api-key": rivals_key}, timeout=30).status_code == 200
            seconds = time.monotonic() - locked
            assert not held.done() or seconds > GIVES_UP_SECONDS
        assert seconds > GIVES_UP_SECONDS or {answer.status for answer in held.result()} == {200}
    return seconds


STUCK = """
SELECT pid FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND query LIKE '%%WITH input AS%%' AND datname = current_database()
"""


def test_connections_that_hang_hold_up_no_other_request(site: Scaled, rivals_key: str) -> None:
    address = site.address()
    grouping.remember(site, site.api_key, rivals_key)
    stuck: list[int] = []
    with site.connect() as connection, ThreadPoolExecutor(1) as pool:
        try:
            with connection.transaction():
                connection.execute(grouping.OURS_LOCKED)
                held = pool.submit(at_once, site, [(submission(address, n), {}) for n in range(2)])
                stuck = [pid for (pid,) in checks.eventually(lambda: site.rows(STUCK), "a group of one or both waits")]
                for pid in stuck:
                    os.kill(pid, signal.SIGSTOP)
            for key in (rivals_key, site.api_key):
                answers = at_once(site, [(submission("another", n), {"x-api-key": key}) for n in range(64)])
                assert {answer.status for answer in answers} == {200}
            assert not held.done()
        finally:
            for pid in stuck:
                os.kill(pid, signal.SIGCONT)
        accepted = [answer.status for answer in held.result()].count(200)  # else it was stopped for too long
    assert site.rows("SELECT count(*) FROM intents_intent WHERE mailbox = %s", checks.mailbox(address)) == [(accepted,)]


def test_no_workspace_is_told_of_anothers_intents(site: Scaled, rivals_key: str) -> None:
    grouping.remember(site, site.api_key, rivals_key)
    wishes = [(submission("shared-name", n), {"x-api-key": (site.api_key, rivals_key)[n % 2]}) for n in range(32)]
    answers = at_once(site, wishes)
    assert {answer.status for answer in answers} == {200}
    query = """
        SELECT i.id::text, o.slug, a.name FROM intents_intent i JOIN intents_workspace w ON w.id = i.workspace_id
        JOIN intents_organization o ON o.id = w.organization_id JOIN intents_agent a ON a.id = i.account_id
        WHERE i.mailbox = 'shared-name'
    """
    whose = {intent_id: slug for intent_id, slug, _ in site.rows(query)}
    assert [whose[answer.json()["intent_id"]] for answer in answers] == ["myorg", "rivals"] * 16


def test_a_limit_counts_each_once_whichever_path_it_takes(shared_sites: Sites) -> None:
    site = shared_sites.scaled(RATE_LIMIT_PER_MINUTE="12")
    site.start("uvicorn", workers=0, beats=0)
    minute = 0
    for _ in range(3):
        key = [("idempotency-key", f"limit-{uuid4()}")]
        minute, body = grouping.early_in_a_minute(but=minute), dumped(submission(site.address()))
        kinds = [((ORDINARY, SHORT)[n % 5 > 0], key if n % 3 == 2 else []) for n in range(14)]
        answers = [ask(site, body, [("x-api-key", site.api_key), *more], kind=kind) for kind, more in kinds]
        # Where a Redis on a busy machine takes a moment too long, nothing is counted for a while.
        if "12" not in {one.headers["x-ratelimit-remaining"] for one in answers} and grouping.minute_now() == minute:
            break
    assert [answer.status_code for answer in answers] == [200] * 12 + [429] * 2
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == [str(max(0, 11 - n)) for n in range(14)]
    assert [answer.headers.get("idempotent-replayed") for answer in answers[:12]].count("true") == 3
    assert answers[12].headers["x-ratelimit-limit"] == "12"


def test_a_revoked_key_is_refused_within_five_seconds(site: Scaled, rivals_key: str) -> None:
    body = dumped(submission("somebody"))
    grouping.remember(site, rivals_key)
    assert ask(site, body, [("x-api-key", rivals_key)], kind=SHORT).status_code == 200
    with site.connect() as connection:
        connection.execute("UPDATE intents_agentkey SET revoked_at = now() WHERE hint LIKE %s", [f"%{rivals_key[-4:]}"])
        connection.commit()
    revoked = time.monotonic()
    asked = revoked
    while (answer := ask(site, body, [("x-api-key", rivals_key)], kind=SHORT)).status_code == 200:
        assert asked - revoked < 5
        time.sleep(0.05)
        asked = time.monotonic()
    assert answer.json()["error"]["code"] == "invalid_platform_api_key"


@turns.one(0, of=2)
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kills_and_restarts_lose_double_and_swap_nothing(sites: Sites) -> None:
    database = Database(sites.guarded)
    try:
        site = sites.with_database(database)
        site.start("uvicorn", "daphne", workers=0, beats=0)
        seed = random.randrange(2**32)
        print(f"seed {seed}")
        groups.mixed(site, database, count=400, seed=seed, kills=1, restarts=1)
    finally:
        database.stop()
