"""The language in which intents are looked for: `is:waiting for:human agent:billing age:>2d payload.amount:>100 refund`.

A query is terms with spaces between, all of which must hold. A term is `key:value`, or a word that the intent is found by;
`-` before it negates it, and quotes keep a value or words with spaces together. Commas in a value mean "one of these".
Reading a query asks nothing of a database; what its terms mean is said in `conditions`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import TypeAlias
from uuid import UUID

from inbox.vocabulary.kinds import RISKS
from intents.engine import search
from intents.engine.lifecycle import Status
from intents.kernel.errors import InvalidField

LONGEST = 1000
MOST_TERMS = 20

STATES = (
    "open",
    "waiting",
    "done",
    "failed",
    "canceled",
    "expired",
    "overdue",
    "due-soon",
    "stuck",
    "unroutable",
    "retrying",
    "dead",
    "rerun",
)
"""What an intent can be, as `is:` has it."""
WAITS = ("human", "tool", "agent", "time")
"""What an intent can wait for, as `for:` has it."""
_NAMED = {"is": STATES, "for": WAITS, "risk": RISKS, "status": tuple(status.value for status in Status)}
_TEXTS = ("type", "agent", "from", "assignee")
_TIMES = ("age", "created", "decided", "ended", "due")
_UUIDS = ("id", "correlation")
PAYLOAD = "payload"
WORDS = "words"
"""The key of a term that is no more than words."""
KEYS = (*_NAMED, *_TEXTS, *_TIMES, *_UUIDS)

_JOINING = ("AND", "OR", "NOT")
"""What other languages join terms by. In quotes they are words like others."""

_TERM = re.compile(r'(-?)(?:([^\W\d][\w.-]*):)?("(?:[^"\\]|\\.)*"|[^\s"]+|(?=\s|$))')
_OPERATOR = re.compile(r"(>=|<=|!=|>|<|=)?(.*)", re.DOTALL)
_SPAN = re.compile(r"(\d{1,6})(s|m|h|d|w)")
_LONGEST_SPAN = timedelta(days=36_500)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_NUMBER = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?")

Value: TypeAlias = str | Decimal | timedelta | datetime | UUID


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that must hold, or with `negated` must not. Of `values` one is enough. `op` is how the value found compares
    to them: "=" unless the term says otherwise. `path` leads to a part of the payload."""

    key: str
    values: tuple[Value, ...]
    op: str = "="
    negated: bool = False
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """What `text` looks for. Without terms it finds everything."""

    text: str
    terms: tuple[Term, ...] = ()

    @property
    def finds_everything(self) -> bool:
        return not self.terms


def parse(text: str) -> Query:
    """Raises InvalidField for the field `q`, naming the word that means nothing, with suggestions."""
    text = text.strip()
    if len(text) > LONGEST:
        raise InvalidField("q", f"at most {LONGEST} characters")
    terms = []
    rest = text
    while rest:
        found = _TERM.match(rest)
        if found is None:
            raise _refused(rest.split()[0], "a quote has no end")
        if not rest[found.end() : found.end() + 1].isspace() and found.end() < len(rest):
            raise _refused(found[0], "quotes go around a whole value")
        terms.append(_term(found))
        rest = rest[found.end() :].lstrip()
    if len(terms) > MOST_TERMS:
        raise InvalidField("q", f"at most {MOST_TERMS} terms")
    return Query(text, tuple(terms))


def _term(found: re.Match[str]) -> Term:
    sign, key, value = found.groups()
    word, negated = found[0], bool(sign)
    if not key:
        if value in _JOINING:
            raise _refused(word, "terms side by side must all hold; commas mean or, and - means not", ["is:failed,canceled"])
        return Term(WORDS, (_words(value, word),), negated=negated)
    key = key.lower() if not key.startswith(f"{PAYLOAD}.") else key
    if key == "agent" and value.startswith("//"):  # an address that was pasted
        value = f"agent:{value}"
    if not value or value == '""':
        raise _refused(word, f"say what {key}: is to be", _examples(key))
    if key.startswith(f"{PAYLOAD}."):
        return _payload(key, value, word, negated)
    if key in _NAMED:
        return Term(key, tuple(_named(key, one, word) for one in _several(value)), negated=negated)
    if key in _TEXTS:
        return Term(key, tuple(_several(value)), negated=negated)
    if key in _TIMES:
        op, moment = _moment(key, _plain(value), word)
        return Term(key, (moment,), op, negated)
    if key == "id":
        return Term(key, (_id(_plain(value), word),), negated=negated)
    if key == "correlation":
        return Term(key, (_uuid(_plain(value), word),), negated=negated)
    raise _refused(word, f"nothing is found by {key}:", _close(key, (*KEYS, f"{PAYLOAD}.…"), ":"))


def _words(value: str, word: str) -> str:
    plain = _plain(value)
    try:
        search.query(plain)
    except InvalidField as refusal:
        raise _refused(word, refusal.reason) from None
    return plain


def _named(key: str, value: str, word: str) -> str:
    known = _NAMED[key]
    found = next((one for one in known if one.lower() == value.lower()), None)
    if found is None:
        raise _refused(word, f"{key}: takes one of {', '.join(known)}", _close(value.lower(), known, before=f"{key}:"))
    return found


