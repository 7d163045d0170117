"""What Slack sends: a command by which a member is linked, the button that shows a task, and the modal that decides it.

Whoever sends is Slack, by its signature of the body and the time; who acts is the person to whom the member is linked, by a
token of theirs, so that every rule holds as it does for the API. They read all of it in their language.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.utils.translation import gettext as _

from inbox.notifications import slack_links
from inbox.notifications.channels import slack as channel
from inbox.notifications.slack_links import Member
from inbox.tasks import selectors
from inbox.tasks.services.decide import Channel, decide
from inbox.views.kit import words
from inbox.views.kit.refusals import in_words
from inbox.views.tasks import slack_modals as modals
from inbox.views.tasks.slack_modals import SentModal
from intents import auth
from intents.api.common import as_id
from intents.engine.incoming import signatures
from intents.engine.incoming.signatures import Scheme, Style
from intents.kernel import clock, languages
from intents.kernel.actors import Tenant
from intents.kernel.errors import Denied, DomainError, InvalidField, NotSupported
from intents.rpc import requests
from intents.rpc.calls import Calls
from intents.rpc.requests import Told
from intents.sending.channels import NotSent
from intents.streams import http
from intents.streams.http import Scope
from intents.streams.hub import Hub
from intents.streams.sse import Receive, Send

COMMANDS, INTERACTIONS = "/slack/commands", "/slack/interactions"
SLACK = Scheme(style=Style.SLACK)
LONGEST = 1024 * 1024
"""Bytes of a request: it brings along the message whose button was pressed, each letter beyond ASCII as eight bytes."""
SECONDS = 2.5
"""How long Slack itself may take to show a modal: it waits three seconds for our answer."""

Json = dict[str, Any]
Work = Callable[[dict[str, str]], Awaitable[Json | None]]


async def command(hub: Hub, scope: Scope, receive: Receive, send: Send) -> None:
    """`/axme link`."""

    async def work(form: dict[str, str]) -> Json:
        member = Member(form.get("team_id", ""), form.get("user_id", ""), form.get("user_name", ""))
        return await hub.kind(Calls).in_thread(_offered, member, form.get("text", ""))

    await _answer(hub, scope, receive, send, work)


async def interaction(hub: Hub, scope: Scope, receive: Receive, send: Send) -> None:
    """A button, or a modal that is sent."""

    async def work(form: dict[str, str]) -> Json | None:
        try:
            sent = json.loads(form.get("payload", ""))
            team, member, kind = sent["team"]["id"], sent["user"]["id"], sent["type"]
        except (ValueError, KeyError, TypeError):
            raise InvalidField("payload", "this is no interaction of Slack") from None
        in_thread = hub.kind(Calls).in_thread
        if kind == "view_submission" and sent["view"].get("callback_id") == modals.DECIDE:
            return await in_thread(_decided, team, member, sent["view"])
        asked = next((one for one in sent.get("actions", ()) if one.get("action_id") == channel.ASK), None)
        if kind == "block_actions" and asked is not None:
            view = await in_thread(_shown, team, member, str(asked.get("value", "")))
            await asyncio.to_thread(_open, str(sent.get("trigger_id", "")), view)
        return None

    await _answer(hub, scope, receive, send, work)


async def _answer(hub: Hub, scope: Scope, receive: Receive, send: Send, work: Work) -> None:
    if not channel.configured():
        raise NotSupported("this server is not set up for Slack")
    if scope["method"] != "POST":
        raise NotSupported("Slack sends by POST")
    calls = hub.kind(Calls)
    calls.admit()
    body = await http.read_body(receive, most=LONGEST)
    headers = {name.decode(): value for name, value in http.headers(scope).items()}
    with calls.under_way():
        await calls.in_thread(_verify, headers, body)
        form = {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        told = await work(form)
    await requests.reply(send, Told(200, told))


def _verify(headers: dict[str, str], body: bytes) -> None:
    """Raises Denied unless Slack signed it just now."""
    secrets = [settings.SLACK_SIGNING_SECRET]
    signatures.verify(SLACK, secrets=secrets, headers=headers, bodies=[body], now=clock.now())


def _offered(member: Member, text: str) -> Json:
    """The link that a member asked for, or how to ask for one."""
    with languages.speaking(*slack_links.spoken(member.team, member.member)):
        said = _("Write /axme link to be told here, and to decide.")
        if text.strip() == "link" and member.team and member.member:
            said = _("Open this within ten minutes, where you are signed in: %(link)s") % {"link": slack_links.offer(member)}
    return {"response_type": "ephemeral", "text": said}


def _actor(team: str, member: str, workspace_id: str) -> Tenant:
    """The person that a member is, as their token says. Raises Denied, and what `auth.authenticate` raises."""
    token = slack_links.token_of(team, member, workspace_id)
    return auth.authenticate(auth.Credentials(authorization=f"Bearer {token}"))


def _shown(team: str, member: str, value: str) -> Json:
    """What the button shows."""
    workspace_id, __, task_id = value.partition("/")
    with languages.speaking(*slack_links.spoken(team, member, workspace_id)):
        try:
            actor = _actor(team, member, workspace_id)
            return modals.asking(selectors.task(actor, as_id(task_id, "task")), workspace_id)
        except DomainError as error:
            return modals.saying(_("Not here"), _sentence(error))


def _open(trigger: str, view: Json) -> None:
    """Show a modal. Where Slack refuses, nothing is shown, and the button can be pressed again."""
    try:
        channel.call("views.open", {"trigger_id": trigger, "view": view}, seconds=SECONDS)
    except NotSent as error:
        raise Denied(error.answer) from None


def _decided(team: str, member: str, view: Json) -> Json:
    """Decide what was shown: the modal says what came of it, or what is wrong with the answer. Raises InvalidField for what
    is no modal of ours."""
    sent = modals.read(view)
    with languages.speaking(*slack_links.spoken(team, member, sent.workspace_id)):
        try:
            return {"response_action": "update", "view": _decide(_actor(team, member, sent.workspace_id), sent)}
        except InvalidField as error:
            field = modals.COMMENT if modals.COMMENT in str(error.details.get("field")) else modals.OUTCOME
            return {"response_action": "errors", "errors": {field: _sentence(error)}}
        except DomainError as error:
            return {"response_action": "update", "view": modals.saying(_("Nothing was decided"), _sentence(error))}


def _decide(actor: Tenant, sent: SentModal) -> Json:
    seen = selectors.task(actor, as_id(sent.task_id, "task"))
    done = decide(actor=actor, seen=seen, answer=sent.answer, channel=Channel.CHAT, payload_digest=sent.digest)
    said = _("Recorded: %(outcome)s.") % {"outcome": words.done(done.decision.outcome)}
    return modals.saying(modals.headline(seen), said)


def _sentence(error: DomainError) -> str:
    """A refusal as people read it."""
    said = in_words(error.message)
    return f"{said[:1].upper()}{said[1:]}."
