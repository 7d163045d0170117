"""Erasing a person, part by part: each part is a table, read slice by slice in the order of its keys.

A slice is one transaction with how far it came, fenced by a lease as in `erasing`. What was replaced is found no more, so
that an erasure that is begun anew goes on where it was. The user's own row comes last: by its
address all else is found.
"""

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from intents.engine import answers, chains, erasures, redactions
from intents.engine.models import Erasure
from intents.kernel import canonical, clock, statements
from intents.kernel.errors import Conflict

UNNAMED = "erased.invalid"
"""The host of the addresses that take the place of erased ones: nothing is ever delivered there."""
SLICE = 2000
"""Rows that are read in one transaction; those that name the person are locked until it ends."""
LEFT = {
    ("intents_user", "email"),
    *(("intents_intentevent", column) for column in ("actor", "details")),
    *(("intents_erasure", column) for column in ("by", "kept")),
    *(("intents_intentbody", column) for column in ("payload", "sent", "human_task", "document")),
}
"""Columns that are seen to by themselves, or are what agents sent: that is erased with its intent."""
ASKS = {("intents_intentbody", "human_task", "intent_id")}
"""Columns of human tasks, with the keys of their rows: of these only whom they name is replaced."""
UNFOUND: list[Callable[[Sequence[UUID]], None]] = []
"""Told, in the transaction that changes it, of intents that are found by fewer words from then on."""
NAMING = ("assignees", "notify_email", "escalation")


class Address(NamedTuple):
    """An address, and what takes its place."""

    old: str
    new: str

    @property
    def pattern(self) -> str:
        """A regular expression of PostgreSQL and of Python, in any case: the address whole, also behind JSON's `\\n`."""
        return rf"(?:(?<![\w.+%-])|(?<=\\[nrtbf])){re.escape(self.old)}(?![\w-]|\.\w)"

    def replaced(self, text: str) -> str:
        return re.sub(self.pattern, self.new, text, flags=re.IGNORECASE)


def address(user_id: UUID, email: str) -> Address:
    """What takes the place of the address of a user."""
    return Address(email, f"{user_id.hex}@{UNNAMED}")


Replace = Callable[[Address, Sequence[Any]], None]


class TextPart(NamedTuple):
    """Rows of a table for which the condition `named` holds are given, by their keys, to `replace`. `scoped` when each row
    is of a workspace."""

    name: str
    table: str
    key: str
    kind: str
    named: str
    replace: Replace
    scoped: bool = True


_COLUMNS = """
SELECT c.table_name, k.attname, format_type(k.atttypid, NULL),
       array_agg(c.column_name::text ORDER BY c.column_name),
       array_agg(CASE WHEN c.data_type = 'ARRAY' THEN 'text[]' ELSE c.data_type END::text ORDER BY c.column_name),
       EXISTS (SELECT FROM information_schema.columns w
               WHERE w.table_schema = c.table_schema AND w.table_name = c.table_name AND w.column_name = 'workspace_id')
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
JOIN pg_index i ON i.indrelid = format('%%I.%%I', c.table_schema, c.table_name)::regclass AND i.indisprimary
JOIN pg_attribute k ON k.attrelid = i.indrelid AND k.attnum = i.indkey[0]
WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
  AND (c.data_type IN ('text', 'character varying', 'json', 'jsonb') OR c.udt_name IN ('_text', '_varchar'))
GROUP BY c.table_schema, c.table_name, k.attname, k.atttypid ORDER BY 1
"""


def parts() -> list[TextPart]:
    """All that is gone through, in order: what needs more than replacing text first."""
    special = [
        TextPart("events", "intents_intentevent", "id", "uuid", f"actor {_MATCHES} OR details {_MATCHES}", _events),
        TextPart("records", "intents_erasure", "intent_id", "uuid", f"by {_MATCHES} OR kept {_MATCHES}", _records),
        TextPart("answers", "intents_idempotencyrecord", "id", "uuid", "body LIKE 'sealed:%%'", _answers),
        *(
            TextPart(f"{table}.{column}", table, key, "uuid", f"{column} {_MATCHES}", _tasks(table, column, key))
            for table, column, key in sorted(ASKS)
        ),
    ]
    return special + [
        _table(table, key, kind, [(n, t) for n, t in zip(names, types, strict=True) if (table, n) not in LEFT], scoped)
        for table, key, kind, names, types, scoped in statements.rows(_COLUMNS, ())
        if any((table, name) not in LEFT for name in names)
    ]


_MATCHES = "~* %(pattern)s"


