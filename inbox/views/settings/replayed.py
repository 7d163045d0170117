"""What a policy would have done last week, in words and numbers."""

from dataclasses import dataclass
from uuid import UUID

from inbox import present
from inbox.replay import Replay, Stage, Went
from inbox.templatetags.pages import span
from inbox.views import words
from inbox.views.settings import policy_words

MOST = 20
"""Tasks that are listed."""
STAGES = (
    (Stage.NOTHING, "done nothing"),
    (Stage.REMINDED, "sent reminders only"),
    (Stage.ASKED, "asked others as well"),
    (Stage.ENDED, "ended it before anybody decided"),
)
_HOW = {"decided": "decided", "expired": "expired", "withdrawn": "withdrawn", "waiting": "still waiting"}
_THEN = {"fail": "it fails", "expire": "it expires", "complete": "it counts as answered"}


@dataclass(frozen=True, slots=True)
class Changed:
    """A task for which something would have happened."""

    id: UUID
    headline: str
    really: str
    would: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """`facts` are (name, words), `more` is how many tasks there are when not all are listed."""

    looked_at: int
    followed: int
    cut: bool
    others: list[str]
    stages: list[tuple[str, int]]
    facts: list[tuple[str, str]]
    changed: list[Changed]
    more: int


def told(found: Replay, names: policy_words.Names) -> Replayed:
    stages = found.stages
    changed = [one for one in found.went if one.stage is not Stage.NOTHING]
    return Replayed(
        looked_at=found.looked_at,
        followed=len(found.went),
        cut=found.cut,
        others=_others(found),
        stages=[(said, stages[stage]) for stage, said in STAGES],
        facts=_facts(found, names),
        changed=[_changed(one, names) for one in changed[:MOST]],
        more=len(changed) if len(changed) > MOST else 0,
    )


def _others(found: Replay) -> list[str]:
    said = [f"{count} fit too, but follow {name}, which is tried before." for name, count in found.earlier.most_common()]
    return said + ([f"{found.own} brought what happens themselves."] if found.own else [])


def _facts(found: Replay, names: policy_words.Names) -> list[tuple[str, str]]:
    really = ", ".join(f"{count} {_HOW[how]}" for how, count in found.really.most_common())
    facts = [("Really", really)]
    if (half := found.decided_after) is not None:
        facts.append(("Half were decided within", span(half)))
    facts.append(("Reminders in all", str(found.reminders)))
    if found.asked:
        asked = [f"{policy_words.asked(to, names)} for {count}" for to, count in found.asked.most_common()]
        facts.append(("Asked as well", ", ".join(asked)))
    if found.ended:
        facts.append(("Ended first", ", ".join(f"{count}: {_THEN[then]}" for then, count in found.ended.most_common())))
    return facts


def _changed(one: Went, names: policy_words.Names) -> Changed:
    past, parts = one.past, []
    if one.reminders:
        parts.append(f"{one.reminders} reminder{'s' if one.reminders > 1 else ''}")
    parts += [f"{policy_words.asked(to, names)} asked" for to in dict.fromkeys(one.asked)]
    if one.then is not None:
        parts.append(_THEN[one.then])
    how = words.done(past.outcome) if past.outcome else _HOW[past.how].capitalize()
    after = f" after {span((past.over_at - past.opened_at).total_seconds())}" if past.over_at else ""
    return Changed(past.task_id, present.one_line(past.headline), f"{how}{after}", ", ".join(parts))
