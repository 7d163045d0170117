"""Signatures of what is posted, by Standard Webhooks 1.0, of both kinds."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook

from intents.sending import signing
from intents.sending.signing import SigningKind

BODY = '{"name":"Zoë"}'
VECTOR = ("whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330)
"""A key, id and time that the project of the standard tests its own libraries with, and what they have to make of them."""
VECTOR_BODY = '{"test": 2432232314}'
VECTOR_SIGNATURE = "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag=="


def now() -> datetime:
    """A receiver takes only what was signed just now."""
    return datetime.now(UTC).replace(microsecond=0)


def verified_by(public_key: str, headers: dict[str, str], body: str) -> bool:
    """What a receiver does that has the public key alone."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix("whpk_")))
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    for one in headers["webhook-signature"].split(" "):
        version, _, signature = one.partition(",")
        if version != "v1a":
            continue
        try:
            key.verify(base64.b64decode(signature), text)
        except InvalidSignature:
            continue
        return True
    return False


def public_of(secret: str) -> str:
    found = signing.public_key(secret)
    assert found is not None
    return found


def test_a_private_key_signs_as_the_libraries_of_the_standard_do() -> None:
    secret, message_id, seconds = VECTOR
    at = datetime.fromtimestamp(seconds, UTC)
    signed = signing.headers(message_id=message_id, body=VECTOR_BODY, secrets=[secret], at=at)
    assert signed["webhook-signature"] == VECTOR_SIGNATURE
    assert verified_by(public_of(secret), signed, VECTOR_BODY)


@pytest.mark.parametrize("newest", list(SigningKind))
def test_all_keys_of_both_kinds_sign_while_a_receiver_changes_over(newest: SigningKind) -> None:
    other = next(kind for kind in SigningKind if kind is not newest)
    shared = [signing.new_secret(SigningKind.HMAC) for _ in range(2)]
    private = [signing.new_secret(SigningKind.ED25519) for _ in range(2)]
    held = {SigningKind.HMAC: shared, SigningKind.ED25519: private}
    signed = signing.headers(message_id="msg_1", body=BODY, secrets=held[newest] + held[other], at=now())
    assert [Webhook(secret).verify(BODY, signed) for secret in shared] == [{"name": "Zoë"}] * 2
    assert [verified_by(public_of(secret), signed, BODY) for secret in private] == [True, True]
    digest = hmac.new(shared[0].encode(), BODY.encode(), hashlib.sha256).hexdigest()
    assert signed["x-axme-signature"] == f"sha256={digest}"


def test_what_was_changed_on_its_way_fits_no_public_key() -> None:
    secret = signing.new_secret(SigningKind.ED25519)
    signed = signing.headers(message_id="msg_1", body=BODY, secrets=[secret], at=now())
    assert verified_by(public_of(secret), signed, BODY)
    assert not verified_by(public_of(secret), signed, BODY.replace("Z", "C"))
    assert not verified_by(public_of(secret), signed | {"webhook-id": "msg_2"}, BODY)
    assert not verified_by(public_of(signing.new_secret(SigningKind.ED25519)), signed, BODY)


def test_a_private_key_alone_makes_no_signature_that_needs_a_shared_secret() -> None:
    signed = signing.headers(message_id="msg_1", body=BODY, secrets=[signing.new_secret(SigningKind.ED25519)], at=now())
    assert "x-axme-signature" not in signed
    assert signed["webhook-signature"].startswith("v1a,")


def test_keys_say_what_they_are() -> None:
    private = signing.new_secret(SigningKind.ED25519)
    assert (private[:5], public_of(private)[:5], signing.kind_of(private)) == ("whsk_", "whpk_", SigningKind.ED25519)
    shared = signing.new_secret()
    assert (shared[:6], signing.public_key(shared), signing.kind_of(shared)) == ("whsec_", None, SigningKind.HMAC)
    assert [len(base64.b64decode(key.split("_", 1)[1])) for key in (private, public_of(private), shared)] == [32, 32, 32]
