"""Fields of forms whose names are paths: what is wrong with them, said to eyes and to screen readers."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def aria(errors: Mapping[str, str], name: str) -> SafeString | str:
    """The attributes of a field that is wrong."""
    return format_html(' aria-invalid="true" aria-describedby="{}-error"', name) if name in errors else ""


@register.inclusion_tag("pieces/wrong.html")
def wrong(errors: Mapping[str, str], name: str) -> dict[str, Any]:
    """What is wrong with a field, below it."""
    return {"name": name, "words": errors.get(name)}
