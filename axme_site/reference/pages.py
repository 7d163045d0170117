"""/docs: the reference of the API, and the guides."""

from functools import lru_cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from axme_site import __version__
from axme_site.reference import guides, kinds, operations
from axme_site.reference.sections import SECTIONS, Section


def _known(request: HttpRequest, **more: Any) -> dict[str, Any]:
    """What each of the pages shows around its content."""
    user = request.user
    return {
        "rail": _rail(get_language() or ""),
        "version": __version__,
        "theme": getattr(user, "theme", ""),
        "known": str(user.pk) if user.is_authenticated else "",
        **more,
    }


@lru_cache(32)
def _rail(language: str) -> str:
    """The list of all sections with their operations, as HTML: the same on each page but for what is current."""
    rows = [(section, operations.all_of(section.slug)) for section in SECTIONS]
    return render_to_string("reference/rail.html", {"rows": rows, "guides": _guides()})


def _guides() -> list[tuple[str, str]]:
    return [(name, guides.title(name)) for name in guides.names()]


@lru_cache(128)
def _section(slug: str, language: str) -> str:
    """The operations of a section as HTML: it takes long, and is the same for everybody."""
    section = _found(slug)
    told = {
        "section": section,
        "operations": operations.all_of(slug),
        "guides": [(name, guides.title(name)) for name in section.guides],
    }
    if "Tasks" in section.tags:
        told |= {"kinds": kinds.KINDS, "fields": operations.human_task()}
    return render_to_string("reference/section.html", told)


def _found(slug: str) -> Section:
    for section in SECTIONS:
        if section.slug == slug:
            return section
    raise Http404


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """GET /docs: what there is, and a first request."""
    address = request.build_absolute_uri("/").rstrip("/")
    return render(request, "reference/start.html", _known(request, sections=SECTIONS, address=address, place="start"))


@require_GET
def section(request: HttpRequest, slug: str) -> HttpResponse:
    """GET /docs/{section}: its operations."""
    found = _found(slug)
    html = _section(slug, get_language() or "")
    return render(request, "reference/page.html", _known(request, title=found.title, html=html, place=slug))


@require_GET
def errors(request: HttpRequest) -> HttpResponse:
    """GET /docs/errors: headers, and what a refusal means."""
    html = guides.section("api", get_language() or "", "Errors", "Headers")
    return render(request, "reference/guide.html", _known(request, title=_("Errors and headers"), html=html, place="errors"))


@require_GET
def guide(request: HttpRequest, name: str) -> HttpResponse:
    """GET /docs/guides/{name}: a page of the documentation."""
    try:
        found = guides.guide(name, get_language() or "")
    except KeyError:
        raise Http404 from None
    told = _known(request, title=found.title, guide=found, html=found.text, place=f"guide {name}")
    return render(request, "reference/guide.html", told)


urlpatterns: list[URLPattern] = [
    path("docs", start, name="docs"),
    path("docs/errors", errors, name="docs-errors"),
    path("docs/guides/<slug:name>", guide, name="docs-guide"),
    path("docs/<slug:slug>", section, name="docs-section"),
]
