"""Keeping queries under names, and the columns that one sees."""

from collections.abc import Collection
from uuid import UUID

from inbox.operations import selectors
from inbox.operations.models import SavedView
from inbox.operations.permissions import ensure_may_repair, ensure_may_watch
from intents.kernel import clock
from intents.kernel.actors import ADMINS, Actor
from intents.kernel.errors import Denied, InvalidField
from intents.kernel.unit_of_work import unit

MOST_VIEWS = 50


@unit
def save_view(*, actor: Actor, name: str, q: str, shared: bool) -> SavedView:
    """Keep a query; one of the same name becomes this one. Only who repairs shares one. Raises Denied, InvalidField."""
    person = ensure_may_repair(actor) if shared else ensure_may_watch(actor)
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80:
        raise InvalidField("name", "1 to 80 characters")
    query = selectors.read(q)
    if query.finds_everything:
        raise InvalidField("q", "say what it is to find")
    own = selectors.own_views(person)
    if own.count() >= MOST_VIEWS and not own.filter(name=name).exists():
        raise InvalidField("name", f"at most {MOST_VIEWS} views: delete one first")
    made = {"workspace_id": person.workspace_id, "user_id": person.user_id, "created_at": clock.now()}
    kept = {"q": query.text, "shared": shared}
    view, _created = own.update_or_create(name=name, defaults=kept, create_defaults=made | kept)
    return view


@unit
def delete_view(*, actor: Actor, view_id: UUID) -> SavedView:
    """Take away a view of one's own, or as an owner or admin a shared one. Raises Missing, Denied."""
    person = ensure_may_watch(actor)
    view = selectors.saved_view(person, view_id)
    if view.user_id != person.user_id and person.role not in ADMINS:
        raise Denied("only who made a view, an owner or an admin deletes it")
    view.delete()
    return view


@unit
def choose_columns(*, actor: Actor, columns: Collection[str]) -> None:
    """See these columns of the list, in this order. Raises Denied."""
    person = ensure_may_watch(actor)
    known = [one for one in selectors.COLUMNS if one in columns]
    made = {"workspace_id": person.workspace_id, "user_id": person.user_id, "columns": known}
    selectors.shown_columns(person).update_or_create(defaults={"columns": known}, create_defaults=made)
