"""Getting to know the product: the list of what to try, put away."""

from django.http import HttpResponse
from django.shortcuts import redirect

from inbox.views.kit.acting import Request, acts
from inbox.views.kit.checklist import DISMISSED


@acts
def dismiss(request: Request) -> HttpResponse:
    request.session[DISMISSED] = True
    return redirect("inbox")
