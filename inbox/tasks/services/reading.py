"""Reading an answer by its task's form. It is done before anything is locked: what it costs is up to strangers."""

from dataclasses import dataclass, replace
from typing import Any

from inbox.forms import data as formdata
from inbox.tasks import changed, selectors, specs, verdicts
from inbox.tasks.answers import Answer
from inbox.tasks.models import Task
from inbox.vocabulary import kinds
from intents.kernel import canonical
from intents.kernel.errors import Invalid, InvalidField


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """An answer in its task's own terms, as long as `digest` is the task's. `changes` are the values of the payload that it
    approves others for. `refused` is what makes it none at all, `wrong` what is wrong with its data, to be
    told with all else that is wrong."""

    answer: Answer
    digest: bytes
    outcome: str = ""
    negative: bool = False
    comment: str | None = None
    data: dict[str, Any] | None = None
    changes: tuple[changed.ChangedValue, ...] = ()
    refused: Invalid | None = None
    wrong: tuple[InvalidField, ...] = ()


def read(*, task: Task, answer: Answer) -> Read:
    """Raises nothing: what is wrong is told after what is wrong with the task."""
    digest = bytes(task.digest)
    spec = canonical.loads(task.spec)
    try:
        outcome = verdicts.outcome(spec, answer)
        _ensure_size(answer)
    except Invalid as refusal:
        return Read(answer=answer, digest=digest, refused=refusal)
    negative = kinds.is_negative(spec["task_type"], outcome)
    data, wrong = None, list[InvalidField]()
    changes: tuple[changed.ChangedValue, ...] = ()
    try:
        data = _data(spec, answer, outcome, negative=negative)
    except InvalidField as error:
        wrong.append(error)
    if "editable_fields" in spec:
        try:
            approved = _approved(task, spec, answer, outcome)
            data = changed.told(data, approved)
            changes = approved.changes if approved else ()
        except InvalidField as error:
            wrong.append(error)
    comment = (answer.comment or "").strip() or None
    return Read(
        answer=answer,
        digest=digest,
        outcome=outcome,
        negative=negative,
        comment=comment,
        data=data,
        changes=changes,
        wrong=tuple(wrong),
    )


def _ensure_size(answer: Answer) -> None:
    for part, value in (("data", answer.data), ("", answer.extra)):
        canonical.check(value)
        canonical.sized(value, answer.field(part))


def _data(spec: dict[str, Any], answer: Answer, outcome: str, *, negative: bool) -> dict[str, Any] | None:
    """What the person filled in, as the form wants it. Who refuses need not fill in the form."""
    data = changed.without(answer.data) if "editable_fields" in spec else answer.data
    unfilled = not set(data or ()) - {*verdicts.NAMES, "comment"}
    if "form_schema" in spec and not (negative and unfilled):
        given = replace(answer, data=data)
        return _filled_in(verdicts.completed(spec, given, outcome), spec["form_schema"], field=answer.field("data"))
    return data


def _approved(task: Task, spec: dict[str, Any], answer: Answer, outcome: str) -> changed.Approved | None:
    """The values that an answer approves, None where it approves none. Raises InvalidField."""
    payload = canonical.loads(selectors.payloads([task.intent_id])[task.intent_id])
    given = changed.given(answer)
    found = changed.read(spec["editable_fields"], given, payload, field=answer.field("data.approved"))
    if found.changes and task.ballot is not None:
        raise InvalidField(answer.field("data.approved"), "several people decide this: none changes it for the others")
    if specs.takes_changes(spec, outcome):
        return found
    if found.changes:
        raise InvalidField(answer.field("data.approved"), f"{outcome} approves no values")
    return None


def _filled_in(data: dict[str, Any], schema: dict[str, Any], *, field: str) -> dict[str, Any]:
    """The form as its schema wants it. Evidence stands beside the form unless the form has a field of that name."""
    if "evidence" in data and "evidence" not in schema.get("properties", {}):
        others = {name: value for name, value in data.items() if name != "evidence"}
        return formdata.read(others, schema, field=field) | {"evidence": data["evidence"]}
    return formdata.read(data, schema, field=field)
