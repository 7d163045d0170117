"""On-call schedules over the API: members read them, owners and admins keep them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import TypeAdapter

from inbox.assignees import selectors as selectors_people
from inbox.calendars import selectors
from inbox.calendars.models import Schedule
from inbox.escalation.services import schedules
from inbox.schemas import policy_responses, requests, shapes
from inbox.vocabulary import roles
from intents.api.common import REFUSALS, Request, answer, as_id, checked, once
from intents.kernel import clock
from intents.kernel.actors import Tenant
from intents.kernel.errors import InvalidField
from intents.schemas.fields import Moment

router = Router(tags=["Schedules"])

LONGEST_PERIOD = timedelta(days=366)
MOMENT: TypeAdapter[Any] = TypeAdapter(Moment)


def _shape(row: Schedule) -> dict[str, Any]:
    (shown,) = schedules.rosters(rows=[row], now=clock.now())
    return shapes.schedule(row, shown)


def _schedule(actor: Tenant, schedule_id: str) -> Schedule:
    roles.ensure_member(actor)
    return selectors.schedule(actor, as_id(schedule_id, "schedule"))


@router.get("/schedules", response={200: policy_responses.Schedules, **REFUSALS}, summary="List on-call schedules")
def list_schedules(request: Request) -> HttpResponse:
    """The schedules of your workspace, and who is on call now. For members, as are all calls that read schedules."""
    roles.ensure_member(request.auth)
    found = schedules.rosters(rows=list(selectors.schedules(request.auth).order_by("name")), now=clock.now())
    return answer({"ok": True, "schedules": [shapes.schedule(one.row, one) for one in found]})


@router.post("/schedules", response={200: policy_responses.OneSchedule, **REFUSALS}, summary="Create an on-call schedule")
def create_schedule(request: Request, body: requests.CreateSchedule) -> HttpResponse:
    """People who are on call in turn. A level of a policy asks whoever is on call by `oncall:` and the schedule's name."""

    def run() -> dict[str, Any]:
        return {"ok": True, "schedule": _shape(schedules.create(actor=request.auth, **body.model_dump()))}

    return once(request, run)


@router.get(
    "/schedules/{schedule_id}", response={200: policy_responses.OneSchedule, **REFUSALS}, summary="Get an on-call schedule"
)
def get_schedule(request: Request, schedule_id: str) -> HttpResponse:
    """One schedule by its id, and who is on call now."""
    return answer({"ok": True, "schedule": _shape(_schedule(request.auth, schedule_id))})


@router.patch(
    "/schedules/{schedule_id}",
    response={200: policy_responses.OneSchedule, **REFUSALS},
    summary="Change an on-call schedule",
)
def update_schedule(request: Request, schedule_id: str, body: requests.UpdateSchedule) -> HttpResponse:
    """Change what is sent of a schedule. What tasks were assigned to already stays."""
    wanted, changes = as_id(schedule_id, "schedule"), requests.changes(body, nullable="hours")

    def run() -> dict[str, Any]:
        row = schedules.update(actor=request.auth, schedule_id=wanted, **changes)
        return {"ok": True, "schedule": _shape(row)}

    return once(request, run)


@router.delete(
    "/schedules/{schedule_id}",
    response={200: policy_responses.OneSchedule, **REFUSALS},
    summary="Delete an on-call schedule",
)
def delete_schedule(request: Request, schedule_id: str) -> HttpResponse:
    """Take a schedule away, unless a policy asks whoever is on call in it."""
    wanted = as_id(schedule_id, "schedule")
    row = schedules.delete(actor=request.auth, schedule_id=wanted)
    return answer({"ok": True, "schedule": _shape(row)})


@router.get(
    "/schedules/{schedule_id}/shifts", response={200: policy_responses.Shifts, **REFUSALS}, summary="Who is on call when"
)
def list_shifts(
    request: Request,
    schedule_id: str,
    start: str | None = Query(None, alias="from", description="Now when absent."),
    end: str | None = Query(None, alias="until", description="Four weeks later when absent."),
) -> HttpResponse:
    """Who is on call in a time of at most 366 days, and the gaps: when nobody is."""
    row = _schedule(request.auth, schedule_id)
    begins = clock.now() if start is None else checked(MOMENT, start, "from")
    ends = begins + schedules.AHEAD if end is None else checked(MOMENT, end, "until")
    if not begins < ends <= begins + LONGEST_PERIOD:
        raise InvalidField("until", f"after `from`, at most {LONGEST_PERIOD.days} days")
    found = schedules.shifts(row=row, start=begins, end=ends)
    people = selectors_people.people({one.person for one in found if one.person is not None})
    return answer({"ok": True} | shapes.shifts(found, people))


@router.post(
    "/schedules/{schedule_id}/overrides",
    response={200: policy_responses.OneOverride, **REFUSALS},
    summary="Let somebody stand in",
)
def create_override(request: Request, schedule_id: str, body: requests.CreateOverride) -> HttpResponse:
    """Somebody is on call for a time, whoever's turn it is and whatever the hours."""
    wanted = as_id(schedule_id, "schedule")

    def run() -> dict[str, Any]:
        given: dict[str, Any] = {"person": body.person, "start": body.start, "end": body.end}
        made = schedules.stand_in(actor=request.auth, schedule_id=wanted, **given)
        return {"ok": True, "override": shapes.override(made)}

    return once(request, run)


@router.delete(
    "/schedules/{schedule_id}/overrides/{override_id}",
    response={200: policy_responses.OneOverride, **REFUSALS},
    summary="Take an override away",
)
def delete_override(request: Request, schedule_id: str, override_id: str) -> HttpResponse:
    """The turns count again."""
    ids: dict[str, UUID] = {
        "schedule_id": as_id(schedule_id, "schedule"),
        "override_id": as_id(override_id, "override"),
    }
    return answer({"ok": True, "override": shapes.override(schedules.stand_down(actor=request.auth, **ids))})
