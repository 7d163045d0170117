"""What a member of Teams is shown in the place of a card whose button they pressed, and what they answer on it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from inbox.notifications.channels import cards
from inbox.notifications.channels.chat import harmless
from inbox.notifications.channels.teams import ASK, DECIDE, LOOK, asked
from inbox.tasks.models import Task
from inbox.tasks.services import decide
from inbox.views.tasks import chat_asking
from inbox.views.tasks.chat_asking import COMMENT, LONGEST_COMMENT, OUTCOME, ChatQuestion, SentAnswer
from inbox.views.tasks.chat_deciding import Told, sentence
from intents.kernel import canonical, clock
from intents.kernel.errors import Conflict, InvalidField

SHOWN = "shown"
"""What the button of an answer brings back of what was shown."""

Json = dict[str, Any]


def asking(one: ChatQuestion, data: Json, *, problem: str = "", comment: str = "") -> Json:
    """The card on which a task is decided, with what was wrong with the answer that was sent before; one that leads to the
    browser where it cannot be decided here. `data` is what the card said that it takes the place of."""
    if not one.why_not:
        made = _asking(one, data, problem, comment)
        if len(json.dumps(made)) <= cards.BYTES:
            return made
        one = replace(one, why_not=chat_asking.too_much())
    return saying(Told(one.headline, one.why_not, one.link), data)


def saying(told: Told, data: Json | None = None) -> Json:
    """A card with nothing to answer, and a way back to what it took the place of."""
    actions = [cards.opens(_("Open"), told.link)] if told.link else []
    actions += [cards.execute(_("Back"), LOOK, data)] if data else []
    return cards.card([cards.text(told.title, weight="Bolder"), cards.text(told.words)], actions=actions)


def standing(tasks: Sequence[Task], data: Json, recipient: str) -> Json:
    """How it stands with what a message told: what still waits can be decided, of the rest it is said what became of it."""
    body: list[Json] = []
    for task in tasks:
        body += [cards.text(chat_asking.headline(task), first=True, weight="Bolder"), cards.text(chat_asking.asked_by(task))]
        buttons = [cards.opens(_("Open"), chat_asking.link(task))]
        try:
            decide.ensure_open(task=task, intent=task.intent, now=clock.now())
            again = asked(data["workspace"], [str(task.id), *(one for one in data["tasks"] if one != str(task.id))])
            buttons.insert(0, cards.execute(_("Decide here"), ASK, again, style="positive"))
        except Conflict as over:
            body.append(cards.text(sentence(over)))
        body.append(cards.row(*buttons))
    return cards.card(body, refresh=cards.refreshed(LOOK, data, recipient))


def read(data: Mapping[str, Any]) -> SentAnswer:
    """Raises InvalidField for what no card of ours sends."""
    chosen, comment = data.get(OUTCOME), data.get(COMMENT)
    return chat_asking.answered(
        data.get("workspace"), data.get(SHOWN), chosen=chosen, comment=comment, field="value.action.data"
    )


def _asking(one: ChatQuestion, data: Json, problem: str, comment: str) -> Json:
    head, *more = one.said
    body = [cards.text(head, weight="Bolder")]
    for words in [*more, "\n".join(one.facts)]:
        body += [cards.text(line, first=place == 0) for place, line in enumerate(words.splitlines()) if line]
    outcome: Json = {"type": "Input.ChoiceSet", "id": OUTCOME, "label": _("Decision"), "style": "expanded"}
    outcome |= {"isRequired": True, "errorMessage": _("Choose one."), "choices": list(_choices(one))}
    said: Json = {"type": "Input.Text", "id": COMMENT, "label": _("Comment"), "isMultiline": True, "value": comment}
    said |= {"maxLength": LONGEST_COMMENT, "isRequired": one.comment_needed, "errorMessage": _("Write a comment.")}
    body += [outcome, said]
    if problem:
        body.append(cards.text(problem, color="Attention", weight="Bolder"))
    actions = [
        cards.execute(_("Send"), DECIDE, data | {SHOWN: one.bound}, style="positive"),
        cards.opens(_("Open"), one.link),
        cards.execute(_("Back"), LOOK, data, associatedInputs="none"),
    ]
    return cards.card(body, actions=actions)


def _choices(one: ChatQuestion) -> Iterator[Json]:
    """The answers; one whose words are the agent's has ours behind it."""
    for place, button in enumerate(one.buttons):
        words = f"{button.words} ({button.plain})" if button.plain else button.words
        yield {"title": cards.literal(harmless(words)), "value": str(place)}


def of(value: Any) -> tuple[str, Json]:
    """What a card told, and its data: a verb of ours, a workspace and its tasks. Raises InvalidField."""
    try:
        verb, data = value["action"]["verb"], value["action"].get("data") or {}
        workspace, tasks = data["workspace"], data["tasks"]
        sound = verb in (ASK, DECIDE, LOOK) and isinstance(workspace, str) and isinstance(tasks, list)
        sound = sound and 1 <= len(tasks) <= 20 and all(isinstance(one, str) for one in tasks)
        canonical.check([workspace, *tasks])
    except (KeyError, TypeError, AttributeError, InvalidField):
        sound = False
    if not sound:
        raise InvalidField("value", "no card of this server says this")
    return verb, data
