"""Django: the view that an AXME Inbox calls, with an agent's work and with the ends of what it submitted."""

import hmac
import json
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from axme_inbox.client import Json

OLDEST_SECONDS = 300
SHORTEST = 24
"""So many bytes secrets have at least, by Standard Webhooks."""


def called(
    take: Callable[[Json], Any], *, secret: str, told: Callable[[Json], Any] | None = None
) -> Callable[[HttpRequest], HttpResponse]:
    """A view for the `callback_url` of an agent whose `delivery_mode` is `http`. `take` gets each delivery, `told` the end
    of each intent that names the agent in `reply_to`, again under the same `event_id` where the server missed that it had;
    both have to return soon, as the `delay` of a task of Celery does. What they raise has the server call again. `secret`
    is the agent's `signing_secret` (`whsec_...`): what it did not sign is 401. Raises ValueError for one that is none.
    """
    key = b64decode(secret.removeprefix("whsec_"), validate=True)
    if len(key) < SHORTEST:
        raise ValueError("the agent's signing_secret is needed: whsec_...")

    @csrf_exempt
    @require_POST
    def view(request: HttpRequest) -> HttpResponse:
        if not _signed(request, key):
            return HttpResponse("the signature does not fit", status=401)
        content = json.loads(request.body)
        if "event_id" not in content:
            take(content)
        elif told is not None:
            told(content)
        return HttpResponse(status=204)

    return view


def _signed(request: HttpRequest, key: bytes) -> bool:
    """By Standard Webhooks: one of its signatures fits, and it is not an old one sent again."""
    name, sent = request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "")
    if not sent.isdecimal() or len(sent) > 20 or abs(time.time() - int(sent)) > OLDEST_SECONDS:
        return False
    right = b"v1," + b64encode(hmac.digest(key, f"{name}.{sent}.".encode() + request.body, "sha256"))
    given = request.headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(one, right) for one in given)
