"""ID tokens: whether one was signed by its issuer, for this server, now, and for this very sign-in (OpenID Connect Core,
3.1.3.7). Asymmetric signatures alone are accepted: no shared secret, and never none."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.crypto import constant_time_compare
from joserfc import jwk, jws, jwt
from joserfc.errors import ClaimError, ExpiredTokenError, InvalidPayloadError, JoseError, MissingClaimError

LEEWAY_SECONDS = 60
"""By how much the clocks of two servers may differ."""
LONGEST = 64 * 1024
LONGEST_SUBJECT = 255
SMALLEST_RSA = 2048
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")

_rules = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
_rules.max_header_length = LONGEST  # it may hold the certificates of its key

Key = Mapping[str, Any]


class NotSignedIn(Exception):
    """Nobody is signed in. `reason` is a short word for the log, the text says it to people."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason, self.text = reason, text


BROKEN = ("broken", "The answer of the identity provider is no ID token.")
EXPIRED = ("expired", "The answer of the identity provider has expired.")
FUTURE = ("future", "The clocks of the identity provider and of this server differ.")
TIMES = ("times", "The answer of the identity provider does not say how long it is valid.")
AUDIENCE = ("audience", "The answer of the identity provider is meant for another server.")
SUBJECT = ("subject", "The identity provider does not say who you are.")
WRONG = {
    "iss": ("issuer", "The answer comes from another identity provider."),
    "aud": AUDIENCE,
    "exp": TIMES,
    "iat": FUTURE,
    "nbf": FUTURE,
    "sub": SUBJECT,
}
"""The reason and the text for a claim that is not as it has to be."""


def unknown_key(token: str, keys: Sequence[Key]) -> bool:
    """Whether the token names a key that is not among these: the provider may have a new one. Raises NotSignedIn."""
    return not _candidates(_header(token), keys)


def algorithm(token: str) -> str:
    """By what the token says that it is signed. Raises NotSignedIn."""
    return str(_header(token)["alg"])


def verified(token: str, *, keys: Sequence[Key], issuer: str, client_id: str, nonce: str, now: float) -> dict[str, Any]:
    """The claims of an ID token. Raises NotSignedIn."""
    claims, _ = signed(token, keys)
    rules = jwt.JWTClaimsRegistry(
        now=int(now),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        rules.validate(claims)
    except ClaimError as wrong:
        raise NotSignedIn(*_why(wrong)) from None
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else client_id) != client_id:
        raise NotSignedIn(*AUDIENCE)
    if not constant_time_compare(str(claims.get("nonce", "")), nonce):
        raise NotSignedIn("nonce", "The answer of the identity provider belongs to another sign-in.")
    if len(claims["sub"]) > LONGEST_SUBJECT:
        raise NotSignedIn(*SUBJECT)
    return claims


def _header(token: str) -> dict[str, Any]:
    """What the token says of its signature. Raises NotSignedIn."""
    try:
        header = jws.extract_compact(token.encode(), registry=_rules).headers() if len(token) <= LONGEST else None
    except (JoseError, ValueError, TypeError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise NotSignedIn(*BROKEN)
    if header["alg"] not in ALGORITHMS or "crit" in header:
        raise NotSignedIn("algorithm", "The answer of the identity provider is signed in a way that is not accepted.")
    return header


def _candidates(header: Key, keys: Sequence[Key]) -> list[Key]:
    return [key for key in keys if "kid" not in header or key.get("kid") == header["kid"]]


def keys_in(document: Mapping[str, Any]) -> list[Key]:
    """The keys that an issuer publishes (RFC 7517)."""
    found = document.get("keys")
    return [key for key in found if isinstance(key, dict)] if isinstance(found, list) else []


def signed(token: str, keys: Sequence[Key]) -> tuple[dict[str, Any], Key]:
    """The claims, if one of the keys signed them, and that key. Nothing of them is checked. Raises NotSignedIn."""
    for key in _candidates(_header(token), keys):
        try:
            return jwt.decode(token, _imported(key), registry=_rules).claims, key
        except (InvalidPayloadError, RecursionError):
            raise NotSignedIn(*BROKEN) from None
        except (JoseError, ValueError, TypeError, LookupError):
            continue  # signed by another, or a key of another kind or use
    raise NotSignedIn("signature", "The answer of the identity provider is not signed by it.")


def _imported(key: Key) -> jwk.Key:
    """Raises JoseError, ValueError, TypeError and LookupError for what is no public key that may be used."""
    found = jwk.import_key(dict(key))
    if isinstance(found, jwk.RSAKey) and found.raw_value.key_size < SMALLEST_RSA:
        raise ValueError("this key is too short")
    return found


def _why(wrong: ClaimError) -> tuple[str, str]:
    first = wrong.claim.partition(",")[0]
    if isinstance(wrong, ExpiredTokenError):
        return EXPIRED
    if isinstance(wrong, MissingClaimError) and first == "iat":
        return TIMES
    return WRONG.get(first, BROKEN)
