"""First steps: the first request of an agent, for who sets it up, and what a person has tried in the demo."""

from dataclasses import dataclass

from inbox.tasks.models import Task
from inbox.vocabulary import kinds
from intents.accounts.models import Agent
from intents.kernel import statements
from intents.kernel.actors import Person

_COLUMNS = statements.columns(Task, "t")
_NEWEST = f"""
SELECT {_COLUMNS} FROM inbox_task t WHERE t.id = (
    SELECT n.id FROM (
        SELECT i.id FROM intents_intent i WHERE i.workspace_id = %(workspace)s AND i.sender = %(name)s
        ORDER BY i.id DESC LIMIT 50
    ) sent CROSS JOIN LATERAL (SELECT o.id FROM inbox_task o WHERE o.intent_id = sent.id ORDER BY o.id DESC LIMIT 1) n
    ORDER BY n.id DESC LIMIT 1
)
"""


def newest_of(agent: Agent) -> Task | None:
    """What people were asked last by one of the newest intents of an agent whose visibility was checked."""
    found = statements.objects(Task, _NEWEST, {"workspace": agent.workspace_id, "name": agent.name})
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class DemoProgress:
    """What a person has done with requests of some agents: looked at one, said no to one, undone a decision, asked an agent,
    and decided one that is completed by now, each after a look."""

    opened: bool
    refused: bool
    undone: bool
    asked: bool
    completed: bool


_MINE = """
FROM {table} x JOIN inbox_task t ON t.id = x.task_id JOIN intents_intent i ON i.id = t.intent_id
WHERE x.{user}_id = %(user)s AND t.workspace_id = %(workspace)s AND starts_with(i.sender, %(prefix)s)
"""
# What was decided without a look is none of theirs: the demo comes with a history of such decisions.
_LOOKED_AT = "AND EXISTS (SELECT FROM inbox_opened o WHERE o.user_id = x.person_id AND o.task_id = x.task_id)"
_DECIDED = f"{_MINE.format(table='inbox_decision', user='person')} {_LOOKED_AT}"
_PROGRESS = f"""
SELECT EXISTS (SELECT {_MINE.format(table="inbox_opened", user="user")}),
    EXISTS (SELECT {_DECIDED} AND x.void_at IS NULL AND x.outcome = ANY(%(negative)s)),
    EXISTS (SELECT {_DECIDED} AND x.void_reason = 'taken_back'),
    EXISTS (
        SELECT {_MINE.format(table="inbox_opened", user="user")} AND EXISTS (
            SELECT FROM intents_intentevent e
            WHERE e.intent_id = i.id AND e.event_type = 'intent.question' AND e.actor = %(email)s
        )
    ),
    EXISTS (SELECT {_DECIDED} AND x.void_at IS NULL AND i.status = 'COMPLETED')
"""


def progress(person: Person, prefix: str) -> DemoProgress:
    """How far a person has come with the requests of agents whose names begin with `prefix`."""
    params = {
        "user": person.user_id,
        "workspace": person.workspace_id,
        "prefix": prefix,
        "email": person.email,
        "negative": sorted({outcome for kind in kinds.known() for outcome in kinds.kind_of(kind).negative}),
    }
    return DemoProgress(*statements.rows(_PROGRESS, params)[0])
