"""What an answer must have whoever gives it: it is about what was shown, and says all that its task asks for."""

from typing import Any

from inbox.tasks.answers import Answer
from inbox.tasks.models import Task
from inbox.tasks.services import attachments
from inbox.tasks.services.reading import Read
from inbox.vocabulary.errors import DigestMismatch
from intents.kernel import canonical
from intents.kernel.actors import Person
from intents.kernel.errors import InvalidField


def ensure_sound(*, task: Task, given: Read, actor: Person, payload_digest: str | None, overrides: bool) -> None:
    """Check an answer that `actor` may give, who `overrides` the assignees or does not; `payload_digest`, hex, is that of
    what they were shown. Raises DigestMismatch, what refuses it as none at all, and InvalidField telling all that is wrong
    with it."""
    if payload_digest is not None:
        _ensure_shown(task, payload_digest, given.answer)
    if given.refused is not None:
        raise given.refused
    spec = canonical.loads(task.spec)
    if overrides:
        spec = spec | {"required_comment": True}
    _ensure_complete(spec, given, person=actor)


def _ensure_shown(task: Task, sent: str, answer: Answer) -> None:
    current = bytes(task.digest).hex()
    if sent.strip().lower() != current:
        raise DigestMismatch(
            "what you were shown is not what would be decided: look at the task again",
            field=answer.field("payload_digest"),
            task_id=str(task.id),
            revision=task.revision,
            payload_digest=current,
        )


def _ensure_complete(spec: dict[str, Any], given: Read, *, person: Person) -> None:
    """Raises InvalidField unless an answer has all that the task asks for; it tells everything that is wrong in its details
    (`errors`, each with `field` and `message`), so that it can be mended at once."""
    wrong = list(given.wrong)
    try:
        attachments.evidence(actor=person, answer=given.answer, required=spec["evidence_required"])
    except InvalidField as error:
        wrong.append(error)
    if spec["required_comment"] and given.comment is None:
        wrong.append(InvalidField(given.answer.field("comment"), "this decision requires a comment"))
    if wrong:
        told = [one for error in wrong for one in _told(error)]
        raise InvalidField(wrong[0].details["field"], wrong[0].reason, errors=told)


def _told(error: InvalidField) -> list[dict[str, str]]:
    found: list[dict[str, str]] = error.details.get("errors") or [{"field": error.details["field"], "message": error.reason}]
    return found
