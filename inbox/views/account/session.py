"""For open pages whose session may have ended: who is signed in now."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.http import require_safe

from intents.accounts.models import User


@require_safe
def session(request: HttpRequest) -> HttpResponse:
    """Who is signed in, if anybody is, and a fresh token for their forms. Pages of other sites cannot read it."""
    user = request.user if isinstance(request.user, User) else None
    known = {
        "user": str(user.id) if user else None,
        "name": (user.name or user.email) if user else "",
        "token": get_token(request),
    }
    return JsonResponse(known, headers={"Cache-Control": "no-store"})
