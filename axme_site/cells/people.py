"""People of a workspace that is moved: the same rows, by their ids, where they are not known in the other cell yet."""

from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from axme_site.cells.copying import Session
from axme_site.cells.tables import ADDRESSES, PEOPLES_OWN, tables

USERS = "intents_user"


class Mismatch(Exception):
    """A person, an organization or a workspace is another one in the other cell."""


def bring(here: Session, there: Session, workspace_id: UUID) -> int:
    """Store the workspace, its organization where that is new there, and who is new there, with how they sign in and where
    they are told. Returns how many people. Raises Mismatch."""
    _bring_tenant(here, there, workspace_id)
    users = _concerned(here, workspace_id)
    known = {row[0] for row in there.execute("SELECT id FROM intents_user WHERE id = ANY(%s)", [users])}
    new = [one for one in users if one not in known]
    try:
        _bring(here, there, USERS, "id", new)
        for name in PEOPLES_OWN:
            _bring(here, there, name, "user_id", new)
        _bring(here, there, ADDRESSES, "user_id", users)
    except UniqueViolation as error:
        raise Mismatch(f"somebody there is another person: {error.diag.message_detail or error}") from None
    return len(new)


def _bring_tenant(here: Session, there: Session, workspace_id: UUID) -> None:
    """Raises Mismatch."""
    query = """
        SELECT o.id, o.slug, o.status FROM intents_organization o JOIN intents_workspace w ON w.organization_id = o.id
        WHERE w.id = %s
    """
    ((organization_id, slug, status),) = here.execute(query, [workspace_id]).fetchall()
    found = there.execute("SELECT id, status FROM intents_organization WHERE slug = %s", [slug]).fetchone()
    if found and found[0] != organization_id:
        raise Mismatch(f"the organization {slug} is another one there")
    if found and found[1] != status:  # what is stopped here would go on there, or the other way round
        raise Mismatch(f"the organization {slug} is {status} here and {found[1]} there: set the same status in both")
    _bring(here, there, "intents_organization", "id", [organization_id])
    try:
        _bring(here, there, "intents_workspace", "id", [workspace_id])
    except UniqueViolation:
        raise Mismatch("a workspace of this name is there already") from None


def _concerned(here: Session, workspace_id: UUID) -> list[UUID]:
    """Everybody to whom a row of the workspace refers."""
    parts = [
        sql.SQL("SELECT t.{} FROM {} t WHERE {}").format(
            sql.Identifier(column), sql.Identifier(each.name), each.of(workspace_id, "t")
        )
        for each in tables()
        for column in each.users
    ]
    query = sql.SQL("SELECT DISTINCT id FROM ({}) found(id) WHERE id IS NOT NULL").format(sql.SQL(" UNION ").join(parts))
    return [row[0] for row in here.execute(query)]


def _bring(here: Session, there: Session, table: str, column: str, ids: list[UUID]) -> None:
    """Store rows that are not there; those with an id of the database's own get another."""
    read = sql.SQL("SELECT * FROM {} WHERE {} = ANY(%s)").format(sql.Identifier(table), sql.Identifier(column))
    found = here.execute(read, [ids])
    names = [one.name for one in found.description or ()]
    rows: list[Any] = found.fetchall()
    if not rows:
        return
    numbered = isinstance(rows[0][names.index("id")], int)
    kept = [place for place, name in enumerate(names) if name != "id" or not numbered]
    conflict = sql.SQL("" if numbered else "ON CONFLICT (id) DO NOTHING")
    insert = sql.SQL("INSERT INTO {} ({}) VALUES ({}) {}").format(
        sql.Identifier(table),
        sql.SQL(", ").join(sql.Identifier(names[place]) for place in kept),
        sql.SQL(", ").join(sql.Placeholder() for _ in kept),
        conflict,
    )
    with there.cursor() as cursor:
        cursor.executemany(insert, [[_given(row[place]) for place in kept] for row in rows])


def _given(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict | list) else value
