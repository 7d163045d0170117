"""A task as its page shows it: what would happen, what the agent says, who is asked, what was done, what can be answered."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _

from inbox import forms, presentation
from inbox.tasks import audience, permissions, selectors, verdicts
from inbox.tasks.models import Task
from inbox.templatetags.pages import clock as at_clock
from inbox.views.kit import words
from inbox.views.tasks import files, sure, times
from inbox.views.tasks.ahead import Ahead, ahead, rules
from inbox.views.tasks.files import File
from inbox.views.tasks.history import Event, history
from inbox.views.tasks.rows import Row, name, row
from inbox.vocabulary import kinds
from inbox.vocabulary.lifecycle import DECIDABLE, State
from intents.engine.lifecycle import TERMINAL
from intents.files.models import Media
from intents.kernel import canonical
from intents.kernel.actors import ADMINS, OPERATORS, Person, Role


@dataclass(frozen=True, slots=True)
class OutcomeButton:
    """A button. `look` is its kind of button."""

    value: str
    words: str
    look: str
    negative: bool


@dataclass(frozen=True, slots=True)
class AgentStatement:
    """The agent's own words. `aside` is what we add to them."""

    title: str
    text: presentation.Folded
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Advisory:
    """Something to know before deciding."""

    tone: str
    icon: str
    words: str
    at: datetime | None = None


@dataclass(slots=True)
class Shown:
    """Everything on a task's page, in the terms of its template. `version` changes with everything that can change."""

    row: Row
    version: str
    state: State
    subject: str
    heading: str
    consequence: str
    facts: list[presentation.Fact]
    more: int
    checks: list[presentation.Check]
    payload: Any
    says: AgentStatement | None
    answer_template: str
    fields: list[forms.Field]
    outcomes: list[OutcomeButton]
    reasons: tuple[str, ...]
    comment_needed: bool
    evidence_needed: bool
    digest: str
    may_decide: bool
    why_not: str | None
    claimable: bool
    claimed_by_me: bool
    claimed_by: str
    may_release: bool
    may_comment: bool
    may_ask: bool
    held_until: datetime | None
    may_undo: bool
    notices: list[Advisory]
    history: list[Event]
    asked: list[str]
    asked_late: list[str]
    deciders: list[str]
    ahead: list[Ahead]
    next_steps: list[str]
    intent_id: UUID
    intent_type: str
    confirm_now: OutcomeButton | None = None
    confirm_title: str = ""
    sure_word: str = ""
    own_field: forms.Field | None = None
    reason: str = ""
    override_url: str = ""
    overriding: bool = False
    may_delegate: bool = False
    delegate_days: list[tuple[str, str]] = field(default_factory=list)
    may_assign: bool = False
    snooze_choices: list[tuple[str, str]] = field(default_factory=list)
    snoozed_until: datetime | None = None
    people: list[str] = field(default_factory=list)
    attachments: list[File] = field(default_factory=list)
    evidence: list[File] = field(default_factory=list)
    comment: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    problem: str = ""