def _table(table: str, key: str, kind: str, columns: Sequence[tuple[str, str]], scoped: bool) -> TextPart:
    """Every other column that holds text."""
    named = " OR ".join(f'"{name}"::text {_MATCHES}' for name, _type in columns)
    changes = ", ".join(
        f'"{name}" = CASE WHEN "{name}"::text {_MATCHES}'
        f' THEN regexp_replace("{name}"::text, %(pattern)s, %(by)s, \'gi\')::{of} ELSE "{name}" END'
        for name, of in columns
    )
    query = f'UPDATE "{table}" SET {changes} WHERE "{key}" = ANY(%(keys)s::text[]::{kind}[])'

    def replace(found: Address, keys: Sequence[Any]) -> None:
        statements.rows(query, {"pattern": found.pattern, "by": found.new, "keys": list(map(str, keys))})

    return TextPart(table, table, key, kind, named, replace, scoped)


class TextSlice(NamedTuple):
    """The last key that was read, None when nothing is left, and those that name the person."""

    last: str | None
    named: list[str]


def next_slice(part: TextPart, found: Address, *, after: str | None, workspace_id: UUID | None) -> TextSlice:
    """Read the next rows of a part."""
    key, beyond = f'"{part.key}"', f'"{part.key}" > %(after)s::text::{part.kind}' if after is not None else "true"
    mine = "AND workspace_id = %(workspace)s" if workspace_id is not None and part.scoped else ""
    query = f"""
WITH few AS MATERIALIZED (SELECT * FROM "{part.table}" WHERE {beyond} {mine} ORDER BY {key} LIMIT {SLICE})
SELECT (SELECT {key}::text FROM few ORDER BY {key} DESC LIMIT 1), ARRAY(SELECT {key}::text FROM few WHERE {part.named})
"""
    params = {"pattern": found.pattern, "after": after, "workspace": workspace_id}
    return TextSlice(*statements.rows(query, params)[0])


_INTENTS = "SELECT DISTINCT intent_id FROM intents_intentevent WHERE id = ANY(%s::text[]::uuid[])"


def _events(found: Address, keys: Sequence[Any]) -> None:
    """Raises Conflict when a history is not what was written: with another address in it, nobody could see that any more."""
    intents = sorted(intent_id for (intent_id,) in statements.rows(_INTENTS, [list(keys)]))
    if broken := next(chains.broken_chains(intents), None):
        raise Conflict(f"the history of {broken.intent_id} is not what was written: it is kept as it is")
    events = [UUID(one) for one in keys]
    redactions.replace(events, of=intents, pattern=found.pattern, by=found.new, at=clock.now())


_ERASURES = f"SELECT {statements.columns(Erasure, 'x')} FROM intents_erasure x WHERE x.intent_id = ANY(%s::text[]::uuid[])"
_SIGNED_ANEW = "UPDATE intents_erasure SET by = %s, kept = %s, signature = %s WHERE intent_id = %s"


def _records(found: Address, keys: Sequence[Any]) -> None:
    for row in statements.objects(Erasure, _ERASURES, [list(keys)]):
        if not erasures.is_signed(row):
            raise Conflict(f"what is on record of {row.intent_id} is not what was written: it is kept as it is")
        row.by, row.kept = found.replaced(row.by), found.replaced(row.kept)
        erasures.sign(row)
        statements.rows(_SIGNED_ANEW, [row.by, row.kept, row.signature, row.intent_id])


def _answers(found: Address, keys: Sequence[Any]) -> None:
    answers.replace([UUID(one) for one in keys], found.replaced)


def _tasks(table: str, column: str, key: str) -> Replace:
    """Replaces it where human tasks name whom they ask, and lets none of them be found by its words."""

    def replace(found: Address, keys: Sequence[Any]) -> None:
        query = f"SELECT {key}, {column} FROM {table} WHERE {key} = ANY(%s::text[]::uuid[])"
        words = re.findall(r"[^\W_]+", found.old.partition("@")[0])
        for row_id, text in statements.rows(query, [list(keys)]):
            spec: dict[str, Any] = canonical.loads(text)
            for name in NAMING:
                if name in spec:
                    spec[name] = json.loads(found.replaced(canonical.ordered(spec[name])))
            statements.rows(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", [canonical.ordered(spec), row_id])
            if table == "intents_intentbody":
                statements.rows(_LESS_FOUND, [words, row_id])
        for tell in UNFOUND if table == "intents_intentbody" else ():
            tell([UUID(str(one)) for one in keys])

    return replace


_LESS_FOUND = "UPDATE intents_intentbody SET document = ts_delete(document, %s::text[]) WHERE intent_id = %s"


def noted_in(found: Address, since: datetime) -> set[UUID]:
    """The workspaces whose records named them, once all is replaced."""
    query = """
SELECT workspace_id FROM intents_auditentry WHERE actor ~* %(pattern)s OR subject ~* %(pattern)s
UNION SELECT workspace_id FROM intents_redaction WHERE at >= %(since)s
"""
    pattern = Address(found.new, "").pattern
    return {workspace_id for (workspace_id,) in statements.rows(query, {"pattern": pattern, "since": since})}
