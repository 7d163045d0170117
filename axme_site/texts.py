"""What pages are sent as text: nothing in it may hold NUL, which no text in the database can."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from axme_site.problems import is_api, page, sentence


class TextMiddleware:
    """Refuses with 400 a page's request whose query or form holds NUL, before any view reads it; nothing is at a path with
    one. The API checks its own. Placed below the check of a form's token, so that no form of a stranger is read twice."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if is_api(request):
            return None
        if any("\x00" in str(value) for value in kwargs.values()):
            raise Http404
        if _holds_nul(request.GET):
            return _refused(request, _("the address holds a character that no text can hold (NUL)"))
        if request.method == "POST" and (_holds_nul(request.POST) or any("\x00" in name for name in _file_names(request))):
            return _refused(
                request, _("what was sent holds a character that no text can hold (NUL); remove it and try again")
            )
        return None


def _holds_nul(sent: QueryDict) -> bool:
    return any("\x00" in name or any("\x00" in value for value in values) for name, values in sent.lists())


def _file_names(request: HttpRequest) -> list[str]:
    return [str(file.name) for _name, files in request.FILES.lists() for file in files]


def _refused(request: HttpRequest, words: str) -> HttpResponse:
    return page(request, 400, _("This could not be understood"), sentence(words))
