"""What a member of a chat is shown of a task, and what they answer: all that a decision is bound to, or nothing to decide.
Each chat lays it out in its own way."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from inbox import presentation
from inbox.tasks import selectors
from inbox.tasks.answers import MAX_COMMENT, Answer
from inbox.tasks.models import Task
from inbox.views.kit.refusals import in_a_sentence
from inbox.views.tasks.shown.answer import OutcomeButton, outcomes
from inbox.views.tasks.shown.data import contradictions
from inbox.vocabulary.kinds import RISK_WORDS, RISKY
from intents.accounts import stops
from intents.kernel import canonical
from intents.kernel.errors import InvalidField

OUTCOME, COMMENT = "outcome", "comment"
"""What the inputs are called."""
LONGEST = 2900
"""Characters of a text that is shown, all of it or none."""
MOST_OUTCOMES, OPTION = 10, 75
LONGEST_COMMENT = 2000


@dataclass(frozen=True, slots=True)
class ChatQuestion:
    """A task as it is asked in a chat. `said` is what is asked, by whom, and what the agent says of it, a text each; `facts`
    are all of its payload, a line each. `why_not` is why it is decided in the browser alone, at `link`; empty when it may be
    decided here."""

    task_id: str
    digest: str
    headline: str
    said: list[str]
    facts: list[str]
    buttons: list[OutcomeButton]
    comment_needed: bool
    why_not: str
    link: str

    @property
    def bound(self) -> list[Any]:
        """What the chat brings back with an answer, of which `answered` makes what was decided about."""
        return [self.task_id, self.digest, [one.value for one in self.buttons]]


@dataclass(frozen=True, slots=True)
class SentAnswer:
    """What was sent: of which task, which was shown with that digest, and the answer."""

    workspace_id: str
    task_id: str
    digest: str
    answer: Answer


def asking(task: Task) -> ChatQuestion:
    """A task as its decider in a chat is shown it."""
    spec, payload = canonical.loads(task.spec), selectors.body(task.intent).as_sent
    buttons = outcomes(task.task_type, spec)
    said, facts = _said(task, spec, buttons), list(_lines((), payload))
    return ChatQuestion(
        task_id=str(task.id),
        digest=bytes(task.digest).hex(),
        headline=headline(task),
        said=said,
        facts=facts,
        buttons=buttons,
        comment_needed=bool(spec.get("required_comment")),
        why_not=_why_not(task, spec, payload, buttons, [*said, "\n".join(facts)]),
        link=link(task),
    )


def answered(workspace_id: Any, bound: Any, *, chosen: Any, comment: Any, field: str) -> SentAnswer:
    """An answer to what was shown, which is `bound`: the place of the outcome that was `chosen`, and the comment. Raises
    InvalidField for `field` when nothing of ours was shown so, and for a comment that is too long."""
    try:
        task_id, digest, values = bound
        place = int(chosen) if isinstance(chosen, str) and chosen.isdecimal() and len(chosen) < 4 else -1
        outcome = values[place] if place >= 0 else None
    except (TypeError, ValueError, IndexError, KeyError):
        task_id = digest = outcome = None
    if not (isinstance(outcome, str) and isinstance(task_id, str) and isinstance(digest, str)):
        raise InvalidField(field, "nothing of this server is answered so")
    said = comment if isinstance(comment, str) and comment.strip() else None
    if said is not None and len(said) > MAX_COMMENT:
        raise InvalidField(COMMENT, f"at most {MAX_COMMENT} characters")
    try:
        canonical.check(said)
    except InvalidField as wrong:
        raise InvalidField(COMMENT, wrong.reason) from None
    return SentAnswer(str(workspace_id), task_id, digest, Answer(outcome=outcome, comment=said))


def asked_by(task: Task) -> str:
    """Who asks, and how much is at stake."""
    agent = presentation.one_line(task.intent.from_agent, most=400)
    return _("Requested by agent %(agent)s, risk: %(risk)s") % {"agent": agent, "risk": RISK_WORDS[task.risk]}


def headline(task: Task) -> str:
    """What a task is about, on one line."""
    return presentation.one_line(task.headline or task.title, most=300)


def link(task: Task) -> str:
    """Its page."""
    return f"{settings.BASE_URL}/inbox/{task.id}"


def _said(task: Task, spec: Mapping[str, Any], buttons: Sequence[OutcomeButton]) -> list[str]:
    told = [spec.get("description", ""), *(f"{one.words}: {one.consequence}" for one in buttons if one.consequence)]
    own = [presentation.plain(one) for one in told if one.strip()]
    marked = ["\n".join([_("Written by the agent, not verified"), *own])] if own else []
    return [headline(task), asked_by(task), *marked]


def _why_not(
    task: Task, spec: Mapping[str, Any], payload: Any, buttons: Sequence[OutcomeButton], texts: Sequence[str]
) -> str:
    try:
        stops.ensure_workspace_open(task.workspace_id)
    except stops.WorkspaceStopped as stopped:
        return in_a_sentence(stopped.message)
    if task.risk in RISKY:
        return _("What is of high or critical risk is decided in the browser.")
    if spec.get("form_schema") or spec.get("evidence_required"):
        return _("This asks for more than a decision: answer it in the browser.")
    fits = len(buttons) <= MOST_OUTCOMES and all(len(one) <= LONGEST for one in texts)
    fits = fits and all(len(words) <= OPTION for one in buttons for words in (one.words, one.plain))
    # Where words and data say different amounts, its page shows which.
    if not fits or selectors.attachments(task) or contradictions(spec, payload):
        return too_much()
    return ""


def too_much() -> str:
    """Why what has no room in a chat is decided in the browser."""
    return _("There is more to see of this than fits here: decide it in the browser.")


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
