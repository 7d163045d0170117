"""Texts of the API's document, as HTML."""

import json
import re
from typing import Any

from django import template
from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_CODE = re.compile(r"`([^`]+)`")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")
_LINK = re.compile(r"\[([^\]]+)\]\([^)\s]*?(?:(\w[\w-]*)\.md(#[\w-]+)?)?\)")


@register.filter
def inline(text: str) -> SafeString:
    """Paragraphs with code, emphasis, and links to guides."""
    return format_html_join("", "<p>{}</p>", ((_marked(part),) for part in re.split(r"\n\s*\n", str(text).strip()) if part))


def _marked(text: str) -> SafeString:
    html = _CODE.sub(r"<code>\1</code>", _LINK.sub(_link, escape(text)))
    return mark_safe(_STRONG.sub(r"<strong>\1</strong>", html))  # noqa: S308 - escaped before


def _link(found: re.Match[str]) -> str:
    words, name, anchor = found.groups()
    return f'<a href="/docs/guides/{name}{anchor or ""}">{words}</a>' if name else words


@register.filter
def breakable(path: str) -> SafeString:
    """An address that may break before each of its parts."""
    return mark_safe(escape(path).replace("/", "/<wbr>"))  # noqa: S308 - escaped before


@register.filter
def as_json(value: Any) -> str:
    """A value as JSON has it."""
    return json.dumps(value, ensure_ascii=False)


@register.filter
def pretty(value: Any) -> str:
    """A value as JSON, an entry a line."""
    return json.dumps(value, indent=2, ensure_ascii=False)
