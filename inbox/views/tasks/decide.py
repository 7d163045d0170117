"""Deciding on a page, and everything else that people do with a task there."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from inbox import forms
from inbox.tasks import selectors, specs, verdicts
from inbox.tasks.answers import Answer
from inbox.tasks.models import Task
from inbox.tasks.progress import cast
from inbox.tasks.services.decide import Channel, check, decide
from inbox.tasks.services.reading import Read, read
from inbox.tasks.tally import ballot_of
from inbox.views.kit import identity, stopped, typed, words
from inbox.views.kit.acting import Request, is_confirmed, signed_in
from inbox.views.kit.refusals import begun, in_words
from inbox.views.tasks import changing, files, sure
from inbox.views.tasks.detail import OVERRIDE, after, detail, find
from inbox.views.tasks.list import context, line, url
from inbox.views.tasks.shown.answer import Sent
from inbox.vocabulary import kinds
from inbox.vocabulary.lifecycle import State
from intents.files.models import Media
from intents.kernel import canonical, clock
from intents.kernel.errors import Conflict, Denied, InvalidField, PayloadTooLarge

BACK = "back"
"""Sent instead of an outcome by who was asked to confirm and does not."""


@require_POST
@signed_in
def answer(request: Request, task_id: UUID) -> HttpResponse:
    """Decide. What is wrong is shown beside its field with everything that was typed; a risky decision is asked about once
    more, by who has shown lately that it is them; a decision that came too late shows who was first."""
    return _answered(request, find(request, task_id))


@require_POST
@sensitive_post_parameters()
@signed_in
def confirm(request: Request, task_id: UUID) -> HttpResponse:
    """Decide, with what shows that it is oneself. When that is wrong, all else is kept and nothing is decided."""
    task = find(request, task_id)
    return _answered(request, task, wrong="" if BACK in request.POST else identity.confirm(request, request.user))


def _answered(request: Request, task: Task, *, wrong: str = "") -> HttpResponse:
    """`wrong` is what is wrong with what was to show that it is oneself."""
    sent = request.POST
    outcome = sent.get("outcome", "")
    evidence = files.kept(request.person, sent)
    try:
        stopped.ensure_open(request.seat)
        evidence += files.take(request.person, task, request.FILES.getlist(files.FIELD))
        if BACK in sent:
            return _again(request, task, sent, evidence=evidence)
        if wrong:
            return _again(request, task, sent, errors={"identity": wrong}, confirm=outcome, evidence=evidence)
        given, unread = _answer(task, sent, outcome, evidence)
        shown, override = sent.get("payload_digest"), OVERRIDE in sent
        if unread:
            return _again(request, task, sent, errors=unread | _others(request, task, given), evidence=evidence)
        answered = read(task=task, answer=given)
        if _is_to_confirm(request, task, outcome, answered):
            # What is missing is told before anybody is asked whether they are sure.
            check(
                task=task,
                intent=task.intent,
                actor=request.person,
                given=answered,
                now=clock.now(),
                payload_digest=shown,
                override=override,
            )
            return _again(request, task, sent, confirm=outcome, evidence=evidence)
        if unsure := sure.missing(task, outcome, sent, lambda: _approved(task, answered)):
            return _again(request, task, sent, errors={sure.TYPED: unsure}, confirm=outcome, evidence=evidence)
        decided = decide(
            actor=request.person,
            seen=task,
            answer=given,
            channel=Channel.WEB,
            payload_digest=shown,
            override=override,
        )
    except InvalidField as error:
        return _again(request, task, sent, errors=_by_field(error), evidence=evidence)
    except PayloadTooLarge as error:
        return _again(request, task, sent, problem=begun(error.message), evidence=evidence)
    except (Conflict, Denied) as error:
        # Too late, changed meanwhile, or not theirs: the page as it is now tells which.
        return _again(request, find(request, task.id), sent, problem=begun(error.message), evidence=evidence)
    # One that a single person decides has what it had and what the decision wrote; of votes and stages there is more to see.
    return _decided(request, decided.task if decided.task.ballot is None else find(request, task.id))


def _is_to_confirm(request: Request, task: Task, outcome: str, answered: Read) -> bool:
    """Whether a decision is asked about once more: one of high risk, and one that changes what was proposed."""
    sent = request.POST
    if not answered.changes and task.risk not in kinds.RISKY:
        return False
    if sent.get("confirmed") != outcome or (task.risk in kinds.RISKY and not is_confirmed(request)):
        return True
    return bool(answered.changes) and sent.get(changing.SEEN) != changing.mark(answered.changes)


def _approved(task: Task, answered: Read) -> Any:
    """The payload as it is approved."""
    payload = canonical.loads(selectors.body(task.intent).payload)
    return changing.after(canonical.loads(task.spec), payload, {one.name: one.approved for one in answered.changes})


def _answer(task: Task, sent: QueryDict, outcome: str, evidence: Sequence[Media]) -> tuple[Answer, dict[str, str]]:
    """What was sent; and what is wrong with fields that could not be read, by their inputs."""
    spec = canonical.loads(task.spec)
    schema, given = spec.get("form_schema"), verdicts.by_button(spec)
    refuses = kinds.is_negative(task.task_type, outcome)
    unread: dict[str, str] = {}
    if schema:
        data, unread = forms.read(schema, sent, without=given)
        if refuses and not unread and forms.untouched(schema, data, without=given):
            # Who refuses need not fill in the form, and what it begins with is nobody's answer.
            data = {}
    else:
        data = forms.own(kinds.kind_of(task.task_type).name, sent)
    if specs.takes_changes(spec, outcome):
        payload = canonical.loads(selectors.body(task.intent).payload)
        changed, not_read = changing.typed(spec, payload, sent)
        data |= {"approved": changed} if changed else {}
        unread |= not_read
    if evidence:
        data["evidence"] = [str(one.id) for one in evidence]
    comment = sent.get("comment", "").strip()
    if refuses and (reasons := "; ".join(filter(None, map(str.strip, sent.getlist("reason"))))):
        comment = f"{reasons}: {comment}" if comment else reasons
    return Answer(outcome=outcome, comment=comment or None, data=data or None), unread


def _others(request: Request, task: Task, given: Answer) -> dict[str, str]:
    """What else is wrong with an answer of which something could not be read."""
    override = OVERRIDE in request.POST
    try:
        check(
            task=task,
            intent=task.intent,
            actor=request.person,
            given=read(task=task, answer=given),
            now=clock.now(),
            override=override,
        )
    except InvalidField as error:
        return _by_field(error)
    return {}


def _by_field(error: InvalidField) -> dict[str, str]:
    """What is wrong, by the place it is said of."""
    problems = error.details.get("errors") or [{"field": error.details.get("field", ""), "message": error.reason}]
    found: dict[str, str] = {}
    for one in problems:
        place, message = str(one["field"]), in_words(str(one["message"]))
        found[place] = f"{found[place]}; {message}" if place in found else message
    return found


def _again(
    request: Request,
    task: Task,
    sent: QueryDict,
    *,
    errors: dict[str, str] | None = None,
    problem: str = "",
    confirm: str = "",
    evidence: Sequence[Media] = (),
) -> HttpResponse:
    """The task once more, with what was typed."""
    refused = Sent(sent, errors or {}, problem, confirm, evidence)
    made = detail(request, task, sent=refused)
    if confirm and not is_confirmed(request):
        made["identity"] = identity.asked_for(request.user)
    if "HX-Request" in request.headers:
        response = render(request, "tasks/task.html", made)
        response[typed.NOT_DONE] = "yes"
        return response
    return render(request, "tasks/inbox.html", context(request) | made, status=422 if errors else 409 if problem else 200)


def _decided(request: Request, task: Task) -> HttpResponse:
    """What the person wants to see then, with a way back while there is one; without JavaScript the decided task stays
    open."""
    if "HX-Request" not in request.headers:
        return redirect(f"{url(request, task.id)}")
    return after(request, task, said=_done(request, task), now=task.decided_at)


def _done(request: Request, task: Task) -> dict[str, Any]:
    """What is said of a task that was just decided."""
    may_undo = task.state == State.HELD and task.decided_by_id == request.person.user_id
    if task.outcome is None:
        return _voted(request, task)
    return {
        "words": words.done(task.outcome),
        "row": line(request, task),
        "until": task.held_until if may_undo else None,
        "undo": reverse("task-undo", args=[task.id]) if may_undo else "",
    }


def _voted(request: Request, task: Task) -> dict[str, Any]:
    """What is said of a task that others still have to decide, too."""
    ballot = ballot_of(task)
    assert ballot is not None
    mine = request.person.user_id in task.voted
    return {
        "words": cast(ballot, request.person),
        "row": line(request, task),
        "undo": reverse("task-undo", args=[task.id]) if mine else "",
    }
