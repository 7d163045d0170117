"""What tests begin with is what the services would have made."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection

from intents.accounts.models import Workspace
from intents.accounts.services import agents, keys, tenancy, tokens
from intents.kernel import clock
from intents.kernel.actors import Role, Scope
from tests import beginnings
from tests.beginnings import SETUP
from tests.conftest import KEPT, SettableClock, empty

# What no two rows have alike: ids, times, hashes, the ends of secrets, passwords that nobody knows.
OWN = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+\+00:00|\\\\x[0-9a-f]+|(?<=…)[0-9a-f]{4}|(?<=\"!)[^\"]+"
)


def by_services(ends: dict[str, Any]) -> None:
    owner = tenancy.create_organization(actor=SETUP, slug="myorg").object
    first, second = (tenancy.create_workspace(actor=SETUP, organization=owner, slug=slug).object for slug in ("a1", "b2"))
    user = tenancy.create_person(actor=SETUP, email="Alice@myorg.example")
    tenancy.set_member(actor=SETUP, workspace=first, user=user, role=Role.OWNER)
    tokens.create_person_token(actor=SETUP, workspace=first, user=user, name="test")
    tokens.create_person_token(actor=SETUP, workspace=first, user=user, name="test", **ends)
    agent = agents.create_agent(actor=SETUP, workspace=second, name="shop")
    keys.create_key(actor=SETUP, agent=agent, scope=Scope.WORKSPACE)
    keys.create_key(actor=SETUP, agent=agent, scope=Scope.OWN, tools=["printer", "copier"], **ends)


def by_statements(ends: dict[str, Any]) -> None:
    first, second = (beginnings.workspace("myorg", slug) for slug in ("a1", "b2"))
    user, _, _ = beginnings.person(first, "Alice@myorg.example", Role.OWNER)
    beginnings.token(first, user, **ends)
    beginnings.machine(second, "shop", Scope.WORKSPACE)
    beginnings.machine(second, "shop", Scope.OWN, tools=["printer", "copier"], **ends)


def stored(make: Callable[[dict[str, Any]], None]) -> dict[str, list[str]]:
    """All rows of the database after `make`, by table, without what is each row's own; and then none."""
    make({"expires_at": clock.now() + timedelta(hours=1)})
    tables = sorted(set(connection.introspection.table_names()) - KEPT)
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t')
            found[table] = sorted(OWN.sub("", row) for (row,) in cursor.fetchall())
    empty()
    return {table: rows for table, rows in found.items() if rows}


def test_the_rows_are_those_of_the_services(database: None, now: SettableClock) -> None:
    wanted = stored(by_services)
    assert {"intents_member", "intents_agentkey", "intents_auditentry", "intents_workspaceevent"} <= set(wanted)
    assert stored(by_statements) == wanted


def test_the_objects_are_as_the_database_has_them(database: None) -> None:
    workspace = beginnings.workspace("myorg", "production")
    user, token, _ = beginnings.person(workspace, "alice@myorg.example", Role.OWNER)
    agent, key, _ = beginnings.machine(workspace, "shop", Scope.OWN)
    for one in (workspace.organization, workspace, user, token, agent, key):
        again = type(one)._default_manager.get(pk=one.pk)
        assert {field.attname: getattr(one, field.attname) for field in one._meta.concrete_fields} == {
            field.attname: getattr(again, field.attname) for field in again._meta.concrete_fields
        }
    assert Workspace.objects.get() == agent.workspace == token.workspace
