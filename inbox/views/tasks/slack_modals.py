"""What a member of Slack is asked, as its modals, and what they answer."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from inbox.views.tasks import chat_asking
from inbox.views.tasks.chat_asking import COMMENT, LONGEST_COMMENT, OPTION, OUTCOME, ChatQuestion, SentAnswer
from inbox.views.tasks.chat_deciding import Told
from inbox.views.tasks.shown.answer import OutcomeButton
from intents.kernel.errors import InvalidField

DECIDE = "axme_decide"
"""What Slack calls the modal when it is sent."""
VIEW = "view"
"""What is wrong with a modal that is none of ours."""
TITLE = 24

Json = dict[str, Any]


def asking(asked: ChatQuestion, workspace_id: str) -> Json:
    """The modal on which a task is decided; one that leads to the browser where it cannot be decided here."""
    if asked.why_not:
        return saying(Told(asked.headline, asked.why_not, asked.link))
    return {
        "type": "modal",
        "callback_id": DECIDE,
        "private_metadata": json.dumps([workspace_id, *asked.bound], ensure_ascii=False),
        "title": _plain(_("Decide"), TITLE),
        "submit": _plain(_("Send"), TITLE),
        "close": _plain(_("Cancel"), TITLE),
        "blocks": [
            *(_section(words) for words in [*asked.said, "\n".join(asked.facts)] if words),
            _input(OUTCOME, _("Decision"), {"type": "radio_buttons", "options": list(_options(asked.buttons))}),
            _input(
                COMMENT,
                _("Comment"),
                {"type": "plain_text_input", "multiline": True, "max_length": LONGEST_COMMENT},
                optional=not asked.comment_needed,
            ),
        ],
    }


def saying(told: Told) -> Json:
    """A modal with nothing to answer."""
    more = [{"type": "actions", "elements": [_open(told.link)]}] if told.link else []
    blocks = [_section(told.title), _section(told.words), *more]
    return {"type": "modal", "title": _plain("AXME Inbox", TITLE), "close": _plain(_("Close"), TITLE), "blocks": blocks}


def workspace_of(view: Mapping[str, Any]) -> str:
    """Of which workspace a modal is. Raises InvalidField for what is none of ours."""
    return str(_metadata(view)[0])


def read(view: Mapping[str, Any]) -> SentAnswer:
    """Raises InvalidField for what no modal of ours sends, and for a comment that nobody can keep."""
    workspace_id, *bound = _metadata(view)
    try:
        state = view["state"]["values"]
        chosen = state[OUTCOME][OUTCOME]["selected_option"]["value"]
        comment = state[COMMENT][COMMENT].get("value")
    except (KeyError, TypeError, AttributeError):
        raise _strange() from None
    return chat_asking.answered(workspace_id, bound, chosen=chosen, comment=comment, field=VIEW)


def _metadata(view: Mapping[str, Any]) -> list[Any]:
    try:
        found = json.loads(view["private_metadata"])
    except (KeyError, TypeError, ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not found:
        raise _strange()
    return found


def _strange() -> InvalidField:
    return InvalidField(VIEW, "this is no modal of this server")


def _options(buttons: Sequence[OutcomeButton]) -> Iterator[Json]:
    """The answers; one whose words are the agent's has ours under it."""
    for place, one in enumerate(buttons):
        shown = {"text": _plain(one.words, OPTION), "value": str(place)}
        yield shown | ({"description": _plain(one.plain, OPTION)} if one.plain else {})


def _open(link: str) -> Json:
    return {"type": "button", "action_id": "axme_open", "text": _plain(_("Open"), OPTION), "url": link}


def _plain(words: str, most: int) -> Json:
    return {"type": "plain_text", "text": words if len(words) <= most else f"{words[: most - 1]}…", "emoji": False}


def _section(words: str) -> Json:
    return {"type": "section", "text": _plain(words, 3000)}


def _input(name: str, label: str, element: Json, *, optional: bool = False) -> Json:
    shown = {"type": "input", "block_id": name, "label": _plain(label, 100), "optional": optional}
    return shown | {"element": element | {"action_id": name}}
