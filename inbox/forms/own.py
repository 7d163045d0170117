"""The one field of a task that brings no form, for the kinds that need one."""

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from inbox.forms.field import PREFIX, Field

_OWN = {
    "clarification": ("answer", _("Answer"), "area"),
    "assignment": ("assignee", _("To"), "text"),
    "form": ("text", _("Text"), "area"),
}
"""What a kind asks for: the key in the data, what it is called, the kind of field."""


def own_field(kind: str, *, sent: QueryDict | None = None) -> Field | None:
    """The field of a task of this kind, None for kinds that ask for nothing."""
    if kind not in _OWN:
        return None
    key, label, look = _OWN[kind]
    name = f"{PREFIX}-0"
    value = sent.get(name, "") if sent is not None else ""
    return Field(key, name, str(label), look, value=value, rows=3 if look == "area" else 1)


def own(kind: str, sent: QueryDict) -> dict[str, Any]:
    """What a browser sent in `own_field`."""
    found = own_field(kind, sent=sent)
    return {str(found.key): found.value.strip()} if found is not None and found.value.strip() else {}
