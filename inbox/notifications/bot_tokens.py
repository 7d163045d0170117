"""Who sends an activity is Microsoft's Bot Connector: the token that comes with it was signed by it, for this server's bot,
for that service, just now (learn.microsoft.com, "Authentication with the Bot Connector API", Connector to Bot)."""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.conf import settings
from joserfc import jwt
from joserfc.errors import ClaimError

from intents.accounts.oidc import documents, tokens
from intents.accounts.oidc.tokens import Key, NotSignedIn
from intents.kernel.errors import Denied, Unavailable

METADATA = "https://login.botframework.com/v1/.well-known/openidconfiguration"
"""Where the keys are named, unless settings.TEAMS_OPENID_URL is another place."""
CHANNEL = "msteams"
"""The channel that its keys have to be endorsed for: others speak for other chats."""
LEEWAY_SECONDS = 300
KEPT_SECONDS = 86_400.0
"""How long the keys are believed without asking again."""
GRACE_SECONDS = 86_400.0
"""How long they are believed beyond that, while they cannot be had."""
ANEW_SECONDS = 60.0
"""A key that is not among them is asked for, but not more often than so: anybody may name one."""
REST_SECONDS = 10.0
"""Where they cannot be had they are not asked for again for so long."""
SERVICE_URL = ("serviceurl", "serviceUrl")
"""What the claim is called, by its service and by its documentation."""


_looking = threading.Lock()


class Voucher(NamedTuple):
    """What a token of the Bot Connector says, and the key that signed it."""

    claims: Mapping[str, Any]
    key: Key


def verify(authorization: str) -> Voucher:
    """Blocks while keys are fetched. Raises Denied unless the Bot Connector sent this here, and Unavailable when its keys
    cannot be had."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Denied("an activity comes with the token of the Bot Connector, as Authorization: Bearer")
    try:
        claims, key = _signed(token.strip())
        _validate(claims)
    except NotSignedIn as wrong:
        if wrong.reason in ("away", "refused"):
            raise Unavailable("the keys of the Bot Connector cannot be fetched; send it again in a moment") from None
        raise Denied(f"the Bot Connector did not send this: {wrong.reason}") from None
    return Voucher(claims, key)


def ensure_of_teams(voucher: Voucher, activity: Mapping[str, Any]) -> None:
    """Raises Denied unless what came with a token is an activity of Teams, of the service that the token is for."""
    service = activity.get("serviceUrl")
    if not isinstance(service, str) or service not in [voucher.claims.get(name) for name in SERVICE_URL]:
        raise Denied("the Bot Connector did not send this: its token is for another service")
    endorsed = voucher.key.get("endorsements")
    if activity.get("channelId") != CHANNEL or not isinstance(endorsed, list) or CHANNEL not in endorsed:
        raise Denied("the Bot Connector did not send this: its key does not speak for Teams")


def _signed(token: str) -> tuple[dict[str, Any], Key]:
    """Raises NotSignedIn."""
    metadata, keys = _published(KEPT_SECONDS, grace=GRACE_SECONDS)
    # One thread looks for it. Others go by the keys that are known: they never wait for what anybody makes up.
    if tokens.unknown_key(token, keys) and _looking.acquire(blocking=False):
        try:
            metadata, keys = _published(ANEW_SECONDS)
        finally:
            _looking.release()
    allowed = metadata.get("id_token_signing_alg_values_supported")
    if tokens.algorithm(token) not in (allowed if isinstance(allowed, list) else []):
        raise NotSignedIn("algorithm", "")
    return tokens.signed(token, keys)


def _published(seconds: float, *, grace: float = 0.0) -> tuple[Mapping[str, Any], Sequence[Key]]:
    """The metadata and the keys, known for so long at most, and while they cannot be had for `grace` more. Raises
    NotSignedIn."""
    where = settings.TEAMS_OPENID_URL or METADATA
    metadata = documents.remembered(where, seconds=seconds, rest=REST_SECONDS, grace=grace)
    at = metadata.get("jwks_uri")
    if not isinstance(at, str):
        raise NotSignedIn("configuration", "")
    return metadata, tokens.keys_in(documents.remembered(at, seconds=seconds, rest=REST_SECONDS, grace=grace))


def _validate(claims: dict[str, Any]) -> None:
    """Raises NotSignedIn."""
    rules = jwt.JWTClaimsRegistry(
        now=int(time.time()),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": settings.TEAMS_ISSUER},
        aud={"essential": True, "value": settings.TEAMS_APP_ID},
        exp={"essential": True},
    )
    try:
        rules.validate(claims)
    except ClaimError as wrong:
        raise NotSignedIn(wrong.claim.partition(",")[0], "") from None
