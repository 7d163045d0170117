"""What Slack sends: a command by which a member is linked, the button that shows a task, and the modal that decides it.

Whoever sends is Slack, by its signature of the body and the time; who acts is the person to whom the member is linked. They
read all of it in their language.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.utils.translation import gettext as _

from inbox.notifications import chat_links
from inbox.notifications.channels import slack as channel
from inbox.notifications.chat_links import SLACK, Member
from inbox.views.tasks import chat_deciding as deciding
from inbox.views.tasks import slack_interactions as interactions
from inbox.views.tasks import slack_modals as modals
from inbox.views.tasks.chat_asking import COMMENT, OUTCOME, asking
from inbox.views.tasks.chat_deciding import Told
from inbox.views.tasks.chat_door import Door
from intents.engine.incoming import signatures
from intents.engine.incoming.signatures import Scheme, Style
from intents.kernel import clock, languages
from intents.kernel.errors import Denied, DomainError, InvalidField, RateLimited
from intents.rpc.calls import Calls
from intents.sending.channels import NotSent
from intents.streams.http import Scope
from intents.streams.hub import Hub
from intents.streams.sse import Receive, Send

COMMANDS, INTERACTIONS = "/slack/commands", "/slack/interactions"
SIGNED = Scheme(style=Style.SLACK)
LONGEST = 1024 * 1024
"""Bytes of a request: it brings along the message whose button was pressed, each letter beyond ASCII as eight bytes."""
SECONDS = 2.5
"""How long Slack itself may take to show a modal: it waits three seconds for our answer."""

Json = dict[str, Any]
Work = Callable[[dict[str, str]], Awaitable[Json | None]]


async def command(hub: Hub, scope: Scope, receive: Receive, send: Send) -> None:
    """`/axme link`."""

    async def work(form: dict[str, str]) -> Json:
        return await hub.kind(Calls).in_thread(_offered, interactions.commanded(form), form.get("text", ""))

    await _answer(hub, scope, receive, send, work)


async def interaction(hub: Hub, scope: Scope, receive: Receive, send: Send) -> None:
    """A button, or a modal that is sent."""

    async def work(form: dict[str, str]) -> Json | None:
        sent = interactions.read(form)
        in_thread = hub.kind(Calls).in_thread
        if sent.view is not None:
            return await in_thread(_decided, sent.member, sent.view)
        if sent.asked is not None:
            view = await in_thread(_shown, sent.member, sent.asked)
            await asyncio.to_thread(_open, sent.trigger, view)
        return None

    await _answer(hub, scope, receive, send, work)


async def _answer(hub: Hub, scope: Scope, receive: Receive, send: Send, work: Work) -> None:
    async def answered(headers: dict[str, str], body: bytes) -> Json | None:
        await hub.kind(Calls).in_thread(_verify, headers, body)
        return await work({name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()})

    door = Door(chat=SLACK, configured=channel.configured, most=LONGEST, work=answered)
    await door.answer(hub, scope, receive, send)


def _verify(headers: dict[str, str], body: bytes) -> None:
    """Raises Denied unless Slack signed it just now."""
    secrets = [settings.SLACK_SIGNING_SECRET]
    signatures.verify(SIGNED, secrets=secrets, headers=headers, bodies=[body], now=clock.now())


def _offered(member: Member, text: str) -> Json:
    """The link that a member asked for, or how to ask for one."""
    with languages.speaking(*chat_links.spoken(SLACK, member.team, member.member)):
        try:
            deciding.ensure_pace(SLACK, member)
        except RateLimited as error:
            return _whispered(deciding.sentence(error))
        said = _("Write /axme link to be told here, and to decide.")
        if text.strip() == "link":
            link = chat_links.offer(SLACK, member)
            said = _("Open this within ten minutes, where you are signed in: %(link)s") % {"link": link}
    return _whispered(said)


def _whispered(said: str) -> Json:
    return {"response_type": "ephemeral", "text": said}


def _shown(member: Member, value: str) -> Json:
    """What the button shows."""
    workspace_id, __, task_id = value.partition("/")
    with languages.speaking(*chat_links.spoken(SLACK, member.team, member.member, workspace_id)):
        try:
            deciding.ensure_pace(SLACK, member)
            actor = deciding.acting(SLACK, member.team, member.member, workspace_id)
            return modals.asking(asking(deciding.seen(actor, task_id)), workspace_id)
        except DomainError as error:
            return modals.saying(Told(_("Not here"), deciding.sentence(error)))


def _open(trigger: str, view: Json) -> None:
    """Show a modal. Where Slack refuses, nothing is shown, and the button can be pressed again."""
    try:
        channel.call("views.open", {"trigger_id": trigger, "view": view}, seconds=SECONDS)
    except NotSent as error:
        raise Denied(error.answer) from None


def _decided(member: Member, view: Json) -> Json:
    """Decide what was shown: the modal says what came of it, or what is wrong with the answer. Raises InvalidField for what
    is no modal of ours."""
    workspace_id = modals.workspace_of(view)
    with languages.speaking(*chat_links.spoken(SLACK, member.team, member.member, workspace_id)):
        try:
            deciding.ensure_pace(SLACK, member)
            sent = modals.read(view)
            told = deciding.decided(deciding.acting(SLACK, member.team, member.member, workspace_id), sent)
        except InvalidField as error:
            if (named := str(error.details.get("field"))) == modals.VIEW:
                raise
            field = COMMENT if COMMENT in named else OUTCOME
            return {"response_action": "errors", "errors": {field: deciding.sentence(error)}}
        except DomainError as error:
            told = Told(_("Nothing was decided"), deciding.sentence(error))
        return {"response_action": "update", "view": modals.saying(told)}
