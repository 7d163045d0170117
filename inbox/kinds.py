"""The kinds of human task, as one table. A new kind is a new row."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

RISKS = ("critical", "high", "medium", "low")
"""What is at stake, the most first."""
RISK_WORDS = {"critical": _("critical"), "high": _("high"), "medium": _("medium"), "low": _("low")}
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
        Kind("assignment", "Somebody to assign", ("assigned",), ("declined",)),
        Kind("form", "Information needed", ("submitted",), ()),
        Kind("clarification", "Question to answer", ("provided",), ("declined",)),
        Kind("manual_action", "Something to do by hand", ("completed",), ("failed",)),
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

NAMES: tuple[str, ...] = (*KINDS, *ALIASES)


def kind_of(name: str) -> Kind:
    """The kind that the task type `name` means. Raises KeyError for one that is not in NAMES."""
    return KINDS[ALIASES.get(name, name)]


def meant(task_type: str, outcome: str, allowed: list[str]) -> str | None:
    """Which of the `allowed` outcomes `outcome` stands for, None when it stands for none of them."""
    if outcome in allowed:
        return outcome
    kind = kind_of(task_type)
    candidates = {APPROVED: kind.positive, REJECTED: kind.negative}.get(outcome, ())
    return next((one for one in candidates if one in allowed), None)


def is_negative(task_type: str, outcome: str) -> bool:
    """Whether `outcome` refuses what was asked for. An outcome of a task's own making does not."""
    return outcome == REJECTED or outcome in kind_of(task_type).negative


def is_positive(task_type: str, outcome: str) -> bool:
    """Whether `outcome` agrees to what was asked for. An outcome of a task's own making does not."""
    return outcome == APPROVED or outcome in kind_of(task_type).positive
