"""What a human task may say around its data: what sums it up, what each answer does, what buttons and reasons are called.

It is an agent's word beside buttons, so it may not make a no look like a yes, nor the other way round.
"""

# ruff: noqa: SIM905

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from inbox import presentation
from inbox.vocabulary import lookalikes, pointers
from inbox.vocabulary.kinds import RESERVED, agrees, is_negative, word
from intents.kernel.errors import InvalidField
from intents.kernel.unseen import unseen

MOST_REASONS = 8
_NO = frozenset(
    "reject refuse deny decline disapprove disallow block forbid veto not never don dont no cancel abort stop".split()
)
_YES = frozenset("approve accept confirm allow agree yes ok okay grant permit authorize authorise".split())


def _seen(text: str) -> str:
    if (odd := unseen(text)) is not None:
        raise ValueError(f"holds a character that cannot be seen ({odd})")
    text = " ".join(text.split())
    if not text:
        raise ValueError("must hold some text")
    return text


def _pointer(text: str) -> str:
    if not pointers.is_pointer(text):
        raise ValueError("must be a JSON pointer into the payload, like /total")
    return text


Outcome = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Pointer = Annotated[str, StringConstraints(max_length=256), AfterValidator(_pointer)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=32), AfterValidator(_seen)]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_seen)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(_seen)]

Labels = Annotated[dict[Outcome, Label], Field(min_length=1, max_length=20)]
Consequences = Annotated[dict[Outcome, Sentence], Field(min_length=1, max_length=20)]
Reasons = Annotated[list[Reason], Field(max_length=MOST_REASONS)]


class SummaryPointers(BaseModel):
    """Which parts of the payload sum it up, as JSON pointers (RFC 6901)."""

    model_config = ConfigDict(extra="forbid")

    amount: Pointer | None = Field(None, description="To an amount of money, or to its number.", examples=["/total"])
    currency: Pointer | None = Field(
        None, description="To the currency's code, where none stands beside the amount.", examples=["/currency"]
    )
    who: Pointer | None = Field(None, description="To the name of whom it concerns.", examples=["/customer/name"])


def ensure_fair(spec: Mapping[str, Any], *, field: str) -> None:
    """Raises InvalidField, naming the place below `field`, when what a completed task says of its outcomes and reasons is
    of none of its outcomes, or could be taken for another answer than it is."""
    outcomes: Sequence[str] = spec["allowed_outcomes"]
    for name in ("consequence", "outcome_labels"):
        for outcome in spec.get(name, {}):
            if outcome not in outcomes:
                raise InvalidField(f"{field}.{name}.{outcome}", f"one of {', '.join(outcomes)}", allowed_outcomes=outcomes)
    if "summary" in spec and not {"amount", "who"} & spec["summary"].keys():
        raise InvalidField(f"{field}.summary", "must point to an amount or to who it concerns")
    _ensure_labels(spec, outcomes, field=f"{field}.outcome_labels")
    _ensure_reasons(spec, outcomes, field=f"{field}.reject_reasons")


def ensure_points(spec: Mapping[str, Any], payload: Any, *, field: str) -> None:
    """Raises InvalidField when the summary of a completed task points to nothing in its payload."""
    if "summary" in spec and (miss := presentation.missed(spec["summary"], payload)):
        raise InvalidField(f"{field}.summary.{miss.name}", miss.why)


def _ensure_labels(spec: Mapping[str, Any], outcomes: Sequence[str], *, field: str) -> None:
    labels: Mapping[str, str] = spec.get("outcome_labels", {})
    reads = {one: word(one) for one in outcomes}
    for outcome, label in labels.items():
        place = f"{field}.{outcome}"
        if (odd := lookalikes.mixed(label)) is not None:
            raise InvalidField(place, f"{odd} mixes letters of scripts that look alike")
        looks = word(lookalikes.bare(label))
        if looks in RESERVED and word(label) != looks:
            raise InvalidField(place, f"{label} looks like {looks}, and is written in other letters")
        said, meant = leaning(label), _leaning_of(spec["task_type"], outcome)
        if said is not None and said != meant:
            raise InvalidField(place, f"{label} reads like another answer than {outcome}")
        for other, read in reads.items():
            others = {read, word(labels[other])} if other in labels else {read}
            if other != outcome and (looks in others or word(label) in others):
                raise InvalidField(place, f"{label} reads the same as {labels.get(other, other)}, which is another answer")


def leaning(label: str) -> bool | None:
    """Whether a text on a button says yes or no; None when it says neither."""
    words = re.findall(r"[^\W_]+", lookalikes.bare(label).casefold())
    if not _NO.isdisjoint(words):
        return False
    return True if not _YES.isdisjoint(words) else None


def _leaning_of(task_type: str, outcome: str) -> bool | None:
    if is_negative(task_type, outcome):
        return False
    return True if agrees(task_type, outcome) else None


def _ensure_reasons(spec: Mapping[str, Any], outcomes: Sequence[str], *, field: str) -> None:
    reasons: Sequence[str] | None = spec.get("reject_reasons")
    if reasons is None:
        return
    if not any(is_negative(spec["task_type"], one) for one in outcomes):
        raise InvalidField(field, "no outcome of this task refuses, so there is nothing to give a reason for")
    known: set[str] = set()
    for place, reason in enumerate(reasons):
        if reason.casefold() in known:
            raise InvalidField(f"{field}.{place}", "each only once")
        known.add(reason.casefold())
