"""Messages to members of Teams who decide there, by a bot: what is asked, a link, and a button that shows all of it to be
decided. Whenever they look at it again, the card asks how it stands."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.notifications import selectors, wording
from inbox.notifications.channels import bot_connector, cards, members
from inbox.notifications.chat_links import TEAMS
from inbox.notifications.personal import Contact, Destination, PersonalChannel
from inbox.notifications.services.messages import OutgoingMessage
from inbox.notifications.services.posts import OutgoingEdit, Posted, PostingOutbox
from intents.sending.channels import Channel, NotSent, Sent

ASK, DECIDE, LOOK = "axme_ask", "axme_decide", "axme_look"
"""What a card tells the bot: show what is to be decided, decide it, and show how it stands."""
SHOWN = 10
"""Of more that is told, a card tells how many more there are."""

Json = dict[str, Any]


class TeamsOutbox(PostingOutbox):
    """Messages know where their members are written to."""

    def prepare(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[OutgoingMessage]:
        messages = list(super().prepare(rows))
        known = selectors.conversations_of([one.where for one in messages if one.where])
        return (replace(one, to=known.get(one.where or "")) for one in messages)


def configured() -> bool:
    """Whether this server is set up for Teams."""
    return bool(settings.TEAMS_APP_ID and settings.TEAMS_APP_PASSWORD)


def send(message: OutgoingMessage) -> Sent:
    """What Teams answered, and where the message is. Raises NotSent."""
    if message.to is None:
        raise NotSent("the bot was removed: add it again in Teams, and write to it", permanent=True)
    taken = bot_connector.post(message.to.service_url, message.to.conversation, written(message))
    return Sent(taken.answer, Posted.told(message.to.conversation, taken.detail))


def edit(post: OutgoingEdit) -> str:
    """Put another card in the place of one. Raises NotSent."""
    to = post.message.to
    if to is None or to.conversation != post.place:
        raise NotSent("the bot was removed from there", permanent=True)
    return bot_connector.put(to.service_url, to.conversation, post.reference, written(post.message)).answer


@wording.in_its_language
def written(message: OutgoingMessage) -> Json:
    """The activity: what lists of messages say, and the card."""
    here, shown = members.decided_here(message), message.items[:SHOWN]
    body: list[Json] = []
    for item in shown:
        head, *lines = wording.lines(item, message)
        body += [cards.text(head, first=True, weight="Bolder"), *map(cards.text, lines)]
        data = asked(message.workspace_id, [item.task_id])
        buttons = [cards.execute(_("Decide here"), ASK, data, style="positive")] if item in here else []
        body.append(cards.row(*buttons, cards.opens(_("Open"), wording.link(item))))
    actions = []
    if message.total > len(shown):
        body.append(cards.text(_("And %(number)s more") % {"number": message.total - len(shown)}, first=True))
        actions = [cards.opens(_("Open the inbox"), f"{settings.BASE_URL}/inbox")]
    refresh = None
    waits = here == [item for item in shown if not wording.ended(item, message)]
    if message.to is not None and here and waits and message.total == len(shown):
        data = asked(message.workspace_id, [item.task_id for item in shown])
        refresh = cards.refreshed(LOOK, data, message.to.recipient)
    card = cards.attached(cards.card(body, actions=actions, refresh=refresh))
    return {"type": "message", "summary": wording.subject(message), "attachments": [card]}


def asked(workspace_id: UUID | str | None, task_ids: Sequence[UUID | str | None]) -> Json:
    """What a button says of the tasks that it is about."""
    return {"workspace": str(workspace_id), "tasks": [str(one) for one in task_ids]}


def destinations(contacts: Sequence[Contact]) -> Iterator[Destination]:
    """The members that people are in Teams, each a channel of its own."""
    if configured():
        yield from members.destinations(TEAMS, contacts)


CHANNEL = Channel(TEAMS.name, TeamsOutbox(TEAMS.name), send)
PERSONAL = PersonalChannel(
    channel=CHANNEL,
    label=gettext_lazy("Teams"),
    icon="message-square",
    destinations=destinations,
    fragment="settings/notifications/teams.html",
)
