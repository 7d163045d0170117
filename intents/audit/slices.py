"""Rules asked of some intents alone.

A rule is written for whole tables. Here each table of `invariants.TABLES` is hidden behind the rows of the intents in
question, by a common table expression of its name: the same rules, at a cost that does not grow with the tables, and all of
them in one statement, which sees one moment of the database.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from uuid import UUID

from django.db import Error, transaction

from intents.engine import invariants
from intents.engine.invariants import EVERY, MOST, Finding
from intents.kernel import statements

SECONDS = 5
"""What one slice may take."""
UNASKED = "could not be asked: "
"""Before the name of a rule that failed, or took too long, for one intent alone."""
FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class Slice:
    """Some intents: those with `ids`, or else with ids from `first` to `last`, and with them what names one of these ids
    although there is no such intent."""

    first: UUID = FIRST
    last: UUID = LAST
    ids: list[UUID] | None = field(default=None)

    @property
    def asked(self) -> str:
        """SQL that compares an id."""
        return "= ANY(%(ids)s::uuid[])" if self.ids is not None else "BETWEEN %(first)s AND %(last)s"

    @property
    def params(self) -> dict[str, object]:
        """Of `asked`."""
        return {"ids": self.ids} if self.ids is not None else {"first": self.first, "last": self.last}


PROBES: dict[str, Callable[[], bool]] = {}
"""Rules that are no statement, and whether they hold."""


def sliced() -> dict[str, str]:
    """The rules that are asked of slices: those that read a table of intents."""
    every = invariants.RULES | {rule: eventual.query for rule, eventual in invariants.EVENTUAL.items()}
    return {rule: query for rule, query in every.items() if _of_intents(query)}


def whole() -> dict[str, str]:
    """The other rules: of tables that are small, or of the newest rows of others."""
    return {rule: query for rule, query in invariants.RULES.items() if not _of_intents(query)}


def _of_intents(query: str) -> bool:
    return any(table in invariants.TABLES for table in re.findall(r"\b(?:intents|inbox)_\w+", query))


@cache
def _statement(rules: tuple[str, ...], asked: str) -> str:
    hidden = [f"{table} AS ({rows.format(asked=asked)})" for table, rows in invariants.TABLES.items()]
    queries = sliced()
    parts = [
        f"(SELECT DISTINCT {place}, broken.id FROM ({queries[rule]}) broken(id) LIMIT {MOST})"
        for place, rule in enumerate(rules)
    ]
    return f"{EVERY}, {', '.join(hidden)} {' UNION ALL '.join(parts)}"


def ask(intents: Slice) -> list[Finding] | None:
    """What is broken in a slice, in the running transaction; None when it took too long, or a row of it cannot be read."""
    return _ask(tuple(sliced()), intents)


def ask_one(intents: Slice) -> list[Finding]:
    """`ask` of a slice of one intent, rule by rule: which of them cannot be asked is a finding too."""
    found: list[Finding] = []
    for rule in sliced():
        broken = _ask((rule,), intents)
        if broken is None:
            named = intents.ids[0] if intents.ids else intents.last
            broken = [Finding(f"{UNASKED}{rule}", named)]
        found += broken
    return found


def _ask(rules: tuple[str, ...], intents: Slice) -> list[Finding] | None:
    found = _rows(_statement(rules, intents.asked), intents.params)
    return None if found is None else [Finding(rules[place], intent_id) for place, intent_id in found]


def ask_whole() -> list[Finding]:
    """What is broken beside the intents."""
    found: list[Finding] = []
    for rule, query in whole().items():
        broken = _rows(f"{EVERY} SELECT DISTINCT * FROM ({query}) broken(id) LIMIT {MOST}", {})
        names = [f"{UNASKED}{rule}"] if broken is None else [rule] if broken else []
        found += [Finding(name, None) for name in names]
    return found + [Finding(rule, None) for rule, holds in PROBES.items() if not holds()]


def _rows(query: str, params: dict[str, object]) -> list[tuple[int, UUID]] | None:
    try:
        with transaction.atomic():
            statements.rows("SELECT set_config('statement_timeout', %s::text, true)", [f"{SECONDS}s"])
            return statements.rows(query, params)
    except Error:
        return None
