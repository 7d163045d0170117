"""What a policy would have done last week, in words and numbers."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from inbox import presentation
from inbox.escalation.replay import Replay, Stage, Went
from inbox.templatetags.pages import span
from inbox.views.kit import words
from inbox.views.settings.policies import words as policy_words
from inbox.vocabulary.series import series

MOST = 20
"""Tasks that are listed."""
STAGES = (
    (Stage.NOTHING, _("no effect")),
    (Stage.REMINDED, _("reminders only")),
    (Stage.ASKED, _("escalated")),
    (Stage.ENDED, _("ended before a decision")),
)
HOW = {"decided": _("decided"), "expired": _("expired"), "withdrawn": _("withdrawn"), "waiting": _("still waiting")}
_HOW_MANY = {
    "decided": ngettext_lazy("%(count)s decided", "%(count)s decided", "count"),
    "expired": ngettext_lazy("%(count)s expired", "%(count)s expired", "count"),
    "withdrawn": ngettext_lazy("%(count)s withdrawn", "%(count)s withdrawn", "count"),
    "waiting": ngettext_lazy("%(count)s still waiting", "%(count)s still waiting", "count"),
}
_THEN = {"fail": _("it fails"), "expire": _("it expires"), "complete": _("decided automatically")}


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


def summary(found: Replay, names: policy_words.Names) -> Replayed:
    stages = found.stages
    changed = [one for one in found.went if one.stage is not Stage.NOTHING]
    return Replayed(
        looked_at=found.looked_at,
        followed=len(found.went),
        cut=found.cut,
        others=_others(found),
        stages=[(str(said), stages[stage]) for stage, said in STAGES],
        facts=_facts(found, names),
        changed=[_changed(one, names) for one in changed[:MOST]],
        more=len(changed) if len(changed) > MOST else 0,
    )


def _others(found: Replay) -> list[str]:
    others = [
        ngettext(
            "%(count)s fits too, but follows %(policy)s, which comes first.",
            "%(count)s fit too, but follow %(policy)s, which comes first.",
            count,
        )
        % {"count": count, "policy": name}
        for name, count in found.earlier.most_common()
    ]
    if found.own:
        own = ngettext("%(count)s brought what happens itself.", "%(count)s brought what happens themselves.", found.own)
        others.append(own % {"count": found.own})
    return others


def _facts(found: Replay, names: policy_words.Names) -> list[tuple[str, str]]:
    really = series(_HOW_MANY[how] % {"count": count} for how, count in found.really.most_common())
    facts = [(gettext("Actual"), really)]
    if (half := found.decided_after) is not None:
        facts.append((gettext("Half were decided within"), span(half)))
    facts.append((gettext("Reminders in all"), str(found.reminders)))
    if found.asked:
        asked = [
            _("%(who)s for %(count)s") % {"who": policy_words.asked(to, names), "count": count}
            for to, count in found.asked.most_common()
        ]
        facts.append((gettext("Escalated to"), series(asked)))
    if found.ended:
        facts.append(
            (gettext("Ended first"), series(f"{count}: {_THEN[then]}" for then, count in found.ended.most_common()))
        )
    return facts


def _changed(one: Went, names: policy_words.Names) -> Changed:
    past, parts = one.past, []
    if one.reminders:
        reminders = ngettext("%(count)s reminder", "%(count)s reminders", one.reminders)
        parts.append(reminders % {"count": one.reminders})
    parts += [_("escalated to %(who)s") % {"who": policy_words.asked(to, names)} for to in dict.fromkeys(one.asked)]
    if one.then is not None:
        parts.append(str(_THEN[one.then]))
    really = words.done(past.outcome) if past.outcome else capfirst(str(HOW[past.how]))
    if past.over_at:
        after = span((past.over_at - past.opened_at).total_seconds())
        really = _("%(how)s after %(time)s") % {"how": really, "time": after}
    return Changed(past.task_id, presentation.one_line(past.headline), really, series(parts))
