"""What in a migration would stop a server that goes on serving while it runs, or break the version before.

Our own and not django-migration-linter: that one reads SQL, which takes a database to write, knows no reason for one
operation alone, and looks at few of the locks. This looks at operations, with the models as they were before each.

What is refused can be right all the same, once somebody has thought about it: the migration then says why, for each
operation by the name that the refusal begins with:

    class Migration(migrations.Migration):
        safe_because = {"RemoveField user.nick": "no version since 0.3 names the column"}
"""

import re
from collections.abc import Iterator

from django.contrib.postgres import operations as postgres
from django.db.migrations import Migration, operations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field, ForeignKey, GeneratedField, ManyToManyField, Value
from django.db.models.functions import Now

REASONS = "safe_because"
NO_DEFAULT = Field().db_default
NOTHING = operations.RunSQL(operations.RunSQL.noop)
HARMLESS = (
    operations.CreateModel,
    operations.AlterModelOptions,
    operations.AlterModelManagers,
    operations.AlterModelTableComment,
    operations.AlterOrderWithRespectTo,
    operations.RemoveConstraint,
    postgres.ValidateConstraint,
    postgres.CreateExtension,
)
BREAKING = {
    operations.DeleteModel: "the version before still reads the table",
    operations.RemoveField: "the version before still reads the column",
    operations.RenameField: "the version before still says the old name",
    operations.RenameModel: "the version before still says the old name",
    operations.AlterModelTable: "the version before still says the old name",
    operations.AlterUniqueTogether: "builds or drops an index under a lock that stops reads and writes",
    operations.RenameIndex: "waits for whoever reads the table, and whoever comes after waits for it",
    operations.RunPython: "takes as long as there are rows, which it alone knows",
}

# (what a statement says, why not); the table's name is the group.
_TABLE = r"(?:ONLY\s+|IF\s+EXISTS\s+)*\"?(\w+)"
STATEMENTS = tuple(
    (re.compile(pattern, re.IGNORECASE), reason)
    for pattern, reason in (
        (
            rf"CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY).*?\sON\s+{_TABLE}",
            "builds an index while nobody may write: CONCURRENTLY",
        ),
        (r"DROP\s+INDEX\s+(?!CONCURRENTLY)(?:IF\s+EXISTS\s+)?(\w+)", "drops an index under a lock: CONCURRENTLY"),
        (r"REINDEX\s+(?!.*CONCURRENTLY)\w+\s+(\w+)", "builds an index while nobody may write: CONCURRENTLY"),
        (
            rf"ALTER\s+TABLE\s+{_TABLE}\s+ADD\s+CONSTRAINT(?!.*(?:NOT\s+VALID|USING\s+INDEX))",
            "reads all rows while nobody may write: NOT VALID, and VALIDATE CONSTRAINT in a migration of its own",
        ),
        (rf"ALTER\s+TABLE\s+{_TABLE}.*\sALTER\s+(?:COLUMN\s+)?\w+\s+(?:SET\s+DATA\s+)?TYPE", "writes all rows anew"),
        (rf"ALTER\s+TABLE\s+{_TABLE}.*\sSET\s+NOT\s+NULL", "reads all rows while nobody may read or write"),
        (rf"ALTER\s+TABLE\s+{_TABLE}\s+(?:DROP\s+(?!CONSTRAINT)|RENAME)", "the version before still says that name"),
        (rf"DROP\s+TABLE\s+{_TABLE}", "the version before still reads the table"),
        (
            rf"(?:UPDATE|DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?|LOCK(?:\s+TABLE)?|CLUSTER|VACUUM\s+FULL)\s+{_TABLE}",
            "holds many rows, or all, until it ends",
        ),
        (rf"WITH\s.*\s(?:UPDATE|DELETE\s+FROM)\s+{_TABLE}", "holds many rows, or all, until it ends"),
        (r"(DO)\s", "does what cannot be seen here"),
    )
)


def faults(migration: Migration, before: ProjectState) -> list[str]:
    """Why `migration` may not run beside a serving server of the version before, one line each: the operation's name, a
    colon and the reason. `before` is the state of the models that it starts from. Reasons given for what is not refused are
    faults too."""
    reasons: dict[str, str] = getattr(migration, REASONS, {})
    found = list(_faults(migration, before))
    excused = [name for name, _ in found if reasons.get(name, "").strip()]
    return [f"{name}: {reason}" for name, reason in found if name not in excused] + [
        f"{name}: nothing of it is refused, so no reason is needed" for name in reasons if name not in excused
    ]


def _faults(migration: Migration, before: ProjectState) -> Iterator[tuple[str, str]]:
    app, state = migration.app_label, before.clone()
    new: set[str] = set()
    unvalidated: set[str] = set()
    for operation, place in _flat(migration.operations):
        name, model = _name(operation), str(getattr(operation, "model_name", "") or getattr(operation, "name", "")).lower()
        if isinstance(operation, operations.CreateModel):
            new |= {model, str(operation.options.get("db_table") or f"{app}_{model}")}
        if isinstance(operation, operations.RunSQL):
            for statement in _statements(operation):
                if made := re.match(rf"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_TABLE}", statement, re.IGNORECASE):
                    new.add(made[1])
                yield from ((f"{name} {table}", reason) for table, reason in _in_sql(statement) if table not in new)
        elif model not in new and (reason := _reason(operation, migration, state)):
            yield name, reason
        if isinstance(operation, postgres.AddConstraintNotValid):
            unvalidated.add(operation.constraint.name)
        if isinstance(operation, postgres.ValidateConstraint) and operation.name in unvalidated and migration.atomic:
            yield name, "in the transaction that added it the lock is held while all rows are read: a migration of its own"
        place.state_forwards(app, state)


