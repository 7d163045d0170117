"""What people were asked and said about intents whose contents are erased. That they decided, and how, is kept."""

from collections.abc import Sequence
from uuid import UUID

from intents.kernel import statements

ERASED = "(erased)"
"""The title and headline of a task that nothing else is known of."""

_THEIRS = "task_id IN (SELECT id FROM inbox_task WHERE intent_id = ANY(%(ids)s::uuid[]))"
_CONTENTS = (
    f"""
    UPDATE inbox_task SET title = '{ERASED}', headline = '{ERASED}', plan = NULL, pause = NULL, approved = NULL,
        likeness = NULL, amount = NULL, currency = '', spec = json_build_object(
        'title', '{ERASED}', 'task_type', task_type, 'risk', risk, 'required_comment', false, 'evidence_required', false,
        'separation_of_duties', spec::json -> 'separation_of_duties',
        'allowed_outcomes', array_remove(ARRAY[outcome], NULL)
    )::text
    WHERE intent_id = ANY(%(ids)s::uuid[])
    """,
    # Who decided in the place of others said why: an empty text tells that it was there.
    f"""
    UPDATE inbox_decision SET comment = CASE WHEN comment IS NULL THEN NULL ELSE '' END, data = NULL WHERE {_THEIRS}
    """,
    f"DELETE FROM inbox_assignment WHERE {_THEIRS} AND (principal LIKE 'email:%%' OR principal LIKE 'name:%%')",
)
_NOTIFICATIONS = f"SELECT id FROM inbox_notification WHERE {_THEIRS}"
_ROWS = (
    f"DELETE FROM inbox_messageitem WHERE notification_id IN ({_NOTIFICATIONS})",
    *(
        f"DELETE FROM inbox_{table} WHERE {_THEIRS}"
        for table in ("chatpost", "notification", "notice", "opened", "snooze", "taskwatcher", "assignment", "decision")
    ),
    "DELETE FROM inbox_task WHERE intent_id = ANY(%(ids)s::uuid[])",
)


def erase(ids: Sequence[UUID], entirely: bool) -> None:
    """As of `engine.erasing.Eraser`."""
    for statement in _ROWS if entirely else _CONTENTS:
        statements.rows(statement, {"ids": list(ids)})
