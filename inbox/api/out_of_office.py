"""Being out of office, and who stands in. All of it is a person's own."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from inbox.schemas import out_of_office as wire
from inbox.tasks import handover
from inbox.tasks.services import out_of_office
from intents.accounts import selectors as accounts
from intents.api.common import REFUSALS, Request, answer, once
from intents.kernel import clock
from intents.kernel.actors import Person
from intents.kernel.errors import MissingActorToken

router = Router(tags=["Out of office"])


def _person(request: Request) -> Person:
    if not isinstance(request.auth, Person):
        raise MissingActorToken("this is about a person: send their token as Authorization: Bearer")
    return request.auth


@router.get("/me/out-of-office", response={200: wire.OneOutOfOffice, **REFUSALS}, summary="Get your absence")
def get_absence(request: Request) -> HttpResponse:
    """When you are out of office in this workspace, now or next. Needs a person's token, as do all calls about it."""
    return answer({"ok": True, "out_of_office": wire.absence(accounts.absence_of(_person(request)), now=clock.now())})


@router.put("/me/out-of-office", response={200: wire.OneOutOfOffice, **REFUSALS}, summary="Announce an absence")
def announce_absence(request: Request, body: wire.AnnounceAbsence) -> HttpResponse:
    """Be out of office for some days, in the place of what was announced before. While you are, what is assigned to you by
    name goes to the stand-in as well, who decides it in your place, with both names on record, and is notified instead of
    you. It ends by itself. A stand-in who is out of office too stands in for nobody."""
    person = _person(request)

    def run() -> dict[str, Any]:
        row = out_of_office.announce(
            actor=person,
            first_day=body.first_day,
            last_day=body.last_day,
            stand_in=body.stand_in,
            message=body.message,
        )
        return {"ok": True, "out_of_office": wire.absence(row, now=clock.now())}

    return once(request, run)


@router.post(
    "/me/out-of-office/preview", response={200: wire.HandoverPreview, **REFUSALS}, summary="Preview what goes to a stand-in"
)
def preview_absence(request: Request, body: wire.PlanAbsence) -> HttpResponse:
    """What waits for you now, and which of it would go to the stand-in; of each task that would not, why. Nothing is
    stored."""
    person = _person(request)

    def run() -> dict[str, Any]:
        found = handover.preview(person=person, first_day=body.first_day, last_day=body.last_day, stand_in=body.stand_in)
        return wire.preview(found, now=clock.now())

    return once(request, run)


@router.delete("/me/out-of-office", response={200: wire.OneOutOfOffice, **REFUSALS}, summary="End your absence")
def end_absence(request: Request) -> HttpResponse:
    """Be back at once, or take back what was announced. Without an absence this changes nothing."""
    out_of_office.end(actor=_person(request))
    return answer({"ok": True, "out_of_office": None})
