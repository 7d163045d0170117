"""Suggestions: what a person keeps deciding the same way could be a standing grant."""

from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from inbox.standing import pattern, selectors
from inbox.vocabulary import principals
from inbox.vocabulary.kinds import RISKS
from intents.kernel import clock, statements
from intents.kernel.actors import Person

DAYS = 30
LEAST = 10
"""Decisions in these days, all the same, before a grant is suggested."""
MOST = 5


class Suggestion(NamedTuple):
    """So often a person decided what an agent asks with the same outcome, and never otherwise. `highest` is the most that
    one was about, None where not all were about one clear amount of one currency."""

    intent_type: str
    agent: str
    outcome: str
    times: int
    risk: str
    currency: str
    highest: Decimal | None


# Ids begin with the time they were made at: the decisions of these days by their primary key.
_FOUND = """
SELECT i.intent_type, i.sender, min(d.outcome), count(*), min(t.risk_order),
       min(t.currency) FILTER (WHERE t.amount IS NOT NULL), max(t.amount),
       count(DISTINCT t.currency) = 1 AND count(t.amount) = count(*)
FROM inbox_decision d JOIN inbox_task t ON t.id = d.task_id JOIN intents_intent i ON i.id = t.intent_id
WHERE d.id >= %(low)s AND d.workspace_id = %(workspace)s AND d.person_id = %(user)s AND d.void_at IS NULL
  AND d.channel <> 'grant' AND d.authority IN ('direct', 'escalation')
  AND NOT EXISTS (
      SELECT FROM inbox_dismissedsuggestion s
      WHERE s.user_id = d.person_id AND s.workspace_id = d.workspace_id AND s.intent_type = i.intent_type
        AND s.agent = i.sender
  )
GROUP BY i.intent_type, i.sender
HAVING count(*) >= %(least)s AND count(DISTINCT d.outcome) = 1
   AND bool_and(t.task_type IN ('approval', 'confirmation', 'review', 'override') AND d.data IS NULL)
ORDER BY count(*) DESC, 1, 2
"""


def suggestions(person: Person) -> list[Suggestion]:
    """What is suggested to a person, the most frequent first; nothing that a grant of theirs is for already, that they
    dismissed, or that is above what the workspace allows."""
    highest = selectors.highest_risk(person.workspace_id)
    if not highest or person.role not in principals.DECIDERS:
        return []
    params = {"workspace": person.workspace_id, "user": person.user_id, "least": LEAST}
    params["low"] = clock.first_id(clock.now() - timedelta(days=DAYS))
    mine = [match for row in selectors.in_force(selectors.own(person)) if (match := selectors.read_match(row.id, row.match))]
    found = []
    for intent_type, agent, outcome, count, order, currency, most, clear in statements.rows(_FOUND, params):
        risk = RISKS[order]
        if not pattern.covers(highest, risk) or any(one.is_about(intent_type=intent_type, agent=agent) for one in mine):
            continue
        found.append(Suggestion(intent_type, agent, outcome, count, risk, *((currency, most) if clear else ("", None))))
    return found[:MOST]
