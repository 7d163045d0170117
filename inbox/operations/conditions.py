"""What the terms of a query mean, as SQL over `intents_intent`; `states` has what those of `is:` do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from inbox.assignees.services.principals import Names
from inbox.operations.query import PAYLOAD, WORDS, Query, Term
from inbox.operations.states import DUE, ENDED, SETS, STATUSES, WORKSPACE, texts
from inbox.tasks.selectors import ROLES
from inbox.vocabulary import principals
from intents.engine import search
from intents.engine.lifecycle import TERMINAL, Status, WaitReason
from intents.kernel import clock
from intents.kernel.actors import Person
from intents.kernel.addresses import local_name
from intents.kernel.errors import DomainError

_REASONS = {
    "human": WaitReason.HUMAN,
    "tool": WaitReason.TOOL,
    "agent": WaitReason.AGENT,
    "time": WaitReason.TIME,
}

_ASSIGNED = f"""
SELECT t.intent_id FROM inbox_assignment a JOIN inbox_task t ON t.id = a.task_id
WHERE a.{WORKSPACE} AND a.live AND a.principal = ANY({{principals}}) AND (a.until IS NULL OR a.until > {clock.START})
UNION ALL
SELECT t.intent_id FROM inbox_task t
WHERE t.claimed_by_id = ANY({{users}}) AND t.{WORKSPACE} AND t.state = 'claimed'
"""
# By the index of what is over.
_DECIDED = f"""
SELECT t.intent_id FROM inbox_task t
WHERE t.{WORKSPACE} AND t.over_at {{op}} {{moment}} AND t.state IN ('decided', 'held')
"""
_RISK = """
EXISTS (
    SELECT FROM inbox_task t WHERE t.intent_id = intents_intent.id AND t.risk = ANY({risks})
    AND NOT EXISTS (SELECT FROM inbox_task later WHERE later.intent_id = t.intent_id AND later.id > t.id)
)
"""
SINCE = """coalesce(
    (SELECT w.opened_at FROM intents_wait w WHERE w.intent_id = intents_intent.id AND w.state = 'open'),
    intents_intent.updated_at
)"""
"""Since when an intent is as it is: its wait began, it ended, or there was the last sign of work on it."""
_MATCHING = f"SELECT intent_id FROM intents_intentbody WHERE {WORKSPACE} AND document @@ {{words}}::tsquery"
_MATCHES = """
coalesce((SELECT b.document @@ {words}::tsquery FROM intents_intentbody b WHERE b.intent_id = intents_intent.id), false)
"""
_BEGINNING = f"SELECT id FROM intents_intent WHERE {WORKSPACE} AND id BETWEEN {{first}} AND {{last}}"
_FOUND = "(SELECT b.payload::jsonb #> {path} AS value FROM intents_intentbody b WHERE b.intent_id = intents_intent.id)"
_TEXT = "(p.value #>> '{}')"


def _as_number(text: str) -> str:
    """SQL of a text as a number, null where it is none."""
    return f"(CASE WHEN {text} ~ '^-?[0-9]{{1,30}}([.][0-9]{{1,30}})?$' THEN {text}::numeric END)"


class Lookup(NamedTuple):
    """A condition, as it is asked of one intent, and as a statement of all ids that it holds for, which may be very many;
    each comes but `once`."""

    one: str
    ids: str
    once: bool = False


@dataclass(slots=True)
class Where:
    """Conditions that all hold, over `intents_intent`, and their parameters. `statuses` are those the intents can have.
    `sets` are statements of ids, each of which has all of the intents, and no other workspace's; `words` are looked up, for
    few or very many have them."""

    actor: Person
    statuses: frozenset[Status] = frozenset(Status)
    sets: list[str] = field(default_factory=list)
    words: list[Lookup] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)

    def value(self, value: Any, kind: str) -> str:
        """The placeholder of a value of an SQL type."""
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f"%({name})s::{kind}"

    def say(self, condition: str, *, negated: bool = False) -> None:
        self.conditions.append(f"NOT coalesce({condition}, false)" if negated else condition)

    def among(self, ids: str, *, negated: bool) -> None:
        """A set of few, whose members are looked up."""
        if negated:
            self.conditions.append(f"intents_intent.id NOT IN ({ids})")
        else:
            self.sets.append(ids)

    def narrow(self, statuses: set[Status] | frozenset[Status], *, negated: bool) -> None:
        self.statuses = self.statuses - statuses if negated else self.statuses & statuses


def where(actor: Person, query: Query) -> Where:
    """What the intents of the actor's workspace that `query` finds have in common. Raises InvalidField."""
    made = Where(actor)
    made.params |= {"workspace": actor.workspace_id, "now": clock.override(), "roles": ROLES}
    for term in query.terms:
        _MEANINGS[term.key](made, term)
    return made


