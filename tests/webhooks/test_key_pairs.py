"""Messages signed with a key pair, and while an endpoint changes over."""

from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.callers import KeyCaller
from tests.conftest import SettableClock
from tests.intents.receivers import Receiver
from tests.intents.test_signing import verified_by
from tests.webhooks.endpoints import of, post_due, posted, subscribe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]


def last(outside: Receiver) -> tuple[dict[str, str], str]:
    headers, _ = posted(outside)[-1]
    return headers, outside.requests[-1].partition(b"\r\n\r\n")[2].decode()


def shared_fits(secret: str, headers: dict[str, str], text: str) -> bool:
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    return Webhook(secret).sign(headers["webhook-id"], at, text) in headers["webhook-signature"].split(" ")


def test_an_endpoint_changes_over_to_a_key_pair_without_a_gap(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    made = subscribe(machine, outside, "/takes", "intent.created")
    path = f"/webhooks/subscriptions/{of(made)}"
    rotated = machine.post(f"{path}/secret", {"overlap_seconds": 60, "signing_kind": "ed25519"}).ok()
    shown = rotated["subscription"]
    assert (rotated["secret"], shown["signing_kind"], shown["signing_public_key"][:5]) == (None, "ed25519", "whpk_")
    assert shown["secret_hint"] == f"whpk_…{shown['signing_public_key'][-4:]}"
    verified = []
    for seconds in (0, 61):
        now.advance(seconds=seconds)
        shop.submit()
        post_due()
        headers, text = last(outside)
        shared = shared_fits(made["secret"], headers, text)
        verified.append((shared, verified_by(shown["signing_public_key"], headers, text)))
    assert verified == [(True, True), (False, True)]
    again = machine.post(f"{path}/secret", {"overlap_seconds": 60}).ok()["subscription"]
    assert (again["signing_kind"], again["signing_public_key"] == shown["signing_public_key"]) == ("ed25519", False)
    # All that signs now, for a receiver that is to verify during a rotation.
    keys = [(one["kind"], one["public_key"], one["until"] is None) for one in again["signing_keys"]]
    assert keys == [("ed25519", again["signing_public_key"], True), ("ed25519", shown["signing_public_key"], False)]
    assert machine.get("/webhooks/subscriptions").ok()["subscriptions"][0]["signing_keys"] == again["signing_keys"]
    back = machine.patch(path, {"signing_kind": "hmac"}).ok()
    assert [one["public_key"] for one in back["subscription"]["signing_keys"]] == [None, *(key for _, key, _ in keys)]
    assert (back["secret"][:6], back["subscription"]["signing_public_key"]) == ("whsec_", None)
    assert "secret" not in machine.patch(path, {"signing_kind": "hmac"}).ok()
    shop.submit()
    post_due()
    headers, text = last(outside)
    publics = [shown["signing_public_key"], again["signing_public_key"]]
    assert shared_fits(back["secret"], headers, text)
    assert [verified_by(one, headers, text) for one in publics] == [True, True]


@pytest.mark.parametrize("secret", ["whsk_" + "A" * 43 + "=", "a secret of my own"])
def test_a_key_pair_is_made_here_alone(machine: KeyCaller, outside: Receiver, secret: str) -> None:
    body: dict[str, Any] = {"callback_url": f"http://127.0.0.1:{outside.port}/takes", "event_types": ["intent.*"]}
    refused = machine.post("/webhooks/subscriptions", body | {"signing_kind": "ed25519", "secret": secret})
    assert refused.status == 422


def test_an_endpoint_may_begin_with_a_key_pair(machine: KeyCaller, shop: KeyCaller, outside: Receiver) -> None:
    made = subscribe(machine, outside, "/takes", "intent.created", signing_kind="ed25519")
    assert made["secret"] is None
    shop.submit()
    post_due()
    assert verified_by(made["subscription"]["signing_public_key"], *last(outside))
