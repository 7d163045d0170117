"""Answers that are kept to be given again: how they lie in the database, and erasing what they tell of intents."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from intents.kernel import canonical, secrets, statements

SEALED = "sealed:"


def sealed(body: str) -> str:
    """An answer as it is kept: it may show a secret, a new machine key's for one, that is stored nowhere else in clear."""
    return SEALED + secrets.encrypt(body).decode()


def unsealed(kept: str) -> str:
    """A kept answer. That of a submit shows no secret and was written in clear, by the submit's one statement."""
    return secrets.decrypt(kept.removeprefix(SEALED).encode()) if kept.startswith(SEALED) else kept


KEPT_FIELDS = ("ok", "intent_id", "thread_id", "task_id", "status", "state", "created_at")
LISTED = ("results", "intents", "items")
"""What is kept of an answer about an erased intent, and of the lists of others."""
_SINCE = """
SELECT id, route, body FROM intents_idempotencyrecord
WHERE workspace_id = %(workspace)s AND created_at >= %(since)s AND body IS NOT NULL
  AND (body LIKE ANY(%(any)s::text[]) OR body LIKE 'sealed:%%')
"""


def erase(*, workspace_id: UUID, intent_ids: Sequence[UUID], since: datetime) -> None:
    """Leave of answers stored `since` then that name these intents nothing but ids and states: they are given again so."""
    named = [str(one) for one in intent_ids]
    params = {"workspace": workspace_id, "since": since, "any": [f"%{one}%" for one in named]}
    for record_id, route, kept in statements.rows(_SINCE, params):
        try:
            body = unsealed(kept)
        except ValueError:  # of a key that is gone: nobody reads it any more
            continue
        if any(one in body or one in route for one in named):
            left = canonical.dumps(_bare(canonical.loads(body)))
            text = sealed(left) if kept.startswith(SEALED) else left
            statements.rows("UPDATE intents_idempotencyrecord SET body = %s WHERE id = %s", [text, record_id])


def _bare(answer: dict[str, Any]) -> dict[str, Any]:
    left = {name: answer[name] for name in KEPT_FIELDS if name in answer}
    lists = {name: answer[name] for name in LISTED if isinstance(answer.get(name), list)}
    return left | {name: [_bare(one) for one in rows if isinstance(one, dict)] for name, rows in lists.items()}


_OF = "SELECT id, body FROM intents_idempotencyrecord WHERE id = ANY(%s::uuid[]) AND body LIKE 'sealed:%%'"


def replace(record_ids: Sequence[UUID], replaced: Callable[[str], str]) -> None:
    """Put what `replaced` makes of each of these kept answers in its place."""
    for record_id, kept in statements.rows(_OF, [list(record_ids)]):
        try:
            body = unsealed(kept)
        except ValueError:  # of a key that is gone: nobody reads it any more
            continue
        if (left := replaced(body)) != body:
            statements.rows("UPDATE intents_idempotencyrecord SET body = %s WHERE id = %s", [sealed(left), record_id])