def _flat(found: list[Operation]) -> Iterator[tuple[Operation, Operation]]:
    """Operations as the database meets them, without those that change the models alone. Beside each is the one to change
    the models by: nothing for all but the last of those that were kept apart."""
    for operation in found:
        if isinstance(operation, operations.SeparateDatabaseAndState):
            yield from ((one, NOTHING) for one in operation.database_operations)
            yield NOTHING, operation
        else:
            yield operation, operation


def _name(operation: Operation) -> str:
    if isinstance(operation, operations.RunSQL | operations.RunPython):
        return type(operation).__name__
    parts = [getattr(operation, name, None) for name in ("model_name", "name", "old_name")]
    index = getattr(operation, "index", None) or getattr(operation, "constraint", None)
    named = dict.fromkeys(str(one) for one in (*parts, getattr(index, "name", None)) if one)
    return f"{type(operation).__name__} {'.'.join(named)}"


def _reason(operation: Operation, migration: Migration, state: ProjectState) -> str | None:
    match operation:
        case postgres.AddIndexConcurrently() | postgres.RemoveIndexConcurrently():
            return "concurrently is not possible in a transaction: atomic = False" if migration.atomic else None
        case postgres.AddConstraintNotValid():
            return None
        case operations.AddIndex() | operations.RemoveIndex():
            return "nobody may write meanwhile: the operation of the same name with Concurrently"
        case operations.AddConstraint():
            return "reads all rows while nobody may write: AddConstraintNotValid, then ValidateConstraint"
        case operations.AddField(field=field):
            return _why_not_add(field)
        case operations.AlterField(field=field, model_name=model, name=name):
            return _why_not_alter(state.models[migration.app_label, model.lower()].fields[name], field)
        case _ if isinstance(operation, HARMLESS):
            return None
    known = next((reason for kind, reason in BREAKING.items() if isinstance(operation, kind)), None)
    return known or "is not known to tests/migrations.py"


def _why_not_add(field: Field) -> str | None:  # type: ignore[type-arg]
    if isinstance(field, ManyToManyField):
        return None
    if isinstance(field, GeneratedField):
        return "writes all rows anew, for a value that is computed"
    if field.unique or field.db_index:
        return "builds an index while nobody may read or write: the index by itself, concurrently"
    if isinstance(field, ForeignKey) and field.db_constraint:
        return "checks all rows while nobody may write: the constraint by itself, NOT VALID and then validated"
    default = field.db_default
    if default is NO_DEFAULT:
        return None if field.null else "the version before writes rows without it: null=True or db_default"
    if hasattr(default, "resolve_expression") and not isinstance(default, Value | Now):
        return "a default that may be another for each row writes all rows anew"
    return None


def _why_not_alter(old: Field, new: Field) -> str | None:  # type: ignore[type-arg]
    if old.null and not new.null:
        return "reads all rows while nobody may read or write, and the version before writes null"
    if (new.db_index and not old.db_index) or (new.unique and not old.unique):
        return "builds an index while nobody may read or write: the index by itself, concurrently"
    if (old.db_index or old.unique) and not (new.db_index or new.unique):
        return "drops an index under a lock"
    if old.db_column != new.db_column:
        return "the version before still says the old name"
    if isinstance(old, GeneratedField) or isinstance(new, GeneratedField):
        return "writes all rows anew, for a value that is computed"
    kinds = (old.get_internal_type(), new.get_internal_type())
    if kinds[0] != kinds[1] and kinds != ("CharField", "TextField"):
        return "writes all rows anew while nobody may read or write"
    if _narrower(old, new) or _precision(old) != _precision(new):
        return "writes all rows anew, or reads them all, while nobody may read or write"
    return None


def _narrower(old: Field, new: Field) -> bool:  # type: ignore[type-arg]
    return new.max_length is not None and (old.max_length is None or new.max_length < old.max_length)


def _precision(field: Field) -> tuple[object, ...]:  # type: ignore[type-arg]
    return tuple(
        getattr(field, name, None) for name in ("max_digits", "decimal_places", "size", "db_collation", "db_constraint")
    )


def _statements(operation: operations.RunSQL) -> Iterator[str]:
    given = operation.sql if isinstance(operation.sql, list | tuple) else [operation.sql]
    for one in given:
        text = str(one[0] if isinstance(one, list | tuple) else one)
        without = re.sub(r"--[^\n]*|/\*.*?\*/", " ", re.sub(r"(\$\w*\$).*?\1", "''", text, flags=re.DOTALL), flags=re.DOTALL)
        yield from (" ".join(part.split()) for part in without.split(";") if part.strip())


def _in_sql(statement: str) -> Iterator[tuple[str, str]]:
    for pattern, reason in STATEMENTS:
        if found := pattern.match(statement):
            yield found[1], reason
