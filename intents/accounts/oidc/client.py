"""What is asked of an identity provider: where it is, its keys, and the tokens for a code."""

import json
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote_plus, urlencode

from intents.accounts.oidc import tokens
from intents.accounts.oidc.providers import Provider
from intents.accounts.oidc.tokens import NotSignedIn
from intents.sending import connector, exchanges
from intents.sending.connector import Unanswered

REMEMBERED_SECONDS = 600.0
"""How long what a provider says of itself, and its keys, are believed without asking again."""
SECONDS = 10.0
ANSWER_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class _Known:
    until: float
    document: dict[str, Any]


_remembered: dict[str, _Known] = {}


def forget() -> None:
    """Ask again at the next sign-in."""
    _remembered.clear()


def authorization_url(
    provider: Provider, *, callback: str, state: str, nonce: str, verifier: str, again: bool = False
) -> str:
    """Where the browser is sent to sign in, `again` also who is signed in there. Raises NotSignedIn."""
    at = _endpoint(provider, "authorization_endpoint")
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": callback,
        "scope": provider.scopes,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if again:
        query |= {"prompt": "login", "max_age": "0"}
    return f"{at}{'&' if '?' in at else '?'}{urlencode(query)}"


def claims(provider: Provider, *, code: str, callback: str, nonce: str, verifier: str) -> dict[str, Any]:
    """Who signed in, by the code that the browser brought back. Raises NotSignedIn."""
    answer = _tokens(provider, code=code, callback=callback, verifier=verifier)
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise NotSignedIn("no_token", "The identity provider does not say who you are.")
    keys = _keys(provider)
    if tokens.unknown_key(token, keys):
        keys = _keys(provider, anew=True)
    found = tokens.verified(
        token, keys=keys, issuer=provider.issuer, client_id=provider.client_id, nonce=nonce, now=time.time()
    )
    access = answer.get("access_token")
    if isinstance(access, str) and "userinfo_endpoint" in _configuration(provider):
        # What it says beside the ID token counts only for the one whom that names.
        more = _document(_endpoint(provider, "userinfo_endpoint"), {"Authorization": f"Bearer {access}"})
        if more.get("sub") == found["sub"]:
            found = more | found
    return found


def _tokens(provider: Provider, *, code: str, callback: str, verifier: str) -> dict[str, Any]:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback, "code_verifier": verifier}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    ways = _configuration(provider).get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if provider.client_secret and "client_secret_basic" in ways:
        pair = f"{quote_plus(provider.client_id)}:{quote_plus(provider.client_secret)}"
        headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    else:
        form["client_id"] = provider.client_id
        if provider.client_secret:
            form["client_secret"] = provider.client_secret
    at = _endpoint(provider, "token_endpoint")
    return _exchanged("POST", at, headers, urlencode(form).encode())


def _keys(provider: Provider, *, anew: bool = False) -> Sequence[tokens.Key]:
    at = _endpoint(provider, "jwks_uri")
    found = _remember(at, anew=anew).get("keys")
    return [key for key in found if isinstance(key, dict)] if isinstance(found, list) else []


def _configuration(provider: Provider) -> dict[str, Any]:
    """Raises NotSignedIn, also for one that calls itself otherwise: it could speak for another."""
    found = _remember(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != provider.issuer:
        raise NotSignedIn("issuer", "The identity provider calls itself by another name than the settings of this server.")
    return found


def _endpoint(provider: Provider, name: str) -> str:
    found = _configuration(provider).get(name)
    if not isinstance(found, str):
        raise NotSignedIn("configuration", f"The identity provider does not say its {name}.")
    return found


def _remember(url: str, *, anew: bool = False) -> dict[str, Any]:
    known = _remembered.get(url)
    if anew or known is None or known.until < time.monotonic():
        known = _remembered[url] = _Known(time.monotonic() + REMEMBERED_SECONDS, _document(url, {}))
    return known.document


def _document(url: str, headers: dict[str, str]) -> dict[str, Any]:
    return _exchanged("GET", url, headers | {"Accept": "application/json"}, b"")


def _exchanged(method: str, url: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    away = NotSignedIn("away", "The identity provider cannot be reached. Try again in a moment.")
    try:
        answer = exchanges.exchange(
            method,
            url,
            headers={"User-Agent": "AXME-Inbox"} | headers,
            body=body,
            rules=connector.rules(),
            seconds=SECONDS,
            keep=ANSWER_BYTES,
        )
    except Unanswered as none:
        raise NotSignedIn("away", f"{away.text} ({none.text})") from None
    if answer.status >= 500:
        raise away
    if answer.status != 200:
        raise NotSignedIn("refused", "The identity provider refused this sign-in. Start again.")
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotSignedIn("broken", "The answer of the identity provider is not understood.")
    return found
