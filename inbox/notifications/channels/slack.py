"""Messages to members of Slack who decide there: what is asked, a link, and a button that shows all of it to be decided."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.notifications import wording
from inbox.notifications.channels import members
from inbox.notifications.chat_links import SLACK
from inbox.notifications.personal import Contact, Destination, PersonalChannel
from inbox.notifications.services.messages import Item, OutgoingMessage
from inbox.notifications.services.posts import OutgoingEdit, Posted, PostingOutbox
from intents.sending import connector
from intents.sending.channels import Channel, NotSent, Sent
from intents.sending.connector import Unanswered

ASK = "axme_ask"
"""The button that shows what is to be decided."""
SECONDS = 10.0
ANSWER_BYTES = 1024 * 1024
"""An answer brings the message or modal along, each letter beyond ASCII as six bytes."""
_PASSING = {"ratelimited", "fatal_error", "internal_error", "service_unavailable", "request_timeout"}


def configured() -> bool:
    """Whether this server is set up for Slack."""
    return bool(settings.SLACK_BOT_TOKEN and settings.SLACK_SIGNING_SECRET)


def call(method: str, body: dict[str, Any], *, seconds: float = SECONDS) -> dict[str, Any]:
    """What Slack's Web API answered. Raises NotSent."""
    headers = {"authorization": f"Bearer {settings.SLACK_BOT_TOKEN}", "content-type": "application/json; charset=utf-8"}
    try:
        answer = connector.post(
            f"{settings.SLACK_API_URL}/{method}",
            headers=headers,
            body=json.dumps(body).encode(),
            seconds=seconds,
            keep=ANSWER_BYTES,
        )
    except Unanswered as none:
        raise NotSent(none.text) from None
    if answer.status != 200:
        permanent = 400 <= answer.status < 500 and answer.status not in (408, 429)
        raise NotSent(f"answered {answer.status}", permanent=permanent, detail=answer)
    try:
        told = json.loads(answer.body)
    except ValueError:
        told = {}
    if not isinstance(told, dict) or told.get("ok") is not True:
        error = str(told.get("error", "")) if isinstance(told, dict) else ""
        raise NotSent(f"Slack refused: {error or 'without a word'}", permanent=bool(error) and error not in _PASSING)
    return told


def send(message: OutgoingMessage) -> Sent:
    """What Slack answered, and where the message is. Raises NotSent."""
    assert message.where is not None
    told = call("chat.postMessage", {"channel": message.where.rpartition("/")[2]} | written(message))
    return Sent("taken", Posted.told(told.get("channel"), told.get("ts")))


def edit(post: OutgoingEdit) -> str:
    """Write a message anew, in the conversation that Slack told. Raises NotSent."""
    call("chat.update", {"channel": post.place, "ts": post.reference} | written(post.message))
    return "taken"


@wording.in_its_language
def written(message: OutgoingMessage) -> dict[str, Any]:
    """The text for lists of messages, and the blocks that are shown. Words of agents are plain text, in which Slack finds no
    markup and calls nobody. What asks has a button to decide it where the member is linked in its workspace."""
    here = members.decided_here(message)
    blocks = [block for item in message.items for block in _of(item, message, decided_here=item in here)]
    if message.total > len(message.items):
        more = _("And %(number)s more: %(link)s")
        left = {"number": message.total - len(message.items), "link": f"{settings.BASE_URL}/inbox"}
        blocks.append(_text(more % left))
    return {"text": _plain(wording.subject(message)), "blocks": blocks[:50], "unfurl_links": False}


def _of(item: Item, message: OutgoingMessage, *, decided_here: bool) -> Iterator[dict[str, Any]]:
    yield _text("\n".join(wording.lines(item, message)))
    buttons: list[dict[str, Any]] = [_button(_("Open"), url=wording.link(item), action_id="axme_open")]
    if decided_here:
        asked = f"{message.workspace_id}/{item.task_id}"
        buttons.insert(0, _button(_("Decide here"), value=asked, action_id=ASK, style="primary"))
    yield {"type": "actions", "elements": buttons}


def _text(words: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "plain_text", "text": words[:3000], "emoji": False}}


def _button(words: str, **more: str) -> dict[str, Any]:
    return {"type": "button", "text": {"type": "plain_text", "text": words[:75], "emoji": False}} | more


def _plain(words: str) -> str:
    """Without what Slack reads as a link, or as calling somebody."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def destinations(contacts: Sequence[Contact]) -> Iterator[Destination]:
    """The members that people are in Slack, each a channel of its own."""
    if configured():
        yield from members.destinations(SLACK, contacts)


CHANNEL = Channel(SLACK.name, PostingOutbox(SLACK.name), send)
PERSONAL = PersonalChannel(
    channel=CHANNEL,
    label=gettext_lazy("Slack"),
    icon="message-square",
    destinations=destinations,
    fragment="settings/notifications/slack.html",
)