def _is(made: Where, term: Term) -> None:
    by_status = set().union(*(STATUSES.get(str(one), set()) for one in term.values))
    sets = [SETS[str(one)] for one in term.values if one in SETS]
    if not sets:
        made.narrow(by_status, negated=term.negated)
    else:
        if by_status:
            sets.append(f"SELECT id FROM intents_intent WHERE {WORKSPACE} AND status IN ({texts(by_status)})")
        made.among(" UNION ALL ".join(f"SELECT * FROM ({one}) s{n}" for n, one in enumerate(sets)), negated=term.negated)


def _for(made: Where, term: Term) -> None:
    reasons = made.value([_REASONS[str(one)].value for one in term.values], "text[]")
    made.say(f"intents_intent.waiting_reason = ANY({reasons})", negated=term.negated)
    if not term.negated:
        made.narrow({Status.WAITING}, negated=False)


def _status(made: Where, term: Term) -> None:
    made.narrow({Status(str(one)) for one in term.values}, negated=term.negated)


def _risk(made: Where, term: Term) -> None:
    made.say(_RISK.format(risks=made.value(list(term.values), "text[]")), negated=term.negated)


def _type(made: Where, term: Term) -> None:
    escaped = [str(one).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for one in term.values]
    patterns = made.value([f"%{one}%" for one in escaped], "text[]")
    made.say(f"intents_intent.intent_type ILIKE ANY({patterns})", negated=term.negated)


def _address(column: str) -> Callable[[Where, Term], None]:
    def meaning(made: Where, term: Term) -> None:
        names = [_local(made.actor, str(one)) for one in term.values]
        made.say(f"intents_intent.{column} = ANY({made.value(names, 'text[]')})", negated=term.negated)

    return meaning


def _local(actor: Person, address: str) -> str:
    """The name of an address here; what is none, or another workspace's, is nobody's."""
    try:
        return local_name(address, org=actor.org_slug, workspace=actor.workspace_slug)
    except DomainError:
        return address


def _assignee(made: Where, term: Term) -> None:
    names = Names(made.actor.workspace_id)
    wanted: set[str] = set()
    for one in map(str, term.values):
        wanted |= set(principals.of(made.actor)) if one.lower() == "me" else {names.principal(one)}
    users = principals.ids(one.removeprefix("user:") for one in wanted if one.startswith("user:"))
    found = _ASSIGNED.format(principals=made.value(sorted(wanted), "text[]"), users=made.value(users, "uuid[]"))
    made.among(found, negated=term.negated)


_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _moment(made: Where, term: Term) -> tuple[str, str]:
    """How a time in the past compares, and with what: less than a span ago is after it."""
    (value,) = term.values
    if isinstance(value, timedelta):
        return _TURNED[term.op], f"{clock.START} - {made.value(value, 'interval')}"
    return term.op, made.value(value, "timestamptz")


def _age(made: Where, term: Term) -> None:
    op, moment = _moment(made, term)
    made.say(f"{SINCE} {op} {moment}", negated=term.negated)


_CLOCKS_APART = "interval '1 hour'"


def _created(made: Where, term: Term) -> None:
    op, moment = _moment(made, term)
    made.say(f"intents_intent.created_at {op} {moment}", negated=term.negated)
    if op in (">", ">=") and not term.negated:
        # Ids begin with the time they were made at, so that the index of ids has the newest together.
        made.say(f"intents_intent.id >= {_first_id(f'{moment} - {_CLOCKS_APART}')}")


