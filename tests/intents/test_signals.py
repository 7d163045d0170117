"""Completions of outside tools: each counts once, early or late, by its address or by its job's name."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from intents.engine.models import Callback, Intent, IntentEvent, Signal, Timer, Wait
from intents.engine.services import signals
from intents.kernel.clock import rfc3339
from tests.callers import Caller, KeyCaller
from tests.conftest import SettableClock
from tests.intents.factory import take
from tests.intents.waiting import complete_job, kinds, look, resume_of, states, token_of, wait


def parked(shop: KeyCaller, worker: KeyCaller, external_id: str | None = "J1", **body: Any) -> tuple[str, str]:
    """An intent that waits for the printer: its id and its callback token."""
    intent_id = shop.submit()
    answer = wait(worker, intent_id, "tool", tool="printer", **({"external_id": external_id} if external_id else {}), **body)
    return intent_id, token_of(answer)


def test_a_callback_needs_no_key_and_counts_once(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, nobody: Caller
) -> None:
    intent_id, token = parked(shop, worker, None)
    done = nobody.post(f"/callbacks/{token}", {"pages": 3}).ok()
    assert done == {"ok": True, "applied": True, "kept": False, "intent_id": intent_id}
    for body in ({"pages": 3}, {"pages": 4}, {}):
        again = nobody.post(f"/callbacks/{token}", body).ok()
        assert (again["applied"], again["intent_id"]) == (False, intent_id)
    assert resume_of(worker) == {"result": {"pages": 3}, "received_at": rfc3339(now.now)}
    assert kinds(shop, intent_id).count("resumed") == 1
    worker.post(f"/intents/{intent_id}/resume", {"done": 1}).ok()
    assert nobody.post(f"/callbacks/{token}", {}).ok()["applied"] is False
    assert shop.intent(intent_id)["status"] == "COMPLETED"


def test_a_callback_without_a_body_is_one_with_nothing_to_say(shop: KeyCaller, worker: KeyCaller, nobody: Caller) -> None:
    _, token = parked(shop, worker)
    assert nobody.post(f"/callbacks/{token}").ok()["applied"] is True
    assert resume_of(worker)["result"] == {}


def test_the_callback_address_is_this_servers(shop: KeyCaller, worker: KeyCaller, settings: Any) -> None:
    intent_id = shop.submit()
    url = wait(worker, intent_id, "tool", tool="printer")["callback_url"]
    assert url.startswith(f"{settings.BASE_URL}/v1/callbacks/axme_cb_")
    assert len(urlsplit(url).path.rpartition("_")[2]) * 4 >= 160
    token = token_of({"callback_url": url})
    assert not IntentEvent.objects.filter(details__contains=token).exists()
    assert not Wait.objects.filter(spec__contains=token).exists()
    assert token.encode() not in bytes(Callback.objects.get().fingerprint)


@pytest.mark.parametrize("token", ["axme_cb_" + "0" * 48, "x", "axme_cb_", "axme_pat_x", "ü".encode().hex(), "x" * 3000])
def test_an_unknown_callback_is_404(shop: KeyCaller, worker: KeyCaller, nobody: Caller, token: str) -> None:
    intent_id, _ = parked(shop, worker)
    refused = nobody.post(f"/callbacks/{token}", {})
    assert refused.status == 404
    assert shop.intent(intent_id)["status"] == "WAITING"


def test_looking_at_a_callback_address_changes_nothing(shop: KeyCaller, worker: KeyCaller, nobody: Caller) -> None:
    """Mail scanners, previews and crawlers open every link they see."""
    intent_id, token = parked(shop, worker)
    before = shop.events(intent_id)
    for caller in (nobody, shop, worker):
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"):
            assert caller.send(method, f"/callbacks/{token}").status in (404, 405)
    assert shop.events(intent_id) == before
    assert states(intent_id) == ["open"]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (json.dumps({"text": "x" * 200 * 1024}).encode(), 413),
        (b'{"text": "' + b" " * 200 * 1024 + b'"}', 413),
        (b"{", 422),
        (b"\xff", 422),
        (b'{"a": NaN}', 422),
        (b'{"a": "\\u0000"}', 422),
        (b'{"a": 1, "a": 2}', 422),
    ],
)
def test_a_callback_that_cannot_be_kept_can_be_made_again(
    shop: KeyCaller, worker: KeyCaller, nobody: Caller, raw: bytes, status: int
) -> None:
    """Bad input kills no run: the wait stays open."""
    intent_id, token = parked(shop, worker)
    assert nobody.send("POST", f"/callbacks/{token}", raw=raw).status == status
    assert states(intent_id) == ["open"]
    assert nobody.post(f"/callbacks/{token}", {"fine": 1}).ok()["applied"] is True


def test_a_callback_ends_its_own_wait_and_no_later_one(shop: KeyCaller, worker: KeyCaller, nobody: Caller) -> None:
    intent_id, first = parked(shop, worker, None)
    nobody.post(f"/callbacks/{first}", {"n": 1}).ok()
    take(worker)
    second = token_of(wait(worker, intent_id, "tool", tool="printer"))
    assert nobody.post(f"/callbacks/{first}", {"n": 1}).ok()["applied"] is False
    assert states(intent_id) == ["satisfied", "open"]
    assert nobody.post(f"/callbacks/{second}", {"n": 2}).ok()["applied"] is True
    assert resume_of(worker)["result"] == {"n": 2}


def test_a_callback_after_the_wait_has_expired_is_409(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, nobody: Caller
) -> None:
    intent_id, token = parked(shop, worker, None, timeout_seconds=60, on_timeout="resume")
    now.advance(seconds=60)
    look()
    late = nobody.post(f"/callbacks/{token}", {"late": True})
    assert (late.status, late.code, late.json["error"]["details"]["status"]) == (409, "invalid_transition", "IN_PROGRESS")
    assert resume_of(worker) == {"expired": True}
    assert states(intent_id) == ["expired"]


def test_a_completion_ends_the_wait_for_its_job(now: SettableClock, shop: KeyCaller, worker: KeyCaller) -> None:
    intent_id, token = parked(shop, worker, "J1")
    other, _ = parked(shop, worker, "J2")
    done = complete_job(shop, "printer", "J1", pages=3).ok()
    assert done == {"ok": True, "applied": True, "kept": False, "intent_id": intent_id}
    told = {"tool": "printer", "external_id": "J1", "received_at": rfc3339(now.now)}
    assert resume_of(worker) == {"result": {"pages": 3}} | told
    assert states(other) == ["open"]
    again = complete_job(shop, "printer", "J1", pages=4).ok()
    assert (again["applied"], again["kept"]) == (False, False)
    # The same completion by the other way is a repetition too.
    assert shop.post(f"/callbacks/{token}", {"pages": 3}).ok()["applied"] is False
    assert take(worker) == []


def test_a_completion_that_comes_before_its_wait_is_not_lost(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, nobody: Caller
) -> None:
    """An event sent just before the wait was lost."""
    received_at = rfc3339(now.now)
    assert complete_job(shop, "printer", "J1", pages=3).ok()["kept"] is True
    again = complete_job(shop, "printer", "J1", pages=4).ok()
    assert (again["applied"], again["kept"]) == (False, False)
    now.advance(hours=23, minutes=59)
    intent_id = shop.submit()
    answer = wait(worker, intent_id, "tool", tool="printer", external_id="J1", timeout_seconds=60)
    assert (answer["intent"]["status"], answer["event"]["event_type"]) == ("IN_PROGRESS", "intent.resumed")
    assert resume_of(worker)["result"] == {"pages": 3}
    assert shop.events(intent_id)[-2]["details"]["resume"]["received_at"] == received_at
    assert (states(intent_id), Timer.objects.count()) == (["satisfied"], 0)
    assert nobody.post(f"/callbacks/{token_of(answer)}", {}).ok()["applied"] is False


def test_a_completion_that_nobody_waited_for_is_forgotten_after_a_day(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller
) -> None:
    complete_job(shop, "printer", "J1", pages=3).ok()
    complete_job(shop, "printer", "J2", pages=3).ok()
    used, _ = parked(shop, worker, "J2")
    now.advance(hours=24)
    assert signals.prune() == 0
    now.advance(seconds=1)
    intent_id, _ = parked(shop, worker, "J1")
    assert shop.intent(intent_id)["status"] == "WAITING"
    complete_job(shop, "printer", "J3").ok()
    now.advance(hours=25)
    assert signals.prune() == 1
    assert [row.external_id for row in Signal.objects.all()] == ["J2"]
    assert states(used) == ["satisfied"]


def test_a_completion_told_again_after_the_first_was_forgotten_counts(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller
) -> None:
    complete_job(shop, "printer", "J1", pages=1).ok()
    now.advance(hours=25)
    assert complete_job(shop, "printer", "J1", pages=2).ok()["kept"] is True
    now.advance(hours=1)
    parked(shop, worker, "J1")
    assert resume_of(worker)["result"] == {"pages": 2}


def test_a_job_is_waited_for_by_one_intent(shop: KeyCaller, worker: KeyCaller) -> None:
    first, _ = parked(shop, worker, "J1")
    second = shop.submit()
    body = {"for": "tool", "tool": "printer", "external_id": "J1"}
    refused = worker.post(f"/intents/{second}/wait", body)
    assert (refused.status, refused.json["error"]["details"]["external_id"]) == (409, "J1")
    assert shop.intent(second)["status"] == "SUBMITTED"
    complete_job(shop, "printer", "J1").ok()
    assert worker.post(f"/intents/{second}/wait", body).status == 409
    assert (states(first), states(second)) == (["satisfied"], [])


def test_the_same_intent_waits_for_a_job_once(shop: KeyCaller, worker: KeyCaller) -> None:
    intent_id, _ = parked(shop, worker, "J1")
    complete_job(shop, "printer", "J1").ok()
    again = worker.post(f"/intents/{intent_id}/wait", {"for": "tool", "tool": "printer", "external_id": "J1"})
    assert again.status == 409
    assert shop.intent(intent_id)["status"] == "IN_PROGRESS"


def test_a_job_whose_wait_was_given_up_can_be_waited_for_again(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller
) -> None:
    intent_id, _ = parked(shop, worker, "J1", timeout_seconds=60, on_timeout="resume")
    now.advance(seconds=61)
    look()
    assert complete_job(shop, "printer", "J1", late=True).ok()["kept"] is True
    wait(worker, intent_id, "tool", tool="printer", external_id="J1")
    assert resume_of(worker)["result"] == {"late": True}


def test_a_job_ended_by_its_callback_is_not_kept_for_another_wait(
    shop: KeyCaller, worker: KeyCaller, nobody: Caller
) -> None:
    intent_id, token = parked(shop, worker, "J1")
    nobody.post(f"/callbacks/{token}", {"pages": 3}).ok()
    told = complete_job(shop, "printer", "J1", pages=4).ok()
    assert (told["applied"], told["kept"]) == (False, False)
    assert resume_of(worker)["result"] == {"pages": 3}
    body = {"for": "tool", "tool": "printer", "external_id": "J1"}
    assert worker.post(f"/intents/{intent_id}/wait", body).status == 409


def test_tools_and_workspaces_have_jobs_of_their_own(shop: KeyCaller, worker: KeyCaller, foreign_machine: KeyCaller) -> None:
    intent_id, _ = parked(shop, worker, "J1")
    assert complete_job(foreign_machine, "printer", "J1").ok()["kept"] is True
    assert complete_job(shop, "scanner", "J1").ok()["kept"] is True
    assert states(intent_id) == ["open"]
    assert complete_job(shop, "printer", "J1").ok()["applied"] is True


def test_a_completion_is_answered_once_for_its_idempotency_key(shop: KeyCaller, worker: KeyCaller) -> None:
    parked(shop, worker, "J1")
    body = {"external_id": "J1", "result": {"pages": 3}}
    first = shop.post("/tools/printer/completions", body, key="k1")
    again = shop.post("/tools/printer/completions", body, key="k1")
    assert (first.ok(), again.headers["idempotent-replayed"]) == (again.ok(), "true")
    assert first.ok()["applied"] is True


@pytest.mark.parametrize(
    ("tool", "body", "status"),
    [
        ("printer", {}, 422),
        ("printer", {"external_id": ""}, 422),
        ("printer", {"external_id": 5}, 422),
        ("printer", {"external_id": "x" * 256}, 422),
        ("printer", {"external_id": "x", "result": []}, 422),
        ("printer", {"external_id": "x", "surprise": 1}, 422),
        ("printer", {"external_id": "x", "result": {"text": "x" * 200 * 1024}}, 413),
        ("x" * 121, {"external_id": "x"}, 422),
    ],
)
def test_a_malformed_completion_is_refused(shop: KeyCaller, tool: str, body: dict[str, Any], status: int) -> None:
    assert shop.post(f"/tools/{tool}/completions", body).status == status
    assert not Signal.objects.exists()


def test_a_completion_needs_a_key(nobody: Caller) -> None:
    assert nobody.post("/tools/printer/completions", {"external_id": "J1"}).status == 401


def test_a_deadline_that_comes_with_the_completion_has_one_outcome(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, nobody: Caller
) -> None:
    intent_id = shop.submit(deadline_at=rfc3339(now.now + timedelta(seconds=60)))
    token = token_of(wait(worker, intent_id, "tool", tool="printer", external_id="J1"))
    now.advance(seconds=60)
    look()
    assert nobody.post(f"/callbacks/{token}", {}).status == 409
    # The job is done, and may yet be asked for by another intent.
    assert complete_job(shop, "printer", "J1").ok()["kept"] is True
    assert Intent.objects.get(id=intent_id).status == "TIMED_OUT"
