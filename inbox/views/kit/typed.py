"""What a form was sent with that cannot be taken, because its session is over or its token is out of date."""

from urllib.parse import urlsplit

from django.http import HttpRequest

REFUSED, SESSION, FORM = "AXME-Refused", "session", "form"
"""A header of answers to pages that can keep what was typed, and why they are refused."""
NOT_DONE = "AXME-Not-Done"
"""A header of answers that show a form again: what was typed was not taken."""

_OURS = (
    "csrfmiddlewaretoken",
    "payload_digest",
    "evidence_id",
    "override",
    "confirmed",
    "held",
    "following",
    "outcome",
    "next",
)
_SECRET = ("password", "code", "token", "secret", "key")


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """What somebody wrote into a form of ours that cannot be taken, so that they can copy it; no secrets, and nothing that
    another site may have written."""
    if not _is_ours(request):
        return []
    return [
        (name, text)
        for name, values in request.POST.lists()
        if name not in _OURS and not any(part in name.lower() for part in _SECRET)
        for text in values
        if isinstance(text, str) and text.strip()
    ]


def _is_ours(request: HttpRequest) -> bool:
    if "Sec-Fetch-Site" in request.headers:
        return request.headers["Sec-Fetch-Site"] == "same-origin"
    source = request.headers.get("Origin") or request.headers.get("Referer", "")
    return urlsplit(source).netloc == request.get_host()
