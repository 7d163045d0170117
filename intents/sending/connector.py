"""The one way by which this server talks HTTP to addresses that others give it, by its settings.

Where a connection leads is checked when it is made, not when its name was written down (`connections`), and an exchange is
one answer within one time limit (`exchanges`). Messages to chats take the same way in processes of their own
(`confinement`).
"""

from collections.abc import Mapping

from django.conf import settings

from intents.sending.connections import Fault, Rules, Unanswered
from intents.sending.exchanges import KEPT_BYTES, SECONDS, Answer, close, exchange, target

__all__ = ["KEPT_BYTES", "SECONDS", "Answer", "Fault", "Unanswered", "close", "post", "put", "rules", "target"]


def rules() -> Rules:
    """Where whoever runs the server lets connections lead."""
    return Rules(networks=tuple(settings.OUTGOING_ALLOWED_NETWORKS), proxy=settings.OUTGOING_PROXY)


def post(
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes,
    seconds: float = SECONDS,
    keep: int = KEPT_BYTES,
    repeatable: bool = False,
) -> Answer:
    """POST `body` to `url`: the answer with the first `keep` bytes of its body, after `seconds` at most. What is
    `repeatable`, for its receiver knows it by an id, may come twice, as of `exchange`. Raises Unanswered."""
    return exchange(
        "POST", url, headers=headers, body=body, rules=rules(), seconds=seconds, keep=keep, repeatable=repeatable
    )


def put(url: str, *, headers: Mapping[str, str], body: bytes, seconds: float = SECONDS, keep: int = KEPT_BYTES) -> Answer:
    """PUT `body` to `url`, which may come twice, as of `post`. Raises Unanswered."""
    return exchange("PUT", url, headers=headers, body=body, rules=rules(), seconds=seconds, keep=keep, repeatable=True)
