"""What the terms of a query mean of tasks, as SQL over `t`, a task."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from inbox.assignees.services.principals import Names
from inbox.operations.language import TASKS, WORDS
from inbox.operations.query import Query, Term, parse
from inbox.tasks import places
from inbox.tasks.filters import EVERYTHING, TaskFilter
from inbox.vocabulary import principals
from inbox.vocabulary.kinds import kind_of, known
from intents.engine import search
from intents.kernel import clock
from intents.kernel.actors import Person
from intents.kernel.addresses import local_name
from intents.kernel.errors import DomainError, InvalidField

_INTENT = "(SELECT {column} FROM intents_intent i WHERE i.id = t.intent_id)"
# An agent that nobody here is called: no task is looked at. Of these names alone, so it is asked once.
_KNOWN = """EXISTS (
    SELECT FROM intents_intent k WHERE k.workspace_id = %(workspace)s::uuid AND k.{column} = ANY({names})
)"""
_ASSIGNED = f"""
(t.claimed_by_id = ANY({{users}}) OR EXISTS (
    SELECT FROM inbox_assignment f
    WHERE f.task_id = t.id AND f.principal = ANY({{principals}}) AND (f.until IS NULL OR f.until > {clock.START})
))
"""
_READ = "EXISTS (SELECT FROM inbox_opened r WHERE r.task_id = t.id AND r.user_id = %(user)s)"
_HOLDS = "EXISTS (SELECT FROM intents_intentbody b WHERE b.intent_id = t.intent_id AND b.document @@ {words}::tsquery)"
_STATES = {
    "open": "t.state = 'open'",
    "claimed": "t.state = 'claimed'",
    "waiting": "t.state IN ('open', 'claimed')",
    "overdue": f"(t.due_at <= {clock.START})",
    "escalated": "t.level > 0",
    "unread": f"NOT {_READ}",
}


@dataclass(slots=True)
class _Made:
    """A filter in the making. The names of its parameters are its own."""

    person: Person
    conditions: list[str] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def value(self, value: Any, kind: str) -> str:
        name = f"f{len(self.params)}"
        self.params[name] = value
        return f"%({name})s::{kind}"

    def say(self, condition: str, term: Term) -> None:
        self.conditions.append(f"NOT coalesce({condition}, false)" if term.negated else condition)


def read(person: Person, q: str) -> TaskFilter:
    """What tasks `q` finds. Raises InvalidField, which tells the word that means nothing and which filters there are."""
    query = parse(q, TASKS)
    return EVERYTHING if query.finds_everything else _filter(person, query)


def _filter(person: Person, query: Query) -> TaskFilter:
    made = _Made(person)
    for term in query.terms:
        _MEANINGS[term.key](made, term)
    condition = "".join(f" AND {one}" for one in made.conditions)
    return TaskFilter(condition, made.params, search.query(" ".join(made.words)) if made.words else None)


def _words(made: _Made, term: Term) -> None:
    text = str(term.values[0])
    if term.negated:
        made.say(_HOLDS.format(words=made.value(search.query(text), "text")), term)
    else:
        made.words.append(text)


def _risk(made: _Made, term: Term) -> None:
    made.say(f"t.risk = ANY({made.value(list(term.values), 'text[]')})", term)


def _kind(made: _Made, term: Term) -> None:
    """A kind has several names in the public format."""
    types = [one for one in known() if kind_of(one).name in term.values]
    made.say(f"t.task_type = ANY({made.value(types, 'text[]')})", term)


def _is(made: _Made, term: Term) -> None:
    made.say(f"({' OR '.join(_STATES[str(one)] for one in term.values)})", term)


def _agent(made: _Made, term: Term) -> None:
    """Who asks, or whose work it is: both are called the task's agent."""
    names = made.value(_names(made.person, term), "text[]")
    known = " OR ".join(_KNOWN.format(column=column, names=names) for column in ("sender", "mailbox"))
    asks = _INTENT.format(column=f"i.sender = ANY({names}) OR i.mailbox = ANY({names})")
    made.say(f"(({known}) AND {asks})", term)


def _from(made: _Made, term: Term) -> None:
    names = made.value(_names(made.person, term), "text[]")
    known = _KNOWN.format(column="sender", names=names)
    made.say(f"({known} AND {_INTENT.format(column='i.sender')} = ANY({names}))", term)


def _names(person: Person, term: Term) -> list[str]:
    return [_local(person, str(one)) for one in term.values]


def _local(person: Person, address: str) -> str:
    """The name of an address here; what is none, or another workspace's, is nobody's."""
    try:
        return local_name(address, org=person.org_slug, workspace=person.workspace_slug)
    except DomainError:
        return address


def _type(made: _Made, term: Term) -> None:
    escaped = [str(one).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for one in term.values]
    patterns = made.value([f"%{one}%" for one in escaped], "text[]")
    made.say(f"{_INTENT.format(column='i.intent_type')} ILIKE ANY({patterns})", term)


def _assignee(made: _Made, term: Term) -> None:
    """`me` is who is named, and not the groups and roles that they are in."""
    names, wanted = Names(made.person.workspace_id), set[str]()
    for one in map(str, term.values):
        wanted |= _own(made.person) if one.lower() == "me" else names.all_principals(one)
    users = principals.ids(one.removeprefix("user:") for one in wanted if one.startswith("user:"))
    assigned = {"principals": made.value(sorted(wanted), "text[]"), "users": made.value(users, "uuid[]")}
    made.say(_ASSIGNED.format(**assigned), term)


def _own(person: Person) -> set[str]:
    return {one for one in principals.of(person) if one.startswith(("user:", "email:"))}


_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _due(made: _Made, term: Term) -> None:
    (value,) = term.values
    if value == "none":
        made.say("t.due_at IS NULL", term)
    elif value == "today":
        made.say(f"t.due_at <= {made.value(places.bounds(clock.now()).today, 'timestamptz')}", term)
    elif isinstance(value, timedelta):
        made.say(f"t.due_at {term.op} {clock.START} + {made.value(value, 'interval')}", term)
    else:
        made.say(f"t.due_at {term.op} {made.value(value, 'timestamptz')}", term)


def _age(made: _Made, term: Term) -> None:
    (value,) = term.values
    if isinstance(value, timedelta):
        made.say(f"t.assigned_at {_TURNED[term.op]} {clock.START} - {made.value(value, 'interval')}", term)
    else:
        made.say(f"t.assigned_at {term.op} {made.value(value, 'timestamptz')}", term)


def _amount(made: _Made, term: Term) -> None:
    made.say(f"t.amount {term.op} {made.value(term.values[0], 'numeric')}", term)


def _currency(made: _Made, term: Term) -> None:
    made.say(f"t.currency = ANY({made.value([str(one).upper() for one in term.values], 'text[]')})", term)


_MEANINGS: dict[str, Callable[[_Made, Term], None]] = {
    "risk": _risk,
    "kind": _kind,
    "is": _is,
    "agent": _agent,
    "from": _from,
    "type": _type,
    "assignee": _assignee,
    "currency": _currency,
    "due": _due,
    "age": _age,
    "amount": _amount,
    WORDS: _words,
}


def quietly(person: Person, q: str) -> TaskFilter:
    """What `q` finds, for a part of a page: of one that means nothing, nothing."""
    try:
        return read(person, q)
    except InvalidField:
        return NOTHING


NOTHING = TaskFilter(" AND false")
