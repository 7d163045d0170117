"""Intents as operators look for them. A list has the newest first: by id, which begins with the time an intent was made at.
A page goes on after an id, so whatever changes meanwhile, no intent that stays in the list is skipped or shown twice.
"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from inbox.operations import bounds, counting, lately, listing
from inbox.operations.bounds import TooBroad
from inbox.operations.conditions import where
from inbox.operations.models import SavedView, ShownColumns, ViewOf
from inbox.operations.permissions import ensure_may_watch
from inbox.operations.query import Query, parse
from inbox.operations.states import SHARED
from inbox.operations.wheres import Where
from inbox.tasks import audience
from intents.engine import selectors as engine
from intents.engine.lifecycle import WaitReason
from intents.engine.models import Intent
from intents.kernel import canonical, clock, statements
from intents.kernel.actors import Actor, Person
from intents.kernel.errors import Missing

PAGE = 50
LONGEST_PAGE = 200
COUNTING_SECONDS = 0.04
"""So long a page waits for the number beside its list; then it comes without, and asks for it by itself."""
CURSOR = "o"
"""The letter of this list's cursors."""


def read(q: str | Query) -> Query:
    """Raises InvalidField."""
    return parse(q) if isinstance(q, str) else q


def _where(actor: Actor, query: Query) -> Where:
    return where(ensure_may_watch(actor), query)


_NAMED = re.compile(r"%\((\w+)\)s")


def intents(actor: Actor, q: str | Query) -> QuerySet[Intent]:
    """The intents of the actor's workspace that `q` finds. Raises Denied, InvalidField."""
    made = _where(actor, read(q))
    condition = listing.conditions(made)
    params = [made.params[name] for name in _NAMED.findall(condition)]
    return Intent.objects.extra(where=[_NAMED.sub("%s", condition)], params=params)  # noqa: S610 - values are parameters


def total(actor: Actor, q: str | Query, *, seconds: float | None = None) -> int:
    """How many those are. Raises Denied, InvalidField, and TooBroad when counting them takes longer than `seconds`."""
    query = read(q)
    made = _where(actor, query)
    if (words := counting.words_of(made)) is not None:
        return counting.total(query, made, words, seconds=seconds)
    if span := lately.span_of(made):
        return lately.total(query, made, span, seconds=seconds)
    ((found,),) = bounds.rows(query, listing.count(made), made.params, seconds=seconds)
    return int(found)


def ids_of(actor: Actor, q: str | Query) -> tuple[str, dict[str, Any]]:
    """SQL of the ids of those, and its parameters, for a statement that has none of the same names but of the same meaning.
    Raises Denied, InvalidField."""
    made = _where(actor, read(q))
    return f"SELECT id FROM intents_intent WHERE {listing.conditions(made)}", made.params


def totals(actor: Actor, queries: Sequence[str]) -> list[int]:
    """`total` of each, as of one moment. Raises Denied, InvalidField."""
    parts: list[str] = []
    params: dict[str, Any] = {}
    for place, q in enumerate(queries):
        made = _where(actor, read(q))
        own = {name: f"q{place}_{name}" for name in made.params}
        params |= made.params | {own[name]: value for name, value in made.params.items()}
        counted = listing.count(made)
        for name, found in SHARED.items():
            counted = counted.replace(found, f"SELECT * FROM {name}")
        parts.append(f"({_NAMED.sub(lambda found, own=own: f'%({own[found[1]]})s', counted)})")  # type: ignore[misc]
    # What none of them asks for is not looked up.
    shared = ", ".join(f"{name} AS MATERIALIZED ({found})" for name, found in SHARED.items())
    return [int(one) for one in statements.rows(f"WITH {shared} SELECT {', '.join(parts)}", params)[0]] if parts else []


def ids(actor: Actor, q: str | Query, after: UUID | None = None, limit: int = 1000) -> list[UUID]:
    """The ids of those, oldest first, that come after one. Raises Denied, InvalidField, TooBroad."""
    asked = read(q)
    made = _where(actor, asked)
    condition = f"{listing.conditions(made)} AND intents_intent.id > {made.value(after or UUID(int=0), 'uuid')}"
    query = f"SELECT id FROM intents_intent WHERE {condition} ORDER BY id LIMIT {int(limit)}"
    return [row[0] for row in bounds.rows(asked, query, made.params)]


