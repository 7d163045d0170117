"""The language in which intents, and tasks, are looked for: `is:waiting for:human agent:billing age:>2d refund`.

A query is terms with spaces between, all of which must hold. A term is `key:value`, or a word that the intent is found by;
`-` before it negates it, and quotes keep a value or words with spaces together. Commas in a value mean "one of these".
Reading a query asks nothing of a database; what its terms mean is said in `conditions`, and of tasks in `finding`. Which
keys there are is up to the Language.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import TypeAlias
from uuid import UUID

from inbox.operations.language import INTENTS, PAYLOAD, STATES, WAITS, WORDS, Language
from intents.engine import search
from intents.kernel.errors import InvalidField

LONGEST = 1000
MOST_TERMS = 20

__all__ = ["KEYS", "PAYLOAD", "STATES", "WAITS", "WORDS", "Query", "Term", "parse", "quoted"]

KEYS = INTENTS.keys

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


def parse(text: str, language: Language = INTENTS) -> Query:
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
        terms.append(_term(found, language))
        rest = rest[found.end() :].lstrip()
    if len(terms) > MOST_TERMS:
        raise InvalidField("q", f"at most {MOST_TERMS} terms")
    return Query(text, tuple(terms))


def _term(found: re.Match[str], language: Language) -> Term:
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
        raise _refused(word, f"say what {key}: is to be", _examples(key, language))
    if key.startswith(f"{PAYLOAD}.") and language.payload:
        return _payload(key, value, word, negated)
    if key in language.named:
        return Term(key, tuple(_named(key, language.named[key], one, word) for one in _several(value)), negated=negated)
    if key in language.texts:
        return Term(key, tuple(_several(value)), negated=negated)
    if value.lower() in language.moments.get(key, ()):
        return Term(key, (value.lower(),), negated=negated)
    if key in language.times:
        op, moment = _moment(key, _plain(value), word, language)
        return Term(key, (moment,), op, negated)
    if key in language.numbers:
        op, number = _compared(value)
        return Term(key, (_number(number, word),), op or "=", negated)
    if key not in language.keys:
        raise _unknown(key, word, language)
    if key == "id":
        return Term(key, (_id(_plain(value), word),), negated=negated)
    return Term(key, (_uuid(_plain(value), word),), negated=negated)


def _unknown(key: str, word: str, language: Language) -> InvalidField:
    why = f"nothing is found by {key}:"
    if language.listed:
        why = f"filters are {', '.join(f'{one}:' for one in language.keys)}"
    known = (*language.keys, f"{PAYLOAD}.…") if language.payload else language.keys
    return _refused(word, why, _close(key, known, ":"))


def _words(value: str, word: str) -> str:
    plain = _plain(value)
    try:
        search.query(plain)
    except InvalidField as refusal:
        raise _refused(word, refusal.reason) from None
    return plain


def _named(key: str, known: tuple[str, ...], value: str, word: str) -> str:
    found = next((one for one in known if one.lower() == value.lower()), None)
    if found is None:
        raise _refused(word, f"{key}: takes one of {', '.join(known)}", _close(value.lower(), known, before=f"{key}:"))
    return found


def _moment(key: str, value: str, word: str, language: Language) -> tuple[str, timedelta | datetime]:
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
        raise _refused(word, f"{key}: takes a span such as 30m, 24h or 2d, or a date", _examples(key, language)) from None
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


def _examples(key: str, language: Language) -> list[str]:
    if key in language.named:
        return [f"{key}:{one}" for one in language.named[key]]
    return language.examples.get(key, [])


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


def words_of(text: str) -> list[str]:
    """The terms of a query that can be read, as they were typed."""
    found, rest = [], text.strip()
    while rest and (match := _TERM.match(rest)) and match.end():
        found.append(match[0])
        rest = rest[match.end() :].lstrip()
    return found


def without(text: str, key: str) -> str:
    """A query without its terms of a key."""
    kept = [word for word in words_of(text) if word.removeprefix("-").partition(":")[0].lower() != key or ":" not in word]
    return " ".join(kept)
