"""The language that somebody chooses in their browser, before they sign in."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from inbox.views.kit.languages import keep
from intents.kernel import languages


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """POST /language: show pages in this language from now on, and go back to where it was chosen."""
    path = request.POST.get("next", "")
    back = path if url_has_allowed_host_and_scheme(path, allowed_hosts=None) and path.startswith("/") else "/"
    return keep(HttpResponseRedirect(back, status=303), languages.known(request.POST.get("language")))