def _moment(key: str, value: str, word: str) -> tuple[str, timedelta | datetime]:
    """`<24h` is less than that long ago (of `due`: ahead); a date or time is one, in UTC unless it says otherwise."""
    op, rest = _compared(value)
    if span := _SPAN.fullmatch(rest):
        if op in ("", "=", "!="):
            raise _refused(word, "say whether more or less than that", [f"{key}:>{rest}", f"{key}:<{rest}"])
        long = timedelta(**{_UNITS[span[2]]: int(span[1])})
        if long > _LONGEST_SPAN:
            raise _refused(word, "a span is at most 100 years, 36500d")
        return op, long
    try:
        moment = datetime.fromisoformat(rest)
    except ValueError:
        raise _refused(word, f"{key}: takes a span such as 30m, 24h or 2d, or a date", _examples(key)) from None
    if op in ("", "=", "!=") or key == "age":
        raise _refused(word, "say whether before or after that", [f"{_dated(key)}:<{rest}", f"{_dated(key)}:>{rest}"])
    return op, moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _dated(key: str) -> str:
    return "created" if key == "age" else key


def _payload(key: str, value: str, word: str, negated: bool) -> Term:
    path = tuple(key.split(".")[1:])
    if not all(path):
        raise _refused(word, "a part of the payload is named like payload.amount", ["payload.amount:>100"])
    op, rest = ("", value) if value.startswith('"') else _compared(value)
    wanted: Value = _plain(rest)
    if op in (">", ">=", "<", "<="):
        wanted = _number(rest, word)
    if wanted == "":
        raise _refused(word, f"say what {key} is to be", [f"{key}:100", f"{key}:>100"])
    return Term(PAYLOAD, (wanted,), op or "=", negated, path)


def _number(text: str, word: str) -> Decimal:
    try:
        if _NUMBER.fullmatch(text):
            return Decimal(text)
    except InvalidOperation:
        pass
    raise _refused(word, "more and less compare numbers, such as >100 or <=0.5")


def _id(text: str, word: str) -> str:
    if search.id_range(text) is None:
        raise _refused(word, "an id, or its first 8 digits or more")
    return text


def _uuid(text: str, word: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise _refused(word, "a whole correlation id") from None


def _compared(value: str) -> tuple[str, str]:
    found = _OPERATOR.fullmatch(value)
    assert found is not None
    return found[1] or "", found[2]


def _several(value: str) -> Iterable[str]:
    if value.startswith('"'):
        return [_plain(value)]
    return [one for one in value.split(",") if one] or [value]


def _plain(value: str) -> str:
    """A value without the quotes around it."""
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def quoted(value: str) -> str:
    """`value` as a term can have it, whatever it holds."""
    if re.fullmatch(r'[^\s",\\]+', value) and value[0] not in "<>=!":
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _close(word: str, known: Iterable[str], after: str = "", *, before: str = "") -> list[str]:
    return [f"{before}{one}{after}" for one in get_close_matches(word, list(known), n=3, cutoff=0.5)]


_EXAMPLES: dict[str, list[str]] = {
    "age": ["age:>2d"],
    "created": ["created:<24h"],
    "decided": ["decided:<24h"],
    "ended": ["ended:<24h"],
    "due": ["due:<4h"],
    "type": ["type:refund"],
    "agent": ["agent:billing"],
    "from": ["from:shop"],
    "assignee": ["assignee:me"],
}


def _examples(key: str) -> list[str]:
    if key in _NAMED:
        return [f"{key}:{one}" for one in _NAMED[key]]
    return _EXAMPLES.get(key, [])


_NARROWING = ("is:open", "created:<24h", "created:<7d")


def narrowed(query: Query) -> list[str]:
    """The query with a term more each, by which it reads less."""
    known = {term.key for term in query.terms}
    return [f"{query.text} {one}".strip() for one in _NARROWING if one.partition(":")[0] not in known]


def _refused(word: str, why: str, suggestions: Iterable[str] = ()) -> InvalidField:
    found = list(suggestions)
    meant = f"; did you mean {' or '.join(found[:3])}?" if found else ""
    said = f"“{word[:80]}” is not understood: {why}"
    return InvalidField("q", f"{said}{meant}", word=word[:200], why=said, suggestions=found)


def completions(text: str, values: dict[str, list[str]], keys: Sequence[str] = KEYS) -> list[str]:
    """How `text` may go on: its last term completed, by the `keys` there are, what is known of them, and `values` of the
    workspace by key. At most 12."""
    head, _, last = text.rpartition(" ")
    sign = "-" if last.startswith("-") else ""
    word = last.removeprefix("-")
    key, colon, begun = word.partition(":")
    if colon and key not in keys:
        found = []
    elif colon:
        known = [*_NAMED.get(key, ()), *_EXAMPLES_OF.get(key, ())]
        found = [f"{key}:{one}" for one in known if one.startswith(begun.lower())]
        found += [f"{key}:{quoted(one)}" for one in values.get(key, ()) if one.lower().startswith(begun.strip('"').lower())]
    else:
        found = [f"{one}:" for one in keys if one.startswith(word.lower())]
        found += [f"is:{one}" for one in STATES if word and "is" in keys and one.startswith(word.lower())]
    before = f"{head} " if head else ""
    return [f"{before}{sign}{one}" for one in found][:12]


_EXAMPLES_OF = {
    key: tuple(one.partition(":")[2] for one in _EXAMPLES[key])
    for key in ("age", "created", "decided", "ended", "due", "assignee")
}
