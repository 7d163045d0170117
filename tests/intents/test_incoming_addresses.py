"""Tools that know one address alone: each call says which job it is about, and counts only if the tool signed it."""

import gzip
import json
from typing import Any

import pytest

from intents.engine.models import RefusedIncoming, UsedSignature
from tests.callers import Answer, Caller, KeyCaller
from tests.conftest import SettableClock
from tests.intents.calling import CONFIGURED, OTHERS, SECRETS, SIGN, Headers, github, standard
from tests.intents.waiting import complete_job, resume_of, states, token_of, wait

STRIPE = {"external_id_at": "/data/object/id", "event_type_at": "/type", "event_types": ["payment_intent.succeeded"]}
GITHUB = {
    "external_id_at": "/check_run/external_id",
    "event_type_at": "X-GitHub-Event /action",
    "event_types": ["check_run.completed"],
}


def configure(machine: KeyCaller, style: str = "stripe", **fields: Any) -> str:
    """Give the tool `payments` an address: its path."""
    tool = machine.put("/tools/payments", CONFIGURED[style] | fields).ok()["tool"]
    assert tool["incoming_url"].endswith(f"/v1/incoming/{tool['tool_id']}")
    return f"/incoming/{tool['tool_id']}"


def call(caller: Caller, path: str, headers: Headers, body: bytes, **more: str) -> Answer:
    sent = headers | {name.replace("_", "-"): value for name, value in more.items()}
    return caller.send("POST", path, raw=body, headers=sent)


def signed(style: str, now: SettableClock, body: bytes, *, secret: str = "", age: int = 0) -> Headers:
    return SIGN[style](secret or SECRETS[style], body, int(now.now.timestamp()) - age)


def paid(job: Any = "pi_1", kind: str = "payment_intent.succeeded") -> bytes:
    """As Stripe sends it."""
    return json.dumps({"id": "evt_1", "type": kind, "data": {"object": {"id": job, "amount": 129}}}).encode()


def reasons(machine: KeyCaller) -> list[str]:
    return [one["reason"] for one in machine.get("/tools/payments").ok()["refused_incoming"]]


def test_a_call_ends_the_wait_for_the_job_it_names_and_repeated_changes_nothing(
    now: SettableClock, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, nobody: Caller
) -> None:
    path = configure(machine, **STRIPE)
    first, other = shop.submit(), shop.submit()
    wait(worker, first, "tool", tool="payments", external_id="pi_1")
    wait(worker, other, "tool", tool="payments", external_id="pi_2")
    done = call(nobody, path, signed("stripe", now, paid()), paid()).ok()
    assert {name: done[name] for name in ("applied", "kept", "ignored", "intent_id")} == {
        "applied": True,
        "kept": False,
        "ignored": False,
        "intent_id": first,
    }
    told = resume_of(worker)
    assert (told["external_id"], told["result"]["data"]["object"]["amount"]) == ("pi_1", 129)
    for age in (0, 5):
        again = call(nobody, path, signed("stripe", now, paid(), age=age), paid()).ok()
        assert (again["applied"], again["kept"]) == (False, False)
    assert (states(first), states(other)) == (["satisfied"], ["open"])


def test_one_that_comes_early_is_kept_for_a_day(
    now: SettableClock, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, nobody: Caller
) -> None:
    path = configure(machine, **STRIPE)
    for job in ("pi_1", "pi_2"):
        early = call(nobody, path, signed("stripe", now, paid(job)), paid(job)).ok()
        assert (early["applied"], early["kept"]) == (False, True)
    now.advance(hours=23)
    intent_id = shop.submit()
    wait(worker, intent_id, "tool", tool="payments", external_id="pi_1")
    assert resume_of(worker)["result"]["type"] == "payment_intent.succeeded"
    now.advance(hours=2)
    late = shop.submit()
    wait(worker, late, "tool", tool="payments", external_id="pi_2")
    assert states(late) == ["open"]


