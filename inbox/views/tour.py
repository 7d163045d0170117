"""Getting to know the product: a tour, and the end of the demo."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from inbox import demo
from inbox.views.kit.acting import Request, signed_in
from intents.kernel.errors import Denied


@signed_in
def tour(request: Request) -> HttpResponse:
    return render(request, "tour.html", {"place": "inbox", "demo": demo.is_there(request.person)})


@require_POST
@signed_in
def remove_demo(request: Request) -> HttpResponse:
    try:
        gone = demo.remove(actor=request.person)
    except Denied as error:
        messages.error(request, error.message)
    else:
        said = ngettext(
            "Demo removed: %(requests)s request and its agents.",
            "Demo removed: %(requests)s requests and their agents.",
            gone,
        )
        messages.success(request, said % {"requests": gone})
    return redirect("inbox")