def shown(
    task: Task,
    *,
    person: Person,
    now: datetime,
    query: str = "",
    sent: QueryDict | None = None,
    errors: Mapping[str, str] | None = None,
    problem: str = "",
    confirm: str = "",
    evidence: Sequence[Media] = (),
    override: bool = False,
) -> Shown:
    """The page of a task for `person`. `sent` and `errors` are an answer that was not accepted, and why, by field,
    or with `problem` as a whole; `confirm` is an outcome that is asked about once more, `evidence` the files it brought."""
    intent = task.intent
    spec = canonical.loads(task.spec)
    payload = selectors.body(intent).as_sent
    schema = spec.get("form_schema")
    facts, more = presentation.facts(payload)
    subject = _ended(presentation.subject(intent.intent_type, payload))
    why_not = permissions.why_not(person, task, now=now)
    decidable = task.state in DECIDABLE and not _over(task, now)
    mine = task.claimed_by_id == person.user_id
    assigned = audience.assigned(task)
    may_override = decidable and why_not is not None and task.claimed_by_id is None
    may_override = may_override and permissions.why_not(person, task, now=now, override=True) is None
    overriding = may_override and override
    may_decide = overriding or (decidable and why_not is None and (task.claimed_by_id is None or mine))
    held = task.held_until if task.state == State.HELD else None
    line = row(task, person=person, query=query)
    made = Shown(
        row=line,
        version=f"{line.version}-{intent.seq}-{decidable}",
        state=State(task.state),
        subject=subject,
        heading=_("What will happen") if decidable or held else _("What was asked"),
        consequence=subject if presentation.summary(payload) else "",
        facts=facts,
        more=more,
        checks=presentation.checks(payload),
        payload=payload,
        says=_said(spec, payload),
        answer_template=f"inbox/kinds/{kinds.kind_of(task.task_type).name}.html",
        fields=forms.fields(schema, sent=sent, without=verdicts.by_button(spec)) if schema else [],
        outcomes=_outcomes(task.task_type, spec["allowed_outcomes"]),
        reasons=words.REASONS.get(kinds.kind_of(task.task_type).name, ()) if _refusable(task.task_type, spec) else (),
        comment_needed=spec["required_comment"] or overriding,
        override_url=f"{line.url}{'&' if query else '?'}override=yes" if may_override else "",
        overriding=overriding,
        evidence_needed=spec["evidence_required"],
        digest=bytes(task.digest).hex(),
        may_decide=may_decide,
        why_not=why_not,
        claimable=decidable and why_not is None and task.claimed_by_id is None and len(assigned) + _several(assigned) > 1,
        claimed_by_me=mine,
        claimed_by=name(task.claimed_by) if task.claimed_by else "",
        may_release=task.claimed_by_id is not None and (mine or person.role in ADMINS),
        may_comment=intent.status not in TERMINAL and person.role is not Role.VIEWER,
        may_ask=decidable and person.role is not Role.VIEWER,
        held_until=held,
        may_undo=held is not None and held > now and task.decided_by_id == person.user_id,
        notices=[],
        history=history(task, person),
        asked=[_asked(one) for one in assigned if one.authority != permissions.ESCALATION],
        asked_late=[_asked(one) for one in assigned if one.authority == permissions.ESCALATION],
        deciders=[one.name or one.email for one in selectors.deciders(task)],
        ahead=ahead(task) if decidable else [],
        next_steps=_next(task, spec, may_decide=may_decide) if decidable or held else [],
        intent_id=intent.id,
        intent_type=intent.intent_type,
        problem=problem,
        attachments=files.attached(task),
        evidence=[files.shown(row) for row in evidence or selectors.evidence(task)],
        confirm_now=next((one for one in _outcomes(task.task_type, spec["allowed_outcomes"]) if one.value == confirm), None),
        own_field=None if schema else forms.own_field(kinds.kind_of(task.task_type).name, sent=sent),
        reason=sent.get("reason", "") if sent is not None else "",
        comment=sent.get("comment", "") if sent is not None else "",
    )
    if made.confirm_now is not None:
        made.confirm_title = sure.question(made.confirm_now.words, line.headline)
        made.sure_word = sure.word(task, payload, confirm)
    if made.may_decide and not overriding:
        made.may_delegate, made.snooze_choices, made.delegate_days = (
            True,
            times.choices(now),
            [(value, str(words_of)) for value, words_of in times.DAYS.items()],
        )
        made.snoozed_until = selectors.own(person, [task.id])[task.id].snoozed_until
    _say_what_is_wrong(made, errors or {}, schema or {})
    made.may_assign = decidable and person.role in OPERATORS
    if made.may_delegate or made.may_assign:
        made.people = audience.others(person)
    made.notices = list(_notices(task, made, spec, person=person, now=now))
    return made


def _say_what_is_wrong(made: Shown, errors: Mapping[str, str], schema: Mapping[str, Any]) -> None:
    """Each error beside what it is about, where that can be seen; the others in `problem`, for the answer as a whole."""
    beside = {"comment"} if made.may_decide and made.confirm_now is None else set()
    beside |= {"evidence"} if made.evidence_needed else set()
    beside |= {"identity", "typed"} if made.confirm_now is not None else set()
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


def _over(task: Task, now: datetime) -> bool:
    return task.due_at is not None and task.due_at <= now


def _ended(words_of: str) -> str:
    """A sentence: names that end with a full stop, and what was cut, need no other."""
    return words_of if words_of.endswith((".", "…")) else f"{words_of}."


def _said(spec: Mapping[str, Any], payload: Any) -> AgentStatement | None:
    title, text = spec["title"], spec.get("description", "")
    if title == kinds.kind_of(spec["task_type"]).title and not text:
        return None
    wrong, others = set(_contradictions(spec, payload)), presentation.contradicted(text, payload)
    also = [presentation.one_line(one) for one in others if one not in wrong]
    aside = _("Also mentions %(amounts)s, which is not in the data.") if also else ""
    return AgentStatement(title, presentation.folded(text), aside % {"amounts": ", ".join(also)} if aside else "")


def _contradictions(spec: Mapping[str, Any], payload: Any) -> list[str]:
    """Amounts that whoever decides would take for what is asked, and that the data do not have: those of the title, or the
    only one that is named."""
    title, text = spec["title"], spec.get("description", "")
    if wrong := presentation.misnamed(title, payload):
        return wrong
    named = {one.text for one in (*presentation.said(title), *presentation.said(text))}
    return presentation.contradicted(text, payload) if len(named) == 1 else []


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


