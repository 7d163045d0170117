"""Many tasks at once: what was chosen of a list, what one answer would decide of it, and what became of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from inbox import presentation
from inbox.tasks import lists, selectors, verdicts
from inbox.tasks.models import Task
from inbox.tasks.services import bulk, claim, snooze
from inbox.tasks.services.bulk import Candidate, TaskResult
from inbox.views.kit import words
from inbox.views.kit.acting import Request, signed_in
from inbox.views.kit.refusals import begun
from inbox.views.tasks import times
from inbox.views.tasks.asked import asked
from inbox.views.tasks.list import context, query_of
from inbox.views.tasks.rows import Row, list_url, rows
from inbox.views.tasks.shown.answer import outcomes
from inbox.vocabulary import kinds, principals
from intents.kernel import canonical, clock
from intents.kernel.errors import DomainError

YES, NO = "yes", "no"
DECIDE, SNOOZE, CLAIM = "decide", "snooze", "claim"


def _sent(view: Callable[[Request], HttpResponse]) -> Callable[..., HttpResponse]:
    """A page that a form of the list leads to. Who enters its address comes to the list."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @signed_in
    def page(request: Request) -> HttpResponse:
        return view(request) if request.method == "POST" else redirect(list_url(query_of(request)))

    return page


@dataclass(frozen=True, slots=True)
class ListedCandidate:
    """A task of the table that is looked at before its decision."""

    row: Row
    candidate: Candidate

    @property
    def reason(self) -> str:
        return begun(self.candidate.why_not)


@dataclass(frozen=True, slots=True)
class ListedResult:
    row: Row | None
    result: TaskResult

    @property
    def reason(self) -> str:
        return begun(self.result.error)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Those of what was chosen that one reason keeps from being decided with others."""

    reason: str
    found: list[ListedCandidate]

    @property
    def amounts(self) -> bool:
        return any(one.row.amount for one in self.found)


def _left_out(found: Sequence[ListedCandidate]) -> list[LeftOut]:
    """By their reasons, in the order in which those come first."""
    reasons = dict.fromkeys(one.reason for one in found)
    return [LeftOut(reason, [one for one in found if one.reason == reason]) for reason in reasons]


@_sent
def choose(request: Request) -> HttpResponse:
    """Look at what was chosen before it is decided; snoozing and claiming are done at once."""
    tasks = _chosen(request)
    do = request.POST.get("do", DECIDE)
    if not tasks:
        return _show(request, {"bulk": {"empty": True}})
    if do == CLAIM:
        return _claimed(request, [one.id for one in tasks])
    if do == SNOOZE:
        return _snoozed(request, [one.id for one in tasks])
    return _show(request, {"bulk": _preview(request, tasks, positive=request.POST.get("outcome") != NO)})


def _chosen(request: Request) -> list[Task]:
    """The tasks that were chosen one by one, or all that the list's search finds, in the list's order."""
    person = request.person
    if request.POST.get("all") == "yes":
        wanted = asked(request)
        return lists.inbox(person, limit=bulk.MOST, order=wanted.order, **wanted.what).tasks
    # Those that are alike come as one.
    ids = principals.ids(",".join(request.POST.getlist("task")).split(","))[: bulk.MOST]
    found = selectors.tasks(person).in_bulk(ids)
    return [found[one] for one in dict.fromkeys(ids) if one in found]


def _preview(request: Request, tasks: Sequence[Task], *, positive: bool, problem: str = "") -> dict[str, Any]:
    found = bulk.candidates(actor=request.person, tasks=tasks, positive=positive, now=clock.now())
    query = query_of(request)
    shown = {one.id: one for one in rows([one.task for one in found], person=request.person, query=query)}
    able = [one for one in found if not one.why_not]
    unable = [ListedCandidate(shown[one.task.id], one) for one in found if one.why_not]
    first = able[0].task if able else None
    offered = [_offer(one.task, positive) for one in able]
    return {
        "able": [ListedCandidate(shown[one.task.id], one) for one in able],
        "unable": unable,
        "left_out": _left_out(unable),
        "kind": kinds.kind_of(first.task_type).name if first else "",
        "kind_words": words.kind(first.task_type) if first else "",
        "sums": sums([one.task for one in able]),
        "positive": positive,
        "verdict": YES if positive else NO,
        "verb": (verb := _common([one.verb for one in offered]) or _("Decide")),
        "button": _common([one.button for one in offered]) or verb,
        "plain": _common([one.plain for one in offered]),
        "consequence": _common([one.consequence for one in offered]),
        "votes": any(one.task.ballot is not None for one in able),
        "comment_needed": any(one.comment_needed for one in able),
        "comment": request.POST.get("comment", ""),
        "problem": problem,
        "most": bulk.MOST if len(tasks) == bulk.MOST else None,
    }


@dataclass(frozen=True, slots=True)
class Offer:
    """What an answer is called in a task, by its agent or else by us, and what it does, as the agent says. `plain` is our
    word for it where the agent's does not say it."""

    button: str
    verb: str
    plain: str
    consequence: str


def _offer(task: Task, positive: bool) -> Offer:
    spec = canonical.loads(task.spec)
    outcome = verdicts.of_kind(task.task_type, positive, spec["allowed_outcomes"])
    found = next(one for one in outcomes(task.task_type, spec) if one.value == outcome)
    return Offer(found.words, words.verb(found.value), found.plain, found.consequence)


