"""What waits, found by how long it has waited and by its task's risk: as a set of what the indexes of open waits and of live
tasks have, for to look at each intent would take several times as long.

An intent that waits has one open wait, for the reason that the intent tells; where that is people, one live task, which is
its newest.
"""

from collections.abc import Set

from inbox.operations.states import WORKSPACE, texts
from inbox.operations.wheres import Where
from inbox.vocabulary.lifecycle import LIVE
from intents.engine.lifecycle import Status, WaitReason

_WAITS = f"SELECT w.intent_id FROM intents_wait w WHERE w.{WORKSPACE} AND w.state = 'open'"
# Set apart, for how many waits began between two times the planner takes for few, and would look each one's task up.
_TASKS = f"""
WITH live AS MATERIALIZED (
    SELECT t.wait_id FROM inbox_task t WHERE t.{WORKSPACE} AND t.state IN ({texts(LIVE)}) AND {{risks}}
)
SELECT w.intent_id FROM live JOIN intents_wait w ON w.id = live.wait_id WHERE w.{WORKSPACE} AND w.state = 'open'
"""


def for_people_alone(made: Where) -> bool:
    """Whether all that is looked for waits for people."""
    return made.statuses == {Status.WAITING} and made.reasons == frozenset({WaitReason.HUMAN})


def of_reasons(made: Where, reasons: Set[WaitReason]) -> str:
    """SQL of whether an intent waits for one of these."""
    return f"intents_intent.waiting_reason = ANY({made.value(sorted(one.value for one in reasons), 'text[]')})"


def settle(made: Where) -> None:
    """Say what waits are looked for, after all terms are known."""
    if made.waits or made.risks:
        written = f" AND w.reason IN ({texts(made.reasons)})" if made.reasons else ""
        nothing = " AND false" if made.reasons == frozenset() else ""
        risks = " AND ".join(f"t.risk = ANY({one})" for one in made.risks)
        first = _TASKS.format(risks=risks) if risks else _WAITS
        made.sets.append(" AND ".join([first, *made.waits]) + written + nothing)
        made.known = frozenset({Status.WAITING})
    elif made.reasons is not None:
        made.say(of_reasons(made, made.reasons))
