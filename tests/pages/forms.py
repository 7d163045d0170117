"""Forms that agents ask for, as their tests send and read them."""

import html
import json
import re
from typing import Any

from inbox.tasks.models import Decision
from tests.callers import KeyCaller
from tests.inbox.conftest import Asked, ask
from tests.pages.browser import Browser, Page

TEXT: dict[str, Any] = {"type": "string"}


MANY = {"type": "array", "items": {"type": "object", "properties": {"qty": {"type": "integer", "minimum": 1}}}}


JSON: dict[str, Any] = {"type": ["object", "array"]}


def of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def asked(shop: KeyCaller, schema: dict[str, Any], **task: Any) -> Asked:
    return ask(shop, **{"task_type": "form", "form_schema": schema, "title": "Please fill this in"} | task)


def send(browser: Browser, to: Asked, typing: dict[str, Any], outcome: str = "submitted", **headers: str) -> Page:
    return browser.post(f"/inbox/{to.task_id}/decide", {"outcome": outcome} | typing, **headers)


def problem(page: Page) -> str:
    """What stands on top, for the answer as a whole."""
    found = re.search(r'<div[^>]*role="alert" id="problem" tabindex="-1" autofocus>.*?<p>(.*?)</p>', page.html, re.S)
    return html.unescape(found[1]) if found else ""


def beside(page: Page) -> dict[str, str]:
    """What is said beside each field, by the place of the field."""
    found = re.findall(r'id="field-data-([-0-9]+)-error".*?<span>(.*?)</span>', page.html, re.S)
    return {place: html.unescape(words) for place, words in found}


def data(to: Asked) -> Any:
    found = Decision.objects.get(task_id=to.task_id).data
    return None if found is None else json.loads(found)
