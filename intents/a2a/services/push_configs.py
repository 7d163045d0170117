"""Setting and deleting push configs."""

from uuid import UUID

from intents.a2a import configs, news, selectors
from intents.a2a.configs import WantedConfig
from intents.a2a.models import PushConfig
from intents.engine.lifecycle import TERMINAL
from intents.engine.selectors import lock_intent
from intents.kernel import clock, statements
from intents.kernel.actors import Machine
from intents.kernel.errors import Conflict
from intents.kernel.unit_of_work import unit

MOST = 10
"""Of a task and an agent."""
_ELSEWHERE = """
UPDATE intents_tasknotification SET target_id = %s WHERE config_id = %s AND state IN ('ready', 'leased')
"""


@unit
def set_config(
    *, actor: Machine, intent_id: UUID, wanted: WantedConfig, dialect: str, known: int | None = None
) -> PushConfig:
    """Tell a client of the task at a URL, or elsewhere than before where it has one of that name: of what follows the event
    `known`, or what comes from now on. A task that is over is told of at once, also anew where nobody was told or somebody
    elsewhere. Raises Missing, Conflict."""
    # Under the intent's lock: what happened is committed, and what comes is sequenced when the config is there.
    intent, _ = lock_intent(actor, intent_id)
    name = wanted.name or str(intent_id)
    mine = list(selectors.configs(actor, intent_id))
    row = next((one for one in mine if one.name == name), None)
    if row is None:
        if len(mine) >= MOST:
            raise Conflict(f"a task has at most {MOST} push notification configs: delete one first", limit=MOST)
        row = PushConfig(workspace_id=actor.workspace_id, intent_id=intent_id, agent_id=actor.agent_id, name=name)
        # Set again, it keeps its place: of what happened some may have none in the feed yet.
        row.after_seq = intent.seq
    moved, before = row.url != wanted.url, row.target_id
    row.credential_id, row.speaks_as, row.dialect = actor.credential_id, actor.speaks_as, dialect
    row.url, row.target_id = wanted.url, configs.target_of(actor.workspace_id, wanted.url)
    row.sealed, row.created_at = configs.sealed(wanted), clock.now()
    row.save()
    _move(row, before)
    if intent.status in TERMINAL or (known is not None and known < intent.seq):
        news.forget_untold(row, intent.seq, moved=moved)
        news.enqueue([(row, intent.seq)])
    return row


@unit
def delete_config(*, actor: Machine, row: PushConfig) -> None:
    """Tell its client nothing more. Deleting what was deleted changes nothing."""
    news.forget([row.id])


def _move(row: PushConfig, before: UUID | None) -> None:
    """What is still on its way goes where the config says now, and no longer where it said before."""
    statements.rows(_ELSEWHERE, [row.target_id, row.id])
    if before is not None and before != row.target_id:
        news.forget_health([before])
