"""ID tokens of identity providers: which signatures, keys and claims are believed. The flow: tests/pages/test_oidc.py."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from joserfc import jwk, jws, jwt

from intents.accounts.oidc import tokens
from intents.accounts.oidc.tokens import NotSignedIn

pytestmark = pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
NOW = time.time()
CLAIMS = {"iss": "https://id.example", "aud": "inbox", "sub": "s1", "iat": NOW, "exp": NOW + 300, "nonce": "n1"}
KEY = jwk.generate_key("RSA", 2048, {"kid": "one"})
BROKEN_KEYS: list[dict[str, Any]] = [
    {"kid": "one"},
    {"kid": "one", "kty": ["RSA"]},
    {"kid": "one", "kty": "EC", "crv": "P-999", "x": "AA", "y": "AA"},
    {"kid": "one", "kty": "RSA", "n": 5, "e": "AQAB"},
    {"kid": "one", "kty": "OKP", "crv": "Ed25519", "x": "AA"},
    {"kid": "one", "kty": "oct", "k": ""},
    {**KEY.as_dict(private=False), "use": "enc"},
    {**KEY.as_dict(private=False), "alg": "RS512"},
]


def public(key: jwk.Key) -> dict[str, Any]:
    return dict(key.as_dict(private=False))


def signed(key: jwk.Key = KEY, alg: str = "RS256", header: dict[str, Any] | None = None, **claims: Any) -> str:
    rules = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
    return jwt.encode({"alg": alg, "kid": "one"} | (header or {}), CLAIMS | claims, key, registry=rules)


def verified(token: str, *keys: dict[str, Any]) -> dict[str, Any]:
    expected: dict[str, Any] = {"issuer": "https://id.example", "client_id": "inbox", "nonce": "n1", "now": NOW}
    return tokens.verified(token, keys=keys or [public(KEY)], **expected)


def refused(token: str, *keys: dict[str, Any]) -> str:
    with pytest.raises(NotSignedIn) as found:
        verified(token, *keys)
    return found.value.reason


@pytest.mark.parametrize(
    ("kind", "size", "alg"),
    [
        ("RSA", 2048, "RS256"),
        ("RSA", 2048, "RS384"),
        ("RSA", 2048, "RS512"),
        ("RSA", 2048, "PS256"),
        ("EC", "P-256", "ES256"),
        ("EC", "P-384", "ES384"),
        ("OKP", "Ed25519", "EdDSA"),
        ("OKP", "Ed25519", "Ed25519"),
    ],
)
def test_the_signatures_that_providers_make_are_believed(kind: Any, size: Any, alg: str) -> None:
    key = jwk.generate_key(kind, size, {"kid": "one"})
    assert verified(signed(key, alg), public(key))["sub"] == "s1"
    stranger = jwk.generate_key(kind, size, {"kid": "one"})
    assert refused(signed(key, alg), public(stranger)) == "signature"


def test_a_short_key_and_a_key_for_something_else_are_not_used() -> None:
    short = jwk.generate_key("RSA", 1024, {"kid": "one"})
    assert refused(signed(short), public(short)) == "signature"
    for key in BROKEN_KEYS:
        assert refused(signed(), key) == "signature", key
    assert verified(signed(), *BROKEN_KEYS, public(KEY))["sub"] == "s1", "they are passed over"


def test_a_public_key_is_no_shared_secret() -> None:
    head, body = (
        urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in ({"alg": "HS256", "kid": "one"}, CLAIMS)
    )
    mac = hmac.new(KEY.as_pem(private=False), head + b"." + body, "sha256").digest()
    forged = b".".join((head, body, urlsafe_b64encode(mac).rstrip(b"=")))
    assert refused(forged.decode()) == "algorithm"


def test_what_a_header_says_more_does_no_harm() -> None:
    assert verified(signed(header={"x5c": ["A" * 3000], "tenant": "t1"}))["sub"] == "s1"
    assert refused(signed(header={"kid": "two"})) == "signature"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"5", "broken"),
        (b'"alg"', "broken"),
        (b'["alg"]', "broken"),
        (b"\xff", "broken"),
        (b"{}", "broken"),
        (b"[" * 20_000 + b"]" * 20_000, "broken"),
        (b'{"alg":["RS256"]}', "algorithm"),
        (b'{"alg":"none"}', "algorithm"),
        (b'{"alg":"RS256","crit":5}', "algorithm"),
        (b'{"alg":"RS256","kid":5}', "signature"),
        (b'{"alg":"RS256","b64":false}', "broken"),
    ],
)
def test_a_header_of_any_shape_is_refused_in_words(header: bytes, reason: str) -> None:
    encoded = urlsafe_b64encode(header).rstrip(b"=").decode()
    assert refused(f"{encoded}.e30.AA") == reason
    assert refused(encoded) == refused("ü.e30.AA") == refused(f"{encoded}.e30.AA.AA") == "broken"


def test_a_token_without_claims_is_none() -> None:
    rules = jws.JWSRegistry(algorithms=["RS256"])
    for payload in (b"[]", b"5", b"{", b"[" * 20_000):
        assert refused(jws.serialize_compact({"alg": "RS256"}, payload, KEY, registry=rules)) == "broken"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": None}, "times"),
        ({"exp": True}, "times"),
        ({"exp": "9999999999"}, "times"),
        ({"exp": json.loads("NaN")}, "times"),
        ({"exp": NOW - tokens.LEEWAY_SECONDS - 1}, "expired"),
        ({"iat": None}, "times"),
        ({"iat": NOW + tokens.LEEWAY_SECONDS + 2}, "future"),
        ({"nbf": NOW + tokens.LEEWAY_SECONDS + 2}, "future"),
        ({"iss": ["https://id.example"]}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"aud": ["inbox", "other"]}, "audience"),
        ({"aud": []}, "audience"),
        ({"aud": ["inbox", 5]}, "audience"),
        ({"azp": "other"}, "audience"),
        ({"nonce": ["n1"]}, "nonce"),
        ({"sub": 5}, "subject"),
        ({"sub": "x" * 256}, "subject"),
    ],
)
def test_a_claim_that_is_not_as_it_has_to_be_is_told_apart(claims: dict[str, Any], reason: str) -> None:
    assert refused(signed(**claims)) == reason


def test_what_is_right_is_believed_in_all_its_forms() -> None:
    for claims in ({"aud": ["inbox"]}, {"aud": ["inbox", "other"], "azp": "inbox"}, {"exp": NOW - 30}, {"iat": NOW + 30}):
        assert verified(signed(**claims))["sub"] == "s1"


def test_a_key_that_is_not_known_is_told() -> None:
    assert not tokens.unknown_key(signed(), [public(KEY)])
    assert tokens.unknown_key(signed(header={"kid": "two"}), [public(KEY)])
    assert tokens.unknown_key(signed(), [])
