"""Views that show what came through the bridge, and that misbehave on request."""

import hashlib
import threading
import time
from pathlib import Path

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from axme_site import health, metrics, problems

handler400 = problems.bad_request
handler403 = problems.forbidden
handler404 = problems.not_found
handler500 = problems.server_error

finished: list[str] = []
started: list[str] = []


@csrf_exempt
def echo(request: HttpRequest, rest: str = "") -> JsonResponse:
    headers = {name: value for name, value in request.META.items() if name.startswith(("HTTP_", "CONTENT_"))}
    return JsonResponse(
        {
            "method": request.method,
            "path": request.path,
            "query": request.META["QUERY_STRING"],
            "headers": headers,
            "cookies": request.COOKIES,
            "length": len(request.body),
            "digest": hashlib.sha256(request.body).hexdigest(),
            "remote": request.META["REMOTE_ADDR"],
            "thread": threading.current_thread().name,
        }
    )


@csrf_exempt
def held(request: HttpRequest) -> HttpResponse:
    """Holds its thread until there is the file `until`."""
    name = request.GET.get("name", "")
    started.append(name)
    while not Path(request.GET["until"]).exists():
        time.sleep(0.01)
    finished.append(name)
    return JsonResponse({"held": True})


def done(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"started": started, "finished": finished})


def cookies(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("two")
    response.set_cookie("a", "1")
    response.set_cookie("b", "2", httponly=True)
    return response


def streams(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter(["endless"]))


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)


def breaks(request: HttpRequest, token: str) -> HttpResponse:
    raise RuntimeError("a bug with axme_sa_0123_verysecret inside")


def one(request: HttpRequest) -> JsonResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return JsonResponse({"pid": pid})


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"{}", content_type="application/json")


@csrf_exempt
@require_GET
def only_get(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [
    path("v1/echo", echo),
    path("v1/echo/<path:rest>", echo),
    path("v1/held", held),
    path("sign-in", held),
    path("v1/done", done),
    path("v1/cookies", cookies),
    path("v1/streams", streams),
    path("v1/empty", empty),
    path("v1/callbacks/echo", echo),
    path("v1/callbacks/<str:token>", breaks),
    path("v1/one", one),
    path("v1/nothing", nothing),
    path("v1/only-get", only_get),
    path("health/ready", health.ready),
    path("metrics", metrics.page),
]