def _several(assigned: Iterable[audience.Assigned]) -> bool:
    """Whether one of those it is assigned to stands for more than one person."""
    return any(one.kind in ("role", "group") for one in assigned)


def _asked(one: audience.Assigned) -> str:
    """To whom it is assigned, in words."""
    who = one.name
    if one.kind == "role":
        who = words.everybody(one.name)
    elif one.kind == "group":
        who = _("group %(group)s") % {"group": one.name}
    if one.by is not None:
        return _("%(who)s, for %(name)s") % {"who": who, "name": one.by}
    return who


def _next(task: Task, spec: Mapping[str, Any], *, may_decide: bool) -> list[str]:
    """What a decision does next: the one that is held, or the one to come; and by which rules things happen before."""
    if task.state == State.HELD:
        return [_("Sent to the agent when the undo time ends.")]
    steps = rules(task)
    if may_decide and task.risk in kinds.RISKY:
        steps.append(_("Takes effect immediately after you confirm."))
    elif may_decide:
        steps.append(_undoing())
    elif task.claimed_by is not None:
        steps.append(_("Claimed by %(name)s until decided or released.") % {"name": name(task.claimed_by)})
    if may_decide:
        steps.append(_("Your decision is final for everyone."))
    if task.due_at is None:
        steps.append(_("No deadline."))
    if spec["separation_of_duties"]:
        steps.append(_("The agent's owner can't decide this (separation of duties)."))
    return steps


def _undoing() -> str:
    if not settings.UNDO_SECONDS:
        return _("Takes effect immediately.")
    seconds = f"{settings.UNDO_SECONDS:g}"
    return _("You can undo for %(seconds)s s; then the agent continues.") % {"seconds": seconds}


def _notices(task: Task, made: Shown, spec: Mapping[str, Any], *, person: Person, now: datetime) -> Iterable[Advisory]:
    if task.outcome is not None and task.decided_by is not None:
        mine = task.decided_by_id == person.user_id
        told = _("You decided this: %(outcome)s.") if mine else _("%(name)s decided this: %(outcome)s.")
        told %= {"name": name(task.decided_by), "outcome": words.done(task.outcome)}
        tone = words.tone(task.task_type, task.outcome)
        look = ("amber", "x") if tone == "red" else (tone, "check")
        yield Advisory(*look, told, task.decided_at)
    elif task.state == State.WITHDRAWN:
        told = _("Withdrawn by the agent; no decision needed.")
        yield Advisory("accent", "info", told, task.ended_at)
    elif task.state == State.EXPIRED or _over(task, now):
        told = _("Expired without a decision.")
        yield Advisory("amber", "clock", told, task.ended_at or task.due_at)
    elif task.claimed_by is not None and not made.claimed_by_me:
        told = _("Claimed by %(name)s.") % {"name": name(task.claimed_by)}
        yield Advisory("accent", "hand", told)
    elif made.overriding:
        told = _("You're deciding instead of the assignees. Give a reason; all owners are notified.")
        yield Advisory("amber", "triangle-alert", told)
    elif not made.deciders:
        # Before what keeps this person from it: that is no news where nobody can.
        yield Advisory("amber", "triangle-alert", _("No one can decide this. An owner or admin can assign it."))
    elif made.why_not is not None:
        yield Advisory("accent", "info", _("View only: %(why)s.") % {"why": made.why_not})
    if made.snoozed_until is not None:
        until = at_clock(made.snoozed_until, now)
        told = _("Snoozed until %(until)s or until something changes.") % {"until": until}
        yield Advisory("accent", "alarm-clock", told)
    if made.problem and not made.may_decide and not made.row.over:
        yield Advisory("red", "triangle-alert", _ended(f"{made.problem[:1].upper()}{made.problem[1:]}"))
    wrong = _contradictions(spec, made.payload)
    if wrong and task.state in DECIDABLE:
        written = ", ".join(map(presentation.one_line, wrong))
        told = _("The text says %(written)s, the data says %(true)s.") % {"written": written, "true": _amounts(made.payload)}
        yield Advisory("red", "triangle-alert", told)


def _amounts(payload: Any) -> str:
    """What the data say, where they are few; or how many they are."""
    main, others = presentation.main_amount(payload)
    if main is not None and not others:
        return str(main)
    every = list(dict.fromkeys(str(one.amount) for one in presentation.found(payload)))
    if len(every) <= 3:
        return ", ".join(every)
    return _("%(amounts)s and %(number)s more") % {"amounts": ", ".join(every[:2]), "number": len(every) - 2}