@dataclass(frozen=True, slots=True)
class Watched:
    """An intent as a list has it. `since` is when it came to be as it is; `who` it waits for, by name, and `until` when;
    people are in `asked`, too, by their kinds.
    `attempts` counts the deliveries and retries of the work at hand. `progress` is what its agent last told of it,
    `rerun_as` the intent that it was run again as."""

    intent: Intent
    now: datetime
    since: datetime
    who: str | None
    until: datetime | None
    risk: str | None
    task_id: UUID | None
    attempts: int
    progress: dict[str, Any] | None
    rerun_as: UUID | None = None
    asked: audience.AskedPeople | None = None

    @property
    def id(self) -> UUID:
        return self.intent.id

    @property
    def age_seconds(self) -> int:
        return max(0, int((self.now - self.since).total_seconds()))


def page(
    actor: Actor, q: str | Query, cursor: UUID | None = None, limit: int = PAGE, *, newer: bool = False
) -> tuple[list[Watched], UUID | None]:
    """The next of those, newest first, and after which id the page after this one begins; with `newer` those that came
    after the id of the cursor, the nearest first. Raises Denied, InvalidField, TooBroad."""
    asked = read(q)
    made = _where(actor, asked)
    order = listing.OLDEST_FIRST if newer else listing.NEWEST_FIRST
    beyond = "" if cursor is None else f" AND intents_intent.id {order.later} {made.value(cursor, 'uuid')}"
    return _page(bounds.rows(asked, listing.first(made, beyond, order, int(limit) + 1), made.params), limit)


def _page(found: Sequence[Sequence[Any]], limit: int) -> tuple[list[Watched], UUID | None]:
    """A page of rows of intents, of which there is one more where another page follows."""
    kept = [statements.made(Intent, row) for row in found[:limit]]
    return rows(kept), kept[-1].id if len(found) > limit else None


def counted_page(
    actor: Actor, q: str | Query, cursor: UUID | None = None, limit: int = PAGE, *, seconds: float | None = None
) -> tuple[list[Watched], UUID | None, int | None]:
    """`page`, and how many there are in all: what one page shows whole is not counted again. None when counting takes longer
    than `seconds`, or is not begun because finding the page took as long. Raises Denied, InvalidField, TooBroad."""
    query = read(q)
    made = _where(actor, query)
    if cursor is None and (both := listing.first_counted(made, listing.NEWEST_FIRST, int(limit) + 1)):
        counted = bounds.rows(query, both, made.params)
        return *_page([row[:-1] for row in counted], limit), int(counted[0][-1]) if counted else 0
    begun = time.monotonic()
    found, last = page(actor, query, cursor, limit)
    if cursor is None and last is None:
        return found, last, len(found)
    if seconds is not None and time.monotonic() - begun > seconds:
        return found, last, None
    try:
        return found, last, total(actor, query, seconds=seconds)
    except TooBroad:
        if seconds is None:
            raise
        return found, last, None


_ABOUT = f"""
SELECT i.id, coalesce(%(now)s::timestamptz, clock_timestamp()), coalesce(w.opened_at, i.updated_at), w.deadline_at, w.tool,
       w.external_id, t.id, t.risk, t.due_at, coalesce(d.attempt, 0), told.details,
       (SELECT r.id FROM intents_intent r WHERE r.rerun_of_id = i.id ORDER BY r.id LIMIT 1)
FROM intents_intent i
LEFT JOIN intents_wait w ON w.intent_id = i.id AND w.state = 'open'
LEFT JOIN LATERAL (
    SELECT id, risk, due_at FROM inbox_task WHERE intent_id = i.id ORDER BY id DESC LIMIT 1
) t ON true
LEFT JOIN LATERAL (
    SELECT attempt FROM intents_delivery WHERE intent_id = i.id AND hands_out ORDER BY id DESC LIMIT 1
) d ON true
LEFT JOIN LATERAL (
    SELECT details FROM intents_intentevent
    WHERE intent_id = i.id AND event_type IN ('intent.checkpoint', 'intent.in_progress') AND details IS NOT NULL
    ORDER BY seq DESC LIMIT 1
) told ON true
WHERE i.id = ANY({statements.array("ids", "uuid")})
"""


def rows(found: Sequence[Intent]) -> list[Watched]:
    """Intents whose visibility was checked, with what a list tells of them: two statements, however many."""
    if not found:
        return []
    about = {row[0]: row[1:] for row in statements.rows(_ABOUT, {"ids": [one.id for one in found], "now": clock.override()})}
    asked = audience.asked([one.id for one in found if one.waiting_reason == WaitReason.HUMAN])
    return [_row(one, about[one.id], asked.get(one.id)) for one in found if one.id in about]


