"""What issuers of tokens publish, fetched by the one way out and remembered for a while."""

import json
import math
import time
from dataclasses import dataclass
from typing import Any

from intents.accounts.oidc.tokens import NotSignedIn
from intents.sending import connector, exchanges
from intents.sending.connector import Unanswered

REMEMBERED_SECONDS = 600.0
"""How long what a provider says of itself, and its keys, are believed without asking again."""
SECONDS = 10.0
ANSWER_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class _Known:
    since: float
    document: dict[str, Any]


_remembered: dict[str, _Known] = {}
_failed: dict[str, tuple[float, NotSignedIn]] = {}


def forget() -> None:
    """Ask again for whatever is needed next."""
    _remembered.clear()
    _failed.clear()


def remembered(url: str, *, seconds: float = REMEMBERED_SECONDS, rest: float = 0.0, grace: float = 0.0) -> dict[str, Any]:
    """The document at a URL, fetched anew if it is known for longer than so many seconds. One that cannot be had is believed
    as it is known for `grace` seconds more, and not asked for again for `rest` seconds. Raises NotSignedIn."""
    known = _remembered.get(url)
    if known is not None and _age(known.since) < seconds:
        return known.document
    since, wrong = _failed.get(url, (-math.inf, None))
    if wrong is None or _age(since) >= rest:
        try:
            made = _remembered[url] = _Known(time.monotonic(), document(url, {}))
        except NotSignedIn as failed:
            wrong = failed
            _failed[url] = time.monotonic(), failed
        else:
            return made.document
    if known is not None and _age(known.since) < seconds + grace:
        return known.document
    raise NotSignedIn(wrong.reason, wrong.text)


def _age(since: float) -> float:
    return time.monotonic() - since


def document(url: str, headers: dict[str, str]) -> dict[str, Any]:
    """The JSON object at a URL. Raises NotSignedIn."""
    return exchanged("GET", url, headers | {"Accept": "application/json"}, b"")


def exchanged(method: str, url: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """The JSON object that an issuer answers. Raises NotSignedIn."""
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
