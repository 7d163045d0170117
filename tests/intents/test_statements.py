import pytest
from django.db import OperationalError, connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from inbox.tasks.models import Assignment, Notice, Task
from intents.accounts.models import Group, GroupMember, Member, User, Workspace
from intents.engine.models import Intent, IntentEvent, Timer, Wait
from intents.feed.models import WorkspaceEvent
from intents.kernel import clock, statements
from intents.kernel.models import new_id
from tests.callers import KeyCaller

pytestmark = pytest.mark.django_db


def test_named_parameters_may_come_several_times_and_in_any_order() -> None:
    query = "SELECT %(b)s::int, %(a)s::text, %(b)s::int + 1"
    assert statements.rows(query, {"a": "x", "b": 7, "unused": None}) == [(7, "x", 8)]
    assert statements.rows(query, {"b": 8, "a": None}) == [(8, None, 9)]


def test_positional_parameters_come_in_order() -> None:
    assert statements.rows("SELECT %s::text, %s::int[], %s::text", ["a", [1, 2], "a"]) == [("a", [1, 2], "a")]


def test_a_doubled_percent_sign_is_one() -> None:
    assert statements.rows("SELECT 7 %% 4, 'a' LIKE '%%', %s::text", ["%s"]) == [(3, True, "%s")]


@pytest.mark.parametrize("count", [0, 1, 4, 5])
def test_streamed_rows_are_all_rows_whatever_is_read_at_once(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "READ_AT_ONCE", 2)
    query = "SELECT n, '%%' FROM generate_series(1, %(count)s) n"
    assert list(statements.streamed(query, {"count": count})) == [(n, "%") for n in range(1, count + 1)]


def test_streamed_rows_may_be_left() -> None:
    assert next(statements.streamed("SELECT n FROM generate_series(1, 5000) n", ())) == (1,)
    assert statements.rows("SELECT 7", ()) == [(7,)]


def test_a_statement_longer_than_any_cache_is_the_same() -> None:
    padding = f"/* {'x' * 5000} */"
    assert statements.rows(f"SELECT {padding} %(a)s::int", {"a": 1}) == [(1,)]


def test_a_statement_without_rows_gives_none() -> None:
    assert statements.rows("SET LOCAL search_path = public", ()) == []
    assert statements.rows("SELECT 1 WHERE false", ()) == []


def test_errors_are_djangos() -> None:
    statements.rows("SET LOCAL statement_timeout = 10", ())
    with pytest.raises(OperationalError):
        statements.rows("SELECT pg_sleep(5)", ())


def test_a_statement_is_planned_once_for_a_connection() -> None:
    for value in range(3):
        statements.rows("SELECT %s::int AS planned_once", [value])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%planned_once%"])
        assert cursor.fetchone() == (1,)


def test_rows_become_the_objects_that_django_would_make(shop: KeyCaller) -> None:
    shop.submit()
    query = f"SELECT {statements.columns(Intent, 'i')} FROM intents_intent i WHERE i.status = %s"
    (found,) = statements.objects(Intent, query, ["SUBMITTED"])
    (expected,) = Intent.objects.all()
    fields = [field.attname for field in Intent._meta.concrete_fields if field.attname != "last_hash"]
    assert [getattr(found, name) for name in fields] == [getattr(expected, name) for name in fields]
    assert bytes(found.last_hash) == bytes(expected.last_hash)
    assert not found._state.adding


def test_new_objects_are_stored_as_django_would_store_them(shop: KeyCaller) -> None:
    shop.submit()
    (event,) = IntentEvent.objects.filter(seq=2)
    kept = {name: value for name, value in vars(event).items() if name != "_state"}
    event.id, event.seq, event.details = new_id(), 3, None
    IntentEvent.objects.all().delete()
    statements.insert([event])
    assert not event._state.adding
    (found,) = IntentEvent.objects.all()
    changed = {"id": event.id, "seq": 3, "details": None}
    for name, value in (kept | changed).items():
        stored = getattr(found, name)
        assert (bytes(stored) if isinstance(stored, memoryview) else stored) == value, name
    found.delete()
    Intent.objects.all().delete()


def test_objects_of_several_models_are_stored_by_one_statement(workspace: Workspace) -> None:
    group = Group(workspace=workspace, name="Finance", created_at=clock.now())
    member = Member(workspace=workspace, user=User.objects.create_user("ann@myorg.example"), role="viewer")
    member.created_at = clock.now()
    joined = GroupMember(workspace=workspace, group=group, member=member)
    with CaptureQueriesContext(connection) as captured:
        statements.insert([group], [], [member], [joined])
    assert len(captured) == 1
    assert GroupMember.objects.get() == joined


def test_batches_of_one_model_are_stored_together(workspace: Workspace) -> None:
    groups = [Group(workspace=workspace, name=name, created_at=clock.now()) for name in ("a", "b", "c")]
    parts, _params = statements.inserts(groups[:1], [], groups[1:2], groups[2:])
    assert parts.count("INSERT INTO") == 1
    statements.insert(groups[:1], [], groups[1:2], groups[2:])
    assert sorted(Group.objects.values_list("name", flat=True)) == ["a", "b", "c"]


NEW = [IntentEvent, WorkspaceEvent, Intent, Wait, Timer, Task, Assignment, Notice, Workspace, User]


@pytest.mark.parametrize("model", NEW)
def test_a_new_object_is_as_its_class_makes_it(model: type[Model]) -> None:
    given = {"id": new_id()}
    made, usual = statements.new(model, **given), model(**given)
    own = [field for field in model._meta.concrete_fields if field.has_default() or not field.has_db_default()]
    columns = [field.attname for field in own if not field.generated]
    moments = {field.attname for field in model._meta.concrete_fields if field.has_default() and callable(field.default)}
    assert {name: made.__dict__[name] for name in columns if name not in moments} == {
        name: usual.__dict__[name] for name in columns if name not in moments
    }
    assert moments <= made.__dict__.keys()
    assert (made._state.adding, made._state.db) == (usual._state.adding, usual._state.db)
    assert made.pk == usual.pk
    assert statements.new(model).pk != made.pk
