"""Callbacks of tools that sign: what is signed reaches the agent, what is not is refused where people see it."""

import gzip
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from intents.engine.models import RefusedCall, Tool, UsedSignature
from intents.engine.services import callbacks, signals
from intents.kernel import clock
from tests.callers import Answer, Caller, KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.intents import waiting
from tests.intents.calling import CONFIGURED, OTHERS, SECRETS, SIGN, TIMED, Headers, standard
from tests.intents.waiting import RACES, at_once, complete_job, kinds, resume_of, states, token_of, wait

pool = waiting.pool

# Without a time, which would give tests another name in each process that collects them.
zipped = partial(gzip.compress, mtime=0)

BODY = b'{"pages": 3}'


def parked(shop: KeyCaller, worker: KeyCaller, tool: str = "printer", **body: Any) -> tuple[str, str]:
    intent_id = shop.submit()
    return intent_id, token_of(wait(worker, intent_id, "tool", tool=tool, **body))


def call(caller: Caller, token: str, headers: Headers, body: bytes = BODY, **more: str) -> Answer:
    sent = headers | {name.replace("_", "-"): value for name, value in more.items()}
    return caller.send("POST", f"/callbacks/{token}", raw=body, headers=sent)


def signed(style: str, now: SettableClock, body: bytes = BODY, *, secret: str = "", age: int = 0) -> Headers:
    return SIGN[style](secret or SECRETS[style], body, int(now.now.timestamp()) - age)


def refusals(shop: KeyCaller, intent_id: str) -> list[str]:
    return [one["details"]["refused"]["reason"] for one in shop.events(intent_id) if "refused" in one["details"]]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("style", CONFIGURED)
def test_a_signed_call_ends_the_wait_and_any_other_is_refused_and_seen(
    now: SettableClock, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, nobody: Caller, style: str, packed: bool
) -> None:
    machine.put("/tools/printer", CONFIGURED[style]).ok()
    intent_id, token = parked(shop, worker)
    pack = zipped if packed else bytes
    as_sent = {"content-encoding": "gzip"} if packed else {}
    right = signed(style, now)
    wrong = {
        "is missing": {},
        "does not match": signed(style, now, secret=OTHERS[style]),
        "older than the 300 seconds": signed(style, now, age=301) if style in TIMED else None,
    }
    for headers in wrong.values():
        if headers is not None:
            refused = call(nobody, token, as_sent | headers, pack(BODY))
            assert (refused.status, refused.code) == (403, "policy_denied")
    changed = call(nobody, token, as_sent | right, pack(BODY + b" "))
    assert changed.status == 403
    assert states(intent_id) == ["open"]
    told = refusals(shop, intent_id)
    assert len(told) == sum(headers is not None for headers in wrong.values())
    assert all(any(reason in one for one in told) for reason, headers in wrong.items() if headers is not None)
    listed = machine.get("/tools/printer").ok()["refused_calls"]
    assert [(one["intent_id"], one["reason"]) for one in listed] == [(intent_id, reason) for reason in reversed(told)]
    assert call(nobody, token, as_sent | right, pack(BODY)).ok()["applied"] is True
    assert resume_of(worker)["result"] == {"pages": 3}
    # What is sent again is nothing new; what is not signed is told nothing.
    assert call(nobody, token, as_sent | right, pack(BODY)).ok()["applied"] is False
    assert call(nobody, token, as_sent, pack(BODY)).status == 403
    assert len(refusals(shop, intent_id)) == len(told)


def test_what_was_signed_may_be_the_packed_body_or_the_plain_one(
    now: SettableClock, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, nobody: Caller
) -> None:
    machine.put("/tools/printer", CONFIGURED["github"]).ok()
    packed = zipped(BODY)
    for body in (BODY, packed):
        _, token = parked(shop, worker)
        headers = signed("github", now, body) | {"content-encoding": "gzip"}
        assert call(nobody, token, headers, packed).ok()["applied"] is True


