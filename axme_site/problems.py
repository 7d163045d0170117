"""Error answers in the protocol's shape, for whatever fails outside of the API's own handlers."""

import json
import sys
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from axme_site import metrics
from inbox import presentation
from inbox.views.kit import typed
from inbox.views.kit.refusals import in_words
from intents.accounts import stops
from intents.api.common import RATE
from intents.kernel import errors, tracing
from intents.kernel.ratelimit import Allowance

log = structlog.get_logger()

API = "/v1/"
RETRY_SECONDS = 1
DATABASE_AWAY = (OperationalError, InterfaceError)
"""Restarting, unreachable, out of connections, or too slow within the time limits: trying again may help."""
DATABASE_MESSAGE = "the database does not answer; try again"
MOVING_MESSAGE = stops.WorkspaceMoving().message

STATUS_OF: tuple[tuple[type[errors.DomainError], int], ...] = (
    (stops.WorkspaceMoving, 503),
    (errors.MissingCredential, 401),
    (errors.MissingActorToken, 401),
    (errors.InvalidApiKey, 401),
    (errors.InvalidActorToken, 401),
    (errors.RateLimited, 429),
    (errors.Denied, 403),
    (errors.CursorExpired, 410),
    (errors.Expired, 410),
    (errors.Missing, 404),
    (errors.Conflict, 409),
    (errors.PayloadTooLarge, 413),
    (errors.UnsupportedEncoding, 415),
    (errors.OwnerMismatch, 400),
    (errors.Invalid, 422),
    (errors.Unavailable, 503),
)
"""The first that fits counts: leaves before their kinds."""


def body(code: str, message: str, details: dict[str, Any] | None = None, *, request_id: str = "") -> bytes:
    """`{"error": {"code", "message", "details"}, "detail", "request_id"}` as JSON; the id is by default the current one."""
    return json.dumps(
        {
            "error": {"code": code, "message": message, "details": details or {}},
            "detail": message,
            "request_id": request_id or tracing.current().request_id,
        }
    ).encode()


