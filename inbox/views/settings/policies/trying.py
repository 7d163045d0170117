"""What would happen by a policy that is not saved yet, and what would have happened last week."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from inbox.assignees.services.principals import Names
from inbox.assignees.services.resolution import Asker
from inbox.calendars.models import Calendar
from inbox.escalation import forecast
from inbox.escalation.models import Policy
from inbox.escalation.services import planning, policies
from inbox.escalation.services import replay as replaying
from inbox.plans.escalation import Escalation, Match
from inbox.schemas.requests import CreatePolicy
from inbox.views.kit.acting import Request
from inbox.views.kit.refusals import in_a_sentence
from inbox.views.settings.policies import replayed, timeline
from inbox.views.settings.policies import words as policy_words
from inbox.views.settings.policies.form import Form
from intents.accounts import selectors as roster
from intents.kernel import clock
from intents.kernel.errors import InvalidField


def names(request: Request) -> policy_words.Names:
    """How members are called, by their addresses."""
    return {one.user.email: one.user.name for one in roster.members(request.person) if one.user.name}


def tried(request: Request, form: Form, row: Policy | None, *, replay: bool) -> dict[str, Any]:
    """What would happen by a form, if a task came at the time that it names, and with `replay` what would have happened
    last week, were it in place of `row`; or why that cannot be told yet."""
    body, wrong = form.read()
    at = request.POST.get("at", "")
    known: dict[str, Any] = {"at": at}
    wrong.pop("name", None)
    if body is None and wrong:
        return known | {"not_yet": next(iter(wrong.values()))}
    if body is None:
        body = CreatePolicy.model_validate(form.body() | {"name": "x"})
    try:
        calendar = policies.checked(
            actor=request.person, match=body.match, escalation=body.escalation, calendar=body.calendar
        )
        start = _moment(at) or clock.now()
    except InvalidField as error:
        return known | {"not_yet": in_a_sentence(error.reason)}
    following, start = steps(request, body.escalation, calendar, start, agent=_an_agent(request, body.match))
    called = names(request)
    if replay:
        result = replaying.try_on_last_week(
            actor=request.person,
            match=body.match,
            escalation=body.escalation,
            calendar=calendar,
            place=row.place if row else policies.last_place(actor=request.person),
            instead_of=row.id if row else None,
        )
        known["replay"] = replayed.summary(result, called)
    return known | preview(following, start, called)


def _an_agent(request: Request, match: Match) -> str:
    """An agent of the workspace whose tasks may fit, nothing when the rules name none of them."""
    if match.agents is None:
        return ""
    return next((one.name for one in roster.agents(request.person, clock.now()) if match.is_for(one.name)), "")


def _moment(text: str) -> datetime | None:
    """What a field for date and time says, in the person's zone. Raises InvalidField."""
    if not text:
        return None
    try:
        found = timezone.make_aware(datetime.fromisoformat(text))
        if not 2000 <= found.year < 2200:
            raise ValueError(text)
        return found
    except ValueError:
        raise InvalidField("at", "the time is a date and an hour, like 2026-01-31T09:00") from None


def steps(
    request: Request, escalation: Escalation, calendar: Calendar | None, start: datetime, *, agent: str
) -> tuple[list[forecast.Next], datetime]:
    """What would happen to a task of `agent` that came at `start`."""
    spec = {"task_type": "approval", "allowed_outcomes": [escalation.end.outcome or "approved"]}
    workspace_id = request.person.workspace_id
    made = planning.of(ladder=escalation, names=Names(workspace_id), spec=spec, calendar=calendar, policy=None, now=start)
    return forecast.of_plan(made, Asker(workspace_id=workspace_id, agent=agent)), start


def preview(following: list[forecast.Next], start: datetime, called: policy_words.Names) -> dict[str, Any]:
    """What the page draws of it."""
    return {
        "timeline": timeline.drawn(following, start, called),
        "short": timeline.in_one_line(following, called),
        "width": timeline.WIDTH,
    }