@pytest.mark.parametrize(
    ("body", "headers", "status", "reason"),
    [
        (zipped(BODY)[:-4], {"content-encoding": "gzip"}, 422, "ends too early"),
        (zipped(b" " * 10_000_000), {"content-encoding": "gzip"}, 413, "larger than 131072"),
        (BODY, {"content-encoding": "br"}, 415, "Content-Encoding"),
        (b"a=%FF", {"content-type": "application/x-www-form-urlencoded"}, 422, "no text in utf-8"),
        (b"{}", {"ce-specversion": "1.0"}, 422, "id: "),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_and_seen_for_any_tool(
    shop: KeyCaller,
    worker: KeyCaller,
    nobody: Caller,
    body: bytes,
    headers: Headers,
    status: int,
    reason: str,
) -> None:
    intent_id, token = parked(shop, worker)
    refused = call(nobody, token, headers, body)
    assert refused.status == status
    assert refused.headers.get("accept-encoding") == ("gzip, identity" if status == 415 else None)
    (told,) = refusals(shop, intent_id)
    assert reason in told
    assert states(intent_id) == ["open"]
    assert nobody.post(f"/callbacks/{token}", {}).ok()["applied"] is True


def test_a_form_and_an_event_reach_the_agent(shop: KeyCaller, worker: KeyCaller, nobody: Caller) -> None:
    _, token = parked(shop, worker)
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert call(nobody, token, form, b"pages=3&ok=").ok()["applied"] is True
    assert resume_of(worker)["result"]["form"] == {"pages": "3", "ok": ""}
    _, token = parked(shop, worker)
    event = {"ce-specversion": "1.0", "ce-id": "e1", "ce-source": "/p", "ce-type": "printed"}
    assert call(nobody, token, event, BODY).ok()["applied"] is True
    assert resume_of(worker)["result"] == {
        "specversion": "1.0",
        "id": "e1",
        "source": "/p",
        "type": "printed",
        "datacontenttype": "application/json",
        "data": {"pages": 3},
    }


def test_looking_at_the_address_of_a_tool_that_signs_changes_nothing(
    now: SettableClock, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, nobody: Caller
) -> None:
    machine.put("/tools/printer", CONFIGURED["stripe"]).ok()
    intent_id, token = parked(shop, worker)
    before = shop.events(intent_id)
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE"):
        headers = signed("stripe", now, b"")
        assert nobody.send(method, f"/callbacks/{token}", headers=headers).status in (404, 405)
    assert shop.events(intent_id) == before
    assert states(intent_id) == ["open"]


@pytest.mark.parametrize("style", TIMED)
def test_a_signed_call_that_was_overheard_ends_no_other_wait(
    now: SettableClock, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, nobody: Caller, style: str
) -> None:
    machine.put("/tools/printer", CONFIGURED[style]).ok()
    first, token = parked(shop, worker)
    other, others = parked(shop, worker)
    heard = signed(style, now)
    assert call(nobody, token, heard).ok()["applied"] is True
    assert call(nobody, others, heard).status == 403
    assert refusals(shop, other) == ["this signed call was used before, for another wait"]
    assert (states(first), states(other)) == (["satisfied"], ["open"])
    now.advance(seconds=1)
    fresh = standard(SECRETS[style], BODY, int(now.now.timestamp()), "msg_2") if style == "standard" else signed(style, now)
    assert call(nobody, others, fresh).ok()["applied"] is True
    now.advance(hours=1)
    signals.prune()
    assert not UsedSignature.objects.exists()


@pytest.mark.slow
def test_of_two_waits_that_hear_one_signed_call_at_once_one_ends(
    shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, nobody: Caller, pool: ThreadPoolExecutor
) -> None:
    machine.put("/tools/printer", CONFIGURED["stripe"]).ok()
    for number in range(min(RACES, 10)):
        body = b'{"pages": %d}' % number
        waits = [parked(shop, worker) for _ in range(2)]
        heard = SIGN["stripe"](SECRETS["stripe"], body, int(clock.now().timestamp()))
        answers = at_once(pool, *(partial(call, nobody, token, heard, body) for _, token in waits))
        assert sorted(one.status for one in answers) == [200, 403]
        assert sorted(states(intent_id) for intent_id, _ in waits) == [["open"], ["satisfied"]]


def test_a_refused_call_is_not_used_up(
    now: SettableClock, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, nobody: Caller
) -> None:
    """Signed and then refused for its body: mended, it has the same id."""
    machine.put("/tools/printer", CONFIGURED["standard"]).ok()
    _, token = parked(shop, worker)
    assert call(nobody, token, signed("standard", now, b"{"), b"{").status == 422
    assert call(nobody, token, signed("standard", now), BODY).ok()["applied"] is True


def test_only_waits_for_a_tool_of_that_name_have_to_be_signed(
    now: SettableClock, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, nobody: Caller, foreign_machine: KeyCaller
) -> None:
    foreign_machine.put("/tools/scanner", CONFIGURED["slack"]).ok()
    machine.put("/tools/printer", CONFIGURED["slack"]).ok()
    for tool in ("scanner", "Printer", "printer2"):
        _, token = parked(shop, worker, tool)
        assert nobody.post(f"/callbacks/{token}", {}).ok()["applied"] is True
    for more in ({}, {"external_id": "J1"}):
        intent_id, token = parked(shop, worker, **more)
        assert nobody.post(f"/callbacks/{token}", {}).status == 403
        now.advance(seconds=1)
        assert call(nobody, token, signed("slack", now)).ok()["applied"] is True
        assert kinds(shop, intent_id).count("resumed") == 1


def test_a_completion_by_key_needs_no_signature(shop: KeyCaller, machine: KeyCaller, worker: KeyCaller) -> None:
    """The key says who tells it."""
    machine.put("/tools/printer", CONFIGURED["slack"]).ok()
    parked(shop, worker, external_id="J1")
    assert complete_job(shop, "printer", "J1", pages=3).ok()["applied"] is True


def test_a_tool_configured_while_it_is_waited_for_has_to_sign_from_then_on(
    now: SettableClock, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, nobody: Caller
) -> None:
    _, token = parked(shop, worker)
    machine.put("/tools/printer", CONFIGURED["github"]).ok()
    assert nobody.post(f"/callbacks/{token}", {}).status == 403
    machine.send("DELETE", "/tools/printer").ok()
    assert nobody.post(f"/callbacks/{token}", {}).ok()["applied"] is True


@pytest.mark.parametrize("style", CONFIGURED)
def test_the_old_secret_is_good_for_a_while_beside_the_new_one(
    now: SettableClock, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, nobody: Caller, style: str
) -> None:
    machine.put("/tools/printer", CONFIGURED[style]).ok()
    changed = machine.put("/tools/printer", CONFIGURED[style] | {"secret": OTHERS[style], "overlap_seconds": 3600})
    assert changed.ok()["tool"]["old_secrets_until"] == "2030-01-15T10:00:00.000000Z"
    for secret in (SECRETS[style], OTHERS[style]):
        now.advance(seconds=60)
        _, token = parked(shop, worker)
        headers = signed(style, now, secret=secret)
        # Each message has an id of its own.
        headers |= standard(secret, BODY, int(now.now.timestamp()), f"msg_{secret}") if style == "standard" else {}
        assert call(nobody, token, headers).ok()["applied"] is True
    now.advance(hours=1)
    _, token = parked(shop, worker)
    assert call(nobody, token, signed(style, now)).status == 403
    without = {name: value for name, value in CONFIGURED[style].items() if name != "secret"} | {"tolerance_seconds": 600}
    assert machine.put("/tools/printer", without).ok()["tool"]["tolerance_seconds"] == 600
    assert call(nobody, token, signed(style, now, secret=OTHERS[style], age=500 if style != "standard" else 0)).ok()


def test_secrets_that_cannot_be_read_refuse_in_words_and_a_new_one_mends_it(
    now: SettableClock, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, nobody: Caller
) -> None:
    machine.put("/tools/printer", CONFIGURED["github"]).ok()
    Tool.objects.update(signing=b"sealed by a key that is gone")
    intent_id, token = parked(shop, worker)
    assert call(nobody, token, signed("github", now)).status == 503
    assert "cannot be read any more" in refusals(shop, intent_id)[0]
    machine.put("/tools/printer", CONFIGURED["github"]).ok()
    assert call(nobody, token, signed("github", now)).ok()["applied"] is True


def test_what_is_refused_is_erased_with_its_intent(
    shop: KeyCaller, machine: KeyCaller, alice: PersonCaller, worker: KeyCaller
) -> None:
    machine.put("/tools/printer", CONFIGURED["github"]).ok()
    intent_id, token = parked(shop, worker)
    assert shop.post(f"/callbacks/{token}", {}).status == 403
    assert RefusedCall.objects.count() == 1
    shop.post(f"/intents/{intent_id}/resolve", {"status": "CANCELED", "reason": "enough"}).ok()
    alice.post(f"/intents/{intent_id}/erase", {"reason": "asked for"}).ok()
    assert not RefusedCall.objects.exists()


def test_refusals_of_signatures_do_not_fill_a_history(
    shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, nobody: Caller
) -> None:
    machine.put("/tools/printer", CONFIGURED["hmac"]).ok()
    intent_id, token = parked(shop, worker)
    for number in range(callbacks.NOTED + 5):
        assert call(nobody, token, {"x-signature": str(number), "x-timestamp": str(number)}).status == 403
    assert len(refusals(shop, intent_id)) == RefusedCall.objects.count() == 1
