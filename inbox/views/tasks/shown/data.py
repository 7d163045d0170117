"""What a decision is about: what would happen, the data, and what the agent says of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from inbox import presentation
from inbox.tasks.models import Task
from inbox.views.tasks import changing, files
from inbox.views.tasks.files import File
from inbox.vocabulary import kinds
from inbox.vocabulary.series import series
from intents.kernel import canonical


@dataclass(frozen=True, slots=True)
class AgentStatement:
    """The agent's own words. `aside` is what we add to them."""

    title: str
    text: presentation.Folded
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Data:
    """`subject` is what would happen in a sentence, `consequence` the same where the data have more than that; `more` is how
    many fields there are beyond `facts`, `type_words` what such requests are called; `approved` are the values that were
    approved in the place of some."""

    payload: Any
    subject: str
    heading: str
    consequence: str
    facts: list[presentation.Fact]
    more: int
    checks: list[presentation.Check]
    says: AgentStatement | None
    attachments: list[File]
    approved: list[presentation.Fact]
    type_words: str


def data(task: Task, spec: Mapping[str, Any], payload: Any, called: str, *, open_yet: bool) -> Data:
    """`called` is the display name of its type; `open_yet` is whether it may still happen."""
    facts, more = presentation.facts(payload)
    gist = presentation.pointed(spec.get("summary"), payload)
    subject = sentence(presentation.subject(task.intent.intent_type, payload, gist=gist, called=called))
    if larger := presentation.outdone(spec["title"], payload, gist):
        also = _("The largest amount in the data is %(amount)s.") % {"amount": larger}
        subject = f"{subject} {also}"
    return Data(
        payload=payload,
        subject=subject,
        heading=_("What will happen") if open_yet else _("What was asked"),
        consequence=subject if larger or presentation.summary(payload, gist) else "",
        facts=facts,
        more=more,
        checks=presentation.checks(payload),
        says=_said(spec, payload, headline=task.headline),
        type_words=called or presentation.kind(task.intent.intent_type),
        attachments=files.attached(task),
        approved=changing.facts(spec, payload, canonical.loads(task.approved)) if task.approved else [],
    )


def sentence(words_of: str) -> str:
    """A sentence: names that end with a full stop, and what was cut, need no other."""
    return words_of if words_of.endswith((".", "…")) else f"{words_of}."


def _said(spec: Mapping[str, Any], payload: Any, *, headline: str) -> AgentStatement | None:
    """A title that is the page's heading already is not said twice."""
    title, text = spec["title"], spec.get("description", "")
    if presentation.one_line(title) == headline or title == kinds.kind_of(spec["task_type"]).title:
        title = ""
    if not title and not text:
        return None
    wrong, others = set(contradictions(spec, payload)), presentation.contradicted(text, payload)
    also = [presentation.one_line(one) for one in others if one not in wrong]
    aside = _("Also mentions %(amounts)s, which is not in the data.") if also else ""
    return AgentStatement(title, presentation.folded(text), aside % {"amounts": series(also)} if aside else "")


def contradictions(spec: Mapping[str, Any], payload: Any) -> list[str]:
    """Amounts that whoever decides would take for what is asked, and that the data do not have: those of the title, of what
    the answers are called and are said to do, or the only one that is named."""
    title, text = spec["title"], spec.get("description", "")
    beside_buttons = [*spec.get("outcome_labels", {}).values(), *spec.get("consequence", {}).values()]
    if wrong := [one for words in (title, *beside_buttons) for one in presentation.misnamed(words, payload)]:
        return list(dict.fromkeys(wrong))
    named = {one.text for one in (*presentation.said(title), *presentation.said(text))}
    return presentation.contradicted(text, payload) if len(named) == 1 else []


def amounts(payload: Any) -> str:
    """What the data say, where they are few; or how many they are."""
    main, others = presentation.main_amount(payload)
    if main is not None and not others:
        return str(main)
    every = list(dict.fromkeys(str(one.amount) for one in presentation.found(payload)))
    if len(every) <= 3:
        return series(every)
    return _("%(amounts)s and %(number)s more") % {"amounts": series(every[:2]), "number": len(every) - 2}
