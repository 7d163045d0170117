"""What is asked of an identity provider: where it is, its keys, and the tokens for a code."""

import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import quote_plus, urlencode

from intents.accounts.oidc import documents, tokens
from intents.accounts.oidc.providers import Provider
from intents.accounts.oidc.tokens import NotSignedIn

forget = documents.forget
"""Ask again at the next sign-in."""


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
        more = documents.document(_endpoint(provider, "userinfo_endpoint"), {"Authorization": f"Bearer {access}"})
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
    return documents.exchanged("POST", at, headers, urlencode(form).encode())


def _keys(provider: Provider, *, anew: bool = False) -> Sequence[tokens.Key]:
    at = _endpoint(provider, "jwks_uri")
    return tokens.keys_in(documents.remembered(at, seconds=0 if anew else documents.REMEMBERED_SECONDS))


def _configuration(provider: Provider) -> dict[str, Any]:
    """Raises NotSignedIn, also for one that calls itself otherwise: it could speak for another."""
    found = documents.remembered(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != provider.issuer:
        raise NotSignedIn("issuer", "The identity provider calls itself by another name than the settings of this server.")
    return found


def _endpoint(provider: Provider, name: str) -> str:
    found = _configuration(provider).get(name)
    if not isinstance(found, str):
        raise NotSignedIn("configuration", f"The identity provider does not say its {name}.")
    return found
