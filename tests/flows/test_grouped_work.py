"""What agents do with intents, by requests that arrive together: each is answered as if it had come alone."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from tests import turns
from tests.flows import grouping
from tests.flows.conftest import Sites
from tests.flows.grouping import ORDINARY, SHORT, SUBMIT, ask, at_once, at_once_at_last, seen, stored
from tests.flows.held import TOKEN, Case, blind, claimed, of, prepared, told_alike, traced
from tests.load import checks
from tests.load.sites import Scaled

QUESTION = {"title": "Pay?"}
TOOL = {"for": "tool", "tool": "printer"}


@pytest.fixture(scope="module")
def site(shared_sites: Sites) -> Iterator[Scaled]:
    site = shared_sites.scaled()
    site.start("uvicorn", workers=0, beats=0)
    yield site
    checks.nothing_is_broken(site)


SOUND = {
    "acknowledge": Case("acknowledge", {}),
    "acknowledge without a body": Case("acknowledge", b""),
    "acknowledge by its lease": Case("acknowledge", {"lease_token": TOKEN}),
    "acknowledge again": Case("acknowledge", {}, (("acknowledge", {}),)),
    "heartbeat": Case("heartbeat", {}),
    "heartbeat by its lease": Case("heartbeat", {"lease_token": TOKEN}),
    "progress": Case("progress", {"message": "größer", "percent": 12.5}),
    "progress again": Case("progress", {"percent": 50}, (("progress", {"percent": 12}),)),
    "checkpoint": Case("checkpoint", {"step": 1, "total": 3, "state": {"at": [1, None]}}),
    "checkpoint again": Case("checkpoint", {"message": "on"}, (("checkpoint", {"step": 1}), ("progress", {}))),
    "complete": Case("resume", {"total": 12, "lease_token": TOKEN}),
    "complete after all": Case("resume", {"action": "complete", "a": {"b": 1}}, (("acknowledge", {}), ("checkpoint", {}))),
    "resume to progress": Case("resume", {"action": "progress", "percent": 3}),
    "resume to a checkpoint": Case("resume", {"action": "checkpoint", "step": 2, "expected_policy_generation": 1}),
    "begin": Case("resume", {"approve_current_step": True}),
    "resolve": Case("resolve", {"status": "COMPLETED", "result": {"ok": True}}),
    "resolve while it waits": Case("resolve", {"status": "COMPLETED", "result": {}}, (("wait", TOOL),)),
}
LEFT: dict[str, tuple[Case, int]] = {
    "an unknown field": (Case("acknowledge", {"surprise": 1}), 422),
    "a list": (Case("resume", []), 422),
    "a lease that is over": (Case("acknowledge", {"lease_token": str(uuid4())}), 409),
    "a heartbeat of a lease that is over": (Case("heartbeat", {"lease_token": str(uuid4())}), 409),
    "a heartbeat of what nobody holds": (Case("heartbeat", {}, (("wait", TOOL),)), 409),
    "another generation": (Case("resume", {"expected_policy_generation": 7}), 409),
    "another action": (Case("resume", {"action": "dance"}), 422),
    "a failure": (Case("resume", {"action": "fail", "error": {"message": "no"}}), 200),
    "what waits for a person": (Case("progress", {}, (("wait", {"for": "human", "human_task": QUESTION}),)), 403),
    "what waits": (Case("checkpoint", {}, (("wait", TOOL),)), 409),
    "what waits for its sender": (Case("resume", {"go": "on"}, (("wait", TOOL),)), 200),
    "what is over": (Case("acknowledge", {}, (("resume", {}),)), 409),
    "what is over, completed": (Case("resume", {}, (("resume", {}),)), 409),
    "what is over, resolved": (Case("resolve", {"status": "COMPLETED", "result": {}}, (("resume", {}),)), 409),
    "a cancel": (Case("resolve", {"status": "CANCELED", "reason": "enough"}), 200),
}


@pytest.mark.parametrize("name", turns.each(SOUND, of=2))
def test_what_is_sound_is_done_and_told_alike(site: Scaled, name: str) -> None:
    keyed = [*traced(site), ("idempotency-key", f"again-{uuid4()}")]
    for _ in range(grouping.TRIES):  # a process may just have forgotten a key
        (path, body), (other, same) = prepared(site, SOUND[name], site.address())
        grouping.remember(site)
        before = grouping.grouped(site)
        short = ask(site, same, keyed, kind=SHORT, path=other)
        if grouping.grouped(site) > before:
            break
    else:
        raise AssertionError("it does not go by the short path")
    ordinary = ask(site, body, traced(site), kind=ORDINARY, path=path)
    assert seen(short)[:2] == seen(ordinary)[:2], short.text
    assert blind(short.text) == blind(ordinary.text)
    assert blind(stored(site, of(other))) == blind(stored(site, of(path)))
    for kind in (SHORT, ORDINARY):
        again = ask(site, same, keyed, kind=kind, path=other)
        assert (again.status_code, again.text, again.headers["idempotent-replayed"]) == (200, short.text, "true")
        conflict = ask(site, b'{"another": 1}', keyed, kind=kind, path=other)
        assert conflict.status_code in (409, 422)


STEPS = {
    "a step": Case("steps/pay", {"result": {"paid": [1.5, None]}}),
    "a step by its lease": Case("steps/pay", {"result": "größe", "lease_token": TOKEN}),
    "of a key of signs": Case("steps/a:b(50%25)%3F", {"result": None}),
    "another step": Case("steps/again", {"result": True}, (("steps/pay", {"result": 1}), ("checkpoint", {"step": 1}))),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_stored_and_told_alike(site: Scaled, name: str) -> None:
    keyed = [*traced(site), ("idempotency-key", "of no meaning here")]
    for _ in range(grouping.TRIES):  # a process may just have forgotten a key
        (path, body), (other, same) = prepared(site, STEPS[name], site.address())
        grouping.remember(site)
        before = grouping.grouped(site)
        short = ask(site, same, keyed, kind=SHORT, path=other)
        if grouping.grouped(site) > before:
            break
    else:
        raise AssertionError("it does not go by the short path")
    ordinary = ask(site, body, keyed, kind=ORDINARY, path=path)
    assert seen(short) == seen(ordinary), short.text
    assert short.status_code == 201
    assert blind(stored(site, of(other))) == blind(stored(site, of(path)))
    query = "SELECT workspace_id, key, result, actor FROM intents_storedstep WHERE intent_id = %s ORDER BY id"
    assert site.rows(query, of(other)) == site.rows(query, of(path))
    for kind in (SHORT, ORDINARY):
        again = ask(site, b'{"result": "another"}', traced(site), kind=kind, path=other)
        assert (again.status_code, again.text) == (200, short.text)


@pytest.mark.parametrize("name", LEFT)
def test_what_is_not_for_a_group_is_told_alike(site: Scaled, name: str) -> None:
    told_alike(site, *LEFT[name])


NOWHERE = "019aa3c1-7d52-7e0b-9c44-0f6b2a1d5e83"


@pytest.mark.parametrize(
    "wanted", [NOWHERE, "00000000-0000-0000-0000-00000000000X", NOWHERE.upper(), NOWHERE.replace("-", "")]
)
def test_an_intent_that_is_not_there_is_missing_on_both_paths(site: Scaled, wanted: str) -> None:
    grouping.remember(site)
    path = f"{SUBMIT}/{wanted}/acknowledge"
    short, ordinary = (ask(site, b"{}", traced(site), kind=kind, path=path) for kind in (SHORT, ORDINARY))
    assert (short.status_code, short.text) == (ordinary.status_code, ordinary.text)
    assert short.status_code == 404


def test_no_workspace_moves_anothers_intents(site: Scaled) -> None:
    rivals = grouping.rivals_key(site)
    held = claimed(site, site.address(), 8)
    grouping.remember(site, site.api_key, rivals)
    wishes = [({}, {"x-api-key": (site.api_key, rivals)[n % 2]}) for n in range(8)]
    answers = at_once(site, wishes, [f"{SUBMIT}/{one}/acknowledge" for one, _ in held])
    assert [answer.status for answer in answers] == [200, 404] * 4
    query = "SELECT status FROM intents_intent WHERE id = %s"
    assert [site.rows(query, one)[0][0] for one, _ in held] == ["ACKNOWLEDGED", "DELIVERED"] * 4


def test_of_many_calls_that_come_together_each_has_its_own_answer(site: Scaled) -> None:
    for _ in range(grouping.TRIES):  # a process may forget the key before all of them have come
        before = grouping.grouped(site)
        each_has_its_own_answer(site)
        if grouping.grouped(site) >= before + 42:
            return
    pytest.fail("most went the ordinary way each time")


def each_has_its_own_answer(site: Scaled) -> None:
    calls = ("acknowledge", "progress", "checkpoint", "resume", "resolve", "heartbeat", "steps/pay")
    held = claimed(site, site.address(), 56)
    wishes: list[tuple[dict[str, Any], dict[str, str]]] = []
    for n in range(56):
        call = calls[n % 7]
        body: dict[str, Any] = {"status": "COMPLETED", "result": {"n": n}} if call == "resolve" else {}
        if call == "resume":
            body = {"n": n}
        if call == "steps/pay":
            body = {"result": n}
        if n % 8 == 5:
            body["surprise"] = n
        wishes.append((body, {}))
    grouping.remember(site)
    answers = at_once(site, wishes, [f"{SUBMIT}/{one}/{calls[n % 7]}" for n, (one, _) in enumerate(held)])
    for n, (answer, (intent_id, _)) in enumerate(zip(answers, held, strict=True)):
        call = calls[n % 7]
        if n % 8 == 5 and call != "resume":
            assert answer.status == 422, answer
            continue
        assert answer.status == (201 if call == "steps/pay" else 200), answer
        told = answer.json()
        if call == "heartbeat":
            assert told["lease_expires_at"]
            continue
        if call == "steps/pay":
            assert told["step"]["result"] == n
            continue
        assert told["intent"]["intent_id"] == told["event"]["intent_id"] == intent_id
        if call in ("resume", "resolve"):
            assert told["intent"]["result"]["n"] == n


def test_a_key_tried_at_once_acts_once(site: Scaled) -> None:
    held = claimed(site, site.address(), 6)
    paths = [f"{SUBMIT}/{held[n // 8][0]}/checkpoint" for n in range(48)]
    headers = [{"idempotency-key": f"once {paths[n]}", "content-type": (SHORT, ORDINARY)[n % 3 == 2]} for n in range(48)]
    grouping.remember(site)
    answers = at_once_at_last(site, [({"step": 1}, one) for one in headers], paths)
    assert {answer.status for answer in answers} == {200}
    assert sum(b"idempotent-replayed" not in answer.head for answer in answers) == 6
    assert [len({answer.body for answer in answers[at : at + 8]}) for at in range(0, 48, 8)] == [1] * 6
    query = "SELECT count(*) FROM intents_intentevent WHERE intent_id = %s AND event_type = 'intent.checkpoint'"
    assert [site.rows(query, one) for one, _ in held] == [[(1,)]] * 6


HELD_SECONDS = 1.5
"""Until then what waits for the intent does so still."""


def test_an_intent_that_somebody_holds_holds_up_no_other(site: Scaled) -> None:
    for _ in range(10):  # a machine may be slow
        if seconds_beside_one_that_is_held(site) < HELD_SECONDS:
            return
    pytest.fail("it holds up others")


def seconds_beside_one_that_is_held(site: Scaled) -> float:
    """How long the others wait for their answers."""
    held = claimed(site, site.address(), 8)
    grouping.remember(site)
    with site.connect() as connection, ThreadPoolExecutor(1) as pool:
        with connection.transaction():
            connection.execute("SELECT FROM intents_intent WHERE id = %s FOR UPDATE", [held[0][0]])
            paths = [f"{SUBMIT}/{one}/acknowledge" for one, _ in held]
            waiting = pool.submit(at_once, site, [({}, {})], paths[:1])
            time.sleep(0.1)
            locked = time.monotonic()
            assert {answer.status for answer in at_once(site, [({}, {})] * 7, paths[1:])} == {200}
            seconds = time.monotonic() - locked
            assert not waiting.done() or seconds > HELD_SECONDS
        assert seconds > HELD_SECONDS or [answer.status for answer in waiting.result()] == [200]
    return seconds


LEFT_STEPS: dict[str, tuple[Case, int]] = {
    "a step without its result": (Case("steps/pay", {}), 422),
    "of a key with a space": (Case("steps/a%20b", {"result": 1}), 201),
    "of a long key": (Case("steps/" + "x" * 256, {"result": 1}), 422),
    "stored before": (Case("steps/pay", {"result": 2}, (("steps/pay", {"result": 1}),)), 200),
    "by a lease that is over": (Case("steps/pay", {"result": 1, "lease_token": str(uuid4())}), 409),
    "of what waits": (Case("steps/pay", {"result": 1}, (("wait", TOOL),)), 409),
}


@pytest.mark.parametrize("name", LEFT_STEPS)
def test_a_step_that_is_not_for_a_group_is_told_alike(site: Scaled, name: str) -> None:
    told_alike(site, *LEFT_STEPS[name])


def test_a_step_tried_at_once_is_stored_once(site: Scaled) -> None:
    held = claimed(site, site.address(), 6)
    paths = [f"{SUBMIT}/{held[n // 8][0]}/steps/pay" for n in range(48)]
    kinds = [{"content-type": (SHORT, ORDINARY)[n % 3 == 2]} for n in range(48)]
    grouping.remember(site)
    answers = at_once_at_last(site, [({"result": n}, one) for n, one in enumerate(kinds)], paths)
    for at, (intent_id, _) in zip(range(0, 48, 8), held, strict=True):
        assert sorted(answer.status for answer in answers[at : at + 8]) == [200] * 7 + [201]
        (result,) = {answer.json()["step"]["result"] for answer in answers[at : at + 8]}
        assert answers[result].status == 201
        query = "SELECT result FROM intents_storedstep WHERE intent_id = %s"
        assert site.rows(query, intent_id) == [(str(result),)]


@pytest.mark.parametrize(("code", "status"), [("raise_exception", 500), ("deadlock_detected", 503)])
def test_one_step_that_fails_fails_alone(site: Scaled, code: str, status: int) -> None:
    poison = f"poison-{uuid4()}"
    act = f"RAISE EXCEPTION 'poison' USING ERRCODE = '{code}';"
    grouping.when_poisoned(site, poison, act, where=("intents_storedstep", "key"))
    held = claimed(site, site.address(), 24)
    grouping.remember(site)
    paths = [f"{SUBMIT}/{one}/steps/{poison if n == 12 else 'pay'}" for n, (one, _) in enumerate(held)]
    answers = at_once(site, [({"result": n}, {}) for n in range(24)], paths)
    assert [answer.status for answer in answers] == [201] * 12 + [status] + [201] * 11
    told = [answer.json()["step"]["result"] for answer in answers if answer.status == 201]
    assert told == [*range(12), *range(13, 24)]
    query = "SELECT result FROM intents_storedstep WHERE intent_id = %s"
    assert [site.rows(query, one) for one, _ in held] == [[] if n == 12 else [(str(n),)] for n in range(24)]
