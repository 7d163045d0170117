"""What is posted to endpoints is signed so that anybody's library verifies it, during a rotation by both secrets."""

import hashlib
import hmac

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.callers import KeyCaller
from tests.conftest import SettableClock
from tests.intents.receivers import Receiver
from tests.webhooks.endpoints import of, post_due, posted, subscribe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]


def test_it_is_signed_so_that_the_reference_library_verifies_it(
    machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    secret = subscribe(machine, outside, "/takes", "intent.created")["secret"]
    shop.submit()
    post_due()
    headers, body = posted(outside)[0]
    text = outside.requests[0].partition(b"\r\n\r\n")[2]
    assert Webhook(secret).verify(text, headers) == body
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(text + b" ", headers)
    digest = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    assert headers["x-axme-signature"] == f"sha256={digest}"


def test_a_secret_of_ones_own_may_be_any_text(machine: KeyCaller, shop: KeyCaller, outside: Receiver) -> None:
    answer = subscribe(machine, outside, "/takes", "intent.created", secret="correct horse battery")
    assert "secret" not in answer
    shop.submit()
    post_due()
    headers, _ = posted(outside)[0]
    text = outside.requests[0].partition(b"\r\n\r\n")[2]
    Webhook(b"correct horse battery").verify(text, headers)
    digest = hmac.new(b"correct horse battery", text, hashlib.sha256).hexdigest()
    assert headers["x-axme-signature"] == f"sha256={digest}"


def test_during_a_rotation_both_secrets_sign(now: SettableClock, machine: KeyCaller, outside: Receiver) -> None:
    made = subscribe(machine, outside)
    url = f"/webhooks/subscriptions/{of(made)}"
    renewed = machine.post(f"{url}/secret", {"overlap_seconds": 60}).ok()["secret"]
    for seconds, valid in ((0, [made["secret"], renewed]), (61, [renewed])):
        now.advance(seconds=seconds)
        machine.post(f"{url}/test").ok()
        post_due()
        headers, _ = posted(outside)[-1]
        signed = headers["webhook-signature"].split(" ")
        text = outside.requests[-1].partition(b"\r\n\r\n")[2].decode()
        at = now.now
        assert sorted(signed) == sorted(Webhook(secret).sign(headers["webhook-id"], at, text) for secret in valid)
