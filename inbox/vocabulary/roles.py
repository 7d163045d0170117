"""Roles in words; and who keeps, and who reads, what people work by: calendars, policies, display names and the like."""

from django.utils.translation import gettext_lazy

from intents.accounts.services import rights
from intents.kernel.actors import ADMINS, Actor, Person, Role
from intents.kernel.errors import Denied

_ALL = {
    Role.OWNER: gettext_lazy("all owners"),
    Role.ADMIN: gettext_lazy("all admins"),
    Role.OPERATOR: gettext_lazy("all operators"),
    Role.APPROVER: gettext_lazy("all approvers"),
    Role.VIEWER: gettext_lazy("all viewers"),
}


def everybody(role: str) -> str:
    """Those who have a role, or may do what it may."""
    return str(_ALL[Role(role)])


def ensure_manages(actor: Actor) -> None:
    """Raises Denied for all but those who are owners and admins now: who sets when people are asked could let nobody be
    asked. Raises InvalidActorToken."""
    if not isinstance(actor, Person) or rights.present(actor=actor)[0].role not in ADMINS:
        raise Denied("only owners and admins set up how the workspace works, as people")


def ensure_member(actor: Actor) -> None:
    """Raises Denied for machines: what people work by is for the people of the workspace."""
    if not isinstance(actor, Person):
        raise Denied("policies, calendars and schedules are read with a person's token")
