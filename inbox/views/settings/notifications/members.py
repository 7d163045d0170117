"""Linking the member that somebody is in a chat: what it decides from then on, it decides as them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from inbox.notifications import chat_links
from inbox.notifications import selectors as notification_selectors
from inbox.notifications.chat_links import Chat
from inbox.notifications.services import chat_members
from inbox.views.kit.acting import Request, asks, confirmed
from intents.engine import selectors


@asks
@confirmed
def link(request: Request, chat: Chat) -> HttpResponse:
    """Which member asked. Opening the page changes nothing; its button links."""
    sealed = request.GET.get("member", "")
    member = chat_links.offered(chat, sealed)
    if request.method != "POST":
        others = notification_selectors.linked_from(request.person, chat.prefix, member.team)
        known = {"chat": chat, "member": member, "others": others, "seat": request.seat}
        return render(request, "settings/notifications/member_link.html", known)
    workspace = selectors.workspace(request.person)
    chat_members.link_by(actor=request.person, user=request.user, workspace=workspace, chat=chat, sealed=sealed)
    said = _("%(member)s in %(chat)s is linked to you.") % {"member": member.called, "chat": chat.label}
    messages.success(request, said)
    return redirect("settings-notifications")
