"""That nothing goes on in a workspace, for its people: since when, by whom, and who lets it go on."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from inbox import presentation
from inbox.templatetags import pages
from inbox.views.kit.refusals import in_a_sentence
from intents.accounts import selectors
from intents.accounts.models import TenantStatus
from intents.accounts.selectors import Stop
from intents.accounts.stops import WorkspaceStopped
from intents.kernel import clock
from intents.kernel.actors import ADMINS, Person, Role
from intents.seats import Seat


@dataclass(frozen=True, slots=True)
class Standstill:
    """What is said where nothing goes on: `said` what that means, `by` who did it and when, `can` what one can do.
    `may_change` tells that this person may let the workspace itself go on."""

    said: str
    by: str
    can: str
    may_change: bool


def of(seat: Seat) -> Standstill | None:
    """None where all goes on."""
    if not seat.stopped:
        return None
    found = selectors.stop_of(seat.person.workspace_id)
    said = in_a_sentence(WorkspaceStopped(seat.stopped).message)
    return (
        Standstill(said, _by(found), _can(found), _may_change(found, seat.person))
        if found
        else Standstill(said, "", "", False)
    )


def moving(seat: Seat) -> str:
    """What is said while a workspace goes to another cell; nothing where it stays."""
    found = selectors.stop_of(seat.person.workspace_id) if seat.moves else None
    if found is None:
        return ""
    known = {"at": pages.clock(found.at, clock.now())}
    said = _(
        "This workspace is being moved to another server since %(at)s. Until it is there, in some seconds, all of it can be "
        "read and nothing changed. If it takes longer, tell whoever runs this server."
    )
    return said % known


def ensure_open(seat: Seat) -> None:
    """Raises WorkspaceStopped: before anybody is asked for reasons of what would be refused."""
    if seat.stopped:
        raise WorkspaceStopped(seat.stopped)


def _by(found: Stop) -> str:
    known = {
        "name": _("the operator of this server") if found.by_operator else presentation.one_line(found.by),
        "at": pages.clock(found.at, clock.now()),
    }
    if found.state == TenantStatus.PENDING:
        return ""
    if found.of_organization:
        return _("Stopped with its organization by %(name)s, %(at)s.") % known
    if found.state == TenantStatus.ARCHIVED:
        return _("Archived by %(name)s, %(at)s.") % known
    return _("Suspended by %(name)s, %(at)s.") % known


def _can(found: Stop) -> str:
    if found.of_both and not (found.own_by_operator and found.whole_by_operator):
        return f"{_can_of_workspace(found)} {_can_of_organization(found)}"
    if found.by_operator:
        return _("Only the operator of this server can let it go on.")
    if found.of_organization:
        return _("Whoever owns all workspaces of the organization can let it go on.")
    if found.state == TenantStatus.ARCHIVED:
        return _("An owner can let it go on.")
    return _("An owner or admin can let it go on.")


def _can_of_workspace(found: Stop) -> str:
    """Where its organization is stopped as well."""
    if found.own_by_operator:
        return _("The workspace itself is stopped, which only the operator of this server changes.")
    if found.own == TenantStatus.ARCHIVED:
        return _("The workspace itself is stopped, which an owner can change.")
    return _("The workspace itself is stopped, which an owner or admin can change.")


def _can_of_organization(found: Stop) -> str:
    """Where the workspace is stopped as well."""
    if found.whole_by_operator:
        return _("So is its organization, which only the operator of this server changes.")
    return _("So is its organization, which whoever owns all its workspaces can change.")


def _may_change(found: Stop, person: Person) -> bool:
    """Whether they may let the workspace itself go on."""
    if found.own == TenantStatus.ACTIVE or found.own_by_operator:
        return False
    return person.role is Role.OWNER if found.own == TenantStatus.ARCHIVED else person.role in ADMINS
