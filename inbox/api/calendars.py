"""Working hours that policies count by, kept by owners and admins."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from inbox.calendars import selectors
from inbox.escalation.services import calendars
from inbox.schemas import policy_responses, requests, shapes
from inbox.vocabulary import roles
from intents.api.common import REFUSALS, Request, answer, as_id, once
from intents.kernel.batches import readable

router = Router(tags=["Policies"])


@router.get("/calendars", response={200: policy_responses.Calendars, **REFUSALS}, summary="List calendars")
def list_calendars(request: Request) -> HttpResponse:
    """The working hours that policies count by. Members read calendars, owners and admins keep them."""
    roles.ensure_member(request.auth)
    found = selectors.calendars(request.auth).order_by("name")
    return answer({"ok": True, "calendars": readable(found, shapes.calendar)})


@router.post("/calendars", response={200: policy_responses.OneCalendar, **REFUSALS}, summary="Create a calendar")
def create_calendar(request: Request, body: requests.CreateCalendar) -> HttpResponse:
    """Working hours for each day of the week, in a time zone, with the public holidays of a country."""

    def run() -> dict[str, Any]:
        row = calendars.create(actor=request.auth, **body.model_dump())
        return {"ok": True, "calendar": shapes.calendar(row)}

    return once(request, run)


@router.get("/calendars/{calendar_id}", response={200: policy_responses.OneCalendar, **REFUSALS}, summary="Get a calendar")
def get_calendar(request: Request, calendar_id: str) -> HttpResponse:
    """One calendar by its id."""
    roles.ensure_member(request.auth)
    row = selectors.calendar(request.auth, as_id(calendar_id, "calendar"))
    return answer({"ok": True, "calendar": shapes.calendar(row)})


@router.patch(
    "/calendars/{calendar_id}", response={200: policy_responses.OneCalendar, **REFUSALS}, summary="Change a calendar"
)
def update_calendar(request: Request, calendar_id: str, body: requests.UpdateCalendar) -> HttpResponse:
    """Change what is sent of a calendar. Tasks that are open keep the times they were given."""
    wanted, changes = as_id(calendar_id, "calendar"), requests.changes(body, nullable="country")

    def run() -> dict[str, Any]:
        row = calendars.update(actor=request.auth, calendar_id=wanted, **changes)
        return {"ok": True, "calendar": shapes.calendar(row)}

    return once(request, run)


@router.delete(
    "/calendars/{calendar_id}", response={200: policy_responses.OneCalendar, **REFUSALS}, summary="Delete a calendar"
)
def delete_calendar(request: Request, calendar_id: str) -> HttpResponse:
    """Take a calendar away. Tasks that are open keep the times they were given."""
    row = calendars.delete(actor=request.auth, calendar_id=as_id(calendar_id, "calendar"))
    return answer({"ok": True, "calendar": shapes.calendar(row)})
