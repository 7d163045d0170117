"""What goes wrong, to be looked at by those who change its pages. Served with DEBUG alone, which else shows others."""

from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from axme_site import problems


def problem(request: HttpRequest, name: str) -> HttpResponse:
    """The page of a problem: nothing at an address, a form without its token, a defect of ours, a database that is away, too
    many tries."""
    match name:
        case "forged":
            return problems.forged(request)
        case "failed" | "unavailable":
            try:
                raise RuntimeError if name == "failed" else OperationalError
            except (RuntimeError, OperationalError):
                return problems.server_error(request)
        case "too-many":
            return render(request, "429.html", status=429)
    return problems.not_found(request, Http404())
