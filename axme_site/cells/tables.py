"""Which rows are a workspace's: the tables that have them, each after those that it refers to, found from the models."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from uuid import UUID

from django.apps import apps
from django.db.models import AutoField, BigAutoField, Model
from psycopg import sql

from intents.accounts.models import Organization, Placement, User, Workspace
from intents.sending.models import Sending

WORKSPACE = "workspace_id"
ATTEMPTS, DELIVERIES = "intents_attempt", "intents_delivery"
KEPT = frozenset({"intents_removedevent", "intents_erasure"})
"""What stays as well in the cell that a workspace leaves: its tree goes on to hold what was removed."""
PEOPLES_OWN = ("account_emailaddress", "mfa_authenticator", "intents_identity", "inbox_notificationsettings")
"""Of a person who is new in a cell, beside their row; and where else they are told, as messages refer to that:"""
ADDRESSES = "inbox_chataddress"


@dataclass(frozen=True, slots=True)
class TenantTable:
    """A table with rows of workspaces: by a column of their own, or as children of `parents`, to which `column` refers.

    `refers` are the tables to which its rows refer. `numbered` are given their ids by the database, each its own. `users`
    are its columns that refer to people. `lives` where something is done about its rows when that is due."""

    name: str
    column: str
    parents: tuple[str, ...]
    numbered: bool
    users: tuple[str, ...]
    lives: bool
    refers: frozenset[str] = frozenset()

    def of(self, workspace_id: UUID, row: str) -> sql.Composed:
        """SQL for whether `row`, an alias, is of the workspace."""
        column = sql.SQL("{}.{}").format(sql.SQL(row), sql.Identifier(self.column))
        if not self.parents:
            return sql.SQL("{} = {}").format(column, sql.Literal(workspace_id))
        ids = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT p.id FROM {} p WHERE {}").format(sql.Identifier(one), table(one).of(workspace_id, "p"))
            for one in self.parents
        )
        return sql.SQL("{} IN ({})").format(column, ids)


@cache
def tables() -> tuple[TenantTable, ...]:
    """All of them, those that others refer to first."""
    return tuple(_sorted())


def table(name: str) -> TenantTable:
    return next(one for one in tables() if one.name == name)


def _sorted() -> Iterator[TenantTable]:
    models = {one._meta.db_table: one for one in apps.get_models(include_auto_created=True)}
    own = {name for name, model in models.items() if _has(model) and model not in (Placement, Workspace)}
    made = {name: _table(name, models[name], (), WORKSPACE) for name in own}
    while new := [one for name, model in models.items() if name not in made and (one := _child(name, model, made))]:
        made |= {one.name: one for one in new}
    posted = [name for name, one in made.items() if issubclass(models[name], Sending) and _id(models[name]) == "id"]
    made[ATTEMPTS] = _table(ATTEMPTS, models[ATTEMPTS], tuple(sorted(posted)), "message_id")
    refers = {name: {one for one in _refers(models[name], made) if one != name} | set(made[name].parents) for name in made}
    while refers:
        free = sorted(name for name, others in refers.items() if not others & refers.keys())
        assert free, f"these refer to each other: {sorted(refers)}"
        for name in free:
            of = frozenset(_refers(models[name], made)) - {name} | frozenset(made[name].parents)
            del refers[name]
            yield replace(made[name], refers=of)


def _has(model: type[Model]) -> bool:
    return any(field.column == WORKSPACE for field in model._meta.local_concrete_fields)


def _id(model: type[Model]) -> str:
    return str(getattr(model._meta.pk, "column", ""))


def _child(name: str, model: type[Model], made: dict[str, TenantTable]) -> TenantTable | None:
    found = {
        field.remote_field.model._meta.db_table: field.column
        for field in model._meta.local_concrete_fields
        if field.remote_field
    }
    ours = sorted(one for one in found if one in made)
    if not ours:
        return None
    # The most particular of several.
    return _table(name, model, (ours[-1],), str(found[ours[-1]]))


def _table(name: str, model: type[Model], parents: tuple[str, ...], column: str) -> TenantTable:
    fields = model._meta.local_concrete_fields
    users = tuple(str(one.column) for one in fields if one.remote_field and one.remote_field.model is User)
    lives = name == DELIVERIES or bool({"due_at", "next_at"} & {str(one.column) for one in fields})
    return TenantTable(name, column, parents, isinstance(model._meta.pk, AutoField | BigAutoField), users, lives)


def _refers(model: type[Model], made: dict[str, TenantTable]) -> Iterator[str]:
    for field in model._meta.local_concrete_fields:
        if field.remote_field and field.remote_field.model not in (User, Workspace, Organization):
            name = field.remote_field.model._meta.db_table
            if name in made:
                yield name
