"""Adaptive Cards, as Teams shows them. Words of agents are runs of text, in which it finds no Markdown and calls nobody."""

import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import get_language_bidi

TYPE = "application/vnd.microsoft.card.adaptive"
VERSION = "1.5"
BYTES = 24_000
"""How large a card may be: Teams takes 28 kB of a message as a whole."""

Json = dict[str, Any]

_FUNCTION = re.compile(r"\{(?=\{\s*(?:DATE|TIME)\s*\()", re.IGNORECASE)


def card(body: Sequence[Json], *, actions: Sequence[Json] = (), refresh: Json | None = None) -> Json:
    """A card in the reader's direction of writing."""
    made: Json = {"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard"}
    made |= {"version": VERSION, "rtl": get_language_bidi(), "body": list(body)}
    if actions:
        made["actions"] = list(actions)
    return made | ({"refresh": refresh} if refresh else {})


def refreshed(verb: str, data: Json, recipient: str) -> Json:
    """Have the card asked for anew whenever `recipient` looks at it."""
    return {"action": execute("", verb, data), "userIds": [recipient]}


def text(words: str, *, first: bool = False, **look: Any) -> Json:
    """A line; the `first` of what belongs together stands apart from what is above it."""
    made: Json = {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": literal(words)} | look]}
    return made | ({"spacing": "Medium", "separator": True} if first else {"spacing": "Small"})


def literal(words: str) -> str:
    """Words that are shown as they are: cards write dates and times in place of {{DATE(...)}} and {{TIME(...)}}."""
    return _FUNCTION.sub("{\u200b", words)


def execute(title: str, verb: str, data: Json, **more: Any) -> Json:
    """A button that is told to the bot, with what is typed."""
    return {"type": "Action.Execute", "title": title, "verb": verb, "data": data} | more


def opens(title: str, url: str) -> Json:
    """A button that opens the browser."""
    return {"type": "Action.OpenUrl", "title": title, "url": url}


def row(*actions: Json) -> Json:
    """Buttons within the card."""
    return {"type": "ActionSet", "actions": list(actions), "spacing": "Small"}


def attached(made: Json) -> Json:
    """A card as messages bring it along."""
    return {"contentType": TYPE, "content": made}
