"""Who is invited: by a link that is emailed, and can be shared where email does not arrive."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from inbox.views.kit.acting import Request, acts, asks_confirmed, confirmed, sent
from inbox.views.settings.page import FormPage, ask
from inbox.views.settings.people.members import choices, members_shown
from intents.accounts import selectors as roster
from intents.accounts.services import invitations, membership
from intents.engine import selectors
from intents.kernel.actors import Role

UNMAILED = _("You'll get a link to share with them, valid for 7 days.")


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("Email address"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), initial=str(Role.APPROVER))
    groups = forms.MultipleChoiceField(label=_("Groups"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, request: Request) -> None:
        super().__init__(sent(request))
        self.fields["role"].choices = choices(request)  # type: ignore[attr-defined]
        groups = [(str(group.id), group.name) for group in roster.groups(request.person)]
        if groups:
            self.fields["groups"].choices = groups  # type: ignore[attr-defined]
        else:
            del self.fields["groups"]


@asks_confirmed
def invite(request: Request) -> HttpResponse:
    membership.ensure_manages_people(request.person)
    page = FormPage(
        tab="people",
        route="invite",
        title=_("Invite somebody"),
        intro=_("They'll get an email with a link, valid for 7 days.") if settings.EMAIL_URL else UNMAILED,
        button=_("Invite"),
        back=reverse("settings-people"),
        back_words=_("All people"),
        confirms=True,
    )

    def send(given: Mapping[str, Any]) -> HttpResponse:
        return _sent(
            request,
            email=given["email"],
            role=Role(given["role"]),
            groups=[UUID(one) for one in given.get("groups", ())],
        )

    return ask(request, page, InviteForm(request), send, else_at="email")


def _sent(request: Request, **offered: Any) -> HttpResponse:
    """The members' page, with the link that was sent: it can be shared where email does not arrive."""
    workspace = selectors.workspace(request.person)
    invitation, token = invitations.invite(actor=request.person, workspace=workspace, **offered)
    return members_shown(request, invited=invitation, link=invitations.link(token), address=reverse("settings-people"))


@acts
@confirmed
def invite_again(request: Request, invitation_id: UUID) -> HttpResponse:
    """A new link in place of the one that was lost or has expired."""
    before = roster.invitation(request.person, invitation_id)
    groups = [group.id for group in roster.groups(request.person) if group.id in before.groups]
    return _sent(request, email=before.email, role=Role(before.role), groups=groups)


@acts
def revoke(request: Request, invitation_id: UUID) -> HttpResponse:
    invitation = roster.invitation(request.person, invitation_id)
    invitations.revoke(actor=request.person, invitation=invitation)
    if invitation.email:
        said = _("The invitation of %(email)s was canceled.") % {"email": invitation.email}
    else:
        said = str(_("The invitation of the link was canceled."))
    messages.success(request, said)
    return redirect("settings-people")
