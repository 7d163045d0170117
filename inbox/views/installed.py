"""The product on a phone's home screen: what it is called there, and what it shows without a network."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

SIZES = (192, 512)
COLOURS = {"light": "#fcfcfd", "dark": "#0e1015"}
"""Of the page in either theme, for the bars around it."""


@require_GET
@cache_control(public=True, max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    """GET /manifest.webmanifest: a W3C web application manifest."""
    return JsonResponse(_manifest(), content_type="application/manifest+json")


def _manifest() -> dict[str, Any]:
    icons = [
        {"src": static(f"icons/{kind}{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for kind, purpose in (("icon-", "any"), ("maskable-", "maskable"))
        for size in SIZES
    ]
    return {
        "id": "/inbox",
        "name": "AXME Inbox",
        "short_name": "AXME Inbox",
        "description": _("Decide what agents wait for."),
        "start_url": "/inbox",
        "scope": "/",
        "display": "standalone",
        "background_color": COLOURS["light"],
        "theme_color": COLOURS["light"],
        "icons": [{"src": static("icon.svg"), "sizes": "any", "type": "image/svg+xml"}, *icons],
        "shortcuts": [
            {"name": _("Inbox"), "url": "/inbox"},
            {"name": _("Notifications"), "url": "/notifications"},
        ],
    }


@require_GET
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """GET /worker.js: the service worker of the whole site. It keeps one page, for when there is no network."""
    kept = ["/offline", static("css/tokens.css"), static("css/base.css"), static("css/components.css"), static("icon.svg")]
    return render(
        request,
        "installed/worker.js",
        {"kept": json.dumps(kept), "icon": static("icons/icon-192.png")},
        content_type="text/javascript",
    )


@require_GET
@cache_control(no_cache=True)
def offline(request: HttpRequest) -> HttpResponse:
    """GET /offline: what is shown while the server cannot be reached. It knows nobody."""
    return render(request, "installed/offline.html")
