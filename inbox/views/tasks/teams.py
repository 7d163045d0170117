"""What Teams sends: a message by which a member is linked, and the buttons of cards, which show a task and decide it.

Whoever sends is Microsoft's Bot Connector, by the token that comes along; who acts is the person to whom the member is
linked, by the tenant and their id in it. They read all of it in their language.
"""

import asyncio
import hashlib
import json
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.utils.translation import gettext as _

from inbox.notifications import bot_tokens, chat_links
from inbox.notifications.channels import cards
from inbox.notifications.channels import teams as channel
from inbox.notifications.chat_links import TEAMS, Member
from inbox.notifications.services import conversations
from inbox.views.tasks import chat_deciding as deciding
from inbox.views.tasks import teams_activities as activities
from inbox.views.tasks import teams_cards
from inbox.views.tasks.chat_asking import COMMENT, asking
from inbox.views.tasks.chat_deciding import Told
from inbox.views.tasks.chat_door import Door
from inbox.views.tasks.teams_activities import Activity
from intents.engine.services.idempotency import IdempotencyKey, parse_key, run_once
from intents.kernel import canonical, languages
from intents.kernel.actors import System, Tenant
from intents.kernel.errors import Denied, DomainError, InvalidField, Missing, RateLimited
from intents.rpc.calls import Calls
from intents.streams.http import Scope
from intents.streams.hub import Hub
from intents.streams.sse import Receive, Send

MESSAGES = "/teams/messages"
LONGEST = 256 * 1024
"""Bytes of an activity."""
ACTOR = System(name="teams")
ACTION = "adaptiveCard/action"
_ACTIVITIES = uuid5(UUID(int=0), "inbox.teams.activities")

Json = dict[str, Any]


async def message(hub: Hub, scope: Scope, receive: Receive, send: Send) -> None:
    """An activity of any kind."""

    async def work(headers: dict[str, str], body: bytes) -> Json | None:
        # Keys are fetched meanwhile: no thread of the edge waits for that.
        sent = await asyncio.to_thread(_heard, headers.get("authorization", ""), body)
        return await hub.kind(Calls).in_thread(_answered, activities.read(sent))

    door = Door(chat=TEAMS, configured=channel.configured, most=LONGEST, work=work)
    await door.answer(hub, scope, receive, send)


def _heard(authorization: str, body: bytes) -> Json:
    """An activity, of which nothing is read before its token was found to be one. Raises Denied, Unavailable,
    InvalidField."""
    voucher = bot_tokens.verify(authorization)
    sent = activities.parsed(body)
    bot_tokens.ensure_of_teams(voucher, sent)
    return sent


def _answered(told: Activity) -> Json | None:
    """What an invoke is answered; everything else is answered by rows. Raises Denied, InvalidField."""
    member = told.member
    if member is not None and settings.TEAMS_TENANT_ID and member.team != settings.TEAMS_TENANT_ID.lower():
        raise Denied("this bot is for another tenant")
    if told.kind == "invoke" and told.name == ACTION:
        if member is None:
            raise InvalidField("from.aadObjectId", "a card is answered by somebody of a tenant")
        return _pressed(told, member)
    if member is not None and told.removed and told.personal:
        conversations.forget(actor=ACTOR, service=told.who.service)
    elif member is not None and (told.kind == "message" or told.added):
        _written(told, member)
    return None


def _written(told: Activity, member: Member) -> None:
    """Who is linked to nobody is told how, and so is who asks for it. A link is for its member alone, so it is told where
    nobody else reads it."""
    try:
        deciding.ensure_pace(TEAMS, member)
    except RateLimited:
        return  # an answer to each of so many would be one more
    if told.personal:
        conversations.remember(actor=ACTOR, to=told.who)
    languages_of = chat_links.spoken(TEAMS, member.team, member.member)
    with languages.speaking(*languages_of):
        actions: list[Json] = []
        if not told.personal:
            said = _("Write to me in a chat of our own to be told there, and to decide.")
        elif not languages_of or told.text.lower() == "link":
            said = _("Open this within ten minutes, where you are signed in: you are told here then, and can decide.")
            actions = [cards.opens(_("Open"), chat_links.offer(TEAMS, member))]
        else:
            said = _("You are linked. Write link to be linked in another workspace.")
        card = cards.attached(cards.card([cards.text(said)], actions=actions))
    activity = {"type": "message", "summary": said, "attachments": [card]}
    conversations.reply(actor=ACTOR, to=told.who, activity=activity)


def _pressed(told: Activity, member: Member) -> Json:
    """The card that takes the place of the one whose button was pressed; one that only asks how it stands, too often, stays
    as it is. Raises InvalidField for what is no card of ours."""
    verb, data = teams_cards.of(told.value)
    workspace_id, back = data["workspace"], channel.asked(data["workspace"], data["tasks"])
    with languages.speaking(*chat_links.spoken(TEAMS, member.team, member.member, workspace_id)):
        try:
            deciding.ensure_pace(TEAMS, member)
            actor = deciding.acting(TEAMS, member.team, member.member, workspace_id)
            if verb == channel.DECIDE:
                card = _decided(actor, told, data, back)
            elif verb == channel.ASK:
                card = teams_cards.asking(asking(deciding.seen(actor, data["tasks"][0])), back)
            else:
                card = _standing(actor, told, back)
        except DomainError as error:
            if isinstance(error, RateLimited) and verb == channel.LOOK:
                wrong = {"code": "TooManyRequests", "message": deciding.sentence(error)}
                return {"statusCode": 429, "type": "application/vnd.microsoft.error", "value": wrong}
            title = _("Nothing was decided") if verb == channel.DECIDE else _("Not here")
            card = teams_cards.saying(Told(title, deciding.sentence(error)), back)
        return {"statusCode": 200, "type": cards.TYPE, "value": card}


def _standing(actor: Tenant, told: Activity, data: Json) -> Json:
    """Of what they may not see any more nothing is said. Raises Missing when that is all of it."""
    tasks, missing = [], None
    for task_id in data["tasks"]:
        try:
            tasks.append(deciding.seen(actor, task_id))
        except Missing as error:
            missing = error
    if missing is not None and not tasks:
        raise missing
    return teams_cards.standing(tasks, data, told.who.recipient)


def _decided(actor: Tenant, told: Activity, data: Json, back: Json) -> Json:
    """Decide what was shown; an activity that comes again decides nothing again. The card says what came of it, or asks once
    more for what is wrong with the answer. Raises InvalidField for what no card of ours says, and what `decide` raises."""
    try:
        sent = teams_cards.read(data)
        canonical.check(told.value)

        def work() -> tuple[int, str]:
            return 200, json.dumps(teams_cards.saying(deciding.decided(actor, sent), back))

        answer, _again = run_once(idempotency_key=_once(actor, told), work=work)
    except InvalidField as error:
        if str(error.details.get("field")).startswith("value"):
            raise
        one = asking(deciding.seen(actor, data["tasks"][0]))
        typed = data.get(COMMENT)
        kept = typed if error.details.get("field") != COMMENT and isinstance(typed, str) else ""
        return teams_cards.asking(one, back, problem=deciding.sentence(error), comment=kept)
    card: Json = json.loads(answer.body)
    return card


def _once(actor: Tenant, told: Activity) -> IdempotencyKey:
    key = hashlib.sha256(f"{told.who.conversation}\n{told.id}".encode()).hexdigest()
    route, sent = f"POST {MESSAGES}", {"member": told.who.service, "value": told.value}
    return parse_key(workspace_id=actor.workspace_id, account_id=_ACTIVITIES, route=route, key=key, sent=sent)
