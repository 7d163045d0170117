"""The form by which a task is decided: its buttons and fields, and what was wrong with what was sent."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from inbox import forms, presentation
from inbox.tasks import selectors, verdicts
from inbox.tasks.models import Task
from inbox.views.kit import words
from inbox.views.tasks import files, sure
from inbox.views.tasks.files import File
from inbox.views.tasks.shown.rights import Rights
from inbox.vocabulary import kinds
from intents.files.models import Media


@dataclass(frozen=True, slots=True)
class OutcomeButton:
    """A button. `look` is its kind of button."""

    value: str
    words: str
    look: str
    negative: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer that was not accepted: what was typed, and why not, by field or with `problem` as a whole. `confirm` is an
    outcome that is asked about once more, `evidence` the files that it brought."""

    typed: QueryDict | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    confirm: str = ""
    evidence: Sequence[Media] = ()

    def text(self, name: str) -> str:
        return self.typed.get(name, "") if self.typed is not None else ""


NOTHING_SENT = Sent()


@dataclass(slots=True)
class AnswerForm:
    """`confirm` is the button that is asked about once more; `errors` are those that are told at what is not a field."""

    template: str
    digest: str
    fields: list[forms.Field]
    own_field: forms.Field | None
    outcomes: list[OutcomeButton]
    reasons: tuple[str, ...]
    comment_needed: bool
    evidence_needed: bool
    evidence: list[File]
    reason: str
    comment: str
    confirm: OutcomeButton | None = None
    confirm_title: str = ""
    sure_word: str = ""
    problem: str = ""
    errors: dict[str, str] = field(default_factory=dict)


def answer(task: Task, spec: Mapping[str, Any], sent: Sent, *, rights: Rights, headline: str, payload: Any) -> AnswerForm:
    """The form of `task`, as it was sent where that was not accepted."""
    kind, schema = kinds.kind_of(task.task_type).name, spec.get("form_schema")
    outcomes = _outcomes(task.task_type, spec["allowed_outcomes"])
    form = AnswerForm(
        template=f"tasks/kinds/{kind}.html",
        digest=bytes(task.digest).hex(),
        fields=forms.fields(schema, sent=sent.typed, without=verdicts.by_button(spec)) if schema else [],
        own_field=None if schema else forms.own_field(kind, sent=sent.typed),
        outcomes=outcomes,
        reasons=words.REASONS.get(kind, ()) if _refusable(task.task_type, spec) else (),
        comment_needed=spec["required_comment"] or rights.overriding,
        evidence_needed=spec["evidence_required"],
        evidence=[files.shown(row) for row in sent.evidence or selectors.evidence(task)],
        reason=sent.text("reason"),
        comment=sent.text("comment"),
        problem=sent.problem,
    )
    form.confirm = next((one for one in outcomes if one.value == sent.confirm), None)
    if form.confirm is not None:
        form.confirm_title = sure.question(form.confirm.words, headline)
        form.sure_word = sure.word(task, payload, sent.confirm)
    _say_what_is_wrong(form, sent.errors, schema or {}, may_decide=rights.may_decide)
    return form


def _say_what_is_wrong(made: AnswerForm, errors: Mapping[str, str], schema: Mapping[str, Any], *, may_decide: bool) -> None:
    """Each error beside what it is about, where that can be seen; the others in `problem`, for the answer as a whole."""
    beside = {"comment"} if may_decide and made.confirm is None else set()
    beside |= {"evidence"} if made.evidence_needed else set()
    beside |= {"identity", "typed"} if made.confirm is not None else set()
    of_form = {}
    for path, message in errors.items():
        is_evidence = path == "data.evidence" or path.startswith("data.evidence.")
        name = "evidence" if is_evidence and "evidence" not in schema.get("properties", {}) else path
        if name in beside:
            made.errors[name] = f"{made.errors[name]}; {message}" if name in made.errors else message
        else:
            of_form[path] = message
    left = forms.place([*made.fields, *([made.own_field] if made.own_field else [])], of_form)
    made.problem = ". ".join(filter(None, (made.problem, forms.sentences(left))))
    if first := None if made.problem else forms.first_wrong(made.fields):
        first.first_wrong = True


def _outcomes(task_type: str, allowed: Iterable[str]) -> list[OutcomeButton]:
    """The buttons: what agrees first, the first of those as the main one; what refuses last. An outcome of a task's own
    making is neither. No two have the same words."""
    agrees = {outcome: kinds.is_positive(task_type, outcome) for outcome in allowed}
    refuses = {outcome: kinds.is_negative(task_type, outcome) for outcome in agrees}
    said = Counter(words.verb(outcome).casefold() for outcome in agrees)
    made = []
    for place, outcome in enumerate(sorted(agrees, key=lambda one: (refuses[one], not agrees[one]))):
        look = "danger" if refuses[outcome] else "primary" if place == 0 and agrees[outcome] else ""
        verb = words.verb(outcome)
        verb = verb if said[verb.casefold()] == 1 else f"{verb} ({presentation.one_line(outcome)})"
        made.append(OutcomeButton(outcome, verb, look, refuses[outcome]))
    return made


def _refusable(task_type: str, spec: Mapping[str, Any]) -> bool:
    return any(kinds.is_negative(task_type, outcome) for outcome in spec["allowed_outcomes"])
