"""Migrations run while the version before still serves: each kind of what would stop it, or break it, is refused."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres import operations as postgres
from django.db import migrations, models
from django.db.migrations import Migration
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.models.functions import Now, Random

from tests.migrations import faults

OURS = ("intents", "inbox")


@pytest.fixture(scope="module")
def loader() -> MigrationLoader:
    """The migrations as they are in the code: no database is asked what it has."""
    return MigrationLoader(None)


def ours(loader: MigrationLoader) -> Iterator[Migration]:
    """Those that a serving version may meet: not the first of an application, which make it."""
    for (app, _), migration in sorted(loader.graph.nodes.items()):
        if app in OURS and not migration.replaces and not migration.initial:
            yield migration


def test_no_migration_stops_or_breaks_the_version_that_serves_meanwhile(loader: MigrationLoader) -> None:
    found = {
        str(migration): wrong
        for migration in ours(loader)
        if (wrong := faults(migration, loader.project_state((migration.app_label, migration.name), at_end=False)))
    }
    assert found == {}


def test_each_application_has_one_last_migration(loader: MigrationLoader) -> None:
    assert loader.detect_conflicts() == {}
    assert [name for app in OURS for _, name in loader.graph.leaf_nodes(app)[1:]] == []


def test_the_models_have_no_change_without_a_migration(loader: MigrationLoader) -> None:
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
    missing = detector.changes(graph=loader.graph)
    assert {app: [one.describe() for made in found for one in made.operations] for app, found in missing.items()} == {}


BEFORE = ProjectState()
BEFORE.add_model(ModelState("shop", "Customer", [("id", models.BigAutoField(primary_key=True))]))
BEFORE.add_model(
    ModelState(
        "shop",
        "Order",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("note", models.CharField(max_length=20, null=True)),
            ("number", models.IntegerField()),
            ("code", models.CharField(max_length=20, db_index=True)),
            ("price", models.DecimalField(max_digits=8, decimal_places=2)),
        ],
        options={"indexes": [models.Index(fields=["number"], name="order_number")]},
    )
)
INDEX = models.Index(fields=["note"], name="order_note")
POSITIVE = models.CheckConstraint(condition=models.Q(number__gt=0), name="order_positive")
UNIQUE = models.UniqueConstraint(fields=["number"], name="order_once")


def looked_at(*operations: Operation, atomic: bool = True, safe_because: dict[str, str] | None = None) -> list[str]:
    attributes: dict[str, Any] = {"operations": list(operations), "atomic": atomic, "dependencies": []}
    if safe_because is not None:
        attributes["safe_because"] = safe_because
    made = type("Migration", (Migration,), attributes)
    return faults(made("0002_it", "shop"), BEFORE)


def add(field: models.Field) -> Operation:  # type: ignore[type-arg]
    return migrations.AddField("order", "more", field)


def alter(name: str, field: models.Field) -> Operation:  # type: ignore[type-arg]
    return migrations.AlterField("order", name, field)


REFUSED = {
    "an index that is not built concurrently": migrations.AddIndex("order", INDEX),
    "an index that is not dropped concurrently": migrations.RemoveIndex("order", "order_number"),
    "an index under another name": migrations.RenameIndex("order", "order_numbers", old_name="order_number"),
    "indexes over fields together": migrations.AlterUniqueTogether("order", {("number", "note")}),
    "a check of all rows": migrations.AddConstraint("order", POSITIVE),
    "a unique constraint": migrations.AddConstraint("order", UNIQUE),
    "a table that goes": migrations.DeleteModel("Order"),
    "a table under another name": migrations.RenameModel("Order", "Purchase"),
    "a table under another name in the database": migrations.AlterModelTable("Order", "orders"),
    "a column that goes": migrations.RemoveField("order", "note"),
    "a column under another name": migrations.RenameField("order", "note", "remark"),
    "a column that the version before would leave out": add(models.IntegerField(default=3)),
    "a column with a default of its own for each row": add(models.FloatField(db_default=Random())),
    "a computed column": add(
        models.GeneratedField(expression=models.F("number"), output_field=models.IntegerField(), db_persist=True)
    ),
    "a column with an index": add(models.IntegerField(null=True, db_index=True)),
    "a unique column": add(models.IntegerField(null=True, unique=True)),
    "a reference with its index": add(models.ForeignKey("shop.Customer", models.CASCADE, null=True)),
    "a reference that is checked": add(models.ForeignKey("shop.Customer", models.CASCADE, null=True, db_index=False)),
    "another type": alter("number", models.BigIntegerField()),
    "a column that may be null no more": alter("note", models.CharField(max_length=20)),
    "a shorter column": alter("note", models.CharField(max_length=10, null=True)),
    "a limit where none was": alter("number", models.CharField(max_length=10)),
    "a column that gets an index": alter("number", models.IntegerField(db_index=True)),
    "a column that becomes unique": alter("number", models.IntegerField(unique=True)),
    "a column that loses its index": alter("code", models.CharField(max_length=20)),
    "a column under another name in the database": alter("number", models.IntegerField(db_column="no")),
    "other digits": alter("price", models.DecimalField(max_digits=8, decimal_places=3)),
    "a program": migrations.RunPython(migrations.RunPython.noop),
    "an operation that nobody thought of": postgres.CreateCollation("german", "de"),
    "an index by SQL": migrations.RunSQL("CREATE INDEX order_note ON shop_order (note)"),
    "a unique index by SQL": migrations.RunSQL("create unique index x on only shop_order (note)"),
    "an index dropped by SQL": migrations.RunSQL("DROP INDEX IF EXISTS order_number"),
    "a constraint by SQL": migrations.RunSQL("ALTER TABLE shop_order\n  ADD CONSTRAINT x CHECK (number > 0)"),
    "another type by SQL": migrations.RunSQL("ALTER TABLE shop_order ALTER COLUMN number TYPE bigint"),
    "NOT NULL by SQL": migrations.RunSQL("ALTER TABLE shop_order ALTER note SET NOT NULL"),
    "a column dropped by SQL": migrations.RunSQL("ALTER TABLE shop_order DROP COLUMN note"),
    "a column renamed by SQL": migrations.RunSQL("ALTER TABLE shop_order RENAME note TO remark"),
    "a table dropped by SQL": migrations.RunSQL("SELECT 1; DROP TABLE shop_order"),
    "all rows changed by SQL": migrations.RunSQL([("UPDATE shop_order SET number = %s", [1])]),
    "all rows changed by SQL with names": migrations.RunSQL("WITH x AS (SELECT 1) UPDATE shop_order SET number = 1"),
    "rows deleted by SQL": migrations.RunSQL("-- the old ones\nDELETE FROM shop_order WHERE number < 5"),
    "a lock by SQL": migrations.RunSQL("LOCK TABLE shop_order"),
    "a block by SQL": migrations.RunSQL("DO $$ BEGIN PERFORM 1; END $$"),
    "what the database does apart from the models": migrations.SeparateDatabaseAndState(
        database_operations=[migrations.RemoveField("order", "note")]
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_it_is_refused_unless_a_reason_is_given_for_it_alone(kind: str) -> None:
    (refusal,) = looked_at(REFUSED[kind])
    name, _, reason = refusal.partition(": ")
    assert reason
    assert looked_at(REFUSED[kind], safe_because={name: "the table has ten rows"}) == []
    assert looked_at(REFUSED[kind], safe_because={name: " "})[0] == refusal
    other = migrations.RenameField("customer", "id", "key")
    assert len(looked_at(REFUSED[kind], other, safe_because={name: "the table has ten rows"})) == 1


TAKEN = {
    "a new table": migrations.CreateModel("Parcel", [("id", models.BigAutoField(primary_key=True))]),
    "a column that may be null": add(models.IntegerField(null=True)),
    "a column with one default": add(models.IntegerField(db_default=3)),
    "a column with the time of the migration": add(models.DateTimeField(db_default=Now())),
    "a reference that is not checked": add(
        models.ForeignKey("shop.Customer", models.CASCADE, null=True, db_index=False, db_constraint=False)
    ),
    "a longer column": alter("note", models.CharField(max_length=30, null=True)),
    "a column without a limit": alter("note", models.TextField(null=True)),
    "a column that may be null now": alter("number", models.IntegerField(null=True)),
    "other words about a column": alter("number", models.IntegerField(help_text="from the till")),
    "a constraint for new rows": postgres.AddConstraintNotValid("order", POSITIVE),
    "a constraint validated later": postgres.ValidateConstraint("order", "order_positive"),
    "a constraint for new rows by SQL": migrations.RunSQL(
        "ALTER TABLE shop_order ADD CONSTRAINT x CHECK (number > 0) NOT VALID"
    ),
    "a function by SQL": migrations.RunSQL(
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ UPDATE shop_order SET x = 1; $$"
    ),
    "a table by SQL": migrations.RunSQL(["CREATE TABLE shop_bag (id int)", "CREATE INDEX bag ON shop_bag (id)"]),
    "what changes the models alone": migrations.SeparateDatabaseAndState(
        state_operations=[migrations.RemoveField("order", "note")]
    ),
}


@pytest.mark.parametrize("kind", TAKEN)
def test_it_is_taken(kind: str) -> None:
    assert looked_at(TAKEN[kind]) == []


def test_a_new_table_may_be_worked_on_by_the_migration_that_makes_it() -> None:
    made = migrations.CreateModel("Parcel", [("id", models.BigAutoField(primary_key=True)), ("to", models.TextField())])
    index = migrations.AddIndex("parcel", models.Index(fields=["to"], name="parcel_to"))
    assert looked_at(made, index, migrations.RunSQL("UPDATE shop_parcel SET id = 1")) == []
    assert len(looked_at(made, index, migrations.AddIndex("order", INDEX))) == 1


def test_an_index_is_built_concurrently_outside_of_a_transaction() -> None:
    for operation in (
        postgres.AddIndexConcurrently("order", INDEX),
        postgres.RemoveIndexConcurrently("order", "order_number"),
    ):
        assert looked_at(operation, atomic=False) == []
        assert len(looked_at(operation)) == 1


def test_a_constraint_is_not_validated_in_the_transaction_that_adds_it() -> None:
    both = (postgres.AddConstraintNotValid("order", POSITIVE), postgres.ValidateConstraint("order", "order_positive"))
    assert len(looked_at(*both)) == 1
    assert looked_at(*both, atomic=False) == []


def test_a_reason_for_what_is_not_there_is_refused() -> None:
    assert len(looked_at(safe_because={"RemoveField order.note": "nobody reads it"})) == 1


def test_a_migration_is_judged_by_the_models_as_its_own_operations_leave_them() -> None:
    assert looked_at(
        alter("note", models.CharField(max_length=40, null=True)), alter("note", models.CharField(max_length=30, null=True))
    )


def test_a_second_last_migration_and_a_forgotten_one_are_found() -> None:
    loader = MigrationLoader(None)
    (leaf,) = loader.graph.leaf_nodes("inbox")
    before = loader.graph.node_map[leaf].parents
    twin = ("inbox", "9999_twin")
    loader.graph.add_node(twin, Migration("9999_twin", "inbox"))
    for parent in before:
        loader.graph.add_dependency(None, twin, parent.key)
    assert set(loader.detect_conflicts()) == {"inbox"}
    models_now = ProjectState.from_apps(apps)
    models_now.models["inbox", "task"].fields["forgotten"] = models.IntegerField(null=True)
    fresh = MigrationLoader(None)
    assert MigrationAutodetector(fresh.project_state(), models_now).changes(graph=fresh.graph)["inbox"]