def response(
    status: int,
    code: str,
    message: str,
    *,
    details: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    return HttpResponse(body(code, message, details), status=status, content_type="application/json", headers=headers)


def status_of(error: errors.DomainError) -> int:
    return next((status for kind, status in STATUS_OF if isinstance(error, kind)), 500)


def headers_of(error: errors.DomainError) -> dict[str, str]:
    """What a refusal's headers tell: when to come again, the rate limit, and how a body may come."""
    if isinstance(error, errors.RateLimited):
        return {
            "Retry-After": str(error.retry_after),
            "X-RateLimit-Limit": str(error.limit),
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": str(error.reset),
        }
    if isinstance(error, errors.UnsupportedEncoding):
        return {"Accept-Encoding": "gzip, identity"}
    return {"Retry-After": str(RETRY_SECONDS)} if isinstance(error, errors.Unavailable) else {}


def rate_headers(left: Allowance) -> dict[str, str]:
    """What every answer tells of a rate limit, where there is one."""
    return {
        "X-RateLimit-Limit": str(left.limit),
        "X-RateLimit-Remaining": str(left.remaining),
        "X-RateLimit-Reset": str(left.reset),
    }


def refused(error: errors.DomainError) -> HttpResponse:
    """The answer for a domain error."""
    return response(status_of(error), error.code, error.message, details=error.details, headers=headers_of(error))


def unavailable(error: Exception) -> HttpResponse:
    """503 with Retry-After for one of DATABASE_AWAY."""
    said = note_database_away(error)
    return logged(response(503, "unavailable", said, headers={"Retry-After": str(RETRY_SECONDS)}))


def note_database_away(error: Exception) -> str:
    """Count it and log it, unless the database keeps the rows of a workspace that moves. Returns what is said of it."""
    if str(error).startswith(stops.KEPT_WHILE_MOVING):
        return MOVING_MESSAGE
    metrics.DATABASE_ERRORS.inc()
    # The first line alone: the server's DETAIL can quote values.
    log.warning("database_away", error=f"{type(error).__name__}: {str(error).partition(chr(10))[0]}")
    return DATABASE_MESSAGE


def logged(answer: HttpResponse) -> HttpResponse:
    """Keeps Django from logging a 5xx answer once more, as an error."""
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer


LEFT_OUT = {("POST", "/v1/deliveries")}
"""What public clients call at addresses of ours, and this server leaves out: as all that it leaves out, it is not there."""


class ProblemMiddleware:
    """Gives the API's paths their error shape where Django answers in its own, and tells what is left of a rate limit."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if isinstance(answer, HttpResponseNotAllowed) and is_api(request):
            if (request.method, request.path) in LEFT_OUT:
                return response(404, "not_supported", "this server does not have this")
            allowed = {"Allow": answer.headers["Allow"]}
            return response(405, "not_supported", f"{request.method} is not supported here", headers=allowed)
        allowance = getattr(request, RATE, None)
        if allowance is not None:
            for name, value in rate_headers(allowance).items():
                answer.headers[name] = value
        return answer

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Pages raise domain errors as the API does."""
        return refused_page(request, exception) if isinstance(exception, errors.DomainError) else None


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(API)


def for_people(request: HttpRequest) -> bool:
    """Whether an error is to be a page: browsers say that they take one, programs do not."""
    is_browser = "text/html" in request.headers.get("Accept", "") or "HX-Request" in request.headers
    return is_browser and not is_api(request)


GUARDS = frozenset({"SecurityMiddleware", "XFrameOptionsMiddleware", "PolicyMiddleware", "ContentSecurityPolicyMiddleware"})
"""The middleware by which pages tell browsers what they may not do with them."""
TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
"""What Django says of a form that is larger than it reads."""
TITLES = (
    (stops.WorkspaceMoving, gettext_lazy("Try again in a moment")),
    (errors.RateLimited, gettext_lazy("Too many requests")),
    (errors.PayloadTooLarge, gettext_lazy("This is too large")),
    (errors.Denied, gettext_lazy("You may not do this")),
    (errors.Expired, gettext_lazy("This link no longer works")),
    (errors.Missing, gettext_lazy("Page not found")),
    (errors.Conflict, gettext_lazy("Something has changed meanwhile")),
    (errors.Unavailable, gettext_lazy("Try again in a moment")),
    (errors.Invalid, gettext_lazy("This could not be understood")),
)


def refused_page(request: HttpRequest, error: errors.DomainError) -> HttpResponse:
    """A domain error as a page."""
    title = next(title for kind, title in TITLES if isinstance(error, kind))
    said = in_words(error.message)
    if isinstance(error, errors.Missing) and said == error.message and translation.get_language() != settings.LANGUAGE_CODE:
        said = _("The link is wrong or the page was removed.")  # which id it was tells people less than their own language
    return page(request, status_of(error), str(title), sentence(said), headers=headers_of(error))


def sentence(text: str) -> str:
    """The message of an error as people read it."""
    return f"{presentation.capitalised(text)}{'' if text.endswith(('.', '!', '?')) else '.'}"


def page(
    request: HttpRequest, status: int, title: str, message: str, *, headers: dict[str, str] | None = None, **known: Any
) -> HttpResponse:
    """An error for people: what happened and what to do. `known` is what else the page tells."""
    answer = render(request, "problem.html", {"title": title, "message": message} | known, status=status)
    for name, value in (headers or {}).items():
        answer.headers[name] = value
    return answer


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's answer to a form without its token. The usual cause is a cookie that is gone, not an attack: what was typed
    is shown, and a page that can sends it again."""
    log.info("form_refused", reason=reason)
    written = typed.typed(request)
    title = _("This form is out of date")
    said = _(
        "It was opened before you signed in or out, or cookies are blocked. Go back, reload the page and send it again."
    )
    return page(request, 403, title, said, headers={typed.REFUSED: typed.FORM}, typed=written)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not for_people(request):
        return response(400, "schema_invalid", "the request is malformed")
    if isinstance(exception, TOO_LARGE):
        return _too_large()
    words = _("Your browser sent something that this server can't read. Go back, reload the page and try again.")
    return _bare(400, _("This could not be understood"), words)


def too_large(request: HttpRequest) -> HttpResponse | None:
    """The page for a form that is not even read, in the language of its browser; None for who takes no page."""
    if not for_people(request):
        return None
    with translation.override(translation.get_language_from_request(request)):
        made = _too_large()

    def answer(_request: HttpRequest) -> HttpResponse:
        return made

    guarded: Callable[[HttpRequest], HttpResponse] = answer
    for guard in (import_string(path) for path in settings.MIDDLEWARE if path.rpartition(".")[2] in GUARDS):
        guarded = guard(guarded)
    return guarded(request)


def _too_large() -> HttpResponse:
    return _bare(413, _("This is too large"), _("The form is larger than this server takes. Go back and send less."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not for_people(request):
        return response(403, "policy_denied", "this is not allowed")
    return page(request, 403, _("You may not do this"), _("Your role in this workspace does not allow it."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not for_people(request):
        return response(404, "not_supported", "not found")
    return page(request, 404, _("Page not found"), _("The link is wrong or the page was removed."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Django calls this inside its `except` clause, for views and middleware alike."""
    error = sys.exception()
    shown = for_people(request)
    if isinstance(error, DATABASE_AWAY):
        if not shown:
            return unavailable(error)
        said = _("The database does not answer. Nothing was changed: go back and try again.")
        if note_database_away(error) == MOVING_MESSAGE:
            said = sentence(in_words(MOVING_MESSAGE))
        answer = _bare(503, _("Try again in a moment"), said)
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
        return logged(answer)
    if shown:
        words = _(
            "Go back and try again. If it happens once more, tell whoever runs this server this id: %(id)s. "
            "The server's log has the cause under it."
        )
        return _bare(500, _("Something went wrong on our side"), words % {"id": tracing.current().request_id})
    return response(500, "internal_error", "something went wrong on our side")


def _bare(status: int, title: str, message: str) -> HttpResponse:
    """`page` without all that a request brings, some of which may be what does not work."""
    return HttpResponse(render_to_string("problem.html", {"title": title, "message": message}), status=status)
