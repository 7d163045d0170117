"""What is kept of runs beside their intents."""

from collections.abc import Sequence
from uuid import UUID

from intents.kernel import statements

_CONTENTS = """
UPDATE intents_runstep SET result = CASE WHEN result IS NULL THEN NULL ELSE '{}' END,
       error = CASE WHEN error IS NULL THEN NULL ELSE '{}' END
WHERE run_id = ANY(%(ids)s::uuid[]) OR child_id = ANY(%(ids)s::uuid[])
"""


def erase(ids: Sequence[UUID], entirely: bool) -> None:
    """As of `engine.erasing.Eraser`: what steps ended with goes with the run, or with the intent that did the step."""
    statements.rows(_CONTENTS, {"ids": list(ids)})
    if entirely:
        statements.rows("DELETE FROM intents_runstep WHERE run_id = ANY(%s::uuid[])", [list(ids)])
        statements.rows("DELETE FROM intents_scenariorun WHERE intent_id = ANY(%s::uuid[])", [list(ids)])
