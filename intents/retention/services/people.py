"""Erasing a person who left: account, name and address, in every table. What they did stays, by somebody unnamed."""

import json
import re
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import CASCADE

from intents.accounts import audit
from intents.accounts.models import User
from intents.engine import answers, chains, erasures, redactions
from intents.engine.models import Erasure
from intents.kernel import canonical, clock, statements
from intents.kernel.actors import System
from intents.kernel.errors import Conflict, Missing
from intents.kernel.unit_of_work import unit

UNNAMED = "erased.invalid"
"""The host of the addresses that take the place of erased ones: nothing is ever delivered there."""
KEPT_ROWS = {"inbox_notification", "inbox_message", "inbox_snooze", "inbox_opened"}
"""Rows of a person that hold nothing but whose they are."""
LEFT = {
    ("intents_user", "email"),
    *(("intents_intentevent", column) for column in ("actor", "details")),
    *(("intents_erasure", column) for column in ("by", "kept")),
    *(("intents_intentbody", column) for column in ("payload", "sent", "human_task", "document")),
}
"""Columns that are seen to by themselves, or are what agents sent: that is erased with its intent."""
ASKS = {("intents_intentbody", "human_task", "intent_id")}
"""Columns of human tasks, with the keys of their rows: of these only whom they name is replaced."""
NAMING = ("assignees", "notify_email", "escalation")


class Address(NamedTuple):
    """An address, and what takes its place."""

    old: str
    new: str

    @property
    def pattern(self) -> str:
        """A regular expression of PostgreSQL and of Python, in any case: the address whole, also behind JSON's `\\n`."""
        return rf"(?:(?<![\w.+%-])|(?<=\\[nrtbf])){re.escape(self.old)}(?![\w-]|\.\w)"

    @property
    def like(self) -> str:
        return "%" + re.sub(r"([\\%_])", r"\\\1", self.old) + "%"

    def replaced(self, text: str) -> str:
        return re.sub(self.pattern, self.new, text, flags=re.IGNORECASE)


@unit
def erase(*, actor: System, email: str) -> UUID:
    """Erase a person who is a member of no workspace any more. Returns the id of their user, which stays.

    Raises Missing, Conflict while they are a member, or when a history that names them is not what was written.
    """
    user = _locked(email.strip().lower())
    address, now = Address(user.email, f"{user.id.hex}@{UNNAMED}"), clock.now()
    workspaces = _in_events(address, now)
    _in_erasures(address)
    for table, column, key in sorted(ASKS):
        _in_tasks(table, column, key, address)
    answers.replace(address.replaced)
    statements.rows('DELETE FROM intents_letter WHERE lower("to") = %s', [address.old])
    statements.rows("DELETE FROM intents_profile WHERE user_id = %s OR lower(email) = %s", [user.id, address.old])
    for related in User._meta.related_objects:
        rows = related.related_model
        if getattr(related, "on_delete", None) is CASCADE and rows._meta.db_table not in KEPT_ROWS:
            rows._base_manager.filter(**{related.field.name: user}).delete()
    _everywhere(address)
    user.email, user.name, user.email_verified_at = address.new, "", None
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.save()
    for workspace_id in workspaces:
        audit.note(workspace_id=workspace_id, actor=actor, action="person.erase", subject=str(user.id))
    return user.id


_USER = f"SELECT {statements.columns(User, 'u')} FROM intents_user u WHERE u.email = %s FOR UPDATE"


def _locked(email: str) -> User:
    rows = statements.objects(User, _USER, [email])
    if not rows:
        raise Missing(f"nobody is known by {email}")
    if statements.rows("SELECT 1 FROM intents_member WHERE user_id = %s LIMIT 1", [rows[0].id]):
        raise Conflict(f"{email} still belongs to a workspace: remove them from it first")
    return rows[0]


_NAMING = """
SELECT id, intent_id, workspace_id FROM intents_intentevent WHERE actor ~* %(pattern)s OR details ~* %(pattern)s
"""
_NOTED = "SELECT DISTINCT workspace_id FROM intents_auditentry WHERE actor ~* %(pattern)s OR subject ~* %(pattern)s"


def _in_events(address: Address, now: datetime) -> set[UUID]:
    """Replace it in all histories. Returns the workspaces whose records name it."""
    rows = statements.rows(_NAMING, {"pattern": address.pattern})
    intents = sorted({intent_id for _, intent_id, _ in rows})
    if broken := next(chains.broken_chains(intents), None):
        raise Conflict(f"the history of {broken.intent_id} is not what was written: it is kept as it is")
    redactions.replace([event_id for event_id, *_ in rows], pattern=address.pattern, by=address.new, at=now)
    noted = {workspace_id for (workspace_id,) in statements.rows(_NOTED, {"pattern": address.pattern})}
    return noted | {workspace_id for *_, workspace_id in rows}


_ERASURES = (
    f"SELECT {statements.columns(Erasure, 'x')} FROM intents_erasure x WHERE x.by ~* %(pattern)s OR x.kept ~* %(pattern)s"
)
_SIGNED_ANEW = "UPDATE intents_erasure SET by = %s, kept = %s, signature = %s WHERE intent_id = %s"


def _in_erasures(address: Address) -> None:
    for row in statements.objects(Erasure, _ERASURES, {"pattern": address.pattern}):
        if not erasures.is_signed(row):
            raise Conflict(f"what is on record of {row.intent_id} is not what was written: it is kept as it is")
        row.by, row.kept = address.replaced(row.by), address.replaced(row.kept)
        erasures.sign(row)
        statements.rows(_SIGNED_ANEW, [row.by, row.kept, row.signature, row.intent_id])


def _in_tasks(table: str, column: str, key: str, address: Address) -> None:
    """Replace it where human tasks name whom they ask, and let none of them be found by its words."""
    for row_id, text in statements.rows(f"SELECT {key}, {column} FROM {table} WHERE {column} ~* %s", [address.pattern]):
        spec: dict[str, Any] = canonical.loads(text)
        for name in NAMING:
            if name in spec:
                spec[name] = json.loads(address.replaced(canonical.ordered(spec[name])))
        statements.rows(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", [canonical.ordered(spec), row_id])
        if table == "intents_intentbody":
            words = re.findall(r"[^\W_]+", address.old.partition("@")[0])
            statements.rows(
                "UPDATE intents_intentbody SET document = ts_delete(document, %s::text[]) WHERE intent_id = %s",
                [words, row_id],
            )


_COLUMNS = """
SELECT c.table_name, c.column_name, CASE WHEN c.data_type = 'ARRAY' THEN 'text[]' ELSE c.data_type END
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
  AND (c.data_type IN ('text', 'character varying', 'json', 'jsonb') OR c.udt_name IN ('_text', '_varchar'))
ORDER BY 1, 2
"""


def _everywhere(address: Address) -> None:
    """Replace it in every other column that holds text."""
    for table, column, kind in statements.rows(_COLUMNS, ()):
        if (table, column) not in LEFT:
            statements.rows(
                f"""UPDATE "{table}" SET "{column}" = regexp_replace("{column}"::text, %(pattern)s, %(by)s, 'gi')::{kind}
                WHERE "{column}"::text ~* %(pattern)s""",
                {"pattern": address.pattern, "by": address.new},
            )