def _first_id(moment: str) -> str:
    """SQL of the least id that was made at a moment."""
    millis = f"floor(extract(epoch FROM greatest({moment}, 'epoch'::timestamptz)) * 1000)::bigint"
    return f"(SELECT (lpad(to_hex({millis}), 12, '0') || '00000000000000000000')::uuid)"


def _decided(made: Where, term: Term) -> None:
    op, moment = _moment(made, term)
    ids = _DECIDED.format(op=op, moment=moment)
    if term.negated:
        made.among(ids, negated=True)
    else:
        made.words.append(Lookup(f"EXISTS ({ids} AND t.intent_id = intents_intent.id)", ids))


def _ended(made: Where, term: Term) -> None:
    op, moment = _moment(made, term)
    if term.negated:
        made.say(f"(intents_intent.status IN ({ENDED}) AND intents_intent.updated_at {op} {moment})", negated=True)
    else:
        made.narrow(TERMINAL, negated=False)
        made.say(f"intents_intent.updated_at {op} {moment}")


def _due(made: Where, term: Term) -> None:
    (value,) = term.values
    span = f"{clock.START} + {made.value(value, 'interval')}"
    moment = span if isinstance(value, timedelta) else made.value(value, "timestamptz")
    if term.op in ("<", "<="):
        made.among(DUE.format(op=term.op, moment=moment), negated=term.negated)
        return
    # What is due later is due, but not by then; the first of its due times counts.
    ever = DUE.format(op="<=", moment="'infinity'::timestamptz")
    earlier = DUE.format(op="<=" if term.op == ">" else "<", moment=moment)
    made.among(f"SELECT * FROM ({ever}) ever EXCEPT SELECT * FROM ({earlier}) earlier", negated=term.negated)


def _id(made: Where, term: Term) -> None:
    span = search.id_range(str(term.values[0]))
    assert span is not None
    first, last = (made.value(one, "uuid") for one in span)
    made.say(f"intents_intent.id BETWEEN {first} AND {last}", negated=term.negated)


def _correlation(made: Where, term: Term) -> None:
    (wanted,) = term.values
    assert isinstance(wanted, UUID)
    same = f"intents_intent.correlation_id = {made.value(wanted, 'uuid')}"
    # An intent is found by its correlation id as by a word.
    words = _MATCHING.format(words=made.value(f"{wanted.hex}", "text"))
    made.say(f"({same} AND intents_intent.id IN ({words}))", negated=term.negated)


def _words(made: Where, term: Term) -> None:
    text = str(term.values[0])
    words = made.value(search.query(text), "text")
    ids, one = _MATCHING.format(words=words), _MATCHES.format(words=words)
    if (span := search.id_range(text)) is not None:
        first, last = (made.value(one, "uuid") for one in span)
        ids = f"{ids} UNION ALL {_BEGINNING.format(first=first, last=last)}"
        one = f"({one} OR intents_intent.id BETWEEN {first} AND {last})"
    if term.negated:
        made.say(f"intents_intent.id NOT IN ({ids})")
    else:
        made.words.append(Lookup(one, ids, once=span is None))


def _payload(made: Where, term: Term) -> None:
    (wanted,) = term.values
    found = _FOUND.format(path=made.value(list(term.path), "text[]"))
    if term.op in _TURNED:
        test = f"{_as_number(_TEXT)} {term.op} {made.value(wanted, 'numeric')}"
    else:
        text = made.value(str(wanted), "text")
        same_number = f"{_as_number(_TEXT)} = {_as_number(text)}"
        test = f"coalesce(lower({_TEXT}) = lower({text}), false) OR coalesce({same_number}, false)"
        if term.op == "!=":
            test = f"p.value IS NOT NULL AND NOT ({test})"
    made.say(f"EXISTS (SELECT FROM {found} p WHERE {test})", negated=term.negated)


_MEANINGS: dict[str, Callable[[Where, Term], None]] = {
    "is": _is,
    "for": _for,
    "status": _status,
    "risk": _risk,
    "type": _type,
    "agent": _address("mailbox"),
    "from": _address("sender"),
    "assignee": _assignee,
    "age": _age,
    "created": _created,
    "decided": _decided,
    "ended": _ended,
    "due": _due,
    "id": _id,
    "correlation": _correlation,
    PAYLOAD: _payload,
    WORDS: _words,
}
