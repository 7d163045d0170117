"""What goes to Microsoft's Bot Connector: activities, with a token of the bot's own."""

import json
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings

from intents.sending import connector
from intents.sending.channels import NotSent, Sent
from intents.sending.connector import Answer, Unanswered

SECONDS = 10.0
EARLY_SECONDS = 300.0
"""A token is used no more so long before it ends."""
ANY_TENANT = "botframework.com"
"""Where the bot asks for its token that belongs to no tenant alone."""
TOKEN_BYTES = 64 * 1024
REST_SECONDS = 2.0
"""A sign-in that failed is not tried again for so long: who waited for it meanwhile is told the same."""
_PASSING = {401, 408, 412, 429}


@dataclass(frozen=True, slots=True)
class _Token:
    of: tuple[str, ...]
    secret: str
    until: float


_kept: list[_Token] = []
_failed: dict[tuple[str, ...], tuple[float, str]] = {}
_lock = threading.Lock()


def forget() -> None:
    """Ask for a new token with the next activity."""
    _kept.clear()
    _failed.clear()


def post(service_url: str, conversation: str, activity: dict[str, Any]) -> Sent:
    """Send an activity into a conversation, at the service that it came from by a verified token: what was answered, and the
    activity's id. Raises NotSent."""
    return _said(connector.post, _url(service_url, conversation), activity)


def put(service_url: str, conversation: str, activity_id: str, activity: dict[str, Any]) -> Sent:
    """Put another activity in the place of one that the bot sent, as of `post`. Raises NotSent."""
    url = f"{_url(service_url, conversation)}/{quote(activity_id, safe='')}"
    return _said(connector.put, url, activity | {"id": activity_id})


def _url(service_url: str, conversation: str) -> str:
    return f"{service_url.rstrip('/')}/v3/conversations/{quote(conversation, safe='')}/activities"


def _said(ask: Callable[..., Answer], url: str, activity: dict[str, Any]) -> Sent:
    headers = {"authorization": f"Bearer {_token()}", "content-type": "application/json; charset=utf-8"}
    answer = _asking(ask, url, headers, json.dumps(activity).encode())
    if answer.status == 401:
        forget()
    if answer.status >= 300:
        permanent = 400 <= answer.status < 500 and answer.status not in _PASSING
        raise NotSent(f"Teams answered {answer.status}", permanent=permanent, detail=answer)
    try:
        told = json.loads(answer.body)
    except ValueError:
        told = None
    return Sent(f"answered {answer.status}", told.get("id") if isinstance(told, dict) else None)


def _token() -> str:
    """The one that is kept, or a new one, for which only one thread asks; what it is told, those are who wait for it. Raises
    NotSent."""
    where = f"{settings.TEAMS_LOGIN_URL}/{settings.TEAMS_TENANT_ID or ANY_TENANT}/oauth2/v2.0/token"
    of = (where, settings.TEAMS_APP_ID, settings.TEAMS_APP_PASSWORD)
    with _lock:
        found = next((one for one in _kept if one.of == of and time.monotonic() < one.until), None)
        if found is None:
            since, answer = _failed.get(of, (-math.inf, ""))
            if time.monotonic() - since < REST_SECONDS:
                raise NotSent(answer)
            try:
                found = _asked(where, of)
            except NotSent as none:
                _failed[of] = time.monotonic(), none.answer
                raise
            _kept[:] = [found]
        return found.secret


def _asked(where: str, of: tuple[str, ...]) -> _Token:
    form = {
        "grant_type": "client_credentials",
        "client_id": settings.TEAMS_APP_ID,
        "client_secret": settings.TEAMS_APP_PASSWORD,
        "scope": f"{settings.TEAMS_ISSUER}/.default",
    }
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    answer = _asking(connector.post, where, headers, urlencode(form).encode(), keep=TOKEN_BYTES)
    try:
        told = json.loads(answer.body) if answer.status == 200 else {}
        made = _Token(of, str(told["access_token"]), time.monotonic() + float(told["expires_in"]) - EARLY_SECONDS)
    except (ValueError, KeyError, TypeError):
        # Whoever runs the server mends what is wrong with it: the message is tried again.
        raise NotSent(f"the bot gets no token: its sign-in answered {answer.status}") from None
    return made


def _asking(ask: Callable[..., Answer], url: str, headers: dict[str, str], body: bytes, **more: Any) -> Answer:
    try:
        return ask(url, headers=headers, body=body, seconds=SECONDS, **more)
    except Unanswered as none:
        raise NotSent(none.text) from None
