"""From the event loop to Django and back: one hop onto a fixed pool of threads, one reply.

Django's own ASGI handler costs several times the CPU of its WSGI handler. So a request's body is read here, on the
loop, where a slow client holds nothing; then a thread answers the whole request as WSGI.
"""

import asyncio
import io
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

import structlog
from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, get_resolver, set_script_prefix

from axme_site import problems
from axme_site.askers import asker
from axme_site.lines import Busy
from axme_site.routing import Routes
from axme_site.threads import Threads
from intents.api.common import COUNTED
from intents.kernel.errors import DomainError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = structlog.get_logger()

JSON = (b"content-type", b"application/json")
NO_CONTENT = frozenset({204, 304})
SLOW = ("/sign-in", "/account/", "/setup", "/invitations/")
"""Paths whose POSTs hash passwords, which takes up to seconds."""
ASKED_AT = "axme.asked_at"
"""When a request had come, by `time.monotonic`, before it waited for a thread: in its scope, and in what Django is given."""
PATIENCE = 8
"""A body up to this many times too large is read to its end and dropped: who is still sending may miss the answer."""


class Reply(NamedTuple):
    """A whole answer. `route` is the pattern of the URL that answered, for logs and metrics: never a path with ids."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    route: str = "-"


def problem(status: int, code: str, message: str, *, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Reply:
    body = problems.body(code, message)
    return Reply(status, [JSON, (b"content-length", b"%d" % len(body)), *headers], body)


def refusal(error: DomainError) -> Reply:
    """The reply for a domain error that was raised beside Django."""
    extra = tuple((name.lower().encode(), value.encode()) for name, value in problems.headers_of(error).items())
    body = problems.body(error.code, error.message, error.details)
    return Reply(problems.status_of(error), [JSON, (b"content-length", b"%d" % len(body)), *extra], body)


def too_large(limit: int, scope: Scope) -> Reply:
    if page := problems.too_large(WSGIRequest(environ(scope, b""))):
        length = (b"content-length", b"%d" % len(page.content))
        return Reply(page.status_code, [*_headers(page), length, (b"cache-control", b"no-store")], page.content)
    return problem(413, "payload_too_large", f"the body is larger than {limit} bytes")


def _headers(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]


def busy(why: str) -> Reply:
    return problem(503, "unavailable", why, headers=((b"retry-after", b"%d" % problems.RETRY_SECONDS),))


class Bridge:
    """Answers HTTP scopes with Django. `slow` are the threads for SLOW, so that no run on the sign-in page holds up
    anything else; `limit` is the largest body taken, in bytes. Of a body beyond `unasked` bytes no more is kept before
    `refused` was asked, on a thread, what to answer to whoever may not send so much. `grouped` is asked first for an answer,
    once the body is there."""

    def __init__(
        self,
        threads: Threads,
        *,
        slow: Threads,
        limit: int,
        unasked: int = sys.maxsize,
        refused: Callable[[Scope], Reply | None] = lambda scope: None,
        grouped: Callable[[Scope, bytes | bytearray], Awaitable[Reply | None]] | None = None,
    ) -> None:
        self._threads = threads
        self._slow = slow
        self._limit = limit
        self._unasked = unasked
        self._refused = refused
        self._grouped = grouped
        self._site = Django()
        self._api = ApiDjango()

    async def answer(self, scope: Scope, receive: Receive) -> Reply | None:
        """The reply, or None when the client left before it had sent its request.

        A client that leaves later changes nothing: the call it made is carried through.
        """
        declared = header(scope, b"content-length")
        if declared is not None and declared.isdigit() and int(declared) > self._limit * PATIENCE:
            return too_large(self._limit, scope)
        try:
            body = await self._body(scope, receive)
            if body is None or isinstance(body, Reply):
                return body
            if len(body) > self._limit:
                return too_large(self._limit, scope)
            if self._grouped is not None and (answer := await self._grouped(scope, body)):
                return answer
            scope[ASKED_AT] = time.monotonic()
            slow = scope["method"] == "POST" and scope["path"].startswith(SLOW)
            threads = self._slow if slow else self._threads
            reply: Reply = await threads.run_for(asker(scope), self._reply, scope, body)
            return reply
        except Busy:
            return busy("too many requests are waiting; try again")

    async def _body(self, scope: Scope, receive: Receive) -> bytes | bytearray | Reply | None:
        """The body, or of one beyond the limit enough to show that; the answer to whoever may not send so much; None when
        the client left. Raises Busy."""
        body: bytes | bytearray = b""
        seen, more = 0, True
        question: asyncio.Future[Reply | None] | None = None
        while more and seen <= self._limit * PATIENCE:
            message = await receive()
            if message["type"] != "http.request":
                return None
            piece, more = message.get("body", b""), message.get("more_body", False)
            seen += len(piece)
            if question is None and seen > self._unasked:
                question = self._threads.run_for(asker(scope), self._refused, scope)
            if question and question.done() and question.result():
                body = b""
            elif not body:
                body = bytearray(piece) if more else piece
            elif len(body) <= self._limit:
                body += piece
        # Nobody waits for a thread only to be told that a body is too large.
        answer = await question if question and len(body) <= self._limit else None
        return answer or body

    def _reply(self, scope: Scope, body: bytes | bytearray) -> Reply:
        django = self._api if scope["path"].startswith(problems.API) else self._site
        try:
            return django.reply(environ(scope, body))
        except Exception:
            log.exception("bridge_failed")
            return problem(500, "internal_error", "something went wrong on our side")


class Django(WSGIHandler):
    """Django's WSGI handler, giving its answer as it is instead of through `start_response`."""

    _routes: Routes | None = None

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """As Django does, by routes that are found quicker."""
        resolver = get_resolver()
        if self._routes is None or self._routes.resolver is not resolver:
            self._routes = Routes(resolver)
        match = self._routes.resolve(request.path_info)
        request.resolver_match = match
        return match

    def reply(self, environ: dict[str, Any]) -> Reply:
        """Raises whatever a response's own code raises while it is read; Django's views never get that far."""
        set_script_prefix("/")
        # Without the signal request_started: its receivers would see to the database connection, and our threads do.
        request = WSGIRequest(environ)
        response = self.get_response(request)
        try:
            body = _whole(response)
        finally:
            self.done(response)
        headers = _headers(response)
        headers += [(b"set-cookie", morsel.OutputString().encode("latin-1")) for morsel in response.cookies.values()]
        if response.status_code in NO_CONTENT:
            body = b""
        elif not response.has_header("Content-Length"):
            headers.append((b"content-length", b"%d" % len(body)))
        if request.method == "HEAD":
            body = b""
        match = request.resolver_match
        return Reply(response.status_code, headers, body, f"/{match.route}" if match else "-")

    def done(self, response: HttpResponseBase) -> None:
        """The answer was read: let go of what it holds."""
        response._handler_class = self.__class__  # type: ignore[attr-defined]
        response.close()


