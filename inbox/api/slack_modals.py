"""What a member of Slack is shown of a task, and what they answer: all that a decision is bound to, or nothing to decide."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from inbox import presentation
from inbox.tasks import selectors
from inbox.tasks.answers import Answer
from inbox.tasks.models import Task
from inbox.vocabulary.kinds import RISK_WORDS, RISKY
from intents.kernel import canonical
from intents.kernel.errors import InvalidField

DECIDE = "axme_decide"
"""What Slack calls the modal when it is sent."""
OUTCOME, COMMENT = "outcome", "comment"
LONGEST = 2900
"""Characters of a payload that a modal has room for, all of it or none."""
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
    spec = canonical.loads(task.spec)
    facts = _facts(selectors.body(task.intent).payload)
    if why := _why_not(task, spec, facts):
        return saying(_headline(task), why, link=_link(task))
    outcomes = [str(one) for one in spec["allowed_outcomes"]]
    labels = spec.get("outcome_labels") or {}
    asked = _("Requested by agent %(agent)s, risk: %(risk)s")
    by = asked % {"agent": presentation.one_line(task.intent.from_agent, most=160), "risk": RISK_WORDS[task.risk]}
    options = [{"text": _plain(_said(one, labels), OPTION), "value": str(place)} for place, one in enumerate(outcomes)]
    said = [_headline(task), *(str(spec[name]) for name in ("description", "consequence") if spec.get(name)), by]
    return {
        "type": "modal",
        "callback_id": DECIDE,
        "private_metadata": json.dumps([workspace_id, str(task.id), bytes(task.digest).hex(), outcomes]),
        "title": _plain(_("Decide"), TITLE),
        "submit": _plain(_("Send"), TITLE),
        "close": _plain(_("Cancel"), TITLE),
        "blocks": [
            *(_section(words) for words in said),
            *([_section(facts)] if facts else []),
            _input(OUTCOME, _("Decision"), {"type": "radio_buttons", "options": options}),
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


def _why_not(task: Task, spec: Mapping[str, Any], facts: str | None) -> str:
    """Why a task is decided in the browser alone; empty when it may be decided here."""
    if task.risk in RISKY:
        return _("What is of high or critical risk is decided in the browser.")
    if spec.get("form_schema") or spec.get("evidence_required"):
        return _("This asks for more than a decision: answer it in the browser.")
    if facts is None or selectors.attachments(task) or len(spec["allowed_outcomes"]) > MOST_OUTCOMES:
        return _("There is more to see of this than fits here: decide it in the browser.")
    return ""


def _facts(payload: str) -> str | None:
    """All of a payload, a line each; None where that is too long."""
    lines = list(_lines("", canonical.loads(payload)))
    text = "\n".join(lines)
    return text if len(text) <= LONGEST else None


def _lines(name: str, value: Any) -> "list[str]":
    if isinstance(value, dict) and value:
        return [line for key, one in value.items() for line in _lines(f"{name}.{key}" if name else str(key), one)]
    if isinstance(value, list) and value:
        return [line for place, one in enumerate(value, 1) for line in _lines(f"{name}.{place}", one)]
    if not name:
        return []
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return [f"{_visible(name)}: {_visible(said)}"]


def _visible(text: str) -> str:
    """On one line, and nothing of it hidden."""
    return presentation.one_line(text, most=LONGEST + 1)


def _headline(task: Task) -> str:
    return presentation.one_line(task.headline or task.title, most=300)


def _said(outcome: str, labels: Mapping[str, Any]) -> str:
    return str(labels.get(outcome) or outcome.replace("_", " ").capitalize())


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
