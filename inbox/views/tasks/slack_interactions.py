"""What Slack sends, read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inbox.notifications.channels.slack import ASK
from inbox.notifications.chat_links import Member
from inbox.views.tasks import chat_reading
from inbox.views.tasks.chat_reading import Json, inner
from inbox.views.tasks.slack_modals import DECIDE
from intents.kernel.errors import InvalidField

ID = re.compile(r"[A-Za-z0-9]{1,40}")
"""Of a team, or of a member of one."""
DOMAIN = re.compile(r"[A-Za-z0-9-]{1,63}")
"""Of a team: what its address begins with."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """What a member did: pressed the button that says `asked`, or sent our modal, the `view`; anything else is neither.
    `trigger` lets a modal be shown to them."""

    member: Member
    trigger: str
    asked: str | None
    view: Json | None


def commanded(form: Mapping[str, str]) -> Member:
    """Who wrote a command. Raises InvalidField."""
    domain = form.get("team_domain", "")
    place = f"{domain}.slack.com" if DOMAIN.fullmatch(domain) else ""
    return Member(_id(form, "team_id"), _id(form, "user_id"), form.get("user_name", ""), place)


def read(form: Mapping[str, str]) -> Interaction:
    """Raises InvalidField."""
    sent = chat_reading.whole(form.get("payload", ""), InvalidField("payload", "this is no interaction of Slack"))
    team, user = inner(sent, "team"), inner(sent, "user")
    kind, view, actions = sent.get("type"), inner(sent, "view"), sent.get("actions")
    pressed = [one for one in actions if isinstance(one, dict)] if isinstance(actions, list) else []
    asked = next((one for one in pressed if one.get("action_id") == ASK), None)
    return Interaction(
        member=Member(_id(team, "id", "payload.team.id"), _id(user, "id", "payload.user.id"), ""),
        trigger=str(sent.get("trigger_id", "")),
        asked=str(asked.get("value", "")) if kind == "block_actions" and asked is not None else None,
        view=view if kind == "view_submission" and view.get("callback_id") == DECIDE else None,
    )


def _id(sent: Mapping[str, Any], name: str, field: str = "") -> str:
    return chat_reading.identifier(sent, name, form=ID, whose="Slack", field=field)
