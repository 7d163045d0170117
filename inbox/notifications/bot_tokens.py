"""Who sends an activity is Microsoft's Bot Connector: the token that comes with it was signed by it, for this server's bot,
for that service, just now (learn.microsoft.com, "Authentication with the Bot Connector API", Connector to Bot)."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

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
ANEW_SECONDS = 60.0
"""A key that is not among them is asked for, but not more often than so: anybody may name one."""
SERVICE_URL = ("serviceurl", "serviceUrl")
"""What the claim is called, by its service and by its documentation."""


def verify(authorization: str, activity: Mapping[str, Any]) -> None:
    """Blocks while keys are fetched. Raises Denied unless the Bot Connector sent this activity of Teams here, and
    Unavailable when its keys cannot be had."""
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
    service = activity.get("serviceUrl")
    if not isinstance(service, str) or service not in [claims.get(name) for name in SERVICE_URL]:
        raise Denied("the Bot Connector did not send this: its token is for another service")
    endorsed = key.get("endorsements")
    if activity.get("channelId") != CHANNEL or not isinstance(endorsed, list) or CHANNEL not in endorsed:
        raise Denied("the Bot Connector did not send this: its key does not speak for Teams")


def _signed(token: str) -> tuple[dict[str, Any], Key]:
    """Raises NotSignedIn."""
    at = settings.TEAMS_OPENID_URL or METADATA
    metadata = documents.remembered(at, seconds=KEPT_SECONDS)
    keys = _keys(metadata, KEPT_SECONDS)
    if tokens.unknown_key(token, keys):
        metadata = documents.remembered(at, seconds=ANEW_SECONDS)
        keys = _keys(metadata, ANEW_SECONDS)
    allowed = metadata.get("id_token_signing_alg_values_supported")
    if tokens.algorithm(token) not in (allowed if isinstance(allowed, list) else []):
        raise NotSignedIn("algorithm", "")
    return tokens.signed(token, keys)


def _keys(metadata: Mapping[str, Any], seconds: float) -> Sequence[Key]:
    at = metadata.get("jwks_uri")
    if not isinstance(at, str):
        raise NotSignedIn("configuration", "")
    return tokens.keys_in(documents.remembered(at, seconds=seconds))


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
