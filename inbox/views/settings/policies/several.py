"""How many people decide, as a policy's form has it: votes, stages, and what happens when too few are left."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inbox.plans import quorum
from inbox.vocabulary.series import series
from intents.kernel.errors import InvalidField

MISSING = (
    ("", gettext_lazy("As the agent says")),
    ("alert", gettext_lazy("Tell owners and admins")),
    ("substitute", gettext_lazy("Ask the managers of those who are missing")),
    ("skip", gettext_lazy("Do without them")),
    ("close", gettext_lazy("Close the task")),
)
LONGEST = 20_000
"""Characters of stages."""


@dataclass(slots=True)
class SeveralFields:
    """What stands in the fields. `stages` is JSON, as the API takes it."""

    approve: str = ""
    reject: str = ""
    missing: str = ""
    outcome: str = ""
    stages: str = ""

    def body(self) -> dict[str, Any]:
        """What the API takes of it. Raises InvalidField for stages that are no JSON."""
        approve, reject = _threshold(self.approve), _threshold(self.reject)
        rules = {name: one for name, one in (("approve", approve), ("reject", reject)) if one is not None}
        found: dict[str, Any] = {"quorum": approve if list(rules) == ["approve"] else rules or None}
        if self.missing:
            then = {"then": self.missing, "outcome": self.outcome.strip() or None}
            found["on_missing"] = {name: one for name, one in then.items() if one}
        if self.stages.strip():
            found["stages"] = _json(self.stages)
        return {name: one for name, one in found.items() if one is not None}


def of_least(least: Mapping[str, Any]) -> SeveralFields:
    """What is stored."""
    rules = least.get("quorum")
    rules = rules if isinstance(rules, dict) else {"approve": rules or ""}
    missing = least.get("on_missing") or {}
    return SeveralFields(
        approve=str(rules.get("approve", "")),
        reject=str(rules.get("reject", "")),
        missing=missing.get("then", ""),
        outcome=missing.get("outcome") or "",
        stages=json.dumps(least["stages"], indent=2, ensure_ascii=False) if least.get("stages") else "",
    )


def of_sent(sent: QueryDict) -> SeveralFields:
    """What a browser sent."""
    return SeveralFields(
        approve=sent.get("least.quorum.approve", ""),
        reject=sent.get("least.quorum.reject", ""),
        missing=sent.get("least.on_missing", ""),
        outcome=sent.get("least.on_missing.outcome", ""),
        stages=sent.get("least.stages", ""),
    )


def field_of(path: list[str]) -> str | None:
    """The field that shows what is wrong at a path below `least`."""
    match path:
        case ["quorum", "reject", *_]:
            return "least.quorum.reject"
        case ["quorum", *_]:
            return "least.quorum.approve"
        case ["on_missing", "then"]:
            return "least.on_missing"
        case ["on_missing", *_]:
            return "least.on_missing.outcome"
        case ["stages", *_]:
            return "least.stages"
    return None


def says(least: Mapping[str, Any]) -> list[str]:
    """What a policy does to how many decide, a sentence each."""
    found = []
    rule = quorum.rule(least.get("quorum"))
    if least.get("quorum") is not None:
        found.append(_("It takes %(votes)s to approve.") % {"votes": _votes(rule.approve)})
        if rule.reject != quorum.ANY:
            found.append(_("It takes %(votes)s to reject.") % {"votes": _votes(rule.reject)})
    if stages := least.get("stages"):
        said = ngettext("In %(count)s stage: %(names)s.", "In %(count)s stages: %(names)s.", len(stages))
        found.append(said % {"count": len(stages), "names": series(one["name"] for one in stages)})
    if missing := least.get("on_missing"):
        found.append(_("If too few approvers are left: %(what)s.") % {"what": dict(MISSING)[missing["then"]]})
    return found


def _votes(threshold: int | str) -> str:
    if isinstance(threshold, int):
        return ngettext("%(count)s vote", "%(count)s votes", threshold) % {"count": threshold}
    known = {quorum.ANY: _("one vote"), quorum.ALL: _("all votes"), quorum.ONE_EACH: _("one vote of each assignee")}
    return known.get(threshold) or _("%(share)s of the votes") % {"share": threshold}


def _threshold(text: str) -> int | str | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else text or None


def _json(text: str) -> Any:
    if len(text) > LONGEST:
        raise InvalidField("least.stages", f"at most {LONGEST} characters")
    try:
        return json.loads(text)
    except ValueError:
        raise InvalidField("least.stages", "is no JSON") from None
