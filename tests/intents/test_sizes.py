"""One limit for every JSON value that may hold anything, on every door: beyond it 413, and nothing has happened."""

import json
from typing import Any

import pytest

from intents.engine.models import Delivery, Intent
from intents.kernel import canonical
from tests.callers import KeyCaller
from tests.intents.factory import take

LIMIT = 128 * 1024
BIG = {"big": "x" * LIMIT}
WORK: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a result": ("POST", "resume", BIG),
    "a result that says so": ("POST", "resume", {"action": "complete"} | BIG),
    "an error by resume": ("POST", "resume", {"action": "fail", "error": BIG}),
    "progress by resume": ("POST", "resume", {"action": "progress"} | BIG),
    "a checkpoint by resume": ("POST", "resume", {"action": "checkpoint", "state": BIG}),
    "a resolve's result": ("POST", "resolve", {"status": "COMPLETED", "result": BIG}),
    "a resolve's error": ("POST", "resolve", {"status": "FAILED", "error": BIG}),
    "a failure": ("POST", "fail", {"error": BIG, "retryable": True}),
    "a checkpoint": ("POST", "checkpoint", {"step": 1, "state": "x" * LIMIT}),
    "a step": ("PUT", "steps/one", {"result": ["x" * LIMIT]}),
    "a child": (
        "POST",
        "wait",
        {"for": "agent", "intents": [{"intent_type": "a.v1", "to_agent": "other", "payload": BIG}]},
    ),
}


@pytest.mark.parametrize("what", WORK)
def test_work_beyond_the_limit_changes_nothing_and_the_lease_stays(what: str, worker: KeyCaller, shop: KeyCaller) -> None:
    intent_id = shop.submit()
    (handed,) = take(worker)
    events = len(shop.events(intent_id))
    method, path, body = WORK[what]
    refused = worker.send(method, f"/intents/{intent_id}/{path}", raw=json.dumps(body).encode())
    assert (refused.status, refused.code) == (413, "payload_too_large")
    assert refused.json["error"]["details"]["limit"] == LIMIT
    assert str(LIMIT) in refused.json["detail"]
    assert len(shop.events(intent_id)) == events
    held = Delivery.objects.get(intent_id=intent_id)
    assert (held.state, held.lease_token) == ("leased", handed.delivery.lease_token)
    worker.post(f"/intents/{intent_id}/resume", {"fine": "x" * (LIMIT - 20)}).ok()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("controls", {"controls_patch": BIG}),
        ("policy", {"envelope_patch": BIG}),
        ("policy", {"grants_patch": BIG}),
    ],
)
def test_a_senders_patch_beyond_the_limit_changes_nothing(path: str, body: dict[str, Any], shop: KeyCaller) -> None:
    intent_id = shop.submit()
    refused = shop.post(f"/intents/{intent_id}/{path}", body)
    assert (refused.status, refused.code) == (413, "payload_too_large")
    assert Intent.objects.get(id=intent_id).policy_generation == shop.intent(intent_id)["policy_generation"]


@pytest.mark.parametrize(("path", "field"), [("controls", "controls_patch"), ("policy", "envelope_patch")])
def test_patches_within_the_limit_do_not_add_up_beyond_it(path: str, field: str, shop: KeyCaller) -> None:
    intent_id = shop.submit()
    half = "x" * (LIMIT * 2 // 3)
    shop.post(f"/intents/{intent_id}/{path}", {field: {"one": half}}).ok()
    before = Intent.objects.get(id=intent_id)
    assert shop.post(f"/intents/{intent_id}/{path}", {field: {"two": half}}).status == 413
    after = Intent.objects.get(id=intent_id)
    assert (after.controls, after.policy, after.policy_generation) == (
        before.controls,
        before.policy,
        before.policy_generation,
    )
    # What makes room may come with what needs it.
    shop.post(f"/intents/{intent_id}/{path}", {field: {"one": None, "two": half}}).ok()


def test_what_ends_a_wait_has_the_limit_too(worker: KeyCaller, shop: KeyCaller) -> None:
    intent_id = shop.submit()
    take(worker)
    worker.post(f"/intents/{intent_id}/wait", {"for": "time", "delay_seconds": 60}).ok()
    assert shop.post(f"/intents/{intent_id}/resume", BIG).status == 413
    assert shop.post("/tools/printer/completions", {"external_id": "7", "result": BIG}).status in (403, 413)
    assert shop.intent(intent_id)["status"] == "WAITING"


def test_the_canonical_form_counts_however_a_value_was_written(worker: KeyCaller, shop: KeyCaller) -> None:
    intent_id = shop.submit()
    take(worker)
    numbers = b'{"n": [' + b",".join([b"1e20"] * 7_000) + b"]}"
    assert len(numbers) < LIMIT
    assert worker.send("POST", f"/intents/{intent_id}/resume", raw=numbers).status == 413
    escaped = b'{"text": "' + b"\\u00e9" * 60_000 + b'"}'
    assert len(escaped) > LIMIT
    assert worker.send("POST", f"/intents/{intent_id}/resume", raw=escaped).status == 200


@pytest.mark.parametrize("path", ["/intents", "/intents/{}/checkpoint", "/tools/printer/completions", "/service-accounts"])
def test_a_body_that_nothing_sound_fills_is_refused_before_it_is_read(
    path: str, shop: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent_id = shop.submit()

    def parse(body: bytes) -> Any:
        raise AssertionError(f"{len(body)} bytes were parsed")

    monkeypatch.setattr(canonical, "parse", parse)
    refused = shop.send("POST", path.format(intent_id), raw=b'{"a": "' + b"x" * 6 * LIMIT + b'"}')
    assert (refused.status, refused.code) == (413, "payload_too_large")


def test_many_intents_may_be_larger_together(worker: KeyCaller, shop: KeyCaller) -> None:
    child = {"intent_type": "a.v1", "to_agent": "other", "payload": {"x": "x" * (LIMIT - 20)}}
    assert len(shop.post("/intents/batch", {"intents": [child] * 8}).ok()["intents"]) == 8
    intent_id = shop.submit()
    take(worker)
    worker.post(f"/intents/{intent_id}/resume", {"action": "wait", "for": "agent", "intents": [child] * 8}).ok()
