"""What a message says. Words of agents are plain text on one line, and are never taken for ours."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inbox import presentation
from inbox.notifications.preferences import ASKING, GATHERED
from inbox.notifications.services.messages import Item, OutgoingMessage
from inbox.presentation import outcome_words
from inbox.tasks import progress, votes
from inbox.vocabulary.kinds import RISK_WORDS
from inbox.vocabulary.lifecycle import State
from intents.kernel import languages
from intents.sending import smtp

LONGEST = 160
NAMED = 3
"""So many of several tasks that are over the subject of a message names."""

T = TypeVar("T")

SAYS = {
    "assigned": gettext_lazy("Waiting for you"),
    "delegated": gettext_lazy("Delegated to you"),
    "escalated": gettext_lazy("Escalated to you"),
    "reminder": gettext_lazy("Reminder"),
    "mentioned": gettext_lazy("You were mentioned"),
    "commented": gettext_lazy("New comment"),
    "concluded": gettext_lazy("Decided or over"),
    "answered": gettext_lazy("The agent answered you"),
    "unreached": gettext_lazy("Escalation found nobody"),
    "unroutable": gettext_lazy("No eligible approver"),
    "too_few": gettext_lazy("Too few approvers"),
    "policy_broken": gettext_lazy("A policy can't be read"),
    "overridden": gettext_lazy("Assignees overridden"),
    "granted": gettext_lazy("Decided by your standing grant"),
    "test": gettext_lazy("Test notification"),
}
_WHY = {
    "delegated": gettext_lazy("You are notified because it was delegated to you."),
    "escalated": gettext_lazy("You are notified because nobody has decided it in time."),
    "mentioned": gettext_lazy("You are notified because somebody mentioned you in a comment."),
    "commented": gettext_lazy("You are notified because you watch it, and somebody commented."),
    "concluded": gettext_lazy("You are notified because you watch it."),
    "answered": gettext_lazy("You are notified because you asked the agent about it."),
    "unreached": gettext_lazy(
        "You are notified because you are an owner or an admin, and the next person could not be "
        "reached: it escalated to the owners instead."
    ),
    "unroutable": gettext_lazy("You are notified because you are an owner or an admin, and no assignee may decide it."),
    "too_few": gettext_lazy(
        "You are notified because you are an owner or an admin, and fewer people can decide it than it takes."
    ),
    "policy_broken": gettext_lazy(
        "You are notified because you are an owner or an admin, and a policy of the workspace can't be read: new tasks are "
        "made without it. Fix or delete it in Settings, Policies."
    ),
    "overridden": gettext_lazy("You are notified because you are an owner, and an owner or admin overrode the assignees."),
    "granted": gettext_lazy("You are notified because it was decided in your name, by a standing grant that you made."),
    "test": gettext_lazy("You are notified because you pressed the test button in your settings."),
}


def in_its_language(write: Callable[[OutgoingMessage], T]) -> Callable[[OutgoingMessage], T]:
    """What `write` makes of a message is in the language of whom it is for."""

    @wraps(write)
    def written(message: OutgoingMessage) -> T:
        with languages.speaking(message.language):
            return write(message)

    return written


def plain(text: str) -> str:
    """Untrusted words as one line of visible characters, in which no program finds a link by its "://", nor an encoded word
    by its "=?"."""
    return smtp.unencoded(presentation.one_line(text, most=LONGEST)).replace("://", ":\u200b//")


def subject(message: OutgoingMessage) -> str:
    """The subject of an email and the first line of a chat message, in plain text of one line."""
    first = message.items[0]
    if message.total == 1 and (over := ended(first, message)):
        return f"{headline(first)}: {over}"
    if message.total == 1:
        return f"{says(first)}: {headline(first)}"
    waits = message.total - sum(bool(ended(one, message)) for one in message.items)
    if not waits:
        return f"{SAYS['concluded']}: {', '.join(headline(one) for one in message.items[:NAMED])}"
    if all(one.kind == GATHERED for one in message.items):
        said = ngettext(
            "%(count)s task decided by your standing grants in %(workspace)s",
            "%(count)s tasks decided by your standing grants in %(workspace)s",
            message.total,
        )
        return said % {"count": message.total, "workspace": plain(message.workspace)}
    said = ngettext(
        "%(count)s thing waits for you in %(workspace)s", "%(count)s things wait for you in %(workspace)s", waits
    )
    return said % {"count": waits, "workspace": plain(message.workspace)}


def says(item: Item) -> str:
    """Why an item is told: a new task, its how-manieth reminder, a comment..."""
    return called(item.kind, item.number)


def called(kind: str, number: int) -> str:
    """What a notification of a kind says. Raises KeyError for one that there is not."""
    if kind == "reminder" and number > 1:
        return _("Reminder %(number)s") % {"number": number}
    return str(SAYS[kind])


def headline(item: Item) -> str:
    """What an item is about, in plain text of one line."""
    return plain(item.headline) if item.kind != "test" else _("this channel works")


def asked_by(item: Item) -> str:
    """Who asks, and how much is at stake."""
    return _("Requested by agent %(agent)s, risk: %(risk)s") % {"agent": plain(item.agent), "risk": RISK_WORDS[item.risk]}


def standing(item: Item) -> str:
    """How far the voting on it is, and for whom it waits; empty where one person decides."""
    return plain(progress.of(votes.loads(item.ballot))) if item.ballot else ""


def ended(item: Item, message: OutgoingMessage) -> str:
    """How what an item asks is over, by whom and when; empty while it waits, or where nothing is asked."""
    found = message.ended.get(item.task_id) if item.task_id and item.kind in ASKING else None
    if found is None:
        return ""
    if found.outcome is None:
        how = str(outcome_words.UNDECIDED[State(found.state)])
    else:
        said = _("%(outcome)s by you") if found.own else _("%(outcome)s by %(name)s")
        how = said % {"outcome": outcome_words.done(found.outcome), "name": plain(found.name)}
    return _("%(how)s, %(time)s") % {"how": how, "time": when(found.at, message.zone)}


def lines(item: Item, message: OutgoingMessage) -> list[str]:
    """What is told of an item where it has some lines: what it is, who asks, how far the voting is, and until when; of what
    is over, how it ended."""
    by = asked_by(item) if item.task_id else ""
    if over := ended(item, message):
        return [headline(item), by, over]
    until = _("Until %(time)s") % {"time": when(item.due_at, message.zone)} if item.due_at else ""
    return [one for one in (f"{says(item)}: {headline(item)}", by, standing(item), until) if one]


def why(item: Item) -> str:
    """The reason why a person is told."""
    if item.away is not None:
        return _("You are notified because you stand in for %(name)s, who is out of office.") % {"name": plain(item.away)}
    if item.kind in _WHY:
        return str(_WHY[item.kind])
    if item.reason == "group":
        return _("You are notified because it was assigned to the group %(group)s.") % {"group": plain(item.group or "")}
    if item.reason == "role":
        return _("You are notified because it was assigned to everybody with your role.")
    return _("You are notified because it was assigned to you.")


def when(moment: datetime, zone: ZoneInfo) -> str:
    """A time with its zone: Tue 17 Nov 2026, 16:40 Europe/Riga."""
    form = _("D j M Y, H:i")
    return f"{dateformat.format(moment.astimezone(zone), form)} {zone.key}"


def link(item: Item) -> str:
    """The page of what an item is about. It names it, and gives nobody a right to anything."""
    return f"{settings.BASE_URL}/inbox/{item.task_id}" if item.task_id else f"{settings.BASE_URL}/notifications"


def settings_link() -> str:
    """The address of the page on which one says what one is told of."""
    return f"{settings.BASE_URL}/settings/notifications"
