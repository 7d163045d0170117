"""What a message says. Words of agents are plain text on one line, and are never taken for ours."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inbox import presentation
from inbox.notifications.services.messages import Item, OutgoingMessage
from inbox.vocabulary.kinds import RISK_WORDS
from intents.sending import smtp

LONGEST = 160

SAYS = {
    "assigned": gettext_lazy("Waiting for you"),
    "delegated": gettext_lazy("Delegated to you"),
    "escalated": gettext_lazy("Escalated to you"),
    "reminder": gettext_lazy("Reminder"),
    "mentioned": gettext_lazy("You were mentioned"),
    "answered": gettext_lazy("The agent answered you"),
    "unreached": gettext_lazy("Escalation found nobody"),
    "unroutable": gettext_lazy("No eligible approver"),
    "policy_broken": gettext_lazy("A policy can't be read"),
    "overridden": gettext_lazy("Assignees overridden"),
    "test": gettext_lazy("Test notification"),
}
_WHY = {
    "delegated": gettext_lazy("You are notified because it was delegated to you."),
    "escalated": gettext_lazy("You are notified because nobody has decided it in time."),
    "mentioned": gettext_lazy("You are notified because somebody mentioned you in a comment."),
    "answered": gettext_lazy("You are notified because you asked the agent about it."),
    "unreached": gettext_lazy(
        "You are notified because you are an owner or an admin, and the next person could not be "
        "reached: it escalated to the owners instead."
    ),
    "unroutable": gettext_lazy("You are notified because you are an owner or an admin, and no assignee may decide it."),
    "policy_broken": gettext_lazy(
        "You are notified because you are an owner or an admin, and a policy of the workspace can't be read: new tasks are "
        "made without it. Fix or delete it in Settings, Policies."
    ),
    "overridden": gettext_lazy("You are notified because you are an owner, and an owner or admin overrode the assignees."),
    "test": gettext_lazy("You are notified because you pressed the test button in your settings."),
}


def plain(text: str) -> str:
    """Untrusted words as one line of visible characters, in which no program finds a link by its "://", nor an encoded word
    by its "=?"."""
    return smtp.unencoded(presentation.one_line(text, most=LONGEST)).replace("://", ":\u200b//")


def subject(message: OutgoingMessage) -> str:
    """The subject of an email and the first line of a chat message, in plain text of one line."""
    first = message.items[0]
    if message.total == 1:
        return f"{says(first)}: {headline(first)}"
    said = ngettext(
        "%(count)s thing waits for you in %(workspace)s", "%(count)s things wait for you in %(workspace)s", message.total
    )
    return said % {"count": message.total, "workspace": plain(message.workspace)}


def says(item: Item) -> str:
    """Why an item is told: a new task, its how-manieth reminder, a comment..."""
    if item.kind == "reminder" and item.number > 1:
        return _("Reminder %(number)s") % {"number": item.number}
    return str(SAYS[item.kind])


def headline(item: Item) -> str:
    """What an item is about, in plain text of one line."""
    return plain(item.headline) if item.kind != "test" else _("this channel works")


def asked_by(item: Item) -> str:
    """Who asks, and how much is at stake."""
    return _("Requested by agent %(agent)s, risk: %(risk)s") % {"agent": plain(item.agent), "risk": RISK_WORDS[item.risk]}


def why(item: Item) -> str:
    """The reason why a person is told."""
    if item.kind in _WHY:
        return str(_WHY[item.kind])
    if item.reason == "group":
        return _("You are notified because it was assigned to the group %(group)s.") % {"group": plain(item.group or "")}
    if item.reason == "role":
        return _("You are notified because it was assigned to everybody with your role.")
    return _("You are notified because it was assigned to you.")


def when(moment: datetime, zone: ZoneInfo) -> str:
    """A time with its zone: Tue 17 Nov 2026, 16:40 Europe/Riga."""
    return f"{dateformat.format(moment.astimezone(zone), 'D j M Y, H:i')} {zone.key}"


def link(item: Item) -> str:
    """The page of what an item is about. It names it, and gives nobody a right to anything."""
    return f"{settings.BASE_URL}/inbox/{item.task_id}" if item.task_id else f"{settings.BASE_URL}/notifications"


def settings_link() -> str:
    """The address of the page on which one says what one is told of."""
    return f"{settings.BASE_URL}/settings/notifications"