def _common(said: Sequence[str]) -> str:
    """What all of them say; nothing where they differ."""
    return said[0] if len(set(said)) == 1 else ""


def sums(tasks: Sequence[Task]) -> list[str]:
    """What tasks come to, by currency; they have no one total where they have several."""
    added: dict[str, Decimal] = {}
    for task in tasks:
        if task.amount is not None:
            added[task.currency] = added.get(task.currency, Decimal(0)) + task.amount
    return [presentation.money(amount, currency) for currency, amount in sorted(added.items())]


@_sent
def decide(request: Request) -> HttpResponse:
    """Decide what was looked at, each by the digest of what was shown of it."""
    shown = _shown(request.POST.getlist("item"))
    positive, comment = request.POST.get("outcome") != NO, request.POST.get("comment", "").strip()
    if "comment_needed" in request.POST and not comment:
        found = selectors.tasks(request.person).in_bulk(list(shown))
        tasks = [found[one] for one in shown if one in found]
        return _show(request, {"bulk": _preview(request, tasks, positive=positive, problem=_("This field is required"))})
    results = bulk.decide_each(
        actor=request.person,
        shown=dict(list(shown.items())[: bulk.MOST]),
        kind=request.POST.get("kind", ""),
        positive=positive,
        comment=comment or None,
    )
    return _show_results(request, results, of=DECIDE)


def _shown(items: Sequence[str]) -> dict[UUID, str]:
    """The digests of what was shown, by the task, as the form has them: `id:digest`."""
    made = {}
    for item in items:
        task_id, _colon, digest = item.partition(":")
        for one in principals.ids([task_id]):
            made[one] = digest
    return made


def _claimed(request: Request, ids: Sequence[UUID]) -> HttpResponse:
    def work(task_id: UUID) -> None:
        claim.claim(actor=request.person, task_id=task_id)

    return _show_results(request, bulk.each(actor=request.person, task_ids=ids, work=work), of=CLAIM)


def _snoozed(request: Request, ids: Sequence[UUID]) -> HttpResponse:
    try:
        until = times.moment(request.POST.get("until", "tomorrow"), clock.now())
    except DomainError:
        until = times.moment("tomorrow", clock.now())

    def work(task_id: UUID) -> None:
        snooze.snooze(actor=request.person, task_id=task_id, until=until)

    return _show_results(request, bulk.each(actor=request.person, task_ids=ids, work=work), of=SNOOZE)


@_sent
def undo(request: Request) -> HttpResponse:
    """Take back what was done to many: decisions while they are held, claims, snoozes."""
    ids = principals.ids(request.POST.getlist("task"))[: bulk.MOST]
    of = request.POST.get("of", DECIDE)

    def release(task_id: UUID) -> None:
        claim.release(actor=request.person, task_id=task_id)

    def unsnooze(task_id: UUID) -> None:
        snooze.snooze(actor=request.person, task_id=task_id, until=None)

    if of == DECIDE:
        results = bulk.undo_each(actor=request.person, task_ids=ids)
    else:
        results = bulk.each(actor=request.person, task_ids=ids, work=release if of == CLAIM else unsnooze)
    return _show_results(request, results, of="")


def _show_results(request: Request, results: Sequence[TaskResult], *, of: str) -> HttpResponse:
    """What became of each; `of` is what was done, which can be taken back at once."""
    found = selectors.tasks(request.person).in_bulk([one.task_id for one in results])
    shown = {one.id: one for one in rows(found.values(), person=request.person, query=query_of(request))}
    done = [one for one in results if one.is_done]
    tasks = [found[one.task_id] for one in done if one.task_id in found]
    until = min((one.held_until for one in done if one.held_until is not None), default=None)
    failed = [ListedResult(shown.get(one.task_id), one) for one in results if not one.is_done]
    made = {
        "done": [ListedResult(shown.get(one.task_id), one) for one in done],
        "failed": failed,
        "failed_amounts": any(one.row is not None and one.row.amount for one in failed),
        "title": _title(results, of),
        "votes": any(one.is_vote for one in done),
        "sums": sums(tasks),
        "of": of,
        "undo": any(one.is_vote or one.held_until or of in (CLAIM, SNOOZE) for one in done),
        "until": until,
    }
    return _show(request, {"bulk_results": made})


def _title(results: Sequence[TaskResult], of: str) -> str:
    done = [one for one in results if one.is_done]
    number = len(done)
    if of == DECIDE:
        counted = (
            str(number) if number == len(results) else _("%(done)s of %(total)s") % {"done": number, "total": len(results)}
        )
        said = f"{_common([words.done(one.outcome) for one in done]) or _('Decided')}: {counted}"
        votes = sum(one.is_vote for one in done)
        told = ngettext("%(number)s vote, others are still to vote", "%(number)s votes, others are still to vote", votes)
        return f"{said} ({told % {'number': votes}})" if votes else said
    if of == CLAIM:
        return ngettext("%(number)s claimed", "%(number)s claimed", number) % {"number": number}
    if of == SNOOZE:
        return ngettext("%(number)s snoozed", "%(number)s snoozed", number) % {"number": number}
    return ngettext("%(number)s undone", "%(number)s undone", number) % {"number": number}


def _show(request: Request, made: dict[str, Any]) -> HttpResponse:
    query = query_of(request)
    known = {"query": query, "list_url": list_url(query), "now": clock.now()} | made
    if "HX-Request" in request.headers:
        return render(request, "tasks/bulk.html", known)
    return render(request, "tasks/inbox.html", context(request) | known)
