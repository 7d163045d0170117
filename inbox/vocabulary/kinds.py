"""The kinds of human task, as one table. A new kind is a new row."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from django.utils.translation import gettext_lazy as _

Risk = Literal["critical", "high", "medium", "low"]
RISKS: tuple[Risk, ...] = ("critical", "high", "medium", "low")
"""What is at stake, the most first."""
RISK_WORDS = {"critical": _("critical"), "high": _("high"), "medium": _("medium"), "low": _("low")}
PATIENCE = {
    "critical": timedelta(hours=24),
    "high": timedelta(days=3),
    "medium": timedelta(days=7),
    "low": timedelta(days=30),
}
"""How long a task may wait before lists have it among what is due, however much later it is due, or never."""
RISKY = frozenset({"critical", "high"})
"""Risks at which duties are separated unless a task says otherwise, and decisions are not held."""

APPROVED, REJECTED = "approved", "rejected"
"""Every kind understands these two as its own first positive and negative outcome."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`positive` and `negative` are the outcomes a task of this kind offers unless it brings its own.

    `title` is for tasks that come without one.
    """

    name: str
    title: str
    positive: tuple[str, ...]
    negative: tuple[str, ...]

    @property
    def outcomes(self) -> tuple[str, ...]:
        return self.positive + self.negative


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("approval", "Approval needed", ("approved",), ("rejected",)),
        Kind("review", "Review needed", ("approved", "changes_requested"), ("rejected",)),
        Kind("confirmation", "Confirmation needed", ("confirmed",), ("denied",)),
        Kind("assignment", "Assignment needed", ("assigned",), ("declined",)),
        Kind("form", "Information needed", ("submitted",), ()),
        Kind("clarification", "Question to answer", ("provided",), ("declined",)),
        Kind("manual_action", "Manual step", ("completed",), ("failed",)),
        Kind("override", "Override needed", ("override_approved",), ("rejected",)),
    )
}

ALIASES: dict[str, str] = {
    "provide_data": "form",
    "attach_file": "form",
    "validate_real_world": "review",
    "validate_output": "review",
    "delegation": "assignment",
    "reroute": "assignment",
    "escalate": "approval",
}
"""Other names of the public format, which stay on the task as given."""


def known() -> list[str]:
    """The task types there are."""
    return [*KINDS, *ALIASES]


def kind_of(name: str) -> Kind:
    """The kind that the task type `name` means. Raises KeyError for one that is not `known`."""
    return KINDS[ALIASES.get(name, name)]


BUTTONS: dict[str, str] = {
    "approved": "approve",
    "rejected": "reject",
    "changes requested": "request changes",
    "confirmed": "confirm",
    "denied": "deny",
    "assigned": "assign",
    "declined": "decline",
    "submitted": "send answers",
    "provided": "send answer",
    "completed": "mark as done",
    "failed": "couldn't do it",
    "override approved": "override",
    "refused": "refuse",
    "disapproved": "disapprove",
    "fail": "couldn't do it",
    "couldn t do it": "couldn't do it",
}
"""Outcomes by the words of their buttons, where those are not their names."""
_NO = {"reject", "deny", "decline", "refuse", "disapprove", "couldn't do it", "it could not be done", "no", "not approved"}
_JUDGING = {"approval", "review", "confirmation", "override"}
"""Kinds that ask for a yes or no. The others ask for something, and what it says is no matter of theirs."""


def word(outcome: str) -> str:
    """What an outcome reads as: two that read the same would be one button twice."""
    plain = " ".join(re.split(r"[\W_]+", unicodedata.normalize("NFKC", outcome).casefold())).strip() or outcome
    return BUTTONS.get(plain, plain)


RESERVED = frozenset({*BUTTONS.values(), *map(word, (one for kind in KINDS.values() for one in kind.outcomes)), *_NO})
"""What outcomes read as that mean something to the server and to people who know them from other tasks."""


def meant(task_type: str, outcome: str, allowed: list[str]) -> str | None:
    """Which of the `allowed` outcomes `outcome` stands for, None when it stands for none of them. `approved` and `rejected`,
    also `approve` and `reject`, are the kind's own yes and no, and no is an outcome that reads like one."""
    if outcome in allowed:
        return outcome
    kind, read = kind_of(task_type), word(outcome)
    like = [one for one in allowed if word(one) == read]
    candidates: tuple[str, ...] = ()
    if read == word(APPROVED):
        candidates = kind.positive[:1]
    elif read == word(REJECTED):
        candidates = (*kind.negative, *(one for one in allowed if is_negative(task_type, one)))
    return next((one for one in (*like, *candidates) if one in allowed), None)


def is_negative(task_type: str, outcome: str) -> bool:
    """Whether `outcome` refuses what was asked for: the kind's own no, or one that reads like a no."""
    return outcome in kind_of(task_type).negative or word(outcome) in _NO


def is_positive(task_type: str, outcome: str) -> bool:
    """Whether `outcome` agrees to what was asked for. An outcome of a task's own making does not."""
    return outcome == APPROVED or outcome in kind_of(task_type).positive


def agrees(task_type: str, outcome: str) -> bool:
    """Whether `outcome` is the kind's plain yes. To ask for changes is no refusal, and yet none."""
    return outcome in (APPROVED, kind_of(task_type).positive[0]) or word(outcome) == word(APPROVED)


def judged(task_type: str, outcome: str) -> bool | None:
    """Whether `outcome` says yes or no to what a task of this kind asks; None when it says neither."""
    kind = kind_of(task_type)
    if kind.name not in _JUDGING:
        return None
    if is_negative(task_type, outcome):
        return False
    return True if outcome == kind.positive[0] or word(outcome) == word(APPROVED) else None
