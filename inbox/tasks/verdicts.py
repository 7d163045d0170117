"""What an answer decides, wherever it says so: as its outcome, beside it, or in the data of its form.

A form may ask for the outcome, a decision, `approved` or the comment once more. What the data lacks of these is the answer's
own; what it says otherwise is a contradiction, since an agent may read the one or the other.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from inbox.forms import schema as formschema
from inbox.tasks.answers import Answer
from inbox.vocabulary import kinds
from intents.kernel.errors import InvalidField
from intents.kernel.jsonschema import validator

APPROVED = "approved"
NAMES = ("outcome", "decision", APPROVED)
"""Fields that are about the outcome, whatever a form calls them."""
_TRUTH = {"true": True, "false": False}
Word = str | bool


def outcome(spec: Mapping[str, Any], answer: Answer) -> str:
    """Which of the task's outcomes an answer stands for. Raises InvalidField for none, and for one that is contradicted."""
    task_type, allowed = spec["task_type"], spec["allowed_outcomes"]
    said = list(_said(answer))
    meanings = [(place, one) for place, word in said if (one := _meant(task_type, word, allowed)) is not None]
    own = [place for place, word in said if place in (answer.field("outcome"), "outcome")]
    if not meanings or (own and meanings[0][0] != own[0]):
        place = own[0] if own else answer.field("outcome")
        raise InvalidField(place, f"one of {', '.join(allowed)}", allowed_outcomes=allowed)
    decided = meanings[0][1]
    for place, word in said:
        if not _agrees(task_type, allowed, decided, word):
            raise InvalidField(place, f"contradicts the outcome {decided}", outcome=decided)
    return decided


def of_kind(task_type: str, positive: bool, allowed: list[str]) -> str | None:
    """The outcome that is a task's yes, or its no; None where it has none."""
    return kinds.meant(task_type, kinds.APPROVED if positive else kinds.REJECTED, allowed)


def completed(spec: Mapping[str, Any], answer: Answer, decided: str) -> dict[str, Any]:
    """The data of an answer with what its form asks for once more, where the data lacks it."""
    data, schema = dict(answer.data or {}), spec["form_schema"]
    asked = formschema.asked(schema)
    if answer.flat and APPROVED not in asked and isinstance(data.get(APPROVED), bool):
        del data[APPROVED]  # it was but the outcome
    root = validator.of(schema, validator.Budget())
    own = _own(spec, decided, answer.outcome, (answer.comment or "").strip())
    for name, values in own.items():
        if name in asked and data.get(name) in (None, ""):
            data.update((name, value) for value in _fitting(root, asked[name], values))
    return data


def by_button(spec: Mapping[str, Any]) -> set[str]:
    """The fields of a task's form whose values are given by whichever button is pressed, so that a page need not ask."""
    schema = spec.get("form_schema")
    if schema is None:
        return set()
    asked, root = formschema.asked(schema), validator.of(schema, validator.Budget())
    positive = [one for one in spec["allowed_outcomes"] if not kinds.is_negative(spec["task_type"], one)]
    return {
        name
        for name in NAMES
        if name in asked and all(list(_fitting(root, asked[name], _own(spec, one, None, "")[name])) for one in positive)
    }


def _said(answer: Answer) -> Iterator[tuple[str, Word]]:
    """Every word about the outcome with its place, those that count first at first."""
    if answer.outcome is not None:
        yield answer.field("outcome"), answer.outcome
    yield from answer.also
    for name in NAMES:
        word = (answer.data or {}).get(name)
        if isinstance(word, str) and name == APPROVED:
            word = _TRUTH.get(word.strip().lower())
        if isinstance(word, bool if name == APPROVED else str):
            yield answer.field(name if answer.flat else f"data.{name}"), word


def _meant(task_type: str, word: Word, allowed: list[str]) -> str | None:
    if isinstance(word, bool):
        word = kinds.APPROVED if word else kinds.REJECTED
    return kinds.meant(task_type, word, allowed)


def _agrees(task_type: str, allowed: list[str], decided: str, word: Word) -> bool:
    if isinstance(word, str) and (same := kinds.meant(task_type, word, allowed)) is not None:
        return same == decided
    says = word if isinstance(word, bool) else kinds.judged(task_type, word)
    return None in (says, kinds.judged(task_type, decided)) or says == kinds.judged(task_type, decided)


def _own(spec: Mapping[str, Any], decided: str, sent: str | None, comment: str) -> dict[str, list[Any]]:
    """The answer's own values for fields that ask for them once more, those to be tried first at first."""
    yes = kinds.judged(spec["task_type"], decided)
    words = [decided, *([sent] if sent is not None else [])]
    verdict = [] if yes is None else [yes]
    return {
        "outcome": words,
        "decision": [*words, *("approve" if one else "reject" for one in verdict)],
        APPROVED: verdict,
        "comment": [comment] if comment else [],
    }


def _fitting(root: Any, schema: Any, values: list[Any]) -> Iterator[Any]:
    """The first of `values` that fits, if any does."""
    try:
        yield from [value for value in values if root.format_checker.part(root, schema).is_valid(value)][:1]
    except validator.TooMuch:
        return
