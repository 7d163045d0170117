"""What a member of Slack is shown of a task, and what they answer: all that a decision is bound to, or nothing to decide."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from inbox import presentation
from inbox.tasks import selectors
from inbox.tasks.answers import Answer
from inbox.tasks.models import Task
from inbox.views.tasks.shown.answer import OutcomeButton, outcomes
from inbox.views.tasks.shown.data import contradictions
from inbox.vocabulary.kinds import RISK_WORDS, RISKY
from intents.kernel import canonical
from intents.kernel.errors import InvalidField

DECIDE = "axme_decide"
"""What Slack calls the modal when it is sent."""
OUTCOME, COMMENT = "outcome", "comment"
LONGEST = 2900
"""Characters of a text that a modal has room for, all of it or none."""
MOST_OUTCOMES = 10
TITLE, OPTION = 24, 75

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SentModal:
    """What a modal says once it is sent: of which task, which was shown with that digest, and the answer."""

    workspace_id: str
    task_id: str
    digest: str
    answer: Answer


def asking(task: Task, workspace_id: str) -> Json:
    """The modal on which a task is decided; one that leads to the browser where it cannot be decided here."""
    spec, payload = canonical.loads(task.spec), selectors.body(task.intent).as_sent
    buttons = outcomes(task.task_type, spec)
    said, facts = _said(task, spec, buttons), "\n".join(_lines((), payload))
    if why := _why_not(task, spec, payload, buttons, [*said, facts]):
        return saying(headline(task), why, link=_link(task))
    values = [one.value for one in buttons]
    return {
        "type": "modal",
        "callback_id": DECIDE,
        "private_metadata": json.dumps([workspace_id, str(task.id), bytes(task.digest).hex(), values], ensure_ascii=False),
        "title": _plain(_("Decide"), TITLE),
        "submit": _plain(_("Send"), TITLE),
        "close": _plain(_("Cancel"), TITLE),
        "blocks": [
            *(_section(words) for words in [*said, facts] if words),
            _input(OUTCOME, _("Decision"), {"type": "radio_buttons", "options": list(_options(buttons))}),
            _input(
                COMMENT,
                _("Comment"),
                {"type": "plain_text_input", "multiline": True, "max_length": 2000},
                optional=not spec.get("required_comment"),
            ),
        ],
    }


def saying(title: str, words: str, *, link: str = "") -> Json:
    """A modal with nothing to answer."""
    more = [{"type": "actions", "elements": [_open(link)]}] if link else []
    blocks = [_section(title), _section(words), *more]
    return {"type": "modal", "title": _plain("AXME Inbox", TITLE), "close": _plain(_("Close"), TITLE), "blocks": blocks}


def read(view: Mapping[str, Any]) -> SentModal:
    """Raises InvalidField for what no modal of ours sends."""
    try:
        workspace_id, task_id, digest, outcomes = json.loads(view["private_metadata"])
        state = view["state"]["values"]
        chosen = state[OUTCOME][OUTCOME]["selected_option"]["value"]
        comment = state[COMMENT][COMMENT].get("value")
        answer = Answer(outcome=outcomes[int(chosen)], comment=comment or None)
    except (KeyError, TypeError, ValueError, IndexError):
        raise InvalidField("view", "this is no modal of this server") from None
    return SentModal(str(workspace_id), str(task_id), str(digest), answer)


def _said(task: Task, spec: Mapping[str, Any], buttons: Sequence[OutcomeButton]) -> list[str]:
    """What is asked, by whom, and what the agent says of it."""
    asked = _("Requested by agent %(agent)s, risk: %(risk)s")
    agent = presentation.one_line(task.intent.from_agent, most=400)
    told = [spec.get("description", ""), *(f"{one.words}: {one.consequence}" for one in buttons if one.consequence)]
    own = [presentation.plain(one) for one in told if one.strip()]
    marked = ["\n".join([_("Written by the agent, not verified"), *own])] if own else []
    return [headline(task), asked % {"agent": agent, "risk": RISK_WORDS[task.risk]}, *marked]


def _why_not(
    task: Task, spec: Mapping[str, Any], payload: Any, buttons: Sequence[OutcomeButton], texts: Sequence[str]
) -> str:
    """Why a task is decided in the browser alone; empty when it may be decided here."""
    if task.risk in RISKY:
        return _("What is of high or critical risk is decided in the browser.")
    if spec.get("form_schema") or spec.get("evidence_required"):
        return _("This asks for more than a decision: answer it in the browser.")
    fits = len(buttons) <= MOST_OUTCOMES and all(len(one) <= LONGEST for one in texts)
    fits = fits and all(len(words) <= OPTION for one in buttons for words in (one.words, one.plain))
    # Where words and data say different amounts, its page shows which.
    if not fits or selectors.attachments(task) or contradictions(spec, payload):
        return _("There is more to see of this than fits here: decide it in the browser.")
    return ""


def _options(buttons: Sequence[OutcomeButton]) -> Iterator[Json]:
    """The answers; one whose words are the agent's has ours under it."""
    for place, one in enumerate(buttons):
        shown = {"text": _plain(one.words, OPTION), "value": str(place)}
        yield shown | ({"description": _plain(one.plain, OPTION)} if one.plain else {})


def _lines(path: tuple[str, ...], value: Any) -> Iterator[str]:
    """All of a payload, a line each, and nothing of it hidden."""
    if value and isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value, 1)
        for key, one in inner:
            yield from _lines((*path, str(key) or '""'), one)
    elif path:
        said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield f"{_visible('.'.join(path))}: {_visible(said)}"


def _visible(text: str) -> str:
    return presentation.one_line(text, most=LONGEST + 1)


def headline(task: Task) -> str:
    """What a task is about, on one line."""
    return presentation.one_line(task.headline or task.title, most=300)


def _link(task: Task) -> str:
    return f"{settings.BASE_URL}/inbox/{task.id}"


def _open(link: str) -> Json:
    return {"type": "button", "action_id": "axme_open", "text": _plain(_("Open"), OPTION), "url": link}


def _plain(words: str, most: int) -> Json:
    return {"type": "plain_text", "text": words if len(words) <= most else f"{words[: most - 1]}…", "emoji": False}


def _section(words: str) -> Json:
    return {"type": "section", "text": _plain(words, 3000)}


def _input(name: str, label: str, element: Json, *, optional: bool = False) -> Json:
    shown = {"type": "input", "block_id": name, "label": _plain(label, 100), "optional": optional}
    return shown | {"element": element | {"action_id": name}}