@pytest.mark.parametrize("style", CONFIGURED)
def test_what_is_not_signed_is_refused_in_every_style_and_seen_at_the_tool(
    now: SettableClock, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, nobody: Caller, style: str
) -> None:
    path = configure(machine, style, external_id_at="/data/object/id")
    intent_id = shop.submit()
    wait(worker, intent_id, "tool", tool="payments", external_id="pi_1")
    for headers in ({}, signed(style, now, paid(), secret=OTHERS[style]), signed(style, now, paid("pi_9"))):
        for _ in range(2):
            refused = call(nobody, path, headers, paid())
            assert (refused.status, refused.code) == (403, "policy_denied")
    assert states(intent_id) == ["open"]
    missing, wrong = sorted(reasons(machine), key=lambda reason: "does not match" in reason)
    assert ("is missing" in missing, "does not match" in wrong) == (True, True)
    # Of an intent nothing is known before the signature.
    assert machine.get("/tools/payments").ok()["refused_calls"] == []
    packed = gzip.compress(paid())
    assert call(nobody, path, signed(style, now, paid()), packed, content_encoding="gzip").ok()["applied"] is True


def test_what_tells_of_something_else_is_ignored(
    now: SettableClock, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, nobody: Caller
) -> None:
    path = configure(machine, "github", **GITHUB)
    intent_id = shop.submit()
    wait(worker, intent_id, "tool", tool="payments", external_id="7")

    def check(action: str, event: str = "check_run") -> dict[str, Any]:
        body = json.dumps({"action": action, "check_run": {"external_id": 7}}).encode()
        headers = github(SECRETS["github"], body, 0) | {"x-github-event": event}
        answer: dict[str, Any] = call(nobody, path, headers, body).ok()
        return answer

    for told in (check("created"), check("completed", "check_suite"), check("", "ping")):
        assert (told["ignored"], told["applied"], told["kept"]) == (True, False, False)
    assert states(intent_id) == ["open"]
    done = check("completed")
    assert (done["ignored"], done["applied"]) == (False, True)


@pytest.mark.parametrize("job", [None, "", True, 1.5, ["pi_1"], "x" * 256, {"id": 1}])
def test_a_call_without_the_id_of_a_job_is_refused_and_seen(
    now: SettableClock, machine: KeyCaller, nobody: Caller, job: Any
) -> None:
    path = configure(machine, **STRIPE)
    refused = call(nobody, path, signed("stripe", now, paid(job)), paid(job))
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "body")
    (reason,) = reasons(machine)
    assert "/data/object/id" in reason


def test_what_strangers_send_is_neither_read_nor_fills_anything(
    now: SettableClock, machine: KeyCaller, nobody: Caller
) -> None:
    path = configure(machine, **STRIPE)
    for number in range(60):
        refused = call(nobody, path, {}, b"[" * 50_000, content_encoding=f"odd-{number}")
        assert refused.status == 415
    assert call(nobody, path, {}, b"[" * 50_000).status == 403
    assert call(nobody, path, {}, b" " * 200_000).status == 413
    assert RefusedIncoming.objects.count() == 3


def test_only_the_last_reasons_are_kept(now: SettableClock, machine: KeyCaller, nobody: Caller) -> None:
    path = configure(machine, "hmac", external_id_at="/job")
    for number in range(55):
        machine.put("/tools/payments", CONFIGURED["hmac"] | {"header": f"X-Sign-{number}", "external_id_at": "/job"}).ok()
        assert call(nobody, path, {}, b"{}").status == 403
        now.advance(seconds=1)
    assert RefusedIncoming.objects.count() == 50
    assert "X-Sign-54" in reasons(machine)[0]


def test_a_tool_without_an_address_and_an_unknown_one_are_alike(machine: KeyCaller, nobody: Caller) -> None:
    tool = machine.put("/tools/payments", CONFIGURED["stripe"]).ok()["tool"]
    assert tool["incoming_url"] is None
    unknown = [f"/incoming/{tool['tool_id']}", "/incoming/0194bb3e-5c00-7000-8000-000000000001", "/incoming/payments"]
    assert {nobody.post(path, {}).status for path in unknown} == {404}
    assert not RefusedIncoming.objects.exists()


def test_its_calls_end_no_wait_of_another_workspace(
    now: SettableClock,
    machine: KeyCaller,
    foreign_machine: KeyCaller,
    shop: KeyCaller,
    worker: KeyCaller,
    nobody: Caller,
) -> None:
    theirs = configure(foreign_machine, **STRIPE)
    intent_id = shop.submit()
    wait(worker, intent_id, "tool", tool="payments", external_id="pi_1")
    assert call(nobody, theirs, signed("stripe", now, paid()), paid()).ok()["kept"] is True
    assert states(intent_id) == ["open"]


