"""Whom a comment about a task can name."""

from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from inbox.tasks import selectors
from inbox.views.kit.acting import Request, signed_in
from inbox.views.tasks.detail import find


@signed_in
@require_safe
def mentionable(request: Request, task_id: UUID) -> HttpResponse:
    """For the field of a comment, once somebody types an @."""
    find(request, task_id)
    people = [{"handle": one.handle, "name": one.name} for one in selectors.mentionable(request.person)]
    return JsonResponse({"people": people})
