"""Fields of forms whose names are paths: what is wrong with them, said to eyes and to screen readers."""

from collections.abc import Mapping
from typing import Any

from django import forms, template
from django.forms import BoundField
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


@register.filter
def control(field: BoundField) -> SafeString:
    """The control of a field of a Django form. What people write freely in it runs as its own language does."""
    widget = field.field.widget
    writes = isinstance(widget, forms.Textarea) or getattr(widget, "input_type", "") in ("text", "search")
    if not writes or "inputmode" in widget.attrs or "dir" in widget.attrs:
        return field.as_widget()
    return field.as_widget(attrs={"dir": "auto"})