def test_a_tool_may_get_its_address_before_it_has_a_secret(now: SettableClock, machine: KeyCaller, nobody: Caller) -> None:
    """As Stripe makes the secret only once it knows the address."""
    made = machine.put("/tools/payments", {"style": "stripe"} | STRIPE).ok()["tool"]
    assert made["has_secret"] is False
    path = f"/incoming/{made['tool_id']}"
    assert call(nobody, path, signed("stripe", now, paid()), paid()).status == 403
    assert reasons(machine) == ["no signing secret is set for this tool yet"]
    assert configure(machine, **STRIPE) == path
    assert call(nobody, path, signed("stripe", now, paid()), paid()).ok()["kept"] is True
    without = machine.put("/tools/other", {"style": "stripe"})
    assert (without.status, without.json["error"]["details"]["field"]) == (422, "secret")


def test_a_signed_call_that_was_overheard_ends_no_other_wait(
    now: SettableClock, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, nobody: Caller
) -> None:
    path = configure(machine, "standard", external_id_at="/data/object/id")
    intent_id, other = shop.submit(), shop.submit()
    wait(worker, intent_id, "tool", tool="payments", external_id="pi_1")
    token = token_of(wait(worker, other, "tool", tool="payments"))
    headers = standard(SECRETS["standard"], paid(), int(now.now.timestamp()))
    assert call(nobody, path, headers, paid()).ok()["applied"] is True
    assert UsedSignature.objects.count() == 1
    assert call(nobody, f"/callbacks/{token}", headers, paid()).status == 403
    assert states(other) == ["open"]


def test_told_by_a_key_too_it_counts_once(
    now: SettableClock, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, nobody: Caller
) -> None:
    path = configure(machine, **STRIPE)
    wait(worker, shop.submit(), "tool", tool="payments", external_id="pi_1")
    assert complete_job(machine, "payments", "pi_1").ok()["applied"] is True
    again = call(nobody, path, signed("stripe", now, paid()), paid()).ok()
    assert (again["applied"], again["kept"]) == (False, False)


def test_slack_is_answered_what_it_asks_for(now: SettableClock, machine: KeyCaller, nobody: Caller) -> None:
    path = configure(machine, "slack", external_id_at="/event/job")
    body = b'{"type": "url_verification", "challenge": "3eZbrw1a"}'
    assert call(nobody, path, signed("slack", now, body), body).ok()["challenge"] == "3eZbrw1a"
    assert "challenge" not in call(nobody, path, {}, body).json


def test_looking_changes_nothing(machine: KeyCaller, nobody: Caller) -> None:
    path = configure(machine, **STRIPE)
    assert nobody.get(path).status == 405
    assert nobody.send("HEAD", path).status == 405


def test_forms_and_events_name_their_job_too(now: SettableClock, machine: KeyCaller, nobody: Caller) -> None:
    path = configure(machine, "github", external_id_at="/form/job")
    body = b"job=a%2F1&state=done"
    form = call(nobody, path, signed("github", now, body), body, content_type="application/x-www-form-urlencoded")
    assert form.ok()["kept"] is True
    configure(machine, "github", external_id_at="/data/items/1/a~1b")
    body = b'{"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "data": {"items": [0, {"a/b": "j-2"}]}}'
    event = call(nobody, path, signed("github", now, body), body, content_type="application/cloudevents+json")
    assert event.ok()["kept"] is True


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"external_id_at": "data.object.id"}, "external_id_at"),
        ({"external_id_at": "/data//id"}, "external_id_at"),
        ({"external_id_at": "/a~2"}, "external_id_at"),
        ({"event_type_at": "/type"}, "external_id_at"),
        (STRIPE | {"event_type_at": ""}, "event_type_at"),
        (STRIPE | {"event_type_at": "the type"}, ""),
        (STRIPE | {"event_type_at": "type!"}, "event_type_at"),
        (STRIPE | {"event_types": [""]}, "event_types"),
        (STRIPE | {"event_types": ["x" * 101]}, "event_types"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(machine: KeyCaller, fields: dict[str, Any], field: str) -> None:
    answer = machine.put("/tools/payments", CONFIGURED["stripe"] | fields)
    if field:
        assert (answer.status, answer.json["error"]["details"]["field"]) == (422, field)
    else:
        assert answer.status == 200  # two headers
