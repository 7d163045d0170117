"""What the terms of a query mean, as SQL over `intents_intent`; `states` has what those of `is:` do."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from inbox.assignees.services.principals import Names
from inbox.operations import numbers, waiting
from inbox.operations.numbers import NUMBER, TEXT, VALUE, as_number
from inbox.operations.query import PAYLOAD, WORDS, Query, Term
from inbox.operations.states import DECIDED, DUE, ENDED, SETS, STATUSES, WORKSPACE, texts
from inbox.operations.wheres import Lookup, Where, first_id
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

# A live assignment is of an open task; said so, both are read from indexes alone.
_ASSIGNED = f"""
SELECT t.intent_id FROM inbox_assignment a
JOIN inbox_task t ON t.id = a.task_id AND t.{WORKSPACE} AND t.state IN ('claimed', 'open')
WHERE a.{WORKSPACE} AND a.live AND a.principal = ANY({{principals}}) AND (a.until IS NULL OR a.until > {clock.START})
UNION ALL
SELECT t.intent_id FROM inbox_task t
WHERE t.claimed_by_id = ANY({{users}}) AND t.{WORKSPACE} AND t.state = 'claimed'
"""
# The same, also where somebody else has claimed it: it is assigned to them still, and theirs when it is given back.
_ASKED = f"""
{_ASSIGNED} UNION ALL
SELECT t.intent_id FROM inbox_task t JOIN inbox_assignment a ON a.task_id = t.id
WHERE t.{WORKSPACE} AND t.state = 'claimed' AND a.principal = ANY({{principals}})
  AND (a.until IS NULL OR a.until > {clock.START})
"""
_DECIDED = f"{DECIDED} AND t.over_at {{op}} {{moment}}"
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


def where(actor: Person, query: Query) -> Where:
    """What the intents of the actor's workspace that `query` finds have in common. Raises InvalidField."""
    made = Where(actor)
    made.params |= {"workspace": actor.workspace_id, "now": clock.override(), "roles": ROLES}
    # What others leave decides how ages, risks and payloads are looked at.
    for term in sorted(query.terms, key=lambda term: _LATER.get(term.key, 0)):
        _MEANINGS[term.key](made, term)
    waiting.settle(made)
    return made


_LATER = {"age": 1, "risk": 1, PAYLOAD: 2}


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
    reasons = frozenset(_REASONS[str(one)] for one in term.values)
    if term.negated:
        made.say(waiting.of_reasons(made, reasons), negated=True)
    else:
        made.reasons = reasons if made.reasons is None else made.reasons & reasons
        made.narrow({Status.WAITING}, negated=False)


def _status(made: Where, term: Term) -> None:
    made.narrow({Status(str(one)) for one in term.values}, negated=term.negated)


def _risk(made: Where, term: Term) -> None:
    risks = made.value(list(term.values), "text[]")
    if waiting.for_people_alone(made) and not term.negated:
        made.risks.append(risks)
    else:
        made.say(_RISK.format(risks=risks), negated=term.negated)


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


def _assigned(query: str) -> Callable[[Where, Term], None]:
    def meaning(made: Where, term: Term) -> None:
        names = Names(made.actor.workspace_id)
        wanted: set[str] = set()
        for one in map(str, term.values):
            wanted |= set(principals.of(made.actor)) if one.lower() == "me" else names.all_principals(one)
        users = principals.ids(one.removeprefix("user:") for one in wanted if one.startswith("user:"))
        found = query.format(principals=made.value(sorted(wanted), "text[]"), users=made.value(users, "uuid[]"))
        made.among(found, negated=term.negated)

    return meaning


_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _moment(made: Where, term: Term) -> tuple[str, str]:
    """How a time in the past compares, and with what: less than a span ago is after it."""
    (value,) = term.values
    if isinstance(value, timedelta):
        return _TURNED[term.op], f"{clock.START} - {made.value(value, 'interval')}"
    return term.op, made.value(value, "timestamptz")


def _age(made: Where, term: Term) -> None:
    op, moment = _moment(made, term)
    if made.statuses == {Status.WAITING} and not term.negated:
        made.waits.append(f"w.opened_at {op} {moment}")
    else:
        made.say(f"{SINCE} {op} {moment}", negated=term.negated)


_CLOCKS_APART = "interval '1 hour'"


def _created(made: Where, term: Term) -> None:
    op, moment = _moment(made, term)
    made.say(f"intents_intent.created_at {op} {moment}", negated=term.negated)
    if op in (">", ">=") and not term.negated:
        # Ids begin with the time they were made at, so that the index of ids has the newest together.
        made.say(f"intents_intent.id >= {first_id(f'{moment} - {_CLOCKS_APART}')}")


_LEAST = timedelta(days=1)
"""Of a span of so much counts are kept."""


def _decided(made: Where, term: Term) -> None:
    op, moment = _moment(made, term)
    ids = _DECIDED.format(op=op, moment=moment)
    if term.negated:
        made.among(ids, negated=True)
    else:
        (value,) = term.values
        span = made.value(value, "interval") if op == ">" and isinstance(value, timedelta) and value >= _LEAST else ""
        made.words.append(Lookup(f"EXISTS ({ids} AND t.intent_id = intents_intent.id)", ids, span=span))


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
        made.words.append(Lookup(one, ids, once=span is None, words="" if span else words))


def _payload(made: Where, term: Term) -> None:
    (wanted,) = term.values
    path = made.value(list(term.path), "text[]")
    if term.op in _TURNED:
        compares = f"{term.op} {made.value(wanted, 'numeric')}"
        of_open = made.statuses <= STATUSES["open"] and not term.negated
        if of_open and (path_id := numbers.asked(made.actor.workspace_id, term.path)):
            made.among(numbers.ids(made.value(path_id, "bigint"), compares, path), negated=False)
            return
        test = f"{NUMBER} {compares}"
    else:
        text = made.value(str(wanted), "text")
        same_number = f"{as_number(TEXT)} = {as_number(text)}"
        test = f"coalesce(lower({TEXT}) = lower({text}), false) OR coalesce({same_number}, false)"
        if term.op == "!=":
            test = f"p.value IS NOT NULL AND NOT ({test})"
    found = VALUE.format(path=path, intent="intents_intent.id")
    made.say(f"EXISTS (SELECT FROM {found} p WHERE {test})", negated=term.negated)


_MEANINGS: dict[str, Callable[[Where, Term], None]] = {
    "is": _is,
    "for": _for,
    "status": _status,
    "risk": _risk,
    "type": _type,
    "agent": _address("mailbox"),
    "from": _address("sender"),
    "assignee": _assigned(_ASSIGNED),
    "asked": _assigned(_ASKED),
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
