"""What needs somebody now: each with the one place to go to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.operations import agents, selectors
from inbox.operations.measures import DEFAULT, MEASURES, PAGE, SPANS
from inbox.operations.messages import FAILED_LATELY
from inbox.operations.permissions import ensure_may_watch
from inbox.tasks import selectors as tasks
from inbox.vocabulary.series import isolated, series
from intents.kernel import clock, statements
from intents.kernel.actors import Actor, Person

MESSAGES = "/operations/messages?state=failed&ended=24h"
"""The page of the messages that failed lately."""
NAMED = 3
"""So many of a kind are named."""


@dataclass(frozen=True, slots=True)
class Need:
    """Something for somebody to look at: how many of what, which, since when, and where to go."""

    name: str
    words: str
    detail: str
    href: str
    link: str
    at: datetime | None = None


def needs(actor: Actor, *, unroutable: bool = True) -> list[Need]:
    """What needs somebody in the actor's workspace, the most pressing first. `unroutable` is False where it is known already
    that no task is so. Raises Denied."""
    person = ensure_may_watch(actor)
    found = _Found(person)
    made = [
        _unroutable(person.workspace_id) if unroutable else None,
        found.expired(),
        _silent(actor),
        found.failed_messages(),
        found.dead(),
    ]
    return [need for need in made if need is not None]


def _unroutable(workspace_id: UUID) -> Need | None:
    ids = tasks.unroutable(workspace_id)
    if not ids:
        return None
    titles = statements.rows(
        "SELECT coalesce(nullif(headline, ''), title) FROM inbox_task WHERE id = ANY(%s)", [ids[:NAMED]]
    )
    return Need(
        name="unroutable",
        words=ngettext("%(n)s task has no eligible approver", "%(n)s tasks have no eligible approver", len(ids))
        % {"n": len(ids)},
        detail=series(isolated(title) for (title,) in titles),
        href="/inbox/stuck",
        link=_("Assign"),
    )


def _silent(actor: Actor) -> Need | None:
    silent = [one for one in agents.facts(actor) if one.health is agents.Health.SILENT]
    if not silent:
        return None
    most = sorted(silent, key=lambda one: -one.backlog)[:NAMED]
    return Need(
        name="silent",
        words=ngettext("%(n)s silent agent has work", "%(n)s silent agents have work", len(silent)) % {"n": len(silent)},
        detail=series(_("%(agent)s (%(n)s waiting)") % {"agent": one.name, "n": one.backlog} for one in most),
        href="/operations/agents?health=silent",
        link=_("Look"),
        at=min((one.oldest_at for one in silent if one.oldest_at), default=None),
    )


# Messages by the index of those that failed; tasks by that of what is over.
_LATELY = f"""
WITH since AS (SELECT {clock.START} - interval '24 hours' AS at)
SELECT 'expired', count(*), max(over_at), min(id::text),
       (array_agg(coalesce(nullif(headline, ''), title) ORDER BY over_at DESC))[1]
FROM inbox_task
WHERE workspace_id = %(workspace)s AND over_at > (SELECT at FROM since) AND state = 'expired' AND risk = 'critical'
UNION ALL
SELECT 'messages', count(*), min(m.ended_at), NULL, (array_agg(m.answer ORDER BY m.ended_at DESC))[1]
FROM inbox_message m WHERE {FAILED_LATELY}
UNION ALL
SELECT 'dead', count(*), min(i.updated_at), NULL, (array_agg(i.mailbox ORDER BY i.updated_at DESC))[1]
FROM intents_intent i WHERE i.id IN ({{dead}})
"""
_DEAD = next(one for one in MEASURES if one.name == "dead").asked(SPANS[DEFAULT])


class _Found:
    """What went wrong in the last 24 hours."""

    def __init__(self, person: Person) -> None:
        dead, params = selectors.ids_of(person, _DEAD)
        known = {"workspace": person.workspace_id, "now": clock.override()}
        rows = statements.rows(_LATELY.format(dead=dead), params | known)
        self._rows: dict[str, tuple[Any, ...]] = {name: tuple(rest) for name, *rest in rows}

    def expired(self) -> Need | None:
        count, at, task_id, headline = self._rows["expired"]
        if not count:
            return None
        words = ngettext("%(n)s critical task expired", "%(n)s critical tasks expired", count) % {"n": count}
        return Need("expired", words, isolated(headline), f"/inbox/{task_id}", _("Look"), at)

    def failed_messages(self) -> Need | None:
        count, at, _id, answer = self._rows["messages"]
        if not count:
            return None
        words = ngettext("%(n)s email or chat message failed", "%(n)s email or chat messages failed", count) % {"n": count}
        return Need("messages", words, answer or "", MESSAGES, _("Look"), at)

    def dead(self) -> Need | None:
        count, at, _id, target = self._rows["dead"]
        if not count:
            return None
        words = ngettext("%(n)s intent could not be delivered", "%(n)s intents could not be delivered", count) % {"n": count}
        href = f"{PAGE}?{urlencode({'q': _DEAD})}"
        return Need("dead", words, target or "", href, _("Look"), at)
