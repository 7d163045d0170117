"""Keeping queries under names, and the columns that one sees."""

from collections.abc import Collection
from uuid import UUID

from inbox.operations import selectors
from inbox.operations.language import INTENTS, TASKS
from inbox.operations.models import SavedView, ViewOf
from inbox.operations.permissions import ensure_may_repair, ensure_may_watch
from inbox.operations.query import parse
from inbox.tasks import permissions
from inbox.vocabulary.principals import DECIDERS
from intents.kernel import clock
from intents.kernel.actors import ADMINS, Actor, Person
from intents.kernel.errors import Conflict, Denied, InvalidField
from intents.kernel.unit_of_work import unit, unless_taken

MOST_VIEWS = 50


@unit
def save_view(
    *, actor: Actor, name: str, q: str, shared: bool, of: ViewOf = ViewOf.INTENTS, tab: str = "", sort: str = ""
) -> SavedView:
    """Keep a query; one of the same name becomes this one. Of intents, only who repairs shares one; of tasks, who decides
    any. Raises Denied, InvalidField."""
    person = _ensure_may_keep(actor, of, shared=shared)
    name = _named(name)
    query = parse(q, _LANGUAGES[of])
    if query.finds_everything and not (tab or sort):
        raise InvalidField("q", "say what it is to find")
    own = selectors.own_views(person)
    same = own.filter(name=name).first()
    if same is None and own.count() >= MOST_VIEWS:
        raise InvalidField("name", f"at most {MOST_VIEWS} views: delete one first")
    if same is not None and same.of != of:
        raise InvalidField("name", f"a view of your {same.of} has this name")
    made = {"workspace_id": person.workspace_id, "user_id": person.user_id, "created_at": clock.now()}
    kept = {"q": query.text, "shared": shared, "of": of, "tab": tab, "sort": sort}
    view, _created = own.update_or_create(name=name, defaults=kept, create_defaults=made | kept)
    return view


_LANGUAGES = {ViewOf.INTENTS: INTENTS, ViewOf.TASKS: TASKS}


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80:
        raise InvalidField("name", "1 to 80 characters")
    return name


def _ensure_may_keep(actor: Actor, of: ViewOf, *, shared: bool) -> Person:
    if of is ViewOf.INTENTS:
        return ensure_may_repair(actor) if shared else ensure_may_watch(actor)
    person = permissions.person(actor)
    if shared and person.role not in DECIDERS:
        raise Denied("viewers share nothing", role=str(person.role))
    return person


@unit
def change_view(*, actor: Actor, view_id: UUID, name: str, shared: bool, of: ViewOf = ViewOf.INTENTS) -> SavedView:
    """Rename a view of one's own, or as an owner or admin a shared one; share it, or keep it to oneself. Raises Missing,
    Denied, InvalidField, Conflict."""
    person = _ensure_may_keep(actor, of, shared=shared)
    view = _own(person, view_id, of)
    view.name, view.shared = _named(name), shared
    if selectors.views_of(view).filter(name=view.name).exclude(id=view.id).exists():
        raise InvalidField("name", "another view has this name")
    with unless_taken(Conflict("another view has this name")):
        view.save(update_fields=["name", "shared"])
    return view


@unit
def delete_view(*, actor: Actor, view_id: UUID, of: ViewOf = ViewOf.INTENTS) -> SavedView:
    """Take away a view of one's own, or as an owner or admin a shared one. Raises Missing, Denied."""
    view = _own(_ensure_may_keep(actor, of, shared=False), view_id, of)
    view.delete()
    return view


def _own(person: Person, view_id: UUID, of: ViewOf) -> SavedView:
    view = selectors.locked_view(person, view_id, of)
    if view.user_id != person.user_id and person.role not in ADMINS:
        raise Denied("only who made a view, an owner or an admin changes it")
    return view


@unit
def choose_columns(*, actor: Actor, columns: Collection[str]) -> None:
    """See these columns of the list, in this order. Raises Denied."""
    person = ensure_may_watch(actor)
    known = [one for one in selectors.COLUMNS if one in columns]
    made = {"workspace_id": person.workspace_id, "user_id": person.user_id, "columns": known}
    selectors.shown_columns(person).update_or_create(defaults={"columns": known}, create_defaults=made)