def _row(intent: Intent, about: Sequence[Any], asked: audience.AskedPeople | None) -> Watched:
    now, since, until, tool, external_id, task_id, risk, due_at, attempt, details, rerun_as = about
    human = intent.waiting_reason == WaitReason.HUMAN
    return Watched(
        intent=intent,
        now=now,
        since=since,
        who=(str(asked) if asked else None) if human else _what(intent, tool, external_id),
        asked=asked if human else None,
        until=due_at if human else until,
        risk=risk,
        task_id=task_id,
        attempts=attempt + intent.retry_count,
        progress=_progress(canonical.loads(details)) if details else None,
        rerun_as=rerun_as,
    )


def _what(intent: Intent, tool: str | None, external_id: str | None) -> str | None:
    if intent.waiting_reason == WaitReason.TOOL:
        return f"{tool} {external_id}" if tool and external_id else tool
    return None


def _progress(details: dict[str, Any]) -> dict[str, Any] | None:
    told = {name: details[name] for name in ("percent", "step", "total", "message") if details.get(name) is not None}
    return told or None


COLUMNS = ("waits_for", "age", "risk", "progress", "attempts", "agent", "from", "deadline", "created", "updated")
"""What the list can show beside an intent's type and state."""
DEFAULT_COLUMNS = ("waits_for", "age", "risk", "progress", "attempts", "agent")


def saved_views(person: Person, of: ViewOf = ViewOf.INTENTS) -> QuerySet[SavedView]:
    """The queries that a person keeps in their workspace, and those that are shared there, by name."""
    found = SavedView.objects.filter(workspace_id=person.workspace_id, of=of)
    return found.filter(Q(user_id=person.user_id) | Q(shared=True)).select_related("user").order_by("name", "id")


_KEPT = f"""
SELECT {statements.columns(SavedView, "v")} FROM inbox_savedview v
WHERE v.workspace_id = %(workspace)s AND v.of = %(of)s AND (v.user_id = %(user)s OR v.shared) ORDER BY v.name, v.id
"""


def kept_views(person: Person, of: ViewOf) -> list[SavedView]:
    """`saved_views`, for each page of a list."""
    params = {"workspace": person.workspace_id, "user": person.user_id, "of": of}
    return statements.objects(SavedView, _KEPT, params)


def own_views(person: Person) -> QuerySet[SavedView]:
    """Those that a person keeps, of intents and of tasks."""
    return SavedView.objects.filter(workspace_id=person.workspace_id, user_id=person.user_id)


def views_of(view: SavedView) -> QuerySet[SavedView]:
    """All views of whoever keeps `view`, in its workspace."""
    return SavedView.objects.filter(workspace_id=view.workspace_id, user_id=view.user_id)


def locked_view(person: Person, view_id: UUID, of: ViewOf = ViewOf.INTENTS) -> SavedView:
    """One of `saved_views`, to be changed. Raises Missing."""
    found = saved_views(person, of).select_for_update(of=("self",)).filter(id=view_id).first()
    if found is None:
        raise Missing(f"no view has the id {view_id}", view_id=str(view_id))
    return found


def shown_columns(person: Person) -> QuerySet[ShownColumns]:
    """What a person chose to see, one row at most."""
    return ShownColumns.objects.filter(workspace_id=person.workspace_id, user_id=person.user_id)


def columns(person: Person) -> tuple[str, ...]:
    """Which of COLUMNS a person sees."""
    own = shown_columns(person).first()
    return DEFAULT_COLUMNS if own is None else tuple(one for one in COLUMNS if one in own.columns)


_TYPES = """
SELECT DISTINCT intent_type FROM (
    SELECT intent_type FROM intents_intent WHERE workspace_id = %(workspace)s ORDER BY id DESC LIMIT 500
) latest ORDER BY intent_type LIMIT 50
"""


def known_values(person: Person) -> dict[str, list[str]]:
    """What the terms of a query may name here: the agents, and the types of the latest intents."""
    agents = list(engine.agents(person).values_list("name", flat=True)[:200])
    types = [row[0] for row in statements.rows(_TYPES, {"workspace": person.workspace_id})]
    return {"agent": agents, "from": agents, "type": types}
