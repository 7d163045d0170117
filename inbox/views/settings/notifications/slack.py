"""Linking the member that somebody is in Slack: what it decides from then on, it decides as them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from inbox.notifications import slack_links
from inbox.notifications.services import slack_members
from inbox.views.kit.acting import Request, asks, confirmed
from intents.engine import selectors


@asks
@confirmed
def link(request: Request) -> HttpResponse:
    """Which member asked. Opening the page changes nothing; its button links."""
    sealed = request.GET.get("member", "")
    member = slack_links.offered(sealed)
    if request.method != "POST":
        return render(request, "settings/notifications/slack_link.html", {"member": member})
    workspace = selectors.workspace(request.person)
    slack_members.link_by(actor=request.person, user=request.user, workspace=workspace, sealed=sealed)
    messages.success(request, _("%(member)s in Slack is linked to you.") % {"member": member.called})
    return redirect("settings-notifications")
