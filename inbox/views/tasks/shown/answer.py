"""The form by which a task is decided: its buttons and fields, and what was wrong with what was sent."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from inbox import forms, presentation
from inbox.tasks import changed, selectors, specs, verdicts
from inbox.tasks.models import Task
from inbox.views.kit import words
from inbox.views.tasks import changing, files, sure
from inbox.views.tasks.files import File
from inbox.views.tasks.shown.rights import Rights
from inbox.vocabulary import kinds
from intents.files.models import Media


@dataclass(frozen=True, slots=True)
class OutcomeButton:
    """A button. `look` is its kind of button. `labelled` tells that its words are the agent's; `plain` is then what it does
    in ours, where they do not say it. `consequence` is the agent's word for what follows."""

    value: str
    words: str
    look: str
    negative: bool
    labelled: bool = False
    plain: str = ""
    consequence: str = ""


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

    def texts(self, name: str) -> list[str]:
        return [one for one in self.typed.getlist(name) if one] if self.typed is not None else []


NOTHING_SENT = Sent()


@dataclass(slots=True)
class AnswerForm:
    """`editable` are the inputs of values that may be changed, `is_editing` whether one of them was; `changes` are what they
    become, which is confirmed. `confirm` is the button that is asked about once more; `errors` are those that are told
    at what is not a field. Each of the `reasons` is what is sent, how it is called, and whether it was given."""

    template: str
    digest: str
    fields: list[forms.Field]
    own_field: forms.Field | None
    editable: list[forms.Field]
    outcomes: list[OutcomeButton]
    reasons: list[tuple[str, str, bool]]
    comment_needed: bool
    evidence_needed: bool
    evidence: list[File]
    reasons_given: list[str]
    comment: str
    confirm: OutcomeButton | None = None
    confirm_title: str = ""
    sure_word: str = ""
    changes: list[presentation.Fact] = field(default_factory=list)
    changes_mark: str = ""
    is_editing: bool = False
    problem: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def consequences(self) -> list[OutcomeButton]:
        """The answers of which their agent says what they do."""
        return [one for one in self.outcomes if one.consequence]

    @property
    def asks_why(self) -> bool:
        """Whether a sheet asks for a comment before an answer is sent."""
        return self.comment_needed or any(one.negative for one in self.outcomes)


def answer(task: Task, spec: Mapping[str, Any], sent: Sent, *, rights: Rights, headline: str, payload: Any) -> AnswerForm:
    """The form of `task`, as it was sent where that was not accepted."""
    kind, schema = kinds.kind_of(task.task_type).name, spec.get("form_schema")
    offered = outcomes(task.task_type, spec)
    reasons_given = sent.texts("reason")
    form = AnswerForm(
        template=f"tasks/kinds/{kind}.html",
        digest=bytes(task.digest).hex(),
        fields=forms.fields(schema, sent=sent.typed, without=verdicts.by_button(spec)) if schema else [],
        own_field=None if schema else forms.own_field(kind, sent=sent.typed),
        editable=changing.fields(spec, payload, sent.typed) if task.ballot is None else [],
        outcomes=offered,
        reasons=_reasons(kind, spec, reasons_given) if any(one.negative for one in offered) else [],
        comment_needed=spec["required_comment"] or rights.overriding,
        evidence_needed=spec["evidence_required"],
        evidence=[files.shown(row) for row in sent.evidence or selectors.evidence(task)],
        reasons_given=reasons_given,
        comment=sent.text("comment"),
        problem=sent.problem,
    )
    form.confirm = next((one for one in offered if one.value == sent.confirm), None)
    if form.confirm is not None:
        approved = _tell_changes(form, spec, sent, payload)
        said = _("%(decision)s with changes") if form.changes else "%(decision)s"
        form.confirm_title = sure.question(said % {"decision": form.confirm.words}, headline)
        form.sure_word = sure.word(task, approved, sent.confirm)
    _say_what_is_wrong(form, sent.errors, schema or {}, may_decide=rights.may_decide)
    return form


def _tell_changes(form: AnswerForm, spec: Mapping[str, Any], sent: Sent, payload: Any) -> Any:
    """Tell what the outcome to be confirmed approves in the place of what was proposed. Returns the payload that it
    approves."""
    if sent.typed is None or not specs.takes_changes(spec, sent.confirm):
        return payload
    values, _unread = changing.typed(spec, payload, sent.typed)
    found = changed.read(spec["editable_fields"], values, payload, field=changing.PATH)
    approved = {one.name: one.approved for one in found.changes}
    form.changes = changing.facts(spec, payload, approved)
    form.changes_mark = changing.mark(found.changes) if found.changes else ""
    return changing.after(spec, payload, approved)


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
    of_form = changing.place(made.editable, of_form)
    made.is_editing = made.changes_mark != "" or any(one.error for one in made.editable)
    left = forms.place([*made.fields, *([made.own_field] if made.own_field else [])], of_form)
    made.problem = ". ".join(filter(None, (made.problem, forms.sentences(left))))
    if first := None if made.problem else forms.first_wrong([*made.editable, *made.fields]):
        first.first_wrong = True


def outcomes(task_type: str, spec: Mapping[str, Any]) -> list[OutcomeButton]:
    """The buttons: what agrees first, the first of those as the main one; what refuses last. An outcome of a task's own
    making is neither. No two have the same words."""
    agrees = {outcome: kinds.is_positive(task_type, outcome) for outcome in spec["allowed_outcomes"]}
    refuses = {outcome: kinds.is_negative(task_type, outcome) for outcome in agrees}
    said = Counter(words.verb(outcome).casefold() for outcome in agrees)
    labels, consequences = spec.get("outcome_labels", {}), spec.get("consequence", {})
    made = []
    for place, outcome in enumerate(sorted(agrees, key=lambda one: (refuses[one], not agrees[one]))):
        look = "danger" if refuses[outcome] else "primary" if place == 0 and agrees[outcome] else ""
        verb = words.verb(outcome)
        verb = verb if said[verb.casefold()] == 1 else f"{verb} ({presentation.one_line(outcome)})"
        label = presentation.one_line(labels.get(outcome, ""))
        made.append(
            OutcomeButton(
                outcome,
                label or verb,
                look,
                refuses[outcome],
                labelled=bool(label),
                plain=verb if label and not _says(label, verb) else "",
                consequence=consequences.get(outcome, ""),
            )
        )
    return made


def _says(label: str, verb: str) -> bool:
    """Whether a label has the words of the plain button in it."""
    return f" {verb.casefold()} " in f" {label.casefold()} "


def _reasons(kind: str, spec: Mapping[str, Any], given: Sequence[str]) -> list[tuple[str, str, bool]]:
    """The task's own reasons, or those of its kind in the reader's language."""
    own = spec.get("reject_reasons")
    if own is not None:
        return [(one, presentation.one_line(one), one in given) for one in own]
    return [(one, _(one), one in given) for one in words.REASONS.get(kind, ())]