class ApiDjango(Django):
    """Django without the middleware that only pages need: it would be most of a call's cost.

    The API's callers bring keys and tokens in headers, never a session's cookie, so there is no session to load and nothing
    that a forged form could use.
    """

    def reply(self, environ: dict[str, Any]) -> Reply:
        """HEAD is answered as GET is, but for the body: Ninja knows only the methods it is given."""
        if environ["REQUEST_METHOD"] != "HEAD":
            return super().reply(environ)
        return super().reply(environ | {"REQUEST_METHOD": "GET"})._replace(body=b"")

    def load_middleware(self, is_async: bool = False) -> None:
        answer = convert_exception_to_response(self._get_response)
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        self._middleware_chain = convert_exception_to_response(problems.ProblemMiddleware(answer))  # type: ignore[arg-type]

    def _get_response(self, request: HttpRequest) -> HttpResponseBase:
        """As Django does, without asking of each call what no view of the API is or has: a coroutine, a transaction around
        it, a middleware of its own, an answer that is still to be rendered."""
        match = self.resolve_request(request)
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        self.check_response(response, match.func)
        return response

    def done(self, response: HttpResponseBase) -> None:
        """Only a failure may have left something behind, a broken connection: the API's answers hold no files, and what
        listens to the end of every request does nothing after a sound one."""
        if response.status_code >= 500:
            super().done(response)


def _whole(response: HttpResponseBase) -> bytes:
    """The content. Only files may stream, for they end; an endless response would hold its thread for good."""
    if response.streaming and not isinstance(response, FileResponse):
        raise TypeError("streaming responses belong on the async edge, not behind the bridge")
    return response.getvalue()


def environ(scope: Scope, body: bytes | bytearray) -> dict[str, Any]:
    """The WSGI environment of an ASGI scope. Headers of one name are joined, as RFC 9110 and RFC 6265 have it."""
    client = scope.get("client") or ("", 0)
    server = scope.get("server") or ("localhost", 80)
    values: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        # WSGI's own form: the bytes of the decoded path, each as one character.
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        ASKED_AT: scope.get(ASKED_AT),
        COUNTED: scope.get(COUNTED),
    }
    for name, raw in scope["headers"]:
        key = _environ_key(name)
        if key is None:
            continue
        value = raw.decode("latin-1")
        if key in values:
            value = values[key] + ("; " if key == "HTTP_COOKIE" else ",") + value
        values[key] = value
    if settings.BEHIND_PROXY and (forwarded := values.get("HTTP_X_FORWARDED_FOR")):
        # The last entry is the proxy's own; those before it are what the client claims.
        values["REMOTE_ADDR"] = forwarded.rpartition(",")[2].strip()
    return values


@lru_cache(maxsize=1024)
def _environ_key(name: bytes) -> str | None:
    # With underscores let through, X_Real_Ip could pass for X-Real-Ip. The length is that of the body as it was read.
    if b"_" in name or name in (b"content-length", b"transfer-encoding"):
        return None
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if key == "CONTENT_TYPE" else f"HTTP_{key}"


def header(scope: Mapping[str, Any], wanted: bytes) -> bytes | None:
    """The first value of a header, by its name in lower case."""
    return next((value for name, value in scope["headers"] if name == wanted), None)
